/**
 * StorageFault: the data folder cannot be used, and the program has to end before it serves anyone.
 *
 * Thrown while opening and nowhere else; `main` prints message and hint and exits with the code.
 * What fails later, while serving, is a value (`KeepAttempt`, `Unavailable`).
 */

/** sysexits: EX_IOERR. */
const inputOutputError = 74;

export class StorageFault extends Error {
  override readonly name = "StorageFault";
  readonly exitCode = inputOutputError;
  /** What the operator can do about it. */
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

/** The words of whatever was thrown. SQLite's own messages name tables and columns, never data. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  return code === "" ? error.message : `${error.message} (${code})`;
}

/** There was no room on the disk: for the write-ahead log, or for the index to it. */
export function isFull(error: unknown): boolean {
  return ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"].includes(codeOf(error));
}

/** Someone else has the database. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
