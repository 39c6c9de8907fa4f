/**
 * `msgid`: where a message was kept, written down. `c7-1k` is the 56th entry of channel 7, `p3-9` the ninth of
 * private conversation 3 (numbers in base 36). Clients are to treat it as opaque; only the server reads it back.
 */
import { logId, type LogId } from "../base/ids.ts";

export interface MessagePlace {
  readonly log: LogId;
  readonly sequence: number;
}

export function writeMessageId({ log, sequence }: MessagePlace): string {
  const number = Math.abs(log).toString(36);
  return `${log < 0 ? "p" : "c"}${number}-${sequence.toString(36)}`;
}

/** Undefined for anything that `writeMessageId` does not write. */
export function parseMessageId(text: string): MessagePlace | undefined {
  const match = /^([cp])([0-9a-z]{1,10})-([0-9a-z]{1,10})$/.exec(text);
  if (match === null) return undefined;
  const [, kind, number = "", place = ""] = match;
  const log = Number.parseInt(number, 36);
  const sequence = Number.parseInt(place, 36);
  const isCanonical = log.toString(36) === number && sequence.toString(36) === place;
  if (!isCanonical || log === 0 || sequence === 0) return undefined;
  return { log: logId(kind === "p" ? -log : log), sequence };
}
