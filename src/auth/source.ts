/**
 * Source: where a login comes from, as narrow as one household or machine is.
 *
 * An IPv4 address is one source. With IPv6 everyone has a /64 for themselves, and many have a /48
 * of them: so the /64 is the source, and the /48 around it answers for all of its /64s together.
 */
import { isIPv6 } from "node:net";

export interface Source {
  /** `192.0.2.1`, or `2001:db8:0:1::/64`. */
  readonly key: string;
  /** `2001:db8::/48`; undefined for an IPv4 address. */
  readonly wide: string | undefined;
}

/** What is no address is a source of its own name. */
export function sourceOf(address: string): Source {
  const [bare = ""] = address.split("%", 1); // fe80::1%eth0
  if (!isIPv6(bare)) return { key: address, wide: undefined };
  const groups = groupsOf(bare);
  return {
    key: `${groups.slice(0, 4).join(":")}::/64`,
    wide: `${groups.slice(0, 3).join(":")}::/48`,
  };
}

const groupCount = 8;

/** All eight groups of a valid address, without leading zeroes. */
function groupsOf(address: string): string[] {
  const [before = "", after] = withoutDots(address).split("::");
  const first = split(before);
  if (after === undefined) return first;
  const last = split(after);
  const between = Array.from({ length: groupCount - first.length - last.length }, () => "0");
  return [...first, ...between, ...last];
}

function split(groups: string): string[] {
  if (groups === "") return [];
  return groups.split(":").map((group) => Number.parseInt(group, 16).toString(16));
}

/** `64:ff9b::192.0.2.1`: its last four bytes as two groups. */
function withoutDots(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}
