/**
 * Trust: whether a server is who it should be. An authority vouches for it, or its key is the one that was pinned on
 * the command line or trusted before (`known-servers.ts`). A key that changed is refused, whoever vouches for the new
 * one: there is no "go on anyway".
 *
 * An invitation's link names the server's key: who sent it vouches for it, as long as no other key is known.
 *
 * There is one way to another key: the server has an OPAQUE key that is pinned, and there will be a login, by which it
 * proves that it is the same one; on this very connection, before anything else is said. Then the new key is trusted.
 */
import { type PeerIdentity } from "../../net/dialer.ts";
import { type Pins } from "./connect-options.ts";
import { groupedFingerprint, type KnownServer, withoutPadding } from "./known-servers.ts";

export type Judgement =
  | { readonly kind: "trusted" }
  /** Its key is another one than before: it has to prove itself by a login, or the lines say what is to be done. */
  | { readonly kind: "to-be-proven"; readonly lines: readonly string[] }
  /** Never seen, and nobody vouches for it. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly lines: readonly string[] };

export interface Belief {
  readonly place: string;
  readonly pins: Pins;
  /** SHA-256 of the key that an invitation's link names, base64 without padding. */
  readonly linkPin?: string | undefined;
  readonly known: KnownServer | undefined;
  /** By a login that can be had by nobody else: its OPAQUE key is pinned, and there will be a login. */
  readonly mayProveItself: boolean;
}

export function judge(identity: PeerIdentity, belief: Belief): Judgement {
  const { place, pins, linkPin, known, mayProveItself } = belief;
  const spki = withoutPadding(identity.spkiSha256);
  if (linkPin !== undefined && linkPin !== spki) {
    return { kind: "refused", lines: notPinned(place, identity) };
  }
  if (pins.spkiSha256 !== undefined || pins.certificateSha256 !== undefined) {
    const isPinned =
      (pins.spkiSha256 === undefined || pins.spkiSha256 === spki) &&
      (pins.certificateSha256 === undefined ||
        pins.certificateSha256 === identity.certificateSha256);
    return isPinned ? { kind: "trusted" } : { kind: "refused", lines: notPinned(place, identity) };
  }
  if (known === undefined) {
    const isTrusted = identity.isAuthorized || linkPin !== undefined;
    return { kind: isTrusted ? "trusted" : "unknown" };
  }
  if (known.spkiSha256 === spki) return { kind: "trusted" };
  if (mayProveItself) return { kind: "to-be-proven", lines: changed(place, known, spki) };
  return { kind: "refused", lines: changed(place, known, spki) };
}

/** What is said before the question whether to trust it. */
export function introduction(identity: PeerIdentity, place: string): string[] {
  return [
    `${place}, ${identity.version.replace("TLSv", "TLS ")}`,
    "This server is new to you, and no authority that your system trusts vouches for it.",
    "Its fingerprint:",
    `    SHA256  ${groupedFingerprint(identity.spkiSha256)}`,
    'Compare it with what the operator sees at the start of "authchat serve".',
  ];
}

/** For those who cannot be asked. */
function unknownLines(identity: PeerIdentity, place: string): string[] {
  const pin = withoutPadding(identity.spkiSha256);
  return [
    `${place} is not known, and no authority vouches for it (${identity.authorizationError ?? "none"}).`,
    `When its operator confirms this key:  --pin sha256:${pin}`,
    `or, once and for all:  authchat servers trust ${place} sha256:${pin}`,
  ];
}

/** Why it is not connected to. */
export function refusalLines(
  identity: PeerIdentity,
  judgement: Judgement,
  place: string,
): readonly string[] {
  return judgement.kind === "refused" ? judgement.lines : unknownLines(identity, place);
}

function changed(place: string, known: KnownServer, spki: string): string[] {
  return [
    `The fingerprint of ${place} HAS CHANGED.`,
    `  known  SHA256 ${groupedFingerprint(known.spkiSha256)}  since ${known.since.slice(0, 10)}`,
    `  now    SHA256 ${groupedFingerprint(spki)}`,
    "Not connecting. If the operator confirms the new one:",
    `  authchat servers forget ${place}`,
  ];
}

function notPinned(place: string, identity: PeerIdentity): string[] {
  return [
    `${place} is not the server that was asked for.`,
    `  its key          SHA256 ${groupedFingerprint(identity.spkiSha256)}`,
    `  its certificate  SHA256 ${identity.certificateSha256}`,
    "Not connecting.",
  ];
}
