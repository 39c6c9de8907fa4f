/**
 * Password change: the conversation with the server by which the prover changes the password, on a connection that is
 * welcome.
 *
 *     proving (AUTHENTICATE, with the old password) → requesting (OPAQUE CHG) → recording (OPAQUE REC) → over
 *
 * A record that is made anew of the same password, because the server asked for it at the login, begins with the
 * request, and is silent: it is nobody's wish, and the next login will ask again. Only when the prover will not make it
 * (the server wants the password protected less than before), the user is told. One is under way at a time; a wish that
 * comes while a record is made anew waits for that. It ends with its connection at the latest.
 */
import { type Message } from "../protocol/message.ts";
import { decodeBase64, SaslAssembler, saslChunks } from "../protocol/sasl.ts";
import { refuse } from "./asking.ts";
import { type Context } from "./context.ts";
import { type ChangeProver, type Proof, type ProofStep, recordBytes } from "./prover.ts";
import { type Login } from "./registration.ts";

export interface ChangeAsked {
  readonly isSame: boolean;
  readonly ref: string | undefined;
}

type Step = "idle" | "proving" | "requesting" | "recording";

const refusals: ReadonlySet<string> = new Set(["902", "904", "905", "906", "907"]);

export class PasswordChange {
  readonly #context: Context;
  readonly #account: string;
  readonly #prover: ChangeProver | undefined;
  readonly #sasl = new SaslAssembler();
  #step: Step = "idle";
  #asked: ChangeAsked = { isSame: true, ref: undefined };
  /** To be done after that. */
  #next: ChangeAsked | undefined;
  #isFirstChallenge = true;
  /** The record is on its way, or there. */
  #isSent = false;
  /** The answer to a login that was given up is still to come. */
  #isAborting = false;

  constructor(context: Context, login: Exclude<Login, { readonly kind: "none" }>) {
    this.#context = context;
    this.#account = login.account;
    this.#prover = login.prover.change;
  }

  get isUnderWay(): boolean {
    return this.#step !== "idle";
  }

  begin(asked: ChangeAsked): void {
    const prover = this.#prover;
    if (this.isUnderWay && this.#asked.isSame && this.#next === undefined) {
      this.#next = asked;
      return;
    }
    if (this.isUnderWay) {
      this.#refuse(asked, "a change of the password is under way already");
      return;
    }
    this.#asked = asked;
    this.#isSent = false;
    if (prover?.isPossible() !== true) {
      this.#fail("the server or this connection has no OPAQUE, by which a password is changed");
      return;
    }
    if (asked.isSame) {
      this.#request(prover);
      return;
    }
    this.#step = "proving";
    this.#isFirstChallenge = true;
    this.#sasl.reset();
    this.#context.output.line("AUTHENTICATE", [prover.mechanism]);
  }

  /** The connection is gone. */
  end(): void {
    if (!this.isUnderWay) return;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) {
      this.#prover?.settle("kept", false);
      this.#refuse(next, "the connection was lost: the password is not changed");
    }
    const isUnsure = this.#isSent;
    const text = isUnsure
      ? "the connection was lost: the password is the old one or the new one"
      : "the connection was lost: the password is not changed";
    this.#fail(text, isUnsure ? "unsure" : "kept");
  }

  /** True when the message belongs to it. */
  take(message: Message): boolean {
    const { command, params } = message;
    if (command === "906" && this.#isAborting) {
      this.#isAborting = false;
      return true;
    }
    const prover = this.#prover;
    if (!this.isUnderWay || prover === undefined) return false;
    const isOpaque = params[0]?.toUpperCase() === "OPAQUE";
    if (command === "FAIL" && (isOpaque || params[0]?.toUpperCase() === "AUTHENTICATE")) {
      const isUnsure = this.#isSent && params[1] === "TEMPORARILY_UNAVAILABLE";
      this.#fail(params.at(-1) ?? "the server refused it", isUnsure ? "unsure" : "kept");
      return true;
    }
    switch (this.#step) {
      case "idle":
        return false;
      case "proving":
        return this.#takeProving(message, prover);
      case "requesting":
        if (command !== "OPAQUE") return false;
        this.#respond(params, prover);
        return true;
      case "recording":
        if (command !== "NOTE" || !isOpaque || params[1] !== "CHANGED") return false;
        this.#changed(params.at(-1) ?? "the password is changed");
        return true;
    }
  }

  /** The outcome of a step that took its time. */
  proved(proof: Proof): void {
    const { output } = this.#context;
    if (proof.kind === "failed") {
      if (this.#step === "proving") {
        this.#isAborting = true;
        output.line("AUTHENTICATE", ["*"]);
      }
      const { isSame } = this.#asked;
      if (isSame) output.event({ kind: "warning", text: proof.reason });
      this.#fail(proof.reason);
      return;
    }
    const { bytes } = proof;
    switch (this.#step) {
      case "idle":
        return;
      case "proving":
        for (const chunk of saslChunks(bytes)) output.line("AUTHENTICATE", [chunk]);
        return;
      case "requesting":
        output.line("OPAQUE", ["CHG", base64(bytes), ...(this.#asked.isSame ? ["same"] : [])]);
        return;
      case "recording": {
        const parts = [bytes.subarray(0, recordBytes), bytes.subarray(recordBytes)];
        output.line("OPAQUE", ["REC", this.#account, ...parts.map(base64)]);
        this.#isSent = true;
      }
    }
  }

  #takeProving(message: Message, prover: ChangeProver): boolean {
    const { command, params } = message;
    if (command === "AUTHENTICATE") {
      const piece = this.#sasl.take(params[0] ?? "");
      if (piece.kind === "partial") return true;
      const isFirst = this.#isFirstChallenge;
      this.#isFirstChallenge = false;
      if (piece.kind === "complete") this.#goOn(prover.respond(piece.bytes, isFirst));
      else
        this.proved({
          kind: "failed",
          code: "refused",
          reason: "the server's words make no sense",
        });
      return true;
    }
    if (command === "903") {
      this.#request(prover);
      return true;
    }
    if (refusals.has(command)) {
      this.#fail(params.at(-1) ?? "the server refused the old password");
      return true;
    }
    return command === "900" || command === "908";
  }

  #request(prover: ChangeProver): void {
    this.#step = "requesting";
    this.#goOn(prover.enrol(undefined, this.#asked.isSame));
  }

  #respond([subcommand = "", , response = ""]: readonly string[], prover: ChangeProver): void {
    const bytes = subcommand.toUpperCase() === "RESP" ? decodeBase64(response) : undefined;
    if (bytes === undefined) {
      this.#fail("the server's words make no sense");
      return;
    }
    this.#step = "recording";
    this.#goOn(prover.enrol(bytes, this.#asked.isSame));
  }

  #goOn(step: ProofStep): void {
    if (step.kind !== "later") this.proved(step);
  }

  #changed(text: string): void {
    const { isSame, ref } = this.#asked;
    const { output, model } = this.#context;
    this.#step = "idle";
    this.#prover?.settle("changed", isSame);
    if (!isSame) output.event({ kind: "notice", from: model.server, text });
    output.event({ kind: "ack", ref, id: undefined });
    this.#goOnWithNext();
  }

  #goOnWithNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.begin(next);
  }

  #fail(text: string, outcome: "kept" | "unsure" = "kept"): void {
    const { isSame } = this.#asked;
    this.#step = "idle";
    this.#prover?.settle(outcome, isSame);
    // Who waits until nothing is outstanding hears that it is over.
    if (isSame) this.#context.output.event({ kind: "ack", ref: undefined, id: undefined });
    else this.#refuse(this.#asked, text);
    this.#goOnWithNext();
  }

  #refuse({ ref }: ChangeAsked, text: string): void {
    refuse(this.#context, ref, { code: "PASSWORD_NOT_CHANGED", text, target: undefined });
  }
}

/** What the login has shown: a record that is to be made anew, or a server that does less than before. */
export function changeAfterLogin(
  context: Context,
  login: Login,
  isOutdated: boolean,
): PasswordChange | undefined {
  if (login.kind === "none") return undefined;
  const change = new PasswordChange(context, login);
  const text = isOutdated ? undefined : login.prover.concern?.();
  if (isOutdated) change.begin({ isSame: true, ref: undefined });
  if (text !== undefined) context.output.event({ kind: "warning", text });
  return change;
}

/** There is no connection, or nobody is logged in. */
export function refuseChange(context: Context, login: Login, ref: string | undefined): void {
  if (login.kind !== "none") login.prover.change?.settle("kept", false);
  const text = "the password is changed while connected and logged in";
  refuse(context, ref, { code: "OFFLINE", text, target: undefined });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
