/**
 * Conversation: one client session with its front end, from the first connection to its end.
 *
 * The front end `line` appears when there is something to show besides a login (online, waiting, offline), so that a
 * wrong password can be asked for again before it. Pipes have theirs from the start; without `--keep` they do not
 * wait for a connection that cannot be made, nor for an operator.
 */
import { type LoginProver } from "../../auth/prover.ts";
import { type ClientEvent, type EndCode } from "../../client/events.ts";
import { ClientSession } from "../../client/session.ts";
import { type Login } from "../../client/login.ts";
import { assert } from "../../base/assert.ts";
import { type Secret } from "../../base/secret.ts";
import { wallMs } from "../../base/time.ts";
import { type Connect, ClientRunner } from "./client-runner.ts";
import { type ConnectChoices } from "./connect-options.ts";
import { type ExitCode, exitCodes } from "../command-line/exit.ts";
import { type Driven, type FrontEnd } from "./front-end.ts";
import { JsonFrontEnd } from "./json.ts";
import { LineFrontEnd } from "./line.ts";
import { askingFrom } from "./code-question.ts";
import { PasswordFrontEnd } from "./password-front-end.ts";
import { Out, standardError } from "../terminal/out.ts";
import { type Prompt } from "../terminal/prompt.ts";
import { systemClocks, SystemRandom } from "../server/outside.ts";
import { type StandardInput } from "./standard-input.ts";
import { TextFrontEnd } from "./text.ts";

/** History of a room that is shown on coming in. */
const lineHistory = 20;
const jsonHistory = 50;
/** Programs must not miss lines: they may be this far behind (`json.ts` ends before that). */
const pipeQueueBytesMax = 128 * 1024 * 1024;

export interface Ending {
  readonly code: EndCode | "not-connected" | "not-approved";
  readonly reason: string;
  readonly failCode: string | undefined;
  /** What the front end says the program ends with. */
  readonly exitCode: ExitCode | undefined;
}

export interface ConversationOptions {
  readonly choices: ConnectChoices;
  readonly login: Login;
  /** Of the login, if it is one with a password. */
  readonly prover: LoginProver | undefined;
  readonly connect: Connect;
  /** Where a code can be asked for before there is a front end. */
  readonly prompt: Prompt | undefined;
  /** Who was asked for a code wants to leave instead, or cannot be asked. */
  readonly gaveUp: (reason: unknown) => void;
  readonly input: StandardInput;
  readonly seenAt: number | undefined;
  /** What is to be changed, with the front end `password`. */
  readonly change: { readonly old: Secret; readonly next: Secret } | undefined;
  /** The server let this account in. */
  readonly welcomed: (account: string | undefined) => void;
}

export class Conversation {
  readonly ending: Promise<Ending>;
  readonly #options: ConversationOptions;
  readonly #runner: ClientRunner;
  readonly #end: (ending: Ending) => void;
  #frontEnd: FrontEnd | undefined;
  #hasBeenOnline = false;
  #isOver = false;
  #newestSeen = 0;
  /** What a person is asked on this connection. */
  #question: AbortController | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { choices, login, connect } = options;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ending = promise;
    this.#end = resolve;
    const session = new ClientSession({
      login,
      ...(login.kind === "none" ? { nick: `guest${process.pid}` } : {}),
      channels: choices.channels,
      random: new SystemRandom(),
      historyMessages: { line: lineHistory, json: jsonHistory, text: 0, password: 0 }[choices.ui],
    });
    this.#runner = new ClientRunner(session, {
      connect,
      clocks: systemClocks,
      listener: (event) => this.#event(event),
    });
    const askCode = askingFrom({
      file: choices.totpFile,
      // A pipe's front end has the terminal already, when its standard input is one.
      prompt: choices.ui === "line" || !process.stdin.isTTY ? options.prompt : undefined,
      frontEnd: () => this.#frontEnd,
      gaveUp: options.gaveUp,
    });
    options.prover?.attach(
      (proof) => this.#runner.prove(proof),
      ({ methods, signal }) => {
        this.#question = new AbortController();
        return askCode({ methods, signal: AbortSignal.any([signal, this.#question.signal]) });
      },
    );
    if (choices.ui !== "line") this.#frontEnd = this.#makeFrontEnd();
  }

  /** Up to which server time something was shown, or 0. */
  get newestSeen(): number {
    return this.#newestSeen;
  }

  start(): void {
    this.#runner.start();
  }

  /** Leaves as politely as there is time for; the ending follows. */
  quit(): void {
    this.#runner.act({ kind: "quit" });
  }

  #event(event: ClientEvent): void {
    if (this.#isOver) return;
    if (event.kind === "message") {
      this.#newestSeen = Math.max(this.#newestSeen, event.message.time);
    }
    // Before a front end takes the terminal over: what was asked for is of no use without the connection.
    if (event.kind === "state") this.#question?.abort();
    if (event.kind === "hello") this.#options.welcomed(event.account);
    const isShown = event.kind === "hello" || (event.kind === "state" && isForLine(event));
    if (isShown) this.#frontEnd ??= this.#makeFrontEnd();
    this.#frontEnd?.event(event);
    if (event.kind === "state") this.#state(event);
  }

  #state({ state }: Extract<ClientEvent, { kind: "state" }>): void {
    const { ui, keeps } = this.#options.choices;
    const isPatient = ui === "line" || keeps;
    if (state.state === "online") this.#hasBeenOnline = true;
    if (state.state === "closed") this.#over(state.code, state.reason, state.failCode);
    else if (state.state === "offline" && !this.#hasBeenOnline && !isPatient) {
      this.#over("not-connected", state.reason);
    } else if (state.state === "waiting" && !isPatient) {
      this.#over("not-approved", state.reason);
    }
  }

  #over(code: Ending["code"], reason: string, failCode?: string): void {
    this.#isOver = true;
    const closed = this.#frontEnd?.close() ?? Promise.resolve();
    void closed.then(() => {
      this.#runner.stop();
      this.#end({ code, reason, failCode, exitCode: this.#frontEnd?.exitCode });
    });
  }

  #changePassword(old: Secret, next: Secret, ref: string): string | undefined {
    const { prover } = this.#options;
    if (prover?.change.prepare(old, next) === true) {
      this.#runner.act({ kind: "password", ref });
      return undefined;
    }
    return prover === undefined
      ? "you are not logged in: there is no password to change"
      : "a change of the password is under way already";
  }

  #makeFrontEnd(): FrontEnd {
    const { choices, input, seenAt, change } = this.#options;
    const { ui, keeps, target } = choices;
    const { session } = this.#runner;
    const driven: Driven = {
      model: session.model,
      outstanding: () => session.outstanding,
      isJoining: () => session.isJoining,
      isWhole: () => session.isWhole,
      act: (action) => this.#runner.act(action),
      changePassword: (old, next, ref) => this.#changePassword(old, next, ref),
      read: (room) => session.read(room),
    };
    switch (ui) {
      case "password": {
        assert(change !== undefined, "there are two passwords");
        return new PasswordFrontEnd(driven, {
          ...change,
          out: new Out(1),
          diagnostics: standardError,
        });
      }
      case "json": {
        const out = new Out(1, { queueBytesMax: pipeQueueBytesMax });
        return new JsonFrontEnd(driven, { keeps, input, out });
      }
      case "text": {
        const out = new Out(1, { queueBytesMax: pipeQueueBytesMax });
        return new TextFrontEnd(driven, { target, keeps, input, out, diagnostics: standardError });
      }
      case "line":
        return new LineFrontEnd(driven, {
          input: process.stdin,
          out: new Out(1),
          columns: () => process.stdout.columns,
          hasColour: hasColour(process.env),
          hasUnicode: hasUnicode(process.env),
          firstRoom: target,
          seenAt: seenAt === undefined ? undefined : wallMs(seenAt),
        });
    }
  }
}

/** The code of a conversation's end. */
export function exitCodeOf({ code, exitCode }: Ending): ExitCode {
  switch (code) {
    case "quit":
      return exitCode ?? exitCodes.ok;
    case "identity":
      return exitCodes.identity;
    case "refused":
    case "rejected":
    case "registration":
    case "not-approved":
      return exitCodes.refused;
    case "unavailable":
    case "not-connected":
      return exitCodes.cannotConnect;
  }
}

function isForLine({ state }: Extract<ClientEvent, { kind: "state" }>): boolean {
  return state.state === "waiting" || state.state === "offline";
}

/** The locale's encoding, as the C library finds it: an empty variable is none. */
function hasUnicode(environment: Readonly<Record<string, string | undefined>>): boolean {
  const settings = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => environment[name] ?? "");
  return /utf-?8/i.test(settings.find((setting) => setting !== "") ?? "");
}

/** no-color.org: "when present and not an empty string (regardless of its value), prevents the addition". */
function hasColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
}
