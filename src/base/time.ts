/**
 * Time as this program means it: two clocks, both handed in.
 *
 * *Wall time* (`WallMs`, milliseconds since 1970 UTC) is what is shown and kept. *Elapsed time* (`ElapsedMs`,
 * monotonic, from any origin) is what deadlines, meters and holds go by. They are branded so that one cannot be
 * taken for the other.
 */

export type WallMs = number & { readonly clock: "wall" };
export type ElapsedMs = number & { readonly clock: "elapsed" };

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A number read from a wall clock (or from disk). */
export function wallMs(value: number): WallMs {
  return value as WallMs; // the one place where a number becomes wall time
}

/** A number read from a monotonic clock. */
export function elapsedMs(value: number): ElapsedMs {
  return value as ElapsedMs; // the one place where a number becomes elapsed time
}

/** That much later on the monotonic clock. */
export function later(from: ElapsedMs, byMs: number): ElapsedMs {
  return elapsedMs(from + byMs);
}

/** `2026-11-25T20:14:07.120Z`, as server-time wants it (ISO 8601:2004(E) 4.3.2). Years 1970 … 9999. */
export function isoTime(time: WallMs): string {
  if (time !== lastIso.time) {
    const date = new Date(Math.min(Math.max(time, 0), 253_402_300_799_999));
    lastIso = { time, text: date.toISOString() };
  }
  return lastIso.text;
}

/** A busy server writes the same millisecond many times: 0.2 µs each. */
let lastIso: { readonly time: WallMs; readonly text: string } = {
  time: wallMs(0),
  text: "1970-01-01T00:00:00.000Z",
};

/** The wall time an ISO 8601 text of that same form says, or undefined. Days that no month has are not rolled over. */
export function parseIsoTime(text: string): WallMs | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time) || time < 0) return undefined;
  return isoTime(wallMs(time)).startsWith(text.slice(0, 10)) ? wallMs(time) : undefined;
}
