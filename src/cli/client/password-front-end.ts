/**
 * The front end of `authchat passwd`: once let in it changes the password, says how that went, and leaves.
 */
import { type Secret } from "../../base/secret.ts";
import { type ClientEvent } from "../../client/events.ts";
import { printable } from "../../protocol/text.ts";
import { type ExitCode, exitCodes } from "../command-line/exit.ts";
import { type Out } from "../terminal/out.ts";
import { type Driven, flushMsMax, type FrontEnd } from "./front-end.ts";

export interface PasswordFrontEndOptions {
  readonly old: Secret;
  readonly next: Secret;
  readonly out: Out;
  readonly diagnostics: Out;
}

const ref = "password";

export class PasswordFrontEnd implements FrontEnd {
  exitCode: ExitCode | undefined;
  readonly #driven: Driven;
  readonly #options: PasswordFrontEndOptions;

  constructor(driven: Driven, options: PasswordFrontEndOptions) {
    this.#driven = driven;
    this.#options = options;
  }

  event(event: ClientEvent): void {
    switch (event.kind) {
      case "state":
        if (event.state.state === "online") this.#begin();
        return;
      case "ack":
        if (event.ref === ref) this.#end("the password is changed", exitCodes.ok);
        return;
      case "error":
        if (event.ref === ref) this.#end(event.text, exitCodes.refused);
        return;
      case "warning":
        this.#options.diagnostics.line(`authchat: ${printable(event.text)}`);
        return;
      default:
        return;
    }
  }

  close(): Promise<void> {
    return this.#options.out.flushed(flushMsMax);
  }

  #begin(): void {
    const { old, next } = this.#options;
    const problem = this.#driven.changePassword(old.copy(), next.copy(), ref);
    if (problem !== undefined) this.#end(problem, exitCodes.failure);
  }

  #end(text: string, code: ExitCode): void {
    if (this.exitCode !== undefined) return;
    const { out, diagnostics } = this.#options;
    if (code === exitCodes.ok) out.line(text);
    else diagnostics.line(`authchat: ${printable(text)}`);
    this.exitCode = code;
    this.#driven.act({ kind: "quit" });
  }
}
