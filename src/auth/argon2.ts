/**
 * argon2id (RFC 9106), from the native library, loaded when first used: no other file knows the
 * package.
 *
 * A hash runs on a thread of its own, never on the event loop. That the library cannot be loaded is
 * expected: it is a file that has to be unpacked into a folder from which programs may be run, and
 * some systems have none.
 */

import { type Argon2Settings } from "./argon2-settings.ts";

export const saltBytes = 16;

/** Hashes to `length` bytes; the password's must stay as they are until it is done. */
export type Argon2 = (
  password: Uint8Array,
  salt: Uint8Array,
  settings: Argon2Settings,
  length: number,
) => Promise<Uint8Array>;

/** What to do about a library that cannot be loaded. */
export const argon2Hint =
  "Set TMPDIR to a folder on a file system without noexec, and start again.";

/** @throws when the library cannot be loaded. */
export async function loadArgon2(): Promise<Argon2> {
  const library = await import("@node-rs/argon2");
  return (password, salt, { memoryKib, passes, lanes }, length) =>
    library.hashRaw(password, {
      // The library's defaults are argon2id and version 0x13; a test holds it to them.
      salt,
      outputLen: length,
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: lanes,
    });
}
