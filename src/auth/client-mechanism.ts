/**
 * Client mechanism: the client's side of one way to log in, as a small state machine for each login.
 *
 *     begin → respond (challenge) → response, later or failed → …
 *
 * A new one is a file of its own and a line in `client-mechanisms.ts`. Outcomes of steps that take
 * their time come through `came`.
 */
import { type Secret } from "../base/secret.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { type Proof, type ProofStep } from "../client/prover.ts";
import { type AskCode } from "./client-second-factor.ts";
import { type ResumeToken } from "./resume.ts";

export interface ClientMechanism {
  readonly name: string;
  /** Whether a login can be had with what is known, on a connection like this one. */
  mayUse(known: Known): boolean;
  begin(known: Known, tell: Tell): ClientLogin;
}

/** What there is to log in with. */
export interface Known {
  /** The account's. */
  readonly name: string;
  /** Undefined: there are other ways only. */
  readonly password: Secret | undefined;
  /** RFC 9266 `tls-exporter` of this connection; undefined where it has none. */
  readonly exporter: Uint8Array | undefined;
  /** RFC 5929 `tls-server-end-point` of this connection; undefined where it has none. */
  readonly endPoint: Uint8Array | undefined;
  /** This connection has shown a certificate of the client's own. */
  readonly hasCertificate: boolean;
  /** The mechanisms as CAP LS named them; undefined when the server did not say. */
  readonly offered: readonly string[] | undefined;
  /** The server's OPAQUE key as an earlier login has shown it, base64; another one is refused. */
  readonly pinnedKey: string | undefined;
  /** By which the server remembers this device. */
  readonly resume?: ResumeToken | undefined;
  /** The device's name, when the server is to remember it from this login on. */
  readonly remember?: string | undefined;
  /** Asks the person for a code; undefined: there is nobody to ask. */
  readonly askCode?: AskCode | undefined;
}

/** Who is told how the login goes. */
export interface Tell {
  /** What became of a step that was to come later. */
  readonly came: (proof: Proof) => void;
  /** The server has proven itself, by this OPAQUE key (base64), and both sides have this secret. */
  readonly met: (met: Met) => void;
  /** The next login is by this token: kept when it returns. False: another has been kept meanwhile. */
  readonly resumes?: (next: ResumeToken) => boolean;
}

export interface Met {
  readonly serverKey: string;
  readonly sessionKey: Uint8Array;
  /** By which the password was stretched. */
  readonly settings: Argon2Settings;
}

export interface ClientLogin {
  respond(challenge: Uint8Array): ProofStep;
  /** Whether the server has done its part, so that its word may be taken for the login's success. */
  isServerProven(): boolean;
  /** What is secret and not to be used any more. */
  wipe(): void;
}
