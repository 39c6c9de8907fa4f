/**
 * Keep-days: for how long what is said in a channel is kept, by the server's settings and the channel's mode +H.
 *
 * The server says the most; a channel's operators may say less. What is older is removed by `storage/retention.ts`.
 */
import { type Channel } from "./state/channel.ts";

/** A century. */
export const keepDaysMax = 36_500;

/** Undefined: for ever. `server`: 0 is for ever. */
export function keptDays(server: number, channel: number | undefined): number | undefined {
  if (server === 0) return channel;
  return Math.min(server, channel ?? server);
}

/** Why that is no number of days to keep anything for. */
export function keepDaysProblem(days: string, server: number): string | undefined {
  const most = server === 0 ? keepDaysMax : server;
  const isNumber = /^[1-9]\d{0,4}$/.test(days);
  return isNumber && Number(days) <= most
    ? undefined
    : `keeping is for a number of days from 1 to ${most}`;
}

/** For people; undefined where everything is kept. */
export function keepDaysSentence({ row }: Channel, server: number): string | undefined {
  const days = keptDays(server, row.keepDays);
  if (days === undefined) return undefined;
  return `What is said here is kept for ${days === 1 ? "a day" : `${days} days`}`;
}
