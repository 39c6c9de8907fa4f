/**
 * Names: nicks, accounts and channels, what they may look like and how they are compared.
 *
 * CASEMAPPING is `ascii`: only A–Z fold to a–z. A folded name has a type of its own, so that a name which was not
 * folded cannot be used as a key (`NameMap`).
 */
import { failed, ok, type Result } from "../base/result.ts";
import { channelNameBytesMax, nickLengthMax } from "./limits.ts";

/** A name as it is compared: ASCII letters in lower case. */
export type Folded = string & { readonly folded: true };

/** Folds by CASEMAPPING=ascii. Idempotent; leaves everything but A–Z as it is. */
export function fold(name: string): Folded {
  // The brand is given here and nowhere else.
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) as Folded;
}

export function isSameName(left: string, right: string): boolean {
  return left === right || fold(left) === fold(right);
}

/** A map keyed by names, whatever their case. Keeps insertion order. */
export class NameMap<T> {
  readonly #entries = new Map<Folded, T>();

  get size(): number {
    return this.#entries.size;
  }

  find(name: string): T | undefined {
    return this.#entries.get(fold(name));
  }

  has(name: string): boolean {
    return this.#entries.has(fold(name));
  }

  set(name: string, value: T): void {
    this.#entries.set(fold(name), value);
  }

  delete(name: string): boolean {
    return this.#entries.delete(fold(name));
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }
}

/**
 * Whether the text can be an account's name, and so a nick: a letter, then letters, digits, `_` and `-`, at most
 * `lengthMax` characters. ASCII only, so there are no look-alikes from other scripts.
 */
export function parseAccountName(text: string, lengthMax = nickLengthMax): Result<string> {
  if (text.length > lengthMax) return failed(`a name has at most ${lengthMax} characters`);
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(text)) {
    return failed("a name is a letter, then letters, digits, _ or -");
  }
  if (reservedNames.has(fold(text))) return failed("this name is reserved");
  return ok(text);
}

/**
 * Whether the text can be a nick. Accounts' names can; so can what IRC has allowed since RFC 2812 (§2.3.1: letters,
 * digits, `[ ] \\ ` _ ^ { | }` and `-`), for who has no account.
 */
export function parseNick(text: string, lengthMax = nickLengthMax): Result<string> {
  if (text.length > lengthMax) return failed(`a nick has at most ${lengthMax} characters`);
  if (!/^[A-Za-z[\]{}|\\^_`][\w[\]{}|\\^`-]*$/.test(text)) {
    return failed("a nick is a letter or one of []{}|\\^_`, then these, digits and -");
  }
  if (reservedNames.has(fold(text))) return failed("this name is reserved");
  return ok(text);
}

/** Names that are never accounts: services, and words that commands use in the place of a name. */
export const reservedNames: ReadonlySet<Folded> = new Set(
  ["nickserv", "chanserv", "memoserv", "operserv", "server", "console", "authchat", "root"]
    .concat(["admin", "operator", "system", "everyone", "here", "all"])
    .map(fold),
);

/**
 * Whether the text can be a channel's name: `#`, then at least one character, none of them space, comma, colon or a
 * control character; at most `bytesMax` bytes of UTF-8.
 */
export function parseChannelName(text: string, bytesMax = channelNameBytesMax): Result<string> {
  if (!isChannelName(text)) return failed("a channel's name begins with #");
  if (Buffer.byteLength(text) > bytesMax) {
    return failed(`a channel's name has at most ${bytesMax} bytes`);
  }
  if (text.length < 2 || /[\p{Z}\p{C},:*?!@]/u.test(text.slice(1))) {
    return failed(
      "a channel's name has no spaces, commas, colons, wildcards or control characters",
    );
  }
  return ok(text);
}

/** CHANTYPES=#: whether the text stands where a channel does, valid or not. */
export function isChannelName(text: string): boolean {
  return text.startsWith("#");
}
