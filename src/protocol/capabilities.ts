/**
 * Capabilities: their names, the bit each has in a session's set, and the project's own prefix.
 *
 * A session's capabilities are one number, so that receivers who see a line alike can be found by comparing it
 * (`server/deliver.ts`). Which capabilities a connection is offered, and with what value, the server decides from
 * the families that declare them and the connection's facts.
 */

/**
 * The vendor prefix of our own tags and capabilities. The specifications want a host name that the project
 * controls; `.invalid` (RFC 6761) is nobody's, so no other vendor can mean the same.
 */
const vendor = "authchat.invalid";

/** The client's own name for a message: unique per account; sent again after a drop, it is not kept again. */
export const nonceTag = `+${vendor}/nonce`;

/** On the echo of a message that was kept before: `msgid` and `time` are those of the first one. */
export const repeatTag = `${vendor}/repeat`;

/** On the server's notice that what was said just before it is lost: sequences skip there. */
export const lossTag = `+${vendor}/lost`;

/** Registration without telling the password (`server/commands/opaque.ts`). */
export const opaqueCapability = `${vendor}/opaque`;

/**
 * Every capability this program knows, in the order in which it is listed. Those that change how lines look stand among
 * the first 31 (`lookCapabilitiesMax`), where sets are compared by one machine instruction.
 */
export const capabilityNames = [
  "sasl",
  "server-time",
  "message-tags",
  "batch",
  "labeled-response",
  "echo-message",
  "account-tag",
  "account-notify",
  "extended-join",
  "multi-prefix",
  "userhost-in-names",
  "away-notify",
  "chghost",
  "extended-monitor",
  "invite-notify",
  "setname",
  "no-implicit-names",
  "draft/no-implicit-names",
  "soju.im/no-implicit-names",
  "cap-notify",
  "standard-replies",
  "draft/account-registration",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/event-playback",
  "draft/message-redaction",
  "draft/metadata-2",
  "draft/metadata-3",
  "draft/multiline",
  "draft/extended-isupport",
  "draft/pre-away",
  "draft/read-marker",
  "znc.in/playback",
  "znc.in/self-message",
  "draft/search",
  "soju.im/search",
  "sts",
  opaqueCapability,
] as const;

export type Capability = (typeof capabilityNames)[number];

/** So many of them have bits that JavaScript's bit operations reach. */
const lookCapabilitiesMax = 31;

/** A set of capabilities: bit n is the n-th name. A number has room for 53. */
export type Capabilities = number;

export const noCapabilities: Capabilities = 0;

const numbers: ReadonlyMap<string, number> = new Map(
  capabilityNames.map((name, index) => [name, index]),
);

export function isCapability(name: string): name is Capability {
  return numbers.has(name);
}

/** The set of exactly these. */
export function capabilities(...names: readonly Capability[]): Capabilities {
  let set = noCapabilities;
  for (const name of names) set = withCapability(set, name);
  return set;
}

export function hasCapability(set: Capabilities, name: Capability): boolean {
  const number = numbers.get(name) ?? 0;
  if (number < lookCapabilitiesMax) return (set & (1 << number)) !== 0;
  return Math.floor(set / 2 ** number) % 2 === 1;
}

export function withCapability(set: Capabilities, name: Capability): Capabilities {
  return hasCapability(set, name) ? set : set + 2 ** (numbers.get(name) ?? 0);
}

export function withoutCapability(set: Capabilities, name: Capability): Capabilities {
  return hasCapability(set, name) ? set - 2 ** (numbers.get(name) ?? 0) : set;
}

/** Those in both sets, of the first 31. */
export function lookOf(set: Capabilities, looks: Capabilities): Capabilities {
  return set & looks & 0x7f_ff_ff_ff;
}

/** The names in a set, in the order of the table. */
export function namesOf(set: Capabilities): Capability[] {
  return capabilityNames.filter((name) => hasCapability(set, name));
}
