/**
 * Password rules: which passwords may be chosen, and the one form in which a password is used. Both
 * sides.
 *
 * `checkPassword` is asked when a password is chosen, never at a login: rules may change, passwords
 * stay. After NIST SP 800-63B-4: at least 15 characters, one code point each; every character but
 * control characters; nothing about what kinds of characters; and a blocklist, which is short,
 * because hardly any common password is that long.
 *
 * `preparePassword` makes RFC 8265's OpaqueString of it, so that `é` typed on one machine is `é`
 * typed on another. It is for both: what is enrolled and what is checked.
 *
 * What is decoded in here is wiped before the function returns; only a password that is not ASCII
 * becomes a string on its way through `preparePassword`, for want of another normalisation.
 */
import { isUtf8 } from "node:buffer";
import { failed, ok, type Result } from "../base/result.ts";
import { Secret } from "../base/secret.ts";

/**
 * NIST SP 800-63B-4 §3.1.1.2: "a minimum of 15 characters in length" for passwords that stand
 * alone.
 */
export const passwordLengthMin = 15;
/** Enough for any passphrase; hashing is not to be fed megabytes (1 MiB took 139 ms). */
export const passwordBytesMax = 1024;

export interface PasswordRule {
  /** The account's name. */
  readonly name: string;
  /** What the server is called: its host, its network. */
  readonly servers?: readonly string[];
  /** Characters at least; 0: any password, and nothing is looked up in lists. */
  readonly lengthMin: number;
}

/**
 * Whether the password may be chosen; if not, why, for the person who chose it. Leaves the secret
 * as it is.
 */
export function checkPassword(password: Secret, rule: PasswordRule): Result<undefined> {
  const bytes = password.bytes();
  if (bytes.length === 0) return failed("a password cannot be empty");
  if (bytes.length > passwordBytesMax) {
    return failed(`a password has at most ${passwordBytesMax} bytes`);
  }
  if (!isUtf8(bytes)) return failed("a password is text in UTF-8");
  const characters = decoded(bytes);
  try {
    const why = weakness(characters, rule);
    return why === undefined ? ok(undefined) : failed(why);
  } finally {
    characters.fill(0);
  }
}

/**
 * The password in its one form. Takes the secret over: the answer is to be wiped, and nothing else.
 *
 * RFC 8265 §4.2.2: "any instances of non-ASCII space MUST be mapped to SPACE (U+0020)", then
 * Unicode Normalization Form C. Bytes that are no UTF-8 stay as they are: `checkPassword` refuses
 * them, and they match nothing.
 */
export function preparePassword(password: Secret): Secret {
  const bytes = password.bytes();
  if (bytes.every((byte) => byte < 0x80) || !isUtf8(bytes)) return password;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  password.wipe();
  return Secret.fromText(text.replaceAll(/\p{Zs}/gu, " ").normalize("NFC"));
}

/** Why the password is too easily guessed, or undefined. */
function weakness(characters: Uint32Array, rule: PasswordRule): string | undefined {
  const { name, servers = [], lengthMin } = rule;
  if (characters.some(isControl)) return "a password has no control characters";
  if (lengthMin === 0) return undefined;
  if (characters.length < lengthMin) return `a password has at least ${lengthMin} characters`;
  if (isMadeOf(characters, name)) return "this password is little more than the account's name";
  if (servers.flatMap(partsOf).some((part) => isMadeOf(characters, part))) {
    return "this password is little more than the server's name";
  }
  if (isRepetition(characters)) return "this password is one piece, repeated";
  if (isSequence(characters)) return "this password is a row of keys or letters";
  if (isCommon(characters)) return "this password is one that many people use";
  return undefined;
}

// --- What is weak --------------------------------------------------------------------------------

/** So many characters besides the name must be left. */
const besidesNameMin = 8;

/** Of `chat.example.org` also `chat` and `example`; less than four letters are in many words. */
function partsOf(server: string): string[] {
  return [server, ...server.split(/[.-]/)].filter((part) => part.length >= 4);
}

function isMadeOf(characters: Uint32Array, name: string): boolean {
  const unit = decoded(new TextEncoder().encode(name));
  if (unit.length === 0) return false;
  let besides = characters.length;
  for (let at = 0; at + unit.length <= characters.length;) {
    if (unit.every((code, index) => code === characters[at + index])) {
      besides -= unit.length;
      at += unit.length;
    } else {
      at += 1;
    }
  }
  return besides < characters.length && besides < besidesNameMin;
}

/** `abcabcabcab`: the same unit at least twice, the last one perhaps cut. */
function isRepetition(characters: Uint32Array): boolean {
  for (let period = 1; period * 2 <= characters.length; period += 1) {
    const isPeriod = characters.every(
      (code, index) => index < period || code === characters[index - period],
    );
    if (isPeriod) return true;
  }
  return false;
}

/** A run shorter than this on average is not a row. */
const runLengthMin = 5;

/** `abcdefgh12345678`, `qwertyuiopasdfg`, `aaaaabbbbbccccc`: a few long runs of neighbours. */
function isSequence(characters: Uint32Array): boolean {
  let runs = 1;
  let step: number | undefined;
  for (let index = 1; index < characters.length; index += 1) {
    const next = stepBetween(characters[index - 1] ?? 0, characters[index] ?? 0);
    if (next === undefined || (step !== undefined && step !== next)) {
      runs += 1;
      step = undefined;
    } else {
      step = next;
    }
  }
  return characters.length >= runs * runLengthMin;
}

/** Letters, digits and keyboard rows, in the order in which lazy fingers go through them. */
const rows = ["abcdefghijklmnopqrstuvwxyz", "1234567890", "01234567890"]
  .concat(["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop"])
  .concat(["1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp"])
  .map((row) => Array.from(row, (letter) => letter.charCodeAt(0)));

/** 1 or −1 when one follows the other in a row, forwards or backwards; 0 for the same again. */
function stepBetween(left: number, right: number): number | undefined {
  if (left === right) return 0;
  for (const row of rows) {
    for (const [index, code] of row.entries()) {
      if (code !== left) continue;
      if (row[index + 1] === right) return 1;
      if (row[index - 1] === right) return -1;
    }
  }
  return undefined;
}

function isCommon(characters: Uint32Array): boolean {
  return common.some(
    (word) =>
      word.length === characters.length && word.every((code, index) => code === characters[index]),
  );
}

/**
 * Of 49 233 common passwords in the lists of zxcvbn-ts only 41 have 15 characters or more; these
 * are those of them that the rules above let through, and phrases that everybody has read
 * somewhere.
 */
const common = [
  "mailcreated5240 polniypizdec0211 polniypizdec110211 polniypizdec1102 momsanaladventure",
  "hd764nw5d7e1vb1 hd764nw5d7e1vbv 23176djivanfros q1w2e3r4t5y6u7i8 q1w2e3r4t5y6u7i8o9p0",
  "1qa2ws3ed4rf5tg 1qazxsw23edcvfr4 zqjphsyf6ctifgu lhbjkjubz2957704 nemvxyheqdd5oqxyxyzi",
  "passwordstandard passwordassword bpgjldsgjldthnf lytdybrbdfvgbhf bhrh0h2oof6xbqjeh",
  "122333444455555 nick1234-rem936 aksjdlasdakj89879 ne_e_pod_chehyl password12345678",
  "1234qwerasdfzxcv 123456789qwerty qwerty123456789 zxcvbnm123456789 correcthorsebatterystaple",
  "thisismypassword thisisapassword mypasswordispassword iloveyouforever iloveyousomuch123",
  "letmeinletmeinplease administrator123 administratorpassword changemechangeme123",
  "thequickbrownfox thequickbrownfoxjumps thequickbrownfoxjumpsoverthelazydog",
  "tobeornottobethatisthequestion maytheforcebewithyou onceuponatimethere",
]
  .join(" ")
  .split(" ")
  .concat("correct horse battery staple", "correct-horse-battery-staple")
  .concat("the quick brown fox", "the quick brown fox jumps over the lazy dog")
  .map((word) => Array.from(word, (letter) => letter.charCodeAt(0)));

// --- Characters ----------------------------------------------------------------------------------

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/**
 * Code points of valid UTF-8, ASCII letters folded to lower case; not by way of a string, which
 * cannot be wiped.
 */
function decoded(bytes: Uint8Array): Uint32Array {
  const characters = new Uint32Array(bytes.length);
  let count = 0;
  for (const byte of bytes) {
    const isContinuation = (byte & 0xc0) === 0x80;
    const last = Math.max(count - 1, 0);
    if (isContinuation) characters[last] = ((characters[last] ?? 0) << 6) | (byte & 0x3f);
    else characters[count++] = leadBits(byte);
  }
  return characters.subarray(0, count);
}

function leadBits(byte: number): number {
  if (byte < 0x80) return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  if (byte < 0xe0) return byte & 0x1f;
  return byte < 0xf0 ? byte & 0x0f : byte & 0x07;
}
