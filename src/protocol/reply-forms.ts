/**
 * The forms that replies have on the wire: numerics, standard replies, and plain commands.
 */
import { type Refusal, type Reply } from "./replies.ts";

export function numeric(code: string, ...params: string[]): Reply {
  return { command: code, params, isNumeric: true };
}

export function refusal(code: string, ...params: string[]): Refusal {
  return { command: code, params, isNumeric: true, isRefusal: true };
}

/**
 * standard-replies: sent to every client: who does not know them shows the line, which says what is wrong.
 * `FAIL <command> <code> [<context>...] <description>`; `*` where no command is to blame.
 */
export function fail(command: string, code: string, ...rest: string[]): Refusal {
  return {
    command: "FAIL",
    params: [command, code, ...rest],
    isNumeric: false,
    isRefusal: true,
  };
}

export function note(command: string, code: string, ...rest: string[]): Reply {
  return { command: "NOTE", params: [command, code, ...rest], isNumeric: false };
}

/** Without a source, as clients expect of these few. */
export function bare(command: string, ...params: string[]): Reply {
  return { command, params, isNumeric: false, source: "" };
}

export function plain(command: string, ...params: string[]): Reply {
  return { command, params, isNumeric: false };
}

/** For people, wherever they tried. */
export function tooManyTries(seconds: number): string {
  const when = seconds === 1 ? "a second" : `${seconds} seconds`;
  return `Too many wrong passwords came from your address; try again in ${when}`;
}

/** The same as a WARN: the rest of the command was done. */
export function asWarning(refused: Refusal): Reply {
  return { command: "WARN", params: refused.params, isNumeric: false };
}
