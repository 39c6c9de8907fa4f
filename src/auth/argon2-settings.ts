/**
 * Argon2's settings: what a hash costs, and how that is written down, in seven bytes:
 *
 *     01 · memory in KiB, 4 bytes, big-endian · passes, 1 byte · lanes, 1 byte
 *
 * The first byte is the function: argon2id, version 0x13. The same bytes are in verifiers, in the
 * messages of a login, and in what a login is bound to.
 */
import { assert } from "../base/assert.ts";

/** RFC 9106 §3.1: memory in KiB, passes over it, lanes at once. */
export interface Argon2Settings {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** RFC 9106 §4, the second recommended option: 64 MiB, 30 … 65 ms on two cores. */
export const defaultArgon2Settings: Argon2Settings = { memoryKib: 65_536, passes: 3, lanes: 4 };

export const settingsBytes = 7;

const argon2idV13 = 1;

/** What a stored verifier may ask for; more would be a damaged row stopping the server. */
const memoryKibMax = 4_194_304;
const passesMax = 100;
const lanesMax = 64;

export function writeSettings(settings: Argon2Settings): Uint8Array {
  assert(areSane(settings), "argon2's settings are within their bounds");
  const bytes = new Uint8Array(settingsBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, argon2idV13);
  view.setUint32(1, settings.memoryKib);
  view.setUint8(5, settings.passes);
  view.setUint8(6, settings.lanes);
  return bytes;
}

/** Undefined: of another function, or beyond what anyone may ask for. */
export function parseSettings(bytes: Uint8Array): Argon2Settings | undefined {
  if (bytes.length !== settingsBytes || bytes[0] !== argon2idV13) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const settings: Argon2Settings = {
    memoryKib: view.getUint32(1),
    passes: view.getUint8(5),
    lanes: view.getUint8(6),
  };
  return areSane(settings) ? settings : undefined;
}

/** RFC 9106 §3.1: "Memory size m MUST be an integer number of kibibytes from 8*p". */
export function areSane({ memoryKib, passes, lanes }: Argon2Settings): boolean {
  if (lanes < 1 || lanes > lanesMax || passes < 1 || passes > passesMax) return false;
  return memoryKib >= 8 * lanes && memoryKib <= memoryKibMax;
}

export function areEqual(left: Argon2Settings, right: Argon2Settings): boolean {
  if (left.memoryKib !== right.memoryKib) return false;
  return left.passes === right.passes && left.lanes === right.lanes;
}
