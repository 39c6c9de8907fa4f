/**
 * A line as it is noted (`--log debug`): without anything that may be a password.
 *
 * It is read as dispatch reads it, so that no spacing or tag shows what the command would not. Of what is no command
 * here nothing is noted: clients have words of their own for passwords (`NS IDENTIFY …`), and who types into the wrong
 * window sends the password itself in the place of a command, or of a nick.
 */
import { type ConnectionId } from "../base/ids.ts";
import { type FramingEvent } from "../protocol/framing.ts";
import { parseMessage } from "../protocol/message.ts";
import { isChannelName } from "../protocol/names.ts";
import { type Catalog } from "./catalog.ts";
import { type Note } from "./notes.ts";

/** Commands whose parameters may be a password, or made of one. */
const secretCommands: ReadonlySet<string> = new Set([
  "AUTHENTICATE",
  "NICK",
  "NICKSERV",
  "NS",
  "OPAQUE",
  "OPER",
  "PASS",
  "REGISTER",
  "USER",
  "VERIFY",
  "WEBIRC",
]);

/** What has come on a connection. */
export function noteOfLine(
  connection: ConnectionId,
  frame: FramingEvent,
  catalog: Catalog,
): Extract<Note, { readonly event: "line" }> {
  const line = frame.kind === "line" ? notedLine(frame.text, catalog) : `(${frame.kind})`;
  return { event: "line", connection, direction: "in", line };
}

function notedLine(line: string, catalog: Catalog): string {
  const parsed = parseMessage(line);
  if (!parsed.ok) return `(${parsed.error})`;
  const { command, params } = parsed.value;
  if (catalog.command(command) === undefined) return "(unknown command)";
  const [targets = ""] = params;
  if (secretCommands.has(command)) return `${command} [secret]`;
  if (hasKey(command, params)) return `${command} ${targets} [secret]`;
  return isSaidToService(command, targets) ? `${command} ${targets} [secret]` : line;
}

/** Of a channel: JOIN's second parameter, and one of MODE's where a `k` is set or taken away. */
function hasKey(command: string, [, second = "", third]: readonly string[]): boolean {
  if (command === "JOIN") return second !== "";
  return command === "MODE" && third !== undefined && second.includes("k");
}

/** NickServ and its like on other networks: people tell them passwords. */
function isSaidToService(command: string, targets: string): boolean {
  if (command !== "PRIVMSG" && command !== "NOTICE") return false;
  return targets.split(",").some((target) => !isChannelName(target) && /serv$/i.test(target));
}
