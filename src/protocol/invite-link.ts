/**
 * Invite links: where the server is, how it is recognised, and the token that opens it, in one line.
 *
 *     authchat://[NAME@]HOST[:PORT]/?invite=TOKEN&pin=sha256:BASE64URL
 *
 * The pin is the SHA-256 of the server's key (SPKI), without padding. A server without TLS, on this
 * machine only, has `irc://` and no pin. Both sides: the server writes links, the client reads them.
 */

/** Where others reach the server. */
export interface JoinAddress {
  readonly scheme: "authchat" | "irc";
  /** `host[:port]`, with brackets around IPv6. */
  readonly place: string;
  /** SHA-256 of the server's key, base64url without padding; undefined where there is no TLS. */
  readonly pin: string | undefined;
}

/** `account`: whose new password it is for. */
export function writeInviteLink(
  { scheme, place, pin }: JoinAddress,
  token: string,
  account?: string,
): string {
  const who = account === undefined ? "" : `${account}@`;
  const key = pin === undefined ? "" : `&pin=sha256:${pin}`;
  return `${scheme}://${who}${place}/?invite=${token}${key}`;
}

/** What a link's query says; undefined when a part of it is not as it should be. */
export interface InviteQuery {
  readonly invite: string | undefined;
  /** SHA-256 of the server's key, base64 without padding. */
  readonly pin: string | undefined;
}

/** Reads `invite=…&pin=…`; parts with other names are for others. */
export function parseInviteQuery(query: string): InviteQuery | undefined {
  let invite: string | undefined;
  let pin: string | undefined;
  for (const part of query.split("&")) {
    const [name, value = ""] = splitOnce(part);
    if (name === "invite") {
      if (!/^[A-Za-z0-9-]{1,100}$/.test(value)) return undefined;
      invite = value;
    } else if (name === "pin") {
      pin = /^sha256(?::|%3A)([A-Za-z0-9_-]{43})=?$/i.exec(value)?.[1];
      if (pin === undefined) return undefined;
      pin = pin.replaceAll("-", "+").replaceAll("_", "/");
    }
  }
  return { invite, pin };
}

function splitOnce(part: string): readonly [string, string | undefined] {
  const at = part.indexOf("=");
  return at < 0 ? [part, undefined] : [part.slice(0, at), part.slice(at + 1)];
}
