/**
 * Report: what the operator should know of, when `auth` had to answer `unavailable`.
 *
 * The other side learns only that it cannot be answered now. There is never a secret in a report.
 */

export interface Problem {
  /** One line for the log. */
  readonly text: string;
  /** What to do about it, when that is known. */
  readonly hint: string | undefined;
  readonly cause: unknown;
}

export type Report = (problem: Problem) => void;
