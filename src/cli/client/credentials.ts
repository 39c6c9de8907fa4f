/**
 * Credentials: who logs in, with which password: from the command line's sources, or asked for at the terminal.
 * Who has a certificate and names no password is asked for none.
 *
 * Nothing of it needs a connection, and none is open while anyone types. A new password is asked for twice, or made up
 * and shown once. What the server refuses is asked for again: a name that is taken, a password that is too weak, a
 * wrong one (three tries). Where the server remembers this machine, no password is asked for, unless it does not any
 * more.
 */
import { readFileSync, statSync } from "node:fs";
import { Secret } from "../../base/secret.ts";
import { makePassphrase } from "../../auth/passphrase.ts";
import { LoginProver, type LoginProverOptions } from "../../auth/prover.ts";
import { checkPassword, passwordLengthMin } from "../../auth/password-rules.ts";
import { type Login } from "../../client/login.ts";
import { emailProblems, parseEmail } from "../../protocol/email.ts";
import { parseAccountName } from "../../protocol/names.ts";
import { accountWord, type ConnectChoices } from "./connect-options.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import { type Out } from "../terminal/out.ts";
import { type Prompt } from "../terminal/prompt.ts";
import { secretOf, type StandardInput } from "./standard-input.ts";
import { usageFault } from "../command-line/strict.ts";

const passwordFileBytesMax = 64 * 1024;

/** Refusals of a registration after which something else may be tried. */
const retriedCodes: ReadonlySet<string> = new Set([
  "ACCOUNT_EXISTS",
  "BAD_ACCOUNT_NAME",
  "WEAK_PASSWORD",
  "UNACCEPTABLE_PASSWORD",
]);
/** The server wants an address, or another one. */
const emailCodes: ReadonlySet<string> = new Set(["INVALID_EMAIL", "UNACCEPTABLE_EMAIL"]);

export interface Identity {
  readonly account: string;
  /** Undefined: the server remembers this machine, or a certificate is all there is. */
  readonly password: Secret | undefined;
  readonly isNew: boolean;
  /** Of a new account, where the server wants one. */
  readonly email?: string | undefined;
}

export interface CredentialsOptions {
  readonly choices: ConnectChoices;
  /** The account that was used at this server last. */
  readonly remembered: string | undefined;
  /** Whether it lets this machine in as that account without a password. */
  readonly isRemembered: (account: string) => boolean;
  readonly prompt: Prompt | undefined;
  readonly input: StandardInput;
  readonly diagnostics: Out;
}

export class Credentials {
  readonly #options: CredentialsOptions;
  /** The password was typed, and can be typed again. */
  #isTyped = false;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** Undefined: nobody in particular, for servers that want no account. */
  async first(): Promise<Identity | undefined> {
    const { choices, prompt, remembered, isRemembered } = this.#options;
    const given = await this.#givenPassword();
    const { account, isRegistering, email } = choices;
    if (account !== undefined) {
      if (given === undefined && !isRegistering && isRemembered(account)) {
        return { account, password: undefined, isNew: false };
      }
      const password = given ?? (await this.#passwordOf(isRegistering, account));
      return { account, password, isNew: isRegistering, email };
    }
    if (prompt === undefined) {
      if (given === undefined && !isRegistering && choices.certificate === undefined) {
        return undefined;
      }
      throw usageFault("whose login it is says --account NAME, or NAME@HOST", "connect");
    }
    if (given === undefined && !isRegistering && remembered !== undefined) {
      const isKnown = isRemembered(remembered);
      if (isKnown) return { account: remembered, password: undefined, isNew: false };
    }
    const isNew = isRegistering || (remembered === undefined && !(await this.#hasAccount(prompt)));
    const name = isNew ? await newName(prompt) : await knownName(prompt, remembered);
    const password = given ?? (await this.#passwordOf(isNew, name));
    return { account: name, password, isNew, email };
  }

  /** The one that is to take the place of the account's, by its rules. @throws Fault for a file with another. */
  async newPassword(account: string): Promise<Secret> {
    const { choices, prompt, diagnostics } = this.#options;
    const path = choices.newPasswordFile;
    if (path === undefined) {
      if (prompt !== undefined) return newPassword(prompt, account, passwordLengthMin);
      throw usageFault("no terminal to ask for the new password: --new-password-file", "passwd");
    }
    const secret = readPasswordFile(path, diagnostics);
    const rule = checkPassword(secret, { name: account, lengthMin: passwordLengthMin });
    if (!rule.ok) throw new Fault(exitCodes.refused, rule.error);
    return secret;
  }

  /** After the server refused: something else to try, or undefined. `say` tells why it is asked for again. */
  async next(
    before: Identity,
    failCode: string | undefined,
    say: () => void,
  ): Promise<Identity | undefined> {
    const { prompt } = this.#options;
    if (prompt !== undefined && before.isNew && emailCodes.has(failCode ?? "")) {
      say();
      return { ...before, email: await anEmail(prompt) };
    }
    const mayBeTyped = this.#isTyped || before.password === undefined;
    if (prompt === undefined || !mayBeTyped) return undefined;
    if (before.isNew && !retriedCodes.has(failCode ?? "")) return undefined;
    say();
    if (!before.isNew) {
      return { ...before, password: await this.#typedPassword(false, before.account) };
    }
    const isNameRefused = failCode === "ACCOUNT_EXISTS" || failCode === "BAD_ACCOUNT_NAME";
    if (isNameRefused) return { ...before, account: await newName(prompt) };
    before.password?.wipe();
    return { ...before, password: await this.#typedPassword(true, before.account) };
  }

  #hasAccount(prompt: Prompt): Promise<boolean> {
    return prompt.confirm(`Do you have an account on ${this.#options.choices.address.host}?`, true);
  }

  async #givenPassword(): Promise<Secret | undefined> {
    const { choices, input, diagnostics } = this.#options;
    if (choices.isGenerating) return this.#madeUp();
    if (choices.passwordFile !== undefined) {
      return readPasswordFile(choices.passwordFile, diagnostics);
    }
    if (!choices.isPasswordOnInput) return undefined;
    if (process.stdin.isTTY) throw usageFault("--password-stdin is not for terminals", "connect");
    const secret = await input.firstLine();
    if (secret === undefined || secret.length === 0) {
      throw new Fault(exitCodes.usage, "standard input has no password in its first line");
    }
    return secret;
  }

  /** Typed, unless a certificate takes its place. */
  async #passwordOf(isNew: boolean, account: string): Promise<Secret | undefined> {
    const isByCertificate = this.#options.choices.certificate !== undefined && !isNew;
    return isByCertificate ? undefined : this.#typedPassword(isNew, account);
  }

  /** Shown once, to whoever asked for it. */
  #madeUp(): Secret {
    const { prompt, diagnostics } = this.#options;
    this.#isTyped = true; // after a refusal another one can be
    const passphrase = makePassphrase();
    const say = (line: string): void =>
      prompt === undefined ? diagnostics.line(line) : prompt.say(line);
    for (const line of shownOnce(passphrase)) say(line);
    return Secret.fromText(passphrase);
  }

  async #typedPassword(isNew: boolean, account: string): Promise<Secret> {
    const { prompt } = this.#options;
    if (prompt === undefined) {
      throw usageFault("no terminal to ask for the password: use --password-file", "connect");
    }
    this.#isTyped = true;
    return isNew ? newPassword(prompt, account) : prompt.askPassword("Password: ");
  }
}

export interface PasswordLogin {
  readonly login: Login;
  /** Undefined for who is nobody in particular. */
  readonly prover: LoginProver | undefined;
}

/** The login that the client's machine is given. The prover has its own copy of the password. */
export function loginOf(
  identity: Identity | undefined,
  how: Pick<
    LoginProverOptions,
    "mechanisms" | "pinnedKey" | "pinnedFloor" | "hasCertificate" | "remembered" | "device" | "host"
  > & { readonly invitation: string | undefined },
): PasswordLogin {
  if (identity === undefined) return { login: { kind: "none" }, prover: undefined };
  const { account, password, isNew, email } = identity;
  const { invitation, ...proving } = how;
  const prover = new LoginProver({ name: account, password: password?.copy(), ...proving });
  const login: Login =
    isNew && password !== undefined
      ? { kind: "register", account, password, invitation, email, prover }
      : { kind: "account", account, prover };
  return { login, prover };
}

export function readPasswordFile(path: string, diagnostics: Out): Secret {
  try {
    if ((statSync(path).mode & 0o077) !== 0 && process.platform !== "win32") {
      diagnostics.line(`authchat: warning: others may read ${path}; chmod 600 it`);
    }
    const bytes = Uint8Array.from(readFileSync(path));
    const end = bytes.indexOf(10);
    const secret = secretOf(bytes, end < 0 ? bytes.length : end);
    if (secret.length > 0 && bytes.length <= passwordFileBytesMax) return secret;
  } catch (error) {
    throw new Fault(exitCodes.failure, `cannot read the password file: ${describeError(error)}`);
  }
  throw new Fault(exitCodes.failure, `${path} has no password in its first line`);
}

async function newName(prompt: Prompt): Promise<string> {
  for (;;) {
    const name = parseAccountName((await prompt.ask("Choose a name: ")).trim());
    if (name.ok) return name.value;
    prompt.say(`! ${name.error}`);
  }
}

async function anEmail(prompt: Prompt): Promise<string> {
  for (;;) {
    const email = parseEmail((await prompt.ask("E-mail address: ")).trim());
    if (email.ok) return email.value;
    prompt.say(`! ${emailProblems[email.error]}`);
  }
}

async function knownName(prompt: Prompt, remembered: string | undefined): Promise<string> {
  const otherwise = remembered === undefined ? "" : ` [${remembered}]`;
  for (;;) {
    const typed = (await prompt.ask(`Name${otherwise}: `)).trim();
    const name = accountWord(typed === "" ? (remembered ?? "") : typed);
    if (name.ok) return name.value;
    if (typed !== "") prompt.say(`! ${name.error}`);
  }
}

/**
 * Asked for twice, or made up. How long it has to be says the server; what can be no password at all is said here.
 */
export async function newPassword(prompt: Prompt, account: string, lengthMin = 0): Promise<Secret> {
  const what = lengthMin === 0 ? "Password" : "New password";
  const question = `${what} (${passwordLengthMin} or more characters): `;
  prompt.say("Choose a password, or press Enter to have one made up.");
  for (;;) {
    const password = await prompt.askPassword(question);
    if (password.length === 0) {
      const madeUp = await madeUpPassword(prompt);
      if (madeUp !== undefined) return madeUp;
      continue;
    }
    const rule = checkPassword(password, { name: account, lengthMin });
    if (!rule.ok) {
      prompt.say(`! ${rule.error}`);
      continue;
    }
    const again = await prompt.askPassword(`${what} again: `);
    const isSame = Buffer.compare(password.bytes(), again.bytes()) === 0;
    again.wipe();
    if (isSame) return password;
    prompt.say("! They differ.");
    password.wipe();
  }
}

/** Undefined: it is not wanted. */
async function madeUpPassword(prompt: Prompt): Promise<Secret | undefined> {
  const passphrase = makePassphrase();
  for (const line of shownOnce(passphrase)) prompt.say(line);
  const isWanted = await prompt.confirm("Is that to be your password?", true);
  return isWanted ? Secret.fromText(passphrase) : undefined;
}

function shownOnce(passphrase: string): string[] {
  return [`  ${passphrase}`, "Keep it where you keep passwords: it is not shown again."];
}
