/**
 * `authchat connect`: to a server, as a person or as a program.
 *
 *     address (asked for) → look at the server's key (trusted, or asked about) → name and password (asked for)
 *     → connect, log in or register, talk → the end, with its exit code
 *
 * Where the server remembers this machine no password is asked for, nor kept. No connection is open while anyone is
 * asked anything but the code of a second factor (`code-question.ts`), which only a server that has proven itself asks
 * for. Without a terminal nothing is asked: what is missing is an
 * error that says which option gives it.
 */
import { resumeName } from "../auth/resume.ts";
import { type Secret } from "../base/secret.ts";
import { type PeerIdentity } from "../net/dialer.ts";
import { printable } from "../protocol/text.ts";
import { placeName } from "./client/address.ts";
import {
  type ConnectChoices,
  connectOptions,
  connectPositionals,
  readChoices,
} from "./client/connect-options.ts";
import { Conversation, type Ending, exitCodeOf } from "./client/conversation.ts";
import { Credentials, type Identity, loginOf } from "./client/credentials.ts";
import { deviceName } from "./client/device-name.ts";
import { connector, type DoorOptions, look } from "./client/door.ts";
import { describeError, exitCodes, Fault } from "./command-line/exit.ts";
import { forbidCoreDumps } from "./command-line/hardening.ts";
import {
  inviteMark,
  type KnownServer,
  KnownServers,
  withoutPadding,
} from "./client/known-servers.ts";
import { RememberedSessions } from "./client/remembered-sessions.ts";
import { standardError } from "./terminal/out.ts";
import { EndOfInput, Interrupted, Prompt } from "./terminal/prompt.ts";
import { StandardInput } from "./client/standard-input.ts";
import { type Arguments, type Subcommand, usageFault } from "./command-line/strict.ts";
import { introduction, judge, type Judgement, refusalLines } from "./client/trust.ts";

/** A wrong password may be typed so often. */
const passwordTries = 3;

export const connectCommand: Subcommand = {
  name: "connect",
  summary: "Join a server",
  options: connectOptions,
  positionals: connectPositionals,
  run: (args) => visit(args, (terminal) => readChoices(args, terminal)),
};

export interface Asked {
  readonly isTerminal: boolean;
  readonly askAddress: () => Promise<string>;
}

/** Goes there as the choices say, which may ask for what is missing; answers the exit code. */
export async function visit(
  args: Arguments,
  choose: (terminal: Asked) => Promise<ConnectChoices>,
): Promise<number> {
  await forbidCoreDumps(); // there is a password in this process
  const prompt = args.flag("no-input") ? undefined : Prompt.open();
  const made = new Visit(prompt);
  made.watchSignals();
  try {
    const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
    const askAddress = (): Promise<string> => addressFrom(prompt);
    return await made.make(await choose({ isTerminal, askAddress }));
  } catch (error) {
    if (error instanceof Interrupted) return exitCodes.interrupted;
    if (error instanceof EndOfInput) return exitCodes.failure;
    throw error;
  } finally {
    prompt?.close();
  }
}

async function addressFrom(prompt: Prompt | undefined): Promise<string> {
  if (prompt === undefined) throw usageFault("ADDRESS is missing", "connect");
  let host = "";
  while (host === "") host = (await prompt.ask("Host: ")).trim();
  if (/:\d+$|\/\//.test(host)) return host; // the port is in it
  const port = (await prompt.ask("Port [6697]: ")).trim();
  const isBareSix = host.includes(":") && !host.startsWith("[");
  return port === "" ? host : `${isBareSix ? `[${host}]` : host}:${port}`;
}

class Visit {
  readonly #prompt: Prompt | undefined;
  /** There is a login by which the server may prove that it is the same one. */
  #mayProveItself = true;
  /** The server's key, which is not the known one: it has yet to prove itself. */
  #unproven: { readonly key: string; readonly lines: readonly string[] } | undefined;
  #conversation: Conversation | undefined;
  /** There was no password to log in with any more: the server was to remember this machine. */
  #isWithoutPassword = false;
  #isByCertificate = false;
  /** The last login came so far that a code was asked for. */
  #isCodeAsked = false;
  /** The code of the signal that ends it. */
  #signalCode: number | undefined;

  constructor(prompt: Prompt | undefined) {
    this.#prompt = prompt;
  }

  watchSignals(): void {
    process.on("SIGINT", () => this.#stop(exitCodes.interrupted));
    process.on("SIGTERM", () => this.#stop(exitCodes.terminated));
    process.on("SIGHUP", () => this.#stop(exitCodes.terminated));
  }

  async make(given: ConnectChoices): Promise<number> {
    const place = placeName(given.address);
    const known = KnownServers.open(given.folder);
    const { choices, invitation } = invitedChoices(given, known.find(place));
    const { certificate, mechanisms, passwordFile, isPasswordOnInput, isRegistering } = choices;
    const hasPassword = certificate === undefined || passwordFile !== undefined;
    const isByPassword = (hasPassword || isPasswordOnInput) && !isRegistering;
    this.#mayProveItself = mechanisms === undefined && isByPassword;
    const door = this.#doorTo(choices, place, known);
    if (this.#prompt !== undefined && !choices.isPlain) {
      await this.#meet(door, { place, known, prompt: this.#prompt });
    }
    const remembered = known.find(place)?.account;
    const input = new StandardInput(() => Bun.stdin.stream());
    const { diagnostics, prompt } = { diagnostics: standardError, prompt: this.#prompt };
    const sessions = new RememberedSessions(choices.folder, (line) => standardError.line(line));
    const mayResume = isForTokens(choices) && this.#unproven === undefined;
    const isRemembered = (name: string): boolean => mayResume && sessions.has(place, name);
    const asked = { choices, remembered, isRemembered, prompt, input, diagnostics };
    const credentials = new Credentials(asked);
    let identity = await credentials.first();
    const next = choices.ui === "password" ? await nextFor(credentials, identity) : undefined;
    for (let tries = 0; ;) {
      if (identity?.password !== undefined) tries += 1;
      const visit = { choices, place, known, sessions, door, input, identity, invitation, next };
      const ending = await this.#talk(visit);
      if (this.#signalCode !== undefined) return this.#signalCode;
      if (ending.failCode === "LOGGED_OUT") return loggedOut(choices, place);
      const again =
        identity === undefined
          ? undefined
          : await this.#again(credentials, identity, ending, tries);
      if (again === undefined) return this.#farewell(ending, identity);
      identity = again;
    }
  }

  /** A look at the key, before any question but this one. */
  async #meet(
    door: DoorOptions,
    meeting: { readonly place: string; readonly known: KnownServers; readonly prompt: Prompt },
  ): Promise<void> {
    const { place, known, prompt } = meeting;
    const seen = await look(door);
    if (seen.kind === "failed") throw new Fault(exitCodes.cannotConnect, seen.reason);
    const judgement = door.judge(seen.identity);
    if (judgement.kind === "trusted" || judgement.kind === "to-be-proven") return;
    if (judgement.kind === "refused") throw identityFault(door.refusal(seen.identity, judgement));
    for (const line of introduction(seen.identity, place)) prompt.say(printable(line));
    if (!(await prompt.confirm("Trust this server from now on?", false))) {
      throw new Fault(exitCodes.identity, `${place} is not trusted: not connecting`);
    }
    known.trust(place, withoutPadding(seen.identity.spkiSha256), new Date());
    prompt.say("Saved. You will not be asked again unless the key changes.\n");
  }

  #talk(visit: {
    readonly choices: ConnectChoices;
    readonly place: string;
    readonly known: KnownServers;
    readonly sessions: RememberedSessions;
    readonly door: DoorOptions;
    readonly input: StandardInput;
    readonly identity: Identity | undefined;
    readonly invitation: string | undefined;
    readonly next: Secret | undefined;
  }): Promise<Ending> {
    const { choices, place, known, sessions, door, input, identity, invitation, next } = visit;
    const { mechanisms, certificate, address } = choices;
    const isByPassword = identity?.isNew === false && identity.password !== undefined;
    this.#mayProveItself = mechanisms === undefined && isByPassword;
    const { opaqueKey: pinnedKey, floor: pinnedFloor } = known.proof(place) ?? {};
    const device = deviceName();
    const account = identity?.account;
    const remembered =
      account !== undefined && isForTokens(choices)
        ? sessions.of(place, account, device)
        : undefined;
    const { host } = address;
    const how = { mechanisms, pinnedKey, pinnedFloor, remembered, device, invitation, host };
    const hasCertificate = certificate !== undefined;
    this.#isByCertificate =
      hasCertificate && identity?.password === undefined && remembered?.find() === undefined;
    const { login, prover } = loginOf(identity, { ...how, hasCertificate });
    const old = identity?.password;
    const change = old === undefined || next === undefined ? undefined : { old, next };
    const conversation = new Conversation({
      choices,
      login,
      prover,
      connect: connector(door, (exporter, endPoint) => {
        const isIdentityKnown = this.#unproven === undefined;
        prover?.connected(exporter, { endPoint, isIdentityKnown });
      }),
      prompt: this.#prompt,
      gaveUp: (reason) => this.#giveUp(reason),
      input,
      seenAt: known.find(place)?.seenAt,
      change,
      welcomed: (name) => {
        if (prover?.isRemembered === true && change === undefined) identity?.password?.wipe();
        if (prover?.serverKey !== undefined) this.#proven(known, place);
        // Who sent the link vouched for the key.
        const before = known.find(place);
        if (before === undefined && address.pin !== undefined) {
          known.trust(place, address.pin, new Date());
        }
        const invited = invitation === undefined ? {} : { invited: inviteMark(invitation) };
        if (name !== undefined) known.remember(place, { account: name, ...invited });
        if (prover?.serverKey !== undefined) {
          known.pinProof(place, { opaqueKey: prover.serverKey, floor: prover.settings });
        }
      },
    });
    this.#conversation = conversation;
    conversation.start();
    return conversation.ending.then((ending) => {
      this.#isWithoutPassword = prover?.hasPassword === false;
      this.#isCodeAsked = prover?.isCodeAsked === true;
      if (ending.failCode === "LOGGED_OUT") sessions.forget(place, account);
      if (conversation.newestSeen > 0) known.remember(place, { seenAt: conversation.newestSeen });
      return ending;
    });
  }

  /** The login came to its end: the server has the OPAQUE key that is pinned. */
  #proven(known: KnownServers, place: string): void {
    const unproven = this.#unproven;
    this.#unproven = undefined;
    if (unproven === undefined) return;
    known.trust(place, unproven.key, new Date());
    const text = `the key of ${place} has changed, and the server proved itself by your login`;
    standardError.line(`authchat: ${text}: the new one is trusted from now on`);
  }

  #doorTo(choices: ConnectChoices, place: string, known: KnownServers): DoorOptions {
    const { address, isPlain, pins, certificate } = choices;
    const judged = (identity: PeerIdentity): Judgement => {
      const mayProveItself = this.#mayProveItself && known.proof(place) !== undefined;
      const belief = { place, pins, linkPin: address.pin, known: known.find(place) };
      const judgement = judge(identity, { ...belief, mayProveItself });
      const key = withoutPadding(identity.spkiSha256);
      this.#unproven =
        judgement.kind === "to-be-proven" ? { key, lines: judgement.lines } : undefined;
      return judgement;
    };
    return {
      address,
      isPlain,
      certificate,
      judge: judged,
      refusal: (identity, judgement) => refusalLines(identity, judgement, place).join("\n"),
      report: (bug) => standardError.line(`authchat: internal error: ${describeError(bug)}`),
    };
  }

  /** Who tries next, when the server refused name or password and there is someone to ask. */
  async #again(
    credentials: Credentials,
    identity: Identity,
    ending: Ending,
    tries: number,
  ): Promise<Identity | undefined> {
    const { code, reason, failCode } = ending;
    if (code !== "refused" && code !== "registration") return undefined;
    const left = passwordTries - tries;
    if (code === "refused" && left <= 0) return undefined;
    const count = left === 1 ? "1 try left" : `${left} tries left`;
    if (code === "refused" && failCode === undefined && this.#isCodeAsked) {
      this.#prompt?.say(`! wrong code (${count})`);
      return this.#prompt === undefined ? undefined : identity; // the password was right
    }
    const wrong = `${refusedWords(ending)} (${count})`;
    const refused = this.#isWithoutPassword ? forgottenWords : wrong;
    const note = code === "refused" ? refused : reason;
    return credentials.next(identity, failCode, (): void => {
      this.#prompt?.say(`! ${printable(note)}`);
    });
  }

  #farewell(ending: Ending, identity: Identity | undefined): number {
    const code = exitCodeOf(ending);
    if (ending.code === "quit") return code;
    if (ending.code === "identity") throw identityFault(ending.reason);
    const isByCertificate = this.#isByCertificate && identity !== undefined;
    if (ending.code === "refused" && ending.failCode === undefined && isByCertificate) {
      const why = `no login for ${identity.account} by this certificate: ${ending.reason}`;
      throw new Fault(code, why, addHint);
    }
    if (ending.code === "refused" && ending.failCode === undefined && this.#isCodeAsked) {
      throw new Fault(code, "wrong code");
    }
    // A login that fails has proven nothing: the password may be wrong, or it is another server.
    if (ending.code === "refused" && this.#unproven !== undefined) {
      const [first = "", ...lines] = this.#unproven.lines;
      const why = "It could have proven itself by your login, which it refused.";
      throw identityFault([first, why, ...lines].join("\n"));
    }
    if (ending.code === "refused" && this.#isWithoutPassword) {
      throw new Fault(code, forgottenWords, forgottenHint);
    }
    const told = ending.code === "refused" ? refusedWords(ending) : ending.reason;
    const [reason = "", ...more] = told.split("\n");
    const hint = more.length > 0 ? more.join("\n") : hintFor(ending, identity === undefined);
    throw new Fault(code, reason, hint);
  }

  /** Who was asked for a code. */
  #giveUp(reason: unknown): void {
    if (reason instanceof Interrupted) this.#stop(exitCodes.interrupted);
    else if (reason instanceof EndOfInput) this.#stop(exitCodes.failure);
    else {
      standardError.line(`authchat: ${describeError(reason)}`);
      this.#stop(reason instanceof Fault ? reason.code : exitCodes.bug);
    }
  }

  #stop(code: number): void {
    if (this.#conversation === undefined || this.#signalCode !== undefined) process.exit(code);
    this.#signalCode = code;
    this.#conversation.quit();
  }
}

const addHint =
  "log in with --password-file as well, and say  cert add  to NickServ: then the server knows it";

/** By a link: its invitation, unless it was used here before; then it is a login to the account that came of it. */
function invitedChoices(
  choices: ConnectChoices,
  known: KnownServer | undefined,
): { readonly choices: ConnectChoices; readonly invitation: string | undefined } {
  const { invite } = choices.address;
  if (invite === undefined) return { choices, invitation: undefined };
  if (known?.account !== undefined && known.invited === inviteMark(invite)) {
    const { account = known.account } = choices;
    return { choices: { ...choices, account }, invitation: undefined };
  }
  return { choices: { ...choices, isRegistering: true }, invitation: invite };
}

/** What is to take the place of the password that logs in. */
function nextFor(credentials: Credentials, identity: Identity | undefined): Promise<Secret> {
  if (identity !== undefined) return credentials.newPassword(identity.account);
  throw usageFault("whose password it is says NAME@HOST, and what it is --password-file", "passwd");
}

function hintFor(ending: Ending, isNobody: boolean): string | undefined {
  if (ending.failCode === "INVALID_INVITE") {
    return "ask for another one; who has an account logs in by NAME@HOST";
  }
  if (ending.failCode === "INVALID_EMAIL") return "say it: --email ADDRESS";
  if (ending.code === "not-approved") return "--keep waits for the decision";
  if (!isNobody || exitCodeOf(ending) !== exitCodes.refused) return undefined;
  return "say who you are: NAME@HOST and --password-file FILE; --register makes a new account";
}

/** A bare 904 says no more than this; what the server says besides is told in its own words. */
function refusedWords({ reason, failCode }: Ending): string {
  return failCode === undefined ? "wrong name or password" : reason;
}

const forgottenWords = "the server does not remember this machine any more";
const forgottenHint = "give the password: --password-file FILE, --password-stdin, or at a terminal";

/** Whether a token may be used and kept. It is bound to the connection's encryption. */
function isForTokens({ remembers, mechanisms, isPlain }: ConnectChoices): boolean {
  return remembers && !isPlain && (mechanisms?.includes(resumeName) ?? true);
}

/** Who is there has wanted it; a script has to know. */
function loggedOut({ ui }: ConnectChoices, place: string): number {
  const text = `this machine is logged out of ${place}`;
  if (ui !== "line") throw new Fault(exitCodes.refused, text, forgottenHint);
  standardError.line(printable(`authchat: ${text}`));
  return exitCodes.ok;
}

/** The first line is the fault, the others its hint. */
function identityFault(text: string): Fault {
  const [first = "", ...hint] = text.split("\n");
  return new Fault(exitCodes.identity, first, hint.join("\n"));
}
