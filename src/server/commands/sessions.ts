/**
 * SESSIONS and LOGOUT: the devices that are remembered as logged in, and their connections.
 *
 *     sessions [NAME]                      lists them
 *     logout [NUMBER | all | others]       one's own: without a word this one
 *     logout NAME [NUMBER | all]           anyone's, for operators; without a number all of them
 *
 * A device that is logged out is not remembered any more, and the connections that came in by it are closed; those
 * that came in by the password or by another of the account's credentials stay.
 */
import { type AccountId } from "../../base/ids.ts";
import { isoTime, type WallMs } from "../../base/time.ts";
import { loggedOutReason } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { mayOperateServer } from "../policy.ts";
import { type CredentialInfo, type ProvenAccount } from "../proofs.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

const sessions: Word = {
  name: "sessions",
  usage: "sessions [NAME]",
  does: "lists the devices that are remembered",
  speaker: "members",
  run(ctx, rest) {
    withOwner(ctx, rest, (found, owner) => {
      list(found, owner, (next, devices) => {
        for (const device of devices) next.tell(describe(device));
        if (devices.length === 0) next.tell("no device is remembered");
      });
    });
  },
};

const logout: Word = {
  name: "logout",
  usage: "logout [NAME] [WHICH]",
  does: "forgets devices, and closes their connections: this one; by number, all, others",
  speaker: "members",
  run(ctx, rest) {
    const words = rest.split(/\s+/).filter((word) => word !== "");
    const [first, second] = words;
    const isOwn = ctx.task.session !== undefined && (first === undefined || isWhich(first));
    const [name = "", which] = isOwn ? ["", first ?? "this"] : [first, second ?? "all"];
    const isUnderstood = isOwn || second === undefined || isWhich(second);
    if (words.length > (isOwn ? 1 : 2) || !isUnderstood) {
      refuse(ctx, "which? a number that sessions lists, all or others");
      return;
    }
    withOwner(ctx, name, (found, owner) => forget(found, owner, which));
  },
};

/** Whose devices it is about. */
interface Owner {
  readonly account: AccountId;
  readonly name: string;
  /** The credential by which whoever asks came in, where it is their own account. */
  readonly own: number | undefined;
}

/** One's own account, or for operators the one that is named. */
function withOwner(ctx: Context, name: string, then: (ctx: Context, owner: Owner) => void): void {
  const session = ctx.task.session;
  const user = session?.user;
  const isByOperator = session !== undefined && mayOperateServer(session);
  if (session !== undefined && user !== undefined && name === "") {
    then(ctx, { account: user.id, name: user.account.name, own: session.proven?.credential });
  } else if (ctx.operator.port === undefined && !isByOperator) {
    refuse(ctx, "only operators do this for others");
  } else {
    withAccount(ctx, name, (next, { id, account: { name: owner } }) => {
      const asking = next.task.session;
      const own = asking?.user?.id === id ? asking.proven?.credential : undefined;
      then(next, { account: id, name: owner, own });
    });
  }
}

function list(
  ctx: Context,
  { account, name, own }: Owner,
  then: (ctx: Context, devices: readonly CredentialInfo[]) => void,
): void {
  const action = { kind: "list", of: "session" } as const;
  ctx.ask("credentials", { account, name, own, action }, (answer, next) => {
    if (answer.outcome === "listed") then(next, answer.credentials);
    else refuse(next, notNow);
  });
}

/** Looks which there are first: their connections are to be closed. */
function forget(ctx: Context, owner: Owner, which: string): void {
  list(ctx, owner, (found, devices) => {
    const ids = devices.filter((device) => isMeant(device, which)).map(({ id }) => id);
    if (ids.length === 0) {
      if (which === "this") found.close(loggedOutReason);
      else refuse(found, which === "others" ? "no other device is remembered" : noneOf(which));
      return;
    }
    removeEach(found, owner, ids);
  });
}

function removeEach(ctx: Context, { account, name, own }: Owner, ids: readonly number[]): void {
  let open = ids.length;
  let isDone = true;
  for (const id of ids) {
    const action = { kind: "remove", of: "session", which: id } as const;
    ctx.ask("credentials", { account, name, own, action }, (answer, next) => {
      open -= 1;
      isDone = isDone && answer.outcome === "removed";
      if (answer.outcome === "removed") {
        const { by } = next.operator;
        next.note({ event: "device.forgotten", account: name, number: id, by });
        closeLoggedInBy(next, [id]);
      }
      if (open > 0) return;
      if (!isDone) refuse(next, notNow);
      else
        next.tell(ids.length === 1 ? `logged out ${ids[0]}` : `logged out ${ids.length} devices`);
    });
  }
}

/** The connections that came in by one of them. */
export function closeLoggedInBy(ctx: Context, credentials: readonly number[]): void {
  for (const session of [...ctx.network.sessions.values()]) {
    const credential = session.proven?.credential;
    if (credential !== undefined && credentials.includes(credential)) {
      ctx.close(loggedOutReason, session);
    }
  }
}

/** Who logs in and may not come in yet is not remembered either: the login after the decision is another one. */
export function forgetUnadmitted(
  ctx: Context,
  { id: account, name, credential }: ProvenAccount,
): void {
  if (credential === undefined) return;
  const action = { kind: "remove", of: "session", which: credential } as const;
  ctx.ask("credentials", { account, name, own: undefined, action }, () => undefined);
}

function isWhich(word: string): boolean {
  return /^(?:\d{1,15}|all|others)$/.test(word);
}

function isMeant({ id, isOwn }: CredentialInfo, which: string): boolean {
  switch (which) {
    case "all":
      return true;
    case "others":
      return !isOwn;
    case "this":
      return isOwn;
    default:
      return id === Number(which);
  }
}

function noneOf(which: string): string {
  return which === "all" ? "no device is remembered" : `no device ${which} is remembered`;
}

function describe({ id, label, createdAt, usedAt, isOwn }: CredentialInfo): string {
  const used = usedAt === undefined ? "" : `, last used ${minuteOf(usedAt)}`;
  return `${id} ${label} since ${minuteOf(createdAt)}${used}${isOwn ? " (this one)" : ""}`;
}

/** `2026-11-25 20:14`, UTC as everywhere in the server's words. */
function minuteOf(time: WallMs): string {
  return isoTime(time).slice(0, 16).replace("T", " ");
}

export const sessionWords: readonly Word[] = [sessions, logout];
