/**
 * A password as a hash in a settings file: argon2id in PHC's string format, with a salt of its own.
 *
 *     $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt, base64>$<hash, base64>          no padding
 */
import { randomBytes } from "node:crypto";
import { type Secret } from "../base/secret.ts";
import { loadArgon2, saltBytes } from "./argon2.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { preparePassword } from "./password-rules.ts";

const hashBytes = 32;
/** Of argon2: 0x13. */
const version = 19;

/** The password is wiped. @throws when argon2 cannot be loaded. */
export async function phcHash(password: Secret, settings: Argon2Settings): Promise<string> {
  const argon2 = await loadArgon2();
  const prepared = preparePassword(password);
  try {
    const salt = Uint8Array.from(randomBytes(saltBytes));
    const hash = await argon2(prepared.bytes(), salt, settings, hashBytes);
    const { memoryKib, passes, lanes } = settings;
    const parameters = `m=${memoryKib},t=${passes},p=${lanes}`;
    return `$argon2id$v=${version}$${parameters}$${base64(salt)}$${base64(hash)}`;
  } finally {
    prepared.wipe();
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
