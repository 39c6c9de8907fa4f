/**
 * Stretching: the key stretching function of this suite, RFC 9807 §7: "Argon2id(S = zeroes(16),
 * p, T = Nh, m, t, v = 0x13, K = nil, X = nil, y = 2)".
 */
import { type Argon2, saltBytes } from "../argon2.ts";
import { type Argon2Settings } from "../argon2-settings.ts";
import { hashBytes } from "./derivation.ts";
import { type Stretch } from "./envelope.ts";

export function stretchBy(argon2: Argon2, settings: Argon2Settings): Stretch {
  return (output) => argon2(output, new Uint8Array(saltBytes), settings, hashBytes);
}
