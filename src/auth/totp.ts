/**
 * TOTP (RFC 6238): codes of six digits that a person's authenticator and the server make alike, a
 * new one every 30 seconds, out of a secret that both have and of the time.
 *
 * HOTP (RFC 4226) with SHA-1, because every authenticator has it: HMAC does not need a hash without
 * collisions. A clock may be one step off (§5.2: "at most one time step is allowed as the network
 * delay"). Which steps may still be used is the caller's to remember: a code is for one use.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** RFC 4226 §4, R6: "The length of the shared secret … RECOMMEND[ed] … 160 bits." */
export const totpSecretBytes = 20;
const digits = 6;
const stepMs = 30_000;
/** Steps before and after the present one whose codes are taken. */
const stepsOff = 1;

/** RFC 4226 §5.3. */
export function hotp(secret: Uint8Array, counter: number, length = digits): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac("sha1", secret).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const truncated = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(truncated % 10 ** length).padStart(length, "0");
}

/** RFC 6238 §4.2: steps since the epoch. */
export function totpStep(atMs: number): number {
  return Math.floor(atMs / stepMs);
}

/**
 * The step whose code this is, if it is one of those that are taken now and comes after `last`;
 * every one of them is compared, whichever it is.
 */
export function matchTotp(
  secret: Uint8Array,
  code: Uint8Array,
  { atMs, last }: { readonly atMs: number; readonly last: number },
): number | undefined {
  if (code.length !== digits) return undefined;
  const present = totpStep(atMs);
  let found: number | undefined;
  for (let step = present - stepsOff; step <= present + stepsOff; step += 1) {
    const isIt = timingSafeEqual(Buffer.from(hotp(secret, step)), code);
    if (isIt && step > last) found ??= step;
  }
  return found;
}

const base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 §6, without padding: as authenticators take a secret that is typed. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32Letters.charAt((held >> bits) & 31);
    }
  }
  return bits === 0 ? text : text + base32Letters.charAt((held << (5 - bits)) & 31);
}

/** Longer names of networks are cut: the picture of it has to fit a terminal. */
const issuerCharactersMax = 32;

/**
 * What authenticators read from a picture. Hash, digits and period are those that they take when
 * none are named.
 */
export function otpauthUri(secret: Uint8Array, of: { issuer: string; name: string }): string {
  const characters = Array.from(of.issuer.toWellFormed()).slice(0, issuerCharactersMax);
  const issuer = encodeURIComponent(characters.join(""));
  const name = encodeURIComponent(of.name);
  return `otpauth://totp/${issuer}:${name}?secret=${base32(secret)}&issuer=${issuer}`;
}
