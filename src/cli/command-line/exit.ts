/**
 * How the program ends: its exit codes, and the fault, an end that is nobody's bug.
 *
 * A fault is thrown where the machine or the person before it made going on impossible (a wrong option, a port in
 * use, a folder of someone else's). `main.ts` prints it as one line, with the hint below it, and ends with its code.
 */

/** The codes of every subcommand; from 69 to 78 they are those of sysexits. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  /** The command line was wrong. */
  usage: 2,
  cannotConnect: 3,
  /** Name or password refused, or an operator has not decided yet. */
  refused: 4,
  /** The server's identity is unknown and nobody may be asked, or it has changed. */
  identity: 5,
  messageRefused: 6,
  /** EX_UNAVAILABLE: a port in use, another server on the same data. */
  unavailable: 69,
  /** EX_SOFTWARE: a bug of ours. */
  bug: 70,
  /** EX_IOERR: the disk failed. */
  inputOutput: 74,
  /** EX_NOPERM: a file or folder that others may use, or that we may not. */
  noPermission: 77,
  /** EX_CONFIG: the settings. */
  settings: 78,
  /** As timeout(1) has it. */
  timeout: 124,
  /** Ctrl-C, in client commands. */
  interrupted: 130,
  /** SIGTERM, in client commands. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: ExitCode;
  /** What to do about it; may have several lines. */
  readonly hint: string | undefined;

  constructor(code: ExitCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** The words of whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error (`EACCES`, `EADDRINUSE`), or an empty text. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
