/** PING, PONG and QUIT: that the connection lives, and how it ends. */
import { type ConnectionId } from "../../base/ids.ts";
import { lineBytesMax, reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { fold } from "../../protocol/names.ts";
import { replies } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { event } from "../event.ts";
import { optional, text, word } from "../params.ts";
import { changeSession } from "../session-changed.ts";
import { acknowledge } from "./catching-up.ts";

interface SessionClosed {
  readonly connection: ConnectionId;
  readonly address: string;
  readonly nick: string | undefined;
  readonly reason: string;
}

/** A connection has ended. Its user stays in its channels: membership belongs to the account. */
export const sessionClosed = event<SessionClosed>("closed", {
  apply(network, { connection }) {
    const session = network.sessions.get(connection);
    if (session === undefined) return;
    const { claim } = session;
    if (claim?.isReset === false) network.reserved.delete(fold(claim.name));
    network.detach(session);
  },
  note: (closed) => ({ event: "connection.closed", ...closed }),
});

const ping = command({
  name: "PING",
  when: "always",
  params: { token: word() },
  run(ctx, { token }) {
    const { name } = ctx.settings;
    // A token may fill its line, and comes back behind the server's name: as much of it as there is room for.
    const before = { source: name, command: "PONG", params: [name] };
    ctx.reply(replies.pong(name, cutToLine(token, lineBytesMax, before)));
    return undefined;
  },
});

/** That it came the watch has noted; some say what the client has got. */
const pong = command({
  name: "PONG",
  when: "always",
  params: {},
  run(ctx, _args, { params }) {
    acknowledge(ctx, params);
    return undefined;
  },
});

const quit = command({
  name: "QUIT",
  when: "always",
  params: { reason: optional(text) },
  run(ctx, { reason }) {
    changeSession(ctx, { isQuitting: true });
    const shortened = cutToBytes(reason ?? "", reasonBytesMax);
    ctx.close(shortened === "" ? "Client quit" : `Quit: ${shortened}`);
    return undefined;
  },
});

export const connectionFamily = family({ commands: [ping, pong, quit] });
