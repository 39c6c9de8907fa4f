/**
 * Numbers that name things, branded so that one kind is never taken for another.
 *
 * Accounts and channels have numbers for life; names are attributes of theirs. Number 0 is the server's own
 * account, and -1 nobody's: what guests have said is kept under it. Who is there without an account has a number below
 * that for as long as they are. A *log* is where what is said gets its sequence: a channel's log has the channel's
 * number, a private conversation's log the negative of the conversation's number.
 */

export type ConnectionId = number & { readonly id: "connection" };
export type AccountId = number & { readonly id: "account" };
export type ChannelId = number & { readonly id: "channel" };
export type LogId = number & { readonly id: "log" };
export type QuestionId = number & { readonly id: "question" };

// The brands are given in these five functions and nowhere else.

export function connectionId(value: number): ConnectionId {
  return value as ConnectionId; // the one place where a number becomes one
}

export function accountId(value: number): AccountId {
  return value as AccountId; // the one place where a number becomes one
}

export function channelId(value: number): ChannelId {
  return value as ChannelId; // the one place where a number becomes one
}

export function logId(value: number): LogId {
  return value as LogId; // the one place where a number becomes one
}

export function questionId(value: number): QuestionId {
  return value as QuestionId; // the one place where a number becomes one
}

/** Of what is asked for nobody who is connected: connections are numbered from 1. */
export const noConnection: ConnectionId = connectionId(0);

/** The server itself, as the author of what it says. */
export const serverAccount: AccountId = accountId(0);

/** The author of what guests have said, once it is kept. */
export const nobody: AccountId = accountId(-1);

/** Whether it is the number of someone without an account, of whom nothing is kept under their number. */
export function isGuest(account: AccountId): boolean {
  return account < nobody;
}
