/**
 * A reference machine for the conversation of SASL: what a server has to answer, in which order, said once more and as
 * simply as can be, for the model-based test to hold the real one against.
 *
 * It has one member who may log in (`ann`), and is fed lines and answers from outside. A question waits until `answers`
 * is called, and lines that come meanwhile wait behind it. A new mechanism is known by its number of challenges, in the
 * table of the stand-in for `auth` (`test/support/plain-passwords.ts`).
 */
import { opaqueMechanism } from "../../../src/protocol/sasl.ts";
import { password } from "../../support/chat.ts";
import { challengesOf } from "../../support/plain-passwords.ts";

export const failuresMax = 3;
const chunkLength = 400;
const responseLengthMax = 8_192;
const lineLengthMax = 510;

/** What is wrong with the machine, to see that the test would see it of a server. */
export type Break =
  | "aborted challenges are not counted"
  | "an aborted response goes on"
  | "a chunk of 400 ends the response"
  | "lines do not wait for an answer"
  | "who is logged in may begin again"
  | "who is logged in never begins again"
  | "failures close one too late";

interface Exchange {
  readonly mechanism: string;
  readonly challengesLeft: number;
  readonly isFirst: boolean;
}

/** `reading`: who has logged in is let in when it is known how far they have read. */
type Outcome = "challenge" | "proven" | "refused" | "reading";

export class SaslMachine {
  readonly #offered: readonly string[];
  readonly #broken: Break | undefined;
  #exchange: Exchange | undefined;
  #text = "";
  #waitsFor: Outcome | undefined;
  #held: string[] = [];
  #failures = 0;
  #isNegotiating = true;
  #isLoggedIn = false;
  #isRegistered = false;
  #isTold = false;
  #shown: string[] = [];
  isClosed = false;
  /** How many refused logins the operator is told of. */
  refusals = 0;

  constructor(offered: readonly string[], broken?: Break) {
    this.#offered = offered;
    this.#broken = broken;
  }

  /** What was answered since the last look. */
  shows(): string[] {
    const shown = this.#shown;
    this.#shown = [];
    return shown;
  }

  takes(line: string): void {
    if (this.isClosed) return;
    const mayWait = this.#broken !== "lines do not wait for an answer";
    if (this.#waitsFor !== undefined && mayWait) this.#held.push(line);
    else this.#work(line);
  }

  /** What was asked is answered. */
  answers(): void {
    const outcome = this.#waitsFor;
    if (outcome === undefined || this.isClosed) return;
    this.#waitsFor = undefined;
    if (outcome === "reading") this.#letIn();
    else this.#answered(outcome);
    this.#goOn();
  }

  /** What was asked is not answered in time. */
  timesOut(): void {
    if (this.#waitsFor === undefined || this.isClosed) return;
    const isWelcome = this.#waitsFor === "reading";
    this.#waitsFor = undefined;
    if (isWelcome) {
      this.#closeWithWords();
      return;
    }
    this.#exchange = undefined;
    this.#shown.push("FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE", "904");
    this.#goOn();
  }

  drops(): void {
    if (!this.isClosed) this.#close();
  }

  #goOn(): void {
    if (this.#waitsFor === undefined) this.#endTask();
    while (this.#waitsFor === undefined && !this.isClosed) {
      const line = this.#held.shift();
      if (line === undefined) return;
      this.#work(line);
    }
  }

  #work(line: string): void {
    if (line.length > lineLengthMax) this.#shown.push("417");
    else if (line === "PING x") this.#shown.push("PONG");
    else if (line === "CAP END") this.#isNegotiating = false;
    else if (line === "QUIT") this.#closeWithWords();
    else this.#authenticate(/^AUTHENTICATE +(?::(.*)|(\S+))$/.exec(line));
    if (this.#waitsFor === undefined) this.#endTask();
  }

  #authenticate(match: RegExpExecArray | null): void {
    const argument = match?.[1] ?? match?.[2] ?? "";
    if (argument === "") this.#shown.push("461");
    else if (this.#isLoggedIn && !this.#mayAgain(argument)) this.#shown.push("907");
    else if (argument === "*") this.#abort("906");
    else if (this.#exchange === undefined) this.#begin(argument);
    else this.#respond(this.#exchange, argument);
  }

  /** A change of the password asks for one more login: of who is let in, by OPAQUE. */
  #mayAgain(argument: string): boolean {
    if (this.#broken === "who is logged in may begin again") return true;
    if (this.#broken === "who is logged in never begins again") return false;
    const isOpaque = argument.toUpperCase() === opaqueMechanism;
    return this.#isRegistered && (this.#exchange !== undefined || isOpaque);
  }

  #abort(numeric: string): void {
    this.#shown.push(numeric);
    if (this.#broken !== "an aborted response goes on") this.#text = "";
    const isCounted = this.#exchange?.isFirst === false;
    this.#exchange = undefined;
    if (isCounted && this.#broken !== "aborted challenges are not counted") this.#count();
  }

  #begin(argument: string): void {
    const mechanism = argument.toUpperCase();
    if (!this.#offered.includes(mechanism)) {
      this.#shown.push("908");
      this.#fail();
      return;
    }
    const challengesLeft = challengesOf.get(mechanism) ?? 0;
    this.#exchange = { mechanism, challengesLeft, isFirst: true };
    this.#shown.push("AUTHENTICATE +");
  }

  #respond(exchange: Exchange, chunk: string): void {
    if (chunk !== "+") this.#text += chunk;
    if (chunk.length > chunkLength || this.#text.length > responseLengthMax) {
      this.#abort("905");
      return;
    }
    const isPart = chunk.length === chunkLength;
    if (isPart && this.#broken !== "a chunk of 400 ends the response") return;
    const text = this.#text;
    this.#text = "";
    const bytes = Buffer.from(text, "base64");
    if (bytes.toString("base64") !== text) this.#fail();
    else if (exchange.challengesLeft > 0) this.#waitsFor = "challenge";
    else {
      const [, name, secret] = bytes.toString().split("\0");
      this.#waitsFor = name === "ann" && secret === password ? "proven" : "refused";
    }
  }

  #answered(outcome: Outcome): void {
    const exchange = this.#exchange;
    if (outcome === "refused" || exchange === undefined) this.#fail();
    else if (outcome === "challenge") {
      const challengesLeft = exchange.challengesLeft - 1;
      this.#exchange = { ...exchange, challengesLeft, isFirst: false };
      this.#shown.push("AUTHENTICATE AQ==");
    } else {
      this.#exchange = undefined;
      this.#isLoggedIn = true;
      this.#shown.push("900", "903");
    }
  }

  #fail(): void {
    this.#exchange = undefined;
    this.#text = "";
    this.#shown.push("904");
    this.#count();
  }

  #count(): void {
    this.#failures += 1;
    this.refusals += 1;
    const most = this.#broken === "failures close one too late" ? failuresMax + 1 : failuresMax;
    if (this.#failures >= most) this.#closeWithWords();
  }

  /** A command is over: who has introduced themselves is let in, or told once that they have to log in, and how. */
  #endTask(): void {
    if (this.isClosed || this.#isNegotiating || this.#isRegistered) return;
    if (this.#isLoggedIn) this.#waitsFor = "reading";
    else if (!this.#isTold) {
      // Who completes the registration in the middle of a login goes on without it.
      if (this.#exchange !== undefined) this.#abort("906");
      if (this.#hasEnded()) return;
      this.#isTold = true;
      this.#shown.push("FAIL * ACCOUNT_REQUIRED", "NOTICE");
    }
  }

  #hasEnded(): boolean {
    return this.isClosed;
  }

  #letIn(): void {
    this.#isRegistered = true;
    this.#shown.push("001");
  }

  #closeWithWords(): void {
    this.#shown.push("ERROR");
    this.#close();
  }

  #close(): void {
    this.isClosed = true;
    // A challenge that is not answered, or an answer that is not waited for.
    const isAsked = this.#waitsFor !== undefined && this.#waitsFor !== "reading";
    const isOpen = this.#exchange?.isFirst === false || isAsked;
    if (isOpen) this.refusals += 1;
    this.#exchange = undefined;
  }
}
