/** CAP: what the connection can have, and what it asks for. */
import {
  type Capabilities,
  type Capability,
  hasCapability,
  isCapability,
  namesOf,
  withCapability,
  withoutCapability,
} from "../../protocol/capabilities.ts";
import { lineBytesMax } from "../../protocol/limits.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { optional, shownName, text, word } from "../params.ts";
import { changeSession, type SessionChange } from "../session-changed.ts";
import { type Session } from "../session.ts";

/** Room for names in one line, the rest of it counted out. */
const namesBytesMax = 400;

const cap = command({
  name: "CAP",
  when: "always",
  params: { subcommand: word(), argument: optional(text) },
  run(ctx, { subcommand, argument }) {
    switch (subcommand.toUpperCase()) {
      case "LS":
        list(ctx, argument);
        return undefined;
      case "LIST":
        writeNames(ctx, "LIST", namesOf(ctx.session.capabilities), ctx.session.isModern);
        return undefined;
      case "REQ":
        request(ctx, argument ?? "");
        return undefined;
      case "END":
        changeSession(ctx, { isNegotiating: false });
        return undefined;
      default:
        return refusals.invalidCapCommand(shownName(subcommand));
    }
  },
});

/** capability-negotiation: "CAP LS 302" has values and several lines, and brings `cap-notify` with it. */
function list(ctx: Context, version: string | undefined): void {
  const { session } = ctx;
  const isModern = session.isModern || Number.parseInt(version ?? "", 10) >= 302;
  const offered = ctx.catalog.offered(session, ctx.settings, ctx.network);
  changeSession(ctx, {
    isNegotiating: session.phase === "registering",
    isModern,
    saslOffered: offered.get("sasl"),
    capabilities: isModern
      ? withCapability(session.capabilities, "cap-notify")
      : session.capabilities,
  });
  // sts: "the capability has a REQUIRED value", which an older CAP LS has no room for.
  if (isModern) writeLines(ctx, "LS", modernLines(offered));
  else
    writeNames(
      ctx,
      "LS",
      [...offered.keys()].filter((name) => name !== "sts"),
      false,
    );
}

/** Of an offer, which everyone is told who comes. */
const linesOf = new WeakMap<ReadonlyMap<Capability, string>, readonly string[]>();

function modernLines(offered: ReadonlyMap<Capability, string>): readonly string[] {
  const known = linesOf.get(offered);
  if (known !== undefined) return known;
  const names = [...offered].map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const lines = wrapped(names, namesBytesMax);
  linesOf.set(offered, lines);
  return lines;
}

function writeNames(
  ctx: Context,
  subcommand: string,
  names: readonly string[],
  maySplit: boolean,
): void {
  if (maySplit) {
    writeLines(ctx, subcommand, wrapped(names, namesBytesMax));
    return;
  }
  // Who cannot be told in several lines is told the first ones, the oldest; the others it may ask for all the same.
  const before = Buffer.byteLength(`:${ctx.settings.name} CAP ${ctx.session.nick} ${subcommand} :`);
  writeLines(ctx, subcommand, wrapped(names, lineBytesMax - 2 - before).slice(0, 1));
}

/** There is one line at least, which may be empty. */
function writeLines(ctx: Context, subcommand: string, lines: readonly string[]): void {
  const { nick } = ctx.session;
  for (const [index, line] of lines.entries()) {
    ctx.reply(replies.capList(nick, subcommand, line, index < lines.length - 1));
  }
}

/** In lines of at most so many bytes. */
function wrapped(names: readonly string[], bytesMax: number): string[] {
  const lines: string[] = [];
  let [line, bytes] = ["", 0];
  for (const name of names) {
    const nameBytes = Buffer.byteLength(name);
    const isFull = line !== "" && bytes + 1 + nameBytes > bytesMax;
    if (isFull) lines.push(line);
    bytes = line === "" || isFull ? nameBytes : bytes + 1 + nameBytes;
    line = line === "" || isFull ? name : `${line} ${name}`;
  }
  lines.push(line);
  return lines;
}

/** "The server MUST … either ACK … the whole list or NAK" it; a `-` before a name gives it back. */
function request(ctx: Context, names: string): void {
  const { session } = ctx;
  const offered = ctx.catalog.offered(session, ctx.settings, ctx.network);
  const shown = cutToBytes(names.trim(), namesBytesMax);
  let set = session.capabilities;
  // What cannot be said back whole is not granted.
  let isAcceptable = shown === names.trim();
  for (const word of names.split(" ").filter((name) => name !== "")) {
    const isRemoval = word.startsWith("-");
    const name = isRemoval ? word.slice(1) : word;
    if (!isCapability(name) || !mayChange(ctx, name, isRemoval, offered)) {
      isAcceptable = false;
      break;
    }
    set = isRemoval ? withoutCapability(set, name) : withCapability(set, name);
  }
  // metadata: "Clients MUST NOT request more than one of … Servers MUST NOT accept these requests either."
  if (hasCapability(set, "draft/metadata-2") && hasCapability(set, "draft/metadata-3")) {
    isAcceptable = false;
  }
  const isNegotiating = session.phase === "registering";
  changeSession(
    ctx,
    isAcceptable
      ? { isNegotiating, capabilities: set, ...subscriptionsWith(session, set) }
      : { isNegotiating },
  );
  ctx.reply(replies.capList(session.nick, isAcceptable ? "ACK" : "NAK", shown, false));
}

/** metadata: "If a client removes this capability or the batch capability …, servers MUST clear that client's
 * subscription list." */
function subscriptionsWith(
  { capabilities }: Session,
  set: Capabilities,
): Pick<SessionChange, "subscriptions"> {
  const metadata = ["draft/metadata-2", "draft/metadata-3", "batch"] as const;
  const isLess = metadata.some(
    (name) => hasCapability(capabilities, name) && !hasCapability(set, name),
  );
  return isLess ? { subscriptions: new Set<string>() } : {};
}

/** "…302 … the client MAY NOT disable cap-notify": what came with the version stays. */
function mayChange(
  ctx: Context,
  name: Capability,
  isRemoval: boolean,
  offered: ReadonlyMap<Capability, string>,
): boolean {
  // sts: "Clients MUST NOT request this capability".
  if (!isRemoval) return offered.has(name) && name !== "sts";
  const { session } = ctx;
  return name !== "cap-notify" || !session.isModern || !hasCapability(session.capabilities, name);
}

export const capabilitiesFamily = family({
  commands: [cap],
  capabilities: {
    batch: "",
    "cap-notify": "",
    "labeled-response": "",
    "message-tags": "",
    "server-time": "",
    "standard-replies": "",
  },
});
