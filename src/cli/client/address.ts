/**
 * Addresses of servers as people write them: `[name@]host[:port]`, `authchat://` and `ircs://host[:port][/#room]`, and
 * `irc://` for a server without TLS, on this machine only. IPv6 addresses stand in brackets when a port follows. Links
 * that invite have a query, `?invite=…&pin=…` (`protocol/invite-link.ts`).
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { parseInviteQuery } from "../../protocol/invite-link.ts";
import { parseAccountName, parseChannelName } from "../../protocol/names.ts";

const defaultPort = 6697;

export interface ServerAddress {
  /** The account's name, when it was written before an `@`. */
  readonly account: string | undefined;
  /** In lower case, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** `irc://`: without TLS. */
  readonly isPlain: boolean;
  /** Rooms named in the path of a link. */
  readonly channels: readonly string[];
  /** The token of the invitation that the link is. */
  readonly invite: string | undefined;
  /** SHA-256 of the server's key as the link has it, base64 without padding. */
  readonly pin: string | undefined;
}

const schemes: ReadonlySet<string> = new Set(["authchat", "ircs", "irc"]);

export function parseAddress(text: string): Result<ServerAddress> {
  const trimmed = text.trim();
  const link = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([/?#].*)?$/.exec(trimmed);
  const scheme = link?.[1]?.toLowerCase();
  if (scheme !== undefined && !schemes.has(scheme)) {
    return failed(`an address begins with authchat://, ircs:// or irc://, not with ${scheme}://`);
  }
  const place = parsePlace(link === null ? trimmed : (link[2] ?? ""));
  if (!place.ok) return place;
  const isPlain = scheme === "irc";
  if (isPlain && !isLoopback(place.value.host)) {
    return failed("irc:// is without TLS, and that only on this machine; use ircs://");
  }
  const [path, query] = splitQuery(link?.[3] ?? "");
  const channels = parseChannels(path);
  if (!channels.ok) return channels;
  const invited = parseInviteQuery(query);
  if (invited === undefined) return failed("this link is damaged: copy it whole, and in quotes");
  return ok({ ...place.value, isPlain, channels: channels.value, ...invited });
}

/** The address as it is shown and kept: `host:port`, with brackets around IPv6. */
export function placeName({ host, port }: Pick<ServerAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** This machine, by the names and addresses that cannot be any other. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

type Place = Pick<ServerAddress, "account" | "host" | "port">;

function parsePlace(text: string): Result<Place> {
  const at = text.lastIndexOf("@");
  const account = at < 0 ? undefined : text.slice(0, at);
  if (account !== undefined) {
    const name = parseAccountName(account);
    if (!name.ok) return failed(`${JSON.stringify(account)} is no account name: ${name.error}`);
  }
  const place = splitPort(text.slice(at + 1));
  if (place === undefined) return failed(`${JSON.stringify(text)} is no address: it is host:port`);
  const host = place.host.toLowerCase();
  const isName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?$/.test(host);
  const isSix = /^[0-9a-f:.]+(?:%[a-z0-9]+)?$/.test(host) && host.includes(":");
  if (!isName && !isSix) return failed(`${JSON.stringify(place.host)} is no host name or address`);
  const port = place.port === undefined ? defaultPort : Number(place.port);
  if (!(port >= 1 && port <= 65_535)) return failed("a port is a number from 1 to 65535");
  return ok({ account, host, port });
}

function splitPort(
  text: string,
): { readonly host: string; readonly port: string | undefined } | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] };
  if (text.split(":").length > 2) return { host: text, port: undefined }; // IPv6 without a port
  const plain = /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  return plain === null ? undefined : { host: plain[1] ?? "", port: plain[2] };
}

/** What is before and behind the first `?`. */
function splitQuery(text: string): readonly [string, string] {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `/#room,#other`, as links have it; `#` may be left out or escaped. */
function parseChannels(path: string): Result<readonly string[]> {
  const channels: string[] = [];
  for (const word of path.replace(/^\//, "").split(",")) {
    if (word === "") continue;
    const name = word.replace(/^%23/i, "#");
    const channel = parseChannelName(name.startsWith("#") ? name : `#${name}`);
    if (!channel.ok) return channel;
    channels.push(channel.value);
  }
  return ok(channels);
}
