/** KILL and WALLOPS: what operators of the server do to connections, and say to each other. */
import { reasonBytesMax } from "../../protocol/limits.ts";
import { fitsLine } from "../../protocol/message.ts";
import { refusals } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { mayOperateServer } from "../policy.ts";
import { event } from "../event.ts";
import { optional, text, user } from "../params.ts";

interface Killed {
  readonly nick: string;
  readonly reason: string;
}

/** The connections end by themselves; this is what the operator reads of it. */
const killed = event<Killed>("kill", {
  note: ({ nick, reason }, { nick: by }) => ({ event: "user.killed", nick, by, reason }),
});

const kill = command({
  name: "KILL",
  when: "registered",
  params: { user, reason: optional(text) },
  run(ctx, { user: target, reason = "" }) {
    if (!mayOperateServer(ctx.session)) return refusals.noPrivileges();
    const shortened = cutToBytes(reason, reasonBytesMax);
    const { nick } = target;
    ctx.emit(killed({ nick, reason: shortened }));
    const why = `Killed (${ctx.user.nick} (${shortened}))`;
    for (const session of [...target.sessions]) ctx.close(why, session);
    return undefined;
  },
});

const wallopsSaid = event<{ readonly text: string }>("wallops", {
  audience: (network) => ({
    kind: "users",
    users: [...network.users()].filter((each) => each.isPresent && each.hasMode("w")),
  }),
  line: ({ text: said }) => ({ command: "WALLOPS", params: [said] }),
});

const wallops = command({
  name: "WALLOPS",
  when: "registered",
  params: { text },
  run(ctx, { text: said }) {
    if (!mayOperateServer(ctx.session)) return refusals.noPrivileges();
    if (said === "") return refusals.needMoreParams("WALLOPS");
    const { source } = ctx.user;
    if (!fitsLine({ source, command: "WALLOPS", params: [said] })) return refusals.inputTooLong();
    ctx.emit(wallopsSaid({ text: said }));
    return undefined;
  },
});

export const operatingFamily = family({ commands: [kill, wallops] });
