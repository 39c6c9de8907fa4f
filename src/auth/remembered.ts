/**
 * Remembered: where a client keeps the token by which one server remembers it as one account's
 * device. `cli/client/sessions.ts` does it in a file; several programs may use it at once.
 */
import { type ResumeToken } from "./resume.ts";

export interface Remembered {
  /** As it is now: read anew each time. */
  find(): ResumeToken | undefined;
  /** In the place of whatever is there. False: it could not be kept. */
  put(token: ResumeToken): boolean;
  /** In the place of that one, if it is still there; on disk when it returns. @throws when it cannot be written. */
  replace(before: ResumeToken, after: ResumeToken): boolean;
  /** If that one is still there. */
  remove(token: ResumeToken): void;
}
