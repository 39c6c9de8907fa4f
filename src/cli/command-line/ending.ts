/**
 * The end of the program: what is said last, and with which code it ends.
 *
 * A fault is said in one line, with its hint below. A bug is said in one line too; with AUTHCHAT_DEBUG=1 its stack
 * follows. Nothing is waited for long: a terminal that does not read must not keep the program from ending.
 */
import { printable } from "../../protocol/text.ts";
import { describeError, exitCodes, Fault } from "./exit.ts";
import { standardError, standardOut } from "../terminal/out.ts";

const flushWithinMs = 1_000;

/** Says what was thrown, and answers the code to end with. */
export function reportFailure(error: unknown): number {
  const fault = faultOf(error);
  if (fault === undefined) {
    standardError.line(`authchat: internal error: ${printable(describeError(error))}`);
    if (process.env["AUTHCHAT_DEBUG"] === "1" && error instanceof Error) {
      standardError.line(error.stack ?? "no stack");
    } else {
      standardError.line("  AUTHCHAT_DEBUG=1 shows where");
    }
    return exitCodes.bug;
  }
  standardError.line(`authchat: ${printable(fault.message)}`);
  for (const line of fault.hint?.split("\n") ?? []) standardError.line(`  ${printable(line)}`);
  return fault.code;
}

/** Ends the program once what was written has gone out, or at once when nobody reads it. */
export async function endProgram(code: number): Promise<never> {
  await Promise.all([standardOut.flushed(flushWithinMs), standardError.flushed(flushWithinMs)]);
  process.exit(code);
}

/** Exceptions nobody caught end the program: Bun itself goes on after some of them. */
export function endOnUncaught(): void {
  const end = (error: unknown): void => {
    void endProgram(reportFailure(error));
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}

interface Ending {
  readonly message: string;
  readonly code: number;
  readonly hint: string | undefined;
}

/** Faults of ours, and those of the storage, which says `exitCode` because it does not know of this folder. */
function faultOf(error: unknown): Ending | undefined {
  if (error instanceof Fault) return error;
  if (!(error instanceof Error) || !("exitCode" in error) || !("hint" in error)) return undefined;
  const { message, exitCode, hint } = error;
  if (typeof exitCode !== "number" || typeof hint !== "string") return undefined;
  return { message, code: exitCode, hint };
}
