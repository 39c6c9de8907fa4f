/**
 * Assertions: what must hold, said where it must hold.
 *
 * An assertion that fails is a bug in this program, never bad input: it throws, the one place that catches
 * bugs (`server/loop.ts`) closes the connection it happened on, and tests rethrow it.
 */

/** Thrown when an assertion does not hold; always a bug. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States that `condition` holds here. @throws AssertionError when it does not. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionError(claim);
}

/** The end of a `switch` over a union in which every case has returned. @throws always. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, which must be there. @throws AssertionError when it is undefined. */
export function present<T>(value: T | undefined, claim: string): T {
  if (value === undefined) throw new AssertionError(claim);
  return value;
}
