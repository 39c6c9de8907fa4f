/**
 * argon2id (RFC 9106), from the native library, loaded when first used: no other file knows the
 * package.
 *
 * A hash runs on a thread of its own, never on the event loop. That the library cannot be loaded is
 * expected: it is a file that has to be unpacked into a folder from which programs may be run, and
 * some systems have none.
 */

/** RFC 9106 §3.1: memory in KiB, passes over it, lanes at once. */
export interface Argon2Settings {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** RFC 9106 §4, the second recommended option: 64 MiB, 30 … 65 ms on two cores. */
export const defaultArgon2Settings: Argon2Settings = { memoryKib: 65_536, passes: 3, lanes: 4 };

export const saltBytes = 16;
export const outputBytes = 32;

/** Hashes; the password's bytes must stay as they are until it is done. */
export type Argon2 = (
  password: Uint8Array,
  salt: Uint8Array,
  settings: Argon2Settings,
) => Promise<Uint8Array>;

/** What to do about a library that cannot be loaded. */
export const argon2Hint =
  "Set TMPDIR to a folder on a file system without noexec, and start again.";

/** @throws when the library cannot be loaded. */
export async function loadArgon2(): Promise<Argon2> {
  const library = await import("@node-rs/argon2");
  return (password, salt, { memoryKib, passes, lanes }) =>
    library.hashRaw(password, {
      // The library's defaults are argon2id and version 0x13; a test holds it to them.
      salt,
      outputLen: outputBytes,
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: lanes,
    });
}
