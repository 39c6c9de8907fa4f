/**
 * Code question: how the code of a second factor is had: from a file, in the front end's bottom line, or at the
 * terminal's prompt; whichever there is.
 *
 * The prompt is for as long as there is no front end that reads the terminal itself. An answer that is of no use any
 * more, because the connection is gone, is not waited for.
 */
import { open } from "node:fs/promises";
import { type AskCode, type CodeQuestion } from "../../auth/client-second-factor.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import { type FrontEnd } from "./front-end.ts";
import { type Prompt } from "../terminal/prompt.ts";

/** Longer first lines are no codes. */
const fileBytesMax = 256;

export interface CodeSources {
  /** The code is its first line. */
  readonly file: string | undefined;
  /** Undefined: there is no terminal, or a front end reads it as a pipe. */
  readonly prompt: Prompt | undefined;
  readonly frontEnd: () => FrontEnd | undefined;
  /** The person wants to leave instead, or the file cannot be read. */
  readonly gaveUp: (reason: unknown) => void;
}

export function askingFrom({ file, prompt, frontEnd, gaveUp }: CodeSources): AskCode {
  return async (question) => {
    try {
      if (file !== undefined) return await firstLine(file);
      const words = wordsOf(question);
      const shown = frontEnd();
      if (shown?.ask !== undefined) return await shown.ask(words, question.signal);
      return await prompt?.ask(words, question.signal);
    } catch (reason) {
      if (!question.signal.aborted) gaveUp(reason);
      return undefined;
    }
  };
}

function wordsOf({ methods }: CodeQuestion): string {
  const or = methods.includes("recovery") ? " (or a recovery code)" : "";
  return `Code from your authenticator${or}: `;
}

/** @throws Fault when it cannot be read. */
async function firstLine(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(fileBytesMax), 0, fileBytesMax);
      return buffer.subarray(0, bytesRead).toString("latin1").split("\n", 1)[0]?.trim() ?? "";
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Fault(exitCodes.failure, `cannot read the code's file: ${describeError(error)}`);
  }
}
