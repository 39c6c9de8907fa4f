/**
 * SESSIONS and LOGOUT: the devices that are remembered as logged in, and their connections.
 */
import { isoTime } from "../../base/time.ts";
import { type Context } from "../context.ts";
import { type CredentialInfo } from "../proofs.ts";
import { notNow, refuse, type Word } from "./words.ts";

const sessions: Word = {
  name: "sessions",
  usage: "sessions",
  does: "lists your devices that are remembered",
  speaker: "owners",
  run(ctx) {
    const { user, session } = ctx;
    const own = session.proven?.credential;
    const ask = { account: user.id, name: user.nick, own };
    ctx.ask("credentials", { ...ask, action: { kind: "list", of: "session" } }, (answer, next) => {
      if (answer.outcome === "listed") tellSessions(next, answer.credentials);
      else refuse(next, notNow);
    });
  },
};

function tellSessions(ctx: Context, credentials: readonly CredentialInfo[]): void {
  for (const { id, label, createdAt, isOwn } of credentials) {
    ctx.tell(
      `${id} ${label} since ${isoTime(createdAt).slice(0, 10)}${isOwn ? " (this one)" : ""}`,
    );
  }
  if (credentials.length === 0) ctx.tell("no device is remembered");
}

export const sessionWords: readonly Word[] = [sessions];
