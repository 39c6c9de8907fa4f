/**
 * A password for an operator's command: from a file, from standard input, or typed twice at the terminal. It is never
 * an argument, nor in the environment.
 */
import { type Secret } from "../../base/secret.ts";
import { newPassword, readPasswordFile } from "../client/credentials.ts";
import { StandardInput } from "../client/standard-input.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { type Arguments, type Option, usageFault } from "../command-line/strict.ts";
import { standardError } from "../terminal/out.ts";
import { EndOfInput, Interrupted, Prompt } from "../terminal/prompt.ts";

export const passwordOptions: readonly Option[] = [
  {
    kind: "text",
    name: "password-file",
    value: "FILE",
    summary: "The password is the first line of this file",
  },
  {
    kind: "flag",
    name: "password-stdin",
    summary: "The password is the first line of standard input",
  },
];

/** By an option; undefined when none says where it is. @throws Fault */
export async function givenPassword(args: Arguments): Promise<Secret | undefined> {
  const file = args.text("password-file");
  const isOnInput = args.flag("password-stdin");
  if (file !== undefined && isOnInput) {
    throw usageFault("--password-file and --password-stdin cannot both be", "account");
  }
  if (file !== undefined) return readPasswordFile(file, standardError);
  if (!isOnInput) return undefined;
  if (process.stdin.isTTY) throw usageFault("--password-stdin is not for terminals", "account");
  const secret = await new StandardInput(() => Bun.stdin.stream()).firstLine();
  if (secret !== undefined && secret.length > 0) return secret;
  throw new Fault(exitCodes.usage, "standard input has no password in its first line");
}

/** As given, else typed at the terminal; `name`: whose it will be. @throws Fault */
export async function wantedPassword(args: Arguments, name: string): Promise<Secret> {
  const given = await givenPassword(args);
  if (given !== undefined) return given;
  const prompt = Prompt.open();
  if (prompt === undefined) {
    throw usageFault("no terminal to ask for the password: use --password-file", "account");
  }
  try {
    return await newPassword(prompt, name);
  } catch (error) {
    if (error instanceof Interrupted) throw new Fault(exitCodes.interrupted, "interrupted");
    if (error instanceof EndOfInput) throw new Fault(exitCodes.failure, "no password was given");
    throw error;
  } finally {
    prompt.close();
  }
}
