/**
 * Profile: what this program fixes where RFC 9807 leaves a choice; the same on both sides.
 *
 * The client's identity and the credential's identifier are the account's name, folded, so that
 * the OPRF's key is that of a name whether it is registered or not. The server's identity is its
 * public key, which outlives any host name.
 *
 * SASL mechanism `OPAQUE-R255-EXPR`, messages in bytes:
 *
 *     client  01 · authorization identity, 1 byte of length and it · account, likewise · KE1
 *     server  01 · argon2's settings, 7 · KE2
 *     client  KE3, and when this device is to be remembered: 01 · its name, 1 byte of length and it
 *
 * and, when KE3 is right and the account has a second factor, what it can be answered with (1: a
 * code of the authenticator, 2: a recovery code; both: their sum), and the answer to one of these:
 *
 *     server  02 · methods, 1
 *     client  02 · method, 1 · code, in ASCII
 *
 * Registration: the client's request and record are RFC 9807's, the server's answer is
 *
 *     server  01 · argon2's settings, 7 · response
 *
 * Change of the password, after a login: likewise, the record, and a proof of 32 bytes.
 *
 * `-EXPR` (as in draft-ietf-kitten-sasl-ht) says what it is bound to: RFC 9266 `tls-exporter`. The
 * context, which is not sent, has all that a man in the middle could want to change:
 *
 *     "authchat OPAQUE-R255-EXPR v1" 00 · authorization identity, 1 byte of length and it
 *       · argon2's settings, likewise · the mechanisms as CAP LS named them, 2 bytes of length and
 *         them · "tls-exporter", 1 byte of length and it · the exporter, likewise
 */
import { isUtf8 } from "node:buffer";
import { type Folded, fold, isSameName } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";
import { opaqueMechanism } from "../../protocol/sasl.ts";
import {
  type Argon2Settings,
  parseSettings,
  settingsBytes,
  writeSettings,
} from "../argon2-settings.ts";
import { joined, label, mac, measured } from "./derivation.ts";
import { type CodeMethod } from "../code-method.ts";
import { type Identities } from "./envelope.ts";
import { ke1Bytes, ke2Bytes, ke3Bytes, responseBytes } from "./messages.ts";

export const opaqueName = opaqueMechanism;

const version = 1;
const nameBytesMax = 255;
/** As long as a host's name. */
export const deviceNameBytesMax = 64;
const proofBytes = 32;

export function identifierOf(name: Folded): Uint8Array {
  return Buffer.from(name, "utf8");
}

export function identitiesOf(name: Folded): Identities {
  return { client: identifierOf(name) };
}

/**
 * The OPRF's input. RFC 9807 §9.1 wants the account in it, so that a server that takes one client
 * for another learns nothing of use. Wiped by who calls.
 */
export function inputOf(name: Folded, password: Uint8Array): Uint8Array {
  return joined(measured(identifierOf(name)), password);
}

/** What a login is bound to. */
export interface Bound {
  readonly authorization: Uint8Array;
  readonly settings: Argon2Settings;
  /** The value of `sasl` in CAP LS, as it was sent. */
  readonly offered: string;
  readonly exporter: Uint8Array;
}

export function contextOf({ authorization, settings, offered, exporter }: Bound): Uint8Array {
  return joined(
    label(`authchat ${opaqueName} v${version}\0`),
    short(authorization),
    short(writeSettings(settings)),
    measured(Buffer.from(offered, "utf8")),
    short(label("tls-exporter")),
    short(exporter),
  );
}

export interface FirstMessage {
  readonly authorization: Uint8Array;
  readonly name: Folded;
  readonly ke1: Uint8Array;
}

export function writeFirst(name: string, ke1: Uint8Array): Uint8Array {
  const nobody = new Uint8Array();
  return joined(Uint8Array.of(version), short(nobody), short(Buffer.from(name, "utf8")), ke1);
}

/** Undefined for any bytes that are no first message. */
export function parseFirst(bytes: Uint8Array): FirstMessage | undefined {
  if (bytes[0] !== version) return undefined;
  const authorization = shortAt(bytes, 1);
  if (authorization === undefined) return undefined;
  const account = shortAt(bytes, 2 + authorization.length);
  if (account === undefined || account.length === 0) return undefined;
  const ke1 = bytes.subarray(3 + authorization.length + account.length);
  if (ke1.length !== ke1Bytes || !isUtf8(account) || !isUtf8(authorization)) return undefined;
  const name = decoded(account);
  // Acting for someone else is not offered: the authorization identity is empty or the name itself.
  if (authorization.length > 0 && !isSameName(decoded(authorization), name)) return undefined;
  return { authorization, name: fold(name), ke1 };
}

export interface SecondMessage {
  readonly settings: Argon2Settings;
  readonly ke2: Uint8Array;
}

export function writeSecond({ settings, ke2 }: SecondMessage): Uint8Array {
  return joined(Uint8Array.of(version), writeSettings(settings), ke2);
}

/** Undefined for any bytes that are no second message. */
export function parseSecond(bytes: Uint8Array): SecondMessage | undefined {
  const start = 1 + settingsBytes;
  if (bytes.length !== start + ke2Bytes || bytes[0] !== version) return undefined;
  const settings = parseSettings(bytes.subarray(1, start));
  return settings === undefined ? undefined : { settings, ke2: bytes.subarray(start) };
}

export interface ThirdMessage {
  readonly ke3: Uint8Array;
  /** The name of a device that is to be remembered (`../resume.ts`). */
  readonly remember: string | undefined;
}

export function writeThird({ ke3, remember }: ThirdMessage): Uint8Array {
  if (remember === undefined) return ke3;
  return joined(ke3, Uint8Array.of(version), short(Buffer.from(remember, "utf8")));
}

/** Undefined for any bytes that are no third message. */
export function parseThird(bytes: Uint8Array): ThirdMessage | undefined {
  const ke3 = bytes.subarray(0, ke3Bytes);
  if (bytes.length <= ke3Bytes) {
    return ke3.length === ke3Bytes ? { ke3, remember: undefined } : undefined;
  }
  const name = bytes[ke3Bytes] === version ? shortAt(bytes, ke3Bytes + 1) : undefined;
  if (name === undefined || bytes.length !== ke3Bytes + 2 + name.length) return undefined;
  if (!isUtf8(name) || !isDeviceName(decoded(name))) return undefined;
  return { ke3, remember: decoded(name) };
}

/** One short line that can be shown to anyone. */
export function isDeviceName(name: string): boolean {
  const bytes = Buffer.byteLength(name, "utf8");
  return bytes > 0 && bytes <= deviceNameBytesMax && printable(name) === name;
}

const codeVersion = 2;
/** Longer ones are no codes. */
const codeBytesMax = 64;

const methodBits = [
  ["totp", 1],
  ["recovery", 2],
] as const satisfies readonly (readonly [CodeMethod, number])[];

export function writeMethods(methods: readonly CodeMethod[]): Uint8Array {
  const bits = methodBits.map(([method, bit]) => (methods.includes(method) ? bit : 0));
  return Uint8Array.of(
    codeVersion,
    bits.reduce<number>((sum, bit) => sum + bit, 0),
  );
}

/** Those of them that are known here; undefined for any bytes that are no such message. */
export function parseMethods(bytes: Uint8Array): readonly CodeMethod[] | undefined {
  const [version, bits = 0] = bytes;
  if (bytes.length !== 2 || version !== codeVersion) return undefined;
  return methodBits.filter(([, bit]) => (bits & bit) !== 0).map(([method]) => method);
}

export interface CodeMessage {
  readonly method: CodeMethod;
  readonly code: Uint8Array;
}

export function writeCode({ method, code }: CodeMessage): Uint8Array {
  const bit = methodBits.find(([each]) => each === method)?.[1] ?? 0;
  return joined(Uint8Array.of(codeVersion, bit), code);
}

/** Undefined for any bytes that are no code. */
export function parseCode(bytes: Uint8Array): CodeMessage | undefined {
  const [version, bit] = bytes;
  const method = methodBits.find(([, each]) => each === bit)?.[0];
  const code = bytes.subarray(2);
  if (version !== codeVersion || method === undefined) return undefined;
  if (code.length === 0 || code.length > codeBytesMax) return undefined;
  return { method, code };
}

export interface ResponseMessage {
  readonly settings: Argon2Settings;
  readonly response: Uint8Array;
}

export function writeResponse({ settings, response }: ResponseMessage): Uint8Array {
  return joined(Uint8Array.of(version), writeSettings(settings), response);
}

/** Undefined for any bytes that are no response to a registration. */
export function parseResponse(bytes: Uint8Array): ResponseMessage | undefined {
  const start = 1 + settingsBytes;
  if (bytes.length !== start + responseBytes || bytes[0] !== version) return undefined;
  const settings = parseSettings(bytes.subarray(1, start));
  return settings === undefined ? undefined : { settings, response: bytes.subarray(start) };
}

/** By which who has logged in vouches for a record that is to take the place of theirs. */
export function changeProof(
  sessionKey: Uint8Array,
  { record, scram = new Uint8Array() }: ChangedTo,
): Uint8Array {
  return mac(sessionKey, label("authchat change v1"), record, scram).subarray(0, proofBytes);
}

export interface ChangedTo {
  /** Its length is always the same. */
  readonly record: Uint8Array;
  readonly scram?: Uint8Array | undefined;
}

function short(bytes: Uint8Array): Uint8Array {
  return joined(
    Uint8Array.of(Math.min(bytes.length, nameBytesMax)),
    bytes.subarray(0, nameBytesMax),
  );
}

function shortAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const length = bytes[at];
  if (length === undefined || at + 1 + length > bytes.length) return undefined;
  return bytes.subarray(at + 1, at + 1 + length);
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
