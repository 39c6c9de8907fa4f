/**
 * What stands in a channel's lists b, e and I: a mask of `nick!user@host`, or an extended ban.
 *
 *     ~a:account   who is logged in as that (account-extban: "Servers MUST support matching exact account names", "MAY
 *                  support matching account masks"); who has no account is nobody's account
 *     ~m:mask      mutes whom the rest matches, a mask or `~a:account`: they may join and may not speak
 *
 * Entries are kept as they are written here; reading what was written gives the same entry.
 */
import { failed, ok, type Result } from "../base/result.ts";
import { maskBytesMax, maskWildcardsMax } from "./limits.ts";
import { matchesMask, normalizeMask } from "./masks.ts";

const extbanPrefix = "~";
export const accountExtban = "a";
const muteExtban = "m";

/** ISUPPORT EXTBAN=<prefix>,<types> */
export const extbanToken = `${extbanPrefix},${accountExtban}${muteExtban}`;

export interface Ban {
  /** Whether it is about speaking alone. */
  readonly isMute: boolean;
  /** What the mask is compared with. */
  readonly of: "source" | "account";
  readonly mask: string;
}

/** Someone as a ban sees them. */
export interface BanSubject {
  /** `nick!user@host` */
  readonly source: string;
  /** Undefined for guests, whom no account matches. */
  readonly accountName: string | undefined;
}

/** Reads an entry, filling in a short mask. */
export function parseBan(text: string): Result<Ban> {
  const mute = parseExtban(text);
  const isMute = mute?.type === muteExtban;
  const inner = isMute ? mute.rest : text;
  const extban = parseExtban(inner);
  if (extban === undefined) {
    const mask = normalizeMask(inner);
    return mask.ok ? withinLimit({ isMute, of: "source", mask: mask.value }) : mask;
  }
  if (extban.type !== accountExtban) return failed("there is no such extended ban here");
  if (!/^[\w*?-]+$/.test(extban.rest)) return failed("an account is one name, or a mask of names");
  const mask = extban.rest.replace(/\*+/g, "*");
  const stars = mask.split("*").length - 1;
  if (stars > maskWildcardsMax) return failed(`a mask has at most ${maskWildcardsMax} stars`);
  return withinLimit({ isMute, of: "account", mask });
}

function withinLimit(ban: Ban): Result<Ban> {
  return Buffer.byteLength(writeBan(ban)) <= maskBytesMax
    ? ok(ban)
    : failed(`a mask has at most ${maskBytesMax} bytes`);
}

/** `~x:rest`; a user part that begins with `~` has no colon before its `@`. */
function parseExtban(text: string): { readonly type: string; readonly rest: string } | undefined {
  const match = /^~([A-Za-z]+):(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, type = "", rest = ""] = match;
  return { type, rest };
}

export function writeBan({ isMute, of, mask }: Ban): string {
  const account = of === "account" ? `${extbanPrefix}${accountExtban}:` : "";
  return `${isMute ? `${extbanPrefix}${muteExtban}:` : ""}${account}${mask}`;
}

export function matchesBan({ of, mask }: Ban, { source, accountName }: BanSubject): boolean {
  if (of === "source") return matchesMask(mask, source);
  return accountName !== undefined && matchesMask(mask, accountName);
}
