/**
 * REHASH, and the word `reload`: the settings file is read again, and what can change while the server runs changes.
 *
 * The file is read outside (`cli/server/reloading.ts`); a wrong one changes nothing. Clients are told what it changes for
 * them: capabilities (CAP NEW and DEL) and what is supported (005).
 */
import { type Capability, hasCapability, withoutCapability } from "../../protocol/capabilities.ts";
import { isupportLines } from "../../protocol/isupport.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { mayOperateServer } from "../policy.ts";
import { type Context } from "../context.ts";
import { sessionChanged } from "../session-changed.ts";
import { type Session } from "../session.ts";
import { type ServerSettings } from "../settings.ts";
import { withRooms } from "./rooms.ts";
import { notNow, refuse, type Word } from "./words.ts";

interface Outcome {
  readonly isDone: boolean;
  readonly lines: readonly string[];
}

/** Reads the settings again; `then` is told how it went, for people. */
function reload(ctx: Context, then: (ctx: Context, outcome: Outcome) => void): void {
  ctx.ask("reload", { what: "settings" }, (answer, next) => {
    const by = next.task.operator?.by ?? next.session.user?.accountName ?? next.session.nick;
    if (answer.outcome !== "read") {
      const lines = answer.outcome === "refused" ? answer.lines : [notNow];
      next.note({ event: "settings.refused", by, detail: lines.join("; ") });
      then(next, { isDone: false, lines });
      return;
    }
    const before = next.settings;
    const offered = new Map(
      [...next.network.sessions.values()].map((session) => [
        session,
        next.catalog.offered(session, before, next.network),
      ]),
    );
    next.reconfigure(answer.settings);
    next.note({ event: "settings.read", by, detail: answer.lines.join("; ") });
    for (const [session, had] of offered) tellCapabilities(next, session, had);
    tellSupported(next, before);
    withRooms(next, (ready) => then(ready, { isDone: true, lines: answer.lines }));
  });
}

/** cap-notify: "CAP NEW" for what has come, or has another value; "CAP DEL" for what has gone, which is given back. */
function tellCapabilities(
  ctx: Context,
  session: Session,
  had: ReadonlyMap<Capability, string>,
): void {
  const has = ctx.catalog.offered(session, ctx.settings, ctx.network);
  const fresh = [...has].filter(([name, value]) => had.get(name) !== value);
  // sts: "Servers MUST NOT send `CAP DEL` to disable this capability".
  const gone = [...had.keys()].filter((name) => !has.has(name) && name !== "sts");
  const left = gone.reduce((set, name) => withoutCapability(set, name), session.capabilities);
  const isTold = hasCapability(session.capabilities, "cap-notify");
  if (left !== session.capabilities) {
    ctx.emit(sessionChanged({ connection: session.id, change: { capabilities: left } }));
  }
  if (!isTold) return;
  const names = fresh
    .filter(([name]) => session.isModern || name !== "sts")
    .map(([name, value]) => (session.isModern && value !== "" ? `${name}=${value}` : name));
  // Few differ at once; each is one line, so that none can be too long.
  for (const name of names) ctx.say(session, replies.capList(session.nick, "NEW", name, false));
  for (const name of gone) ctx.say(session, replies.capList(session.nick, "DEL", name, false));
}

/** Tokens that have changed, and those that are no more, with a `-`. */
function tellSupported(ctx: Context, before: ServerSettings): void {
  const had = ctx.catalog.isupport(before);
  const has = ctx.catalog.isupport(ctx.settings);
  const nameOf = (token: string): string => token.replace(/=.*$/, "");
  const names = new Set(has.map(nameOf));
  const changed = [
    ...has.filter((token) => !had.includes(token)),
    ...had.map(nameOf).flatMap((name) => (names.has(name) ? [] : [`-${name}`])),
  ];
  for (const session of ctx.network.sessions.values()) {
    if (session.phase !== "registered") continue;
    for (const tokens of isupportLines(changed)) ctx.say(session, replies.isupport(tokens));
  }
}

const rehash = command({
  name: "REHASH",
  when: "registered",
  params: {},
  run(ctx): Refusal | undefined {
    if (!mayOperateServer(ctx.session)) return refusals.noPrivileges();
    ctx.reply(replies.rehashing("settings"));
    reload(ctx, (next, { lines }) => {
      const { name } = next.settings;
      for (const line of lines) {
        next.reply(replies.ownLine(name, "NOTICE", next.session.nick, line));
      }
    });
    return undefined;
  },
});

const reloadWord: Word = {
  name: "reload",
  usage: "reload",
  does: "reads the settings file again, and says what changes",
  speaker: "operators",
  run(ctx) {
    reload(ctx, (next, { isDone, lines }) => {
      if (isDone) for (const line of lines) next.tell(line);
      else for (const line of lines) refuse(next, line);
    });
  },
};

export const reloadingWords: readonly Word[] = [reloadWord];

export const reloadingFamily = family({ commands: [rehash] });
