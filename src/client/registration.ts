/**
 * Registration: from the open connection to the welcome, and capabilities for as long as it lasts.
 *
 *     CAP LS 302, NICK, USER
 *       → CAP REQ → (OPAQUE REG, REC, or REGISTER) → AUTHENTICATE → CAP END → 001: welcomed
 *     REGISTER VERIFICATION_REQUIRED, or 904 after FAIL AUTHENTICATE VERIFICATION_REQUIRED
 *       → waiting; NOTE REGISTER APPROVED → AUTHENTICATE on this same connection
 *     without `before-connect`: CAP END → 001: welcomed → (OPAQUE REG, REC, or REGISTER) → AUTHENTICATE
 *     904 → refused; FAIL REGISTER … → refused, rejected, or (TEMPORARILY_UNAVAILABLE) later
 *
 * One `Registration` serves one connection; what must be remembered across connections (a name asked for, an answer
 * that never came) is in `Credentials`. A server without CAP just welcomes, and that is fine too. A password is
 * never sent anywhere but in REGISTER, where the server has no OPAQUE, and by the prover.
 */
import { type Random, token } from "../base/random.ts";
import { type Secret } from "../base/secret.ts";
import { type Capability, opaqueCapability } from "../protocol/capabilities.ts";
import { type Message } from "../protocol/message.ts";
import { decodeBase64, SaslAssembler, saslChunks } from "../protocol/sasl.ts";
import { decodeUtf8 } from "../protocol/text.ts";
import { type EndCode } from "./events.ts";
import { type Credentials, type Login, type Verdict } from "./login.ts";
import { type ClientLimits } from "./limits.ts";
import { Negotiation } from "./negotiation.ts";
import { type MultilineLimits } from "../protocol/multiline.ts";
import { isWritable, type OutputQueue } from "./output.ts";
import { type Proof, type ProofStep } from "./prover.ts";

type Step =
  | "capabilities"
  | "enrolling"
  | "registering"
  | "waiting"
  | "authenticating"
  | "finishing"
  | "done";

const laterCodes: ReadonlySet<string> = new Set([
  "TEMPORARILY_UNAVAILABLE",
  "RATE_LIMITED",
  "BUSY",
]);
/** The code of ends that are the prover's doing, not the server's. */
const notProven = "NOT_PROVEN";
/** With the command and the name it fits a line. */
const registeredPasswordBytesMax = 400;

export class Registration {
  account: string | undefined;
  #step: Step = "capabilities";
  readonly #negotiation: Negotiation;
  readonly #sasl = new SaslAssembler();
  readonly #credentials: Credentials;
  readonly #output: OutputQueue;
  readonly #limits: ClientLimits;
  readonly #random: Random;
  #mechanism: string | undefined;
  #isFirstChallenge = true;
  /** The login was given up, to begin another. */
  #isBeginningAnew = false;
  #lastFail: { readonly code: string; readonly text: string } | undefined;
  #nickTries = 0;
  #isRegisterOutstanding = false;
  #isOutdated = false;
  #isWelcomed = false;

  constructor(
    credentials: Credentials,
    output: OutputQueue,
    { limits, random }: { readonly limits: ClientLimits; readonly random: Random },
  ) {
    this.#credentials = credentials;
    this.#output = output;
    this.#negotiation = new Negotiation(output);
    this.#limits = limits;
    this.#random = random;
  }

  /** What the server said of the capability when it offered it. */
  valueOf(name: Capability): string {
    return this.#negotiation.valueOf(name);
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#negotiation.held;
  }

  get multiline(): MultilineLimits | undefined {
    return this.#negotiation.multiline;
  }

  get isWelcomed(): boolean {
    return this.#isWelcomed;
  }

  /** The server wants the record of the password made anew. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  isWaiting(): boolean {
    return this.#step === "waiting" && !this.#isWelcomed;
  }

  begin(): void {
    const { nick } = this.#credentials;
    this.#output.line("CAP", ["LS", "302"]);
    this.#output.line("NICK", [nick]);
    this.#output.line("USER", [nick, "0", "*", nick]);
  }

  /** The connection is gone: what it did not answer is remembered. */
  end(): void {
    if (this.#isRegisterOutstanding) this.#credentials.isUnsure = true;
  }

  /** Looks at one message; the verdict says what came of it. */
  take(message: Message): Verdict | undefined {
    switch (message.command) {
      case "CAP":
        return this.#negotiation.take(message.params, this.#step === "capabilities")
          ? this.#settled()
          : undefined;
      case "AUTHENTICATE":
        return this.#challenge(message.params[0] ?? "");
      case "REGISTER":
        return this.#registerAnswer(message.params);
      case "OPAQUE":
        return this.#enrolAnswer(message.params);
      case "FAIL":
        return this.#failed(message.params);
      case "NOTE":
        return this.#noted(message.params);
      case "001":
        return this.#welcomed(message.params[0]);
      case "465":
        return this.isWelcomed ? undefined : ended("refused", lastOf(message, "banned"));
      case "432":
      case "433":
      case "436":
      case "437":
        return this.#nickRefused(message);
      default:
        return this.#saslNumeric(message);
    }
  }

  /** The outcome of a step that the prover took its time for. */
  proved(proof: Proof): Verdict | undefined {
    if (this.#step === "enrolling") return this.#enrolled(proof);
    if (this.#step !== "authenticating") return undefined;
    if (proof.kind === "response") {
      this.#respond(proof.bytes);
      return undefined;
    }
    this.#output.line("AUTHENTICATE", ["*"]);
    const { login } = this.#credentials;
    const hasOther =
      proof.code === "refused" && login.kind !== "none" && login.prover.takeOther?.() === true;
    if (proof.code === "again" || hasOther) {
      this.#isBeginningAnew = true; // once 906 has come
      return undefined;
    }
    return ended(proof.code === "weak" ? "refused" : proof.code, proof.reason, notProven);
  }

  // --- Capabilities ------------------------------------------------------------------------------------------

  /** Goes on once every capability asked for is given or refused. */
  #settled(): Verdict | undefined {
    if (this.#step !== "capabilities" || !this.#negotiation.isSettled) return undefined;
    const { login, isRegistered } = this.#credentials;
    if (login.kind === "none") return this.#finish();
    if (login.kind === "register" && !isRegistered) {
      if (!this.capabilities.has("draft/account-registration")) {
        return ended("registration", "this server takes no registrations");
      }
      const values = this.#negotiation.valueOf("draft/account-registration").split(",");
      if (!values.includes("before-connect")) return this.#finish(); // it follows the welcome
      return this.#askForAccount(login);
    }
    return this.#authenticate();
  }

  #askForAccount(login: Extract<Login, { readonly kind: "register" }>): Verdict | undefined {
    if (this.capabilities.has(opaqueCapability)) {
      const step = login.prover.enrol?.(undefined, this.#mechanismsOffered());
      if (step !== undefined) return this.#enrolled(step);
    }
    return this.#register(login.account, login.password);
  }

  #finish(): Verdict | undefined {
    this.#step = this.#isWelcomed ? "done" : "finishing";
    if (!this.#isWelcomed) this.#output.line("CAP", ["END"]);
    return undefined;
  }

  // --- OPAQUE ------------------------------------------------------------------------------------------------

  /** A step of it is made: the request, then the record. */
  #enrolled(proof: ProofStep): Verdict | undefined {
    const { login } = this.#credentials;
    this.#step = "enrolling";
    if (login.kind !== "register" || proof.kind === "later") return undefined;
    if (proof.kind === "failed") {
      if (proof.code === "weak") return ended("registration", proof.reason, "WEAK_PASSWORD");
      return ended(proof.code === "again" ? "unavailable" : proof.code, proof.reason, notProven);
    }
    const text = Buffer.from(proof.bytes).toString("base64");
    const isRequest = !this.#isRegisterOutstanding;
    this.#isRegisterOutstanding = true;
    const { account, email = "*", invitation = "*" } = login;
    const { scram } = proof;
    const record = scram === undefined ? [text] : [text, Buffer.from(scram).toString("base64")];
    this.#output.line(
      "OPAQUE",
      isRequest ? ["REG", account, email, invitation, text] : ["REC", account, ...record],
    );
    return undefined;
  }

  #enrolAnswer([subcommand = "", , response = ""]: readonly string[]): Verdict | undefined {
    const { login } = this.#credentials;
    if (this.#step !== "enrolling" || login.kind !== "register") return undefined;
    const bytes = subcommand.toUpperCase() === "RESP" ? decodeBase64(response) : undefined;
    if (bytes === undefined) return undefined;
    const step = login.prover.enrol?.(bytes);
    return step === undefined ? undefined : this.#enrolled(step);
  }

  // --- REGISTER ----------------------------------------------------------------------------------------------

  #register(account: string, password: Secret): Verdict | undefined {
    const { login } = this.#credentials;
    if (login.kind === "register" && !login.prover.isServerProven()) return unproven;
    const text = decodeUtf8(password.bytes());
    // An invitation stands in the place of the e-mail address.
    const { invitation, email } = login.kind === "register" ? login : {};
    const params = [account, invitation ?? email ?? "*", text ?? "\n"];
    if (!isWritable("REGISTER", params) || password.length > registeredPasswordBytesMax) {
      return ended("registration", "this password cannot be sent: it is one line of UTF-8");
    }
    if (!this.isWelcomed) this.#step = "registering";
    this.#isRegisterOutstanding = true;
    // draft/account-registration: REGISTER <account> {<email> | "*"} <password>
    this.#output.line("REGISTER", params);
    return undefined;
  }

  #registerAnswer(params: readonly string[]): Verdict | undefined {
    const [outcome = "", account = "", ...rest] = params;
    const { login, isRegistered } = this.#credentials;
    if (isRegistered || login.kind !== "register") return undefined;
    if (outcome === "SUCCESS") {
      this.#isTaken();
      if (this.isWelcomed || this.#step === "authenticating")
        return { kind: "registered", account, isWaiting: false };
      if (this.account === undefined) this.#authenticate();
      else this.#finish();
      return { kind: "registered", account, isWaiting: false };
    }
    if (outcome !== "VERIFICATION_REQUIRED") return undefined;
    this.#isTaken();
    this.#step = "waiting";
    // Who is there as a guest meanwhile stays.
    if (this.isWelcomed) return { kind: "registered", account, isWaiting: true };
    return { kind: "waiting", account, reason: rest.at(-1) ?? "the server has to verify it" };
  }

  #isTaken(): void {
    this.#isRegisterOutstanding = false;
    this.#credentials.isRegistered = true;
  }

  #failed(params: readonly string[]): Verdict | undefined {
    const [command = "", code = ""] = params;
    const text = params.length > 2 ? (params.at(-1) ?? code) : code;
    if (command.toUpperCase() === "AUTHENTICATE") {
      this.#lastFail = { code, text };
      return undefined;
    }
    if (["REGISTER", "OPAQUE"].includes(command.toUpperCase())) {
      return this.#registerFailed(code, text);
    }
    if (code === "ACCOUNT_REQUIRED" || code === "ACCOUNT_REQUIRED_TO_CONNECT") {
      return this.isWelcomed ? undefined : ended("refused", text, code);
    }
    return undefined;
  }

  #registerFailed(code: string, text: string): Verdict | undefined {
    const { login, isUnsure, isRegistered } = this.#credentials;
    if (code === "REJECTED") return ended("rejected", text, code);
    if (login.kind !== "register" || isRegistered || !this.#isRegisterOutstanding) return undefined;
    this.#isRegisterOutstanding = false;
    if (laterCodes.has(code)) {
      return this.isWelcomed ? { kind: "warning", text } : { kind: "later", reason: text };
    }
    if (isUnsure && (code === "ACCOUNT_EXISTS" || code === "INVALID_INVITE")) {
      this.#lastFail = { code, text };
      return this.#authenticate(); // the answer to an earlier REGISTER may have been lost
    }
    return ended("registration", text, code);
  }

  #noted(params: readonly string[]): Verdict | undefined {
    const [command = "", code = ""] = params;
    if (command.toUpperCase() === "OPAQUE" && code === "PENDING") {
      return this.#step === "enrolling" ? this.#authenticate() : undefined;
    }
    if (command.toUpperCase() === "OPAQUE" && code === "OUTDATED") {
      this.#isOutdated = !this.isWelcomed;
      return undefined;
    }
    if (command.toUpperCase() !== "REGISTER" || code !== "APPROVED") return undefined;
    if (this.#step !== "waiting") return undefined;
    return this.#authenticate();
  }

  // --- Logging in --------------------------------------------------------------------------------------------

  #authenticate(): Verdict | undefined {
    const { login } = this.#credentials;
    if (login.kind === "none") return this.#finish();
    if (!this.capabilities.has("sasl")) {
      if (!login.prover.isServerProven()) return unproven;
      this.#finish();
      return { kind: "warning", text: "this server has no logins: you are there without account" };
    }
    const offered = this.#mechanismsOffered();
    const choice = login.prover.choose(offered);
    if (choice.kind === "downgrade") return ended("identity", choice.reason);
    this.#mechanism = choice.kind === "mechanism" ? choice.name : undefined;
    if (this.#mechanism === undefined || !/^[A-Z0-9_-]{1,20}$/.test(this.#mechanism)) {
      const list = offered === undefined ? "none named" : offered.join(", ");
      return ended("refused", `no way to log in that both sides have (the server: ${list})`);
    }
    this.#step = "authenticating";
    this.#isFirstChallenge = true;
    this.#sasl.reset();
    this.#output.line("AUTHENTICATE", [this.#mechanism]);
    return undefined;
  }

  /** Undefined when the server does not say. */
  #mechanismsOffered(): readonly string[] | undefined {
    const value = this.#negotiation.valueOf("sasl");
    return value === "" ? undefined : value.split(",");
  }

  #challenge(chunk: string): Verdict | undefined {
    const { login } = this.#credentials;
    const mechanism = this.#mechanism;
    if (this.#step !== "authenticating" || login.kind === "none" || mechanism === undefined) {
      return undefined;
    }
    const piece = this.#sasl.take(chunk);
    if (piece.kind === "partial") return undefined;
    if (piece.kind !== "complete") {
      this.#output.line("AUTHENTICATE", ["*"]);
      return undefined; // 906 follows
    }
    const step = login.prover.respond(mechanism, piece.bytes, this.#isFirstChallenge);
    this.#isFirstChallenge = false;
    if (step.kind !== "later") return this.proved(step);
    return step.isForPerson === true && !this.isWelcomed ? { kind: "person-asked" } : undefined;
  }

  #respond(bytes: Uint8Array): void {
    for (const chunk of saslChunks(bytes)) this.#output.line("AUTHENTICATE", [chunk]);
    bytes.fill(0);
  }

  #saslNumeric(message: Message): Verdict | undefined {
    switch (message.command) {
      case "900":
        this.account = message.params[2];
        return undefined;
      case "901":
        this.account = undefined;
        return undefined;
      case "903":
      case "907":
        return this.#step === "authenticating" ? this.#succeeded() : undefined;
      case "902":
      case "904":
      case "905":
      case "906":
        return this.#step === "authenticating" ? this.#loginRefused(message) : undefined;
      default:
        return undefined;
    }
  }

  #succeeded(): Verdict | undefined {
    const { login } = this.#credentials;
    if (login.kind === "none") return this.#finish();
    if (!login.prover.isServerProven()) return unproven;
    login.prover.admitted?.(this.#isOutdated);
    return this.#finish();
  }

  #loginRefused(message: Message): Verdict | undefined {
    const fail = this.#lastFail;
    this.#lastFail = undefined;
    const { login } = this.#credentials;
    const text = lastOf(message, "name or password refused");
    if (login.kind === "none") return ended("refused", text);
    if (this.#isBeginningAnew) {
      this.#isBeginningAnew = false;
      return this.#authenticate();
    }
    if (fail === undefined) {
      return login.prover.refused?.() === true ? this.#authenticate() : ended("refused", text);
    }
    if (fail.code === "VERIFICATION_REQUIRED") {
      this.#step = "waiting";
      this.#credentials.isRegistered = true;
      return { kind: "waiting", account: login.account, reason: fail.text };
    }
    if (laterCodes.has(fail.code)) return { kind: "later", reason: fail.text };
    const isName = fail.code === "ACCOUNT_EXISTS";
    return ended(isName ? "registration" : "refused", fail.text, fail.code);
  }

  /** Once the welcome has been dealt with: what this server takes only then. */
  goOn(): Verdict | undefined {
    const { login, isRegistered } = this.#credentials;
    return login.kind === "register" && !isRegistered ? this.#askForAccount(login) : undefined;
  }

  // --- The welcome -------------------------------------------------------------------------------------------

  #welcomed(nick: string | undefined): Verdict | undefined {
    if (this.isWelcomed) return undefined;
    const { login, isRegistered } = this.#credentials;
    const isYetToRegister = login.kind === "register" && !isRegistered;
    if (login.kind !== "none" && !isYetToRegister && !login.prover.isServerProven()) {
      return unproven;
    }
    this.#step = "done";
    this.#isWelcomed = true;
    return { kind: "welcomed", nick: nick ?? this.#credentials.nick };
  }

  #nickRefused(message: Message): Verdict | undefined {
    if (this.isWelcomed) return undefined;
    this.#nickTries += 1;
    if (this.#nickTries > this.#limits.nickTriesMax) {
      return { kind: "later", reason: lastOf(message, "no nick that the server takes") };
    }
    const { nick } = this.#credentials;
    const isTaken = message.command !== "432";
    const next = isTaken ? nick + "_".repeat(this.#nickTries) : `u${token(this.#random, 6)}`;
    this.#output.line("NICK", [next]);
    return undefined;
  }
}

const unproven = ended(
  "identity",
  "The server wants to be believed without proving itself, which it did before: not going on.",
  notProven,
);

function ended(code: EndCode, reason: string, failCode?: string): Verdict {
  return { kind: "ended", code, reason, failCode };
}

function lastOf(message: Message, otherwise: string): string {
  return message.params.length > 1 ? (message.params.at(-1) ?? otherwise) : otherwise;
}
