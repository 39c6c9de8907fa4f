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

/** Registration without telling the password (`server/commands/opaque.ts`). */
export const opaqueCapability = `${vendor}/opaque`;

/** Every capability this program knows, in the order in which it is listed. */
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
  "cap-notify",
  "standard-replies",
  "draft/account-registration",
  "draft/chathistory",
  opaqueCapability,
] as const;

export type Capability = (typeof capabilityNames)[number];

/** A set of capabilities: bit n is the n-th name. */
export type Capabilities = number;

export const noCapabilities: Capabilities = 0;

const bits: ReadonlyMap<string, number> = new Map(
  capabilityNames.map((name, index) => [name, 1 << index]),
);

export function isCapability(name: string): name is Capability {
  return bits.has(name);
}

/** The set of exactly these. */
export function capabilities(...names: readonly Capability[]): Capabilities {
  let set = 0;
  for (const name of names) set |= bits.get(name) ?? 0;
  return set;
}

export function hasCapability(set: Capabilities, name: Capability): boolean {
  return (set & (bits.get(name) ?? 0)) !== 0;
}

/** The names in a set, in the order of the table. */
export function namesOf(set: Capabilities): Capability[] {
  return capabilityNames.filter((name) => hasCapability(set, name));
}
