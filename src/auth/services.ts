/**
 * Services: what the answers to the server's questions are made with.
 */
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { type Passwords } from "./passwords.ts";
import { type Rekeying } from "./rekeying.ts";
import { type Report } from "./report.ts";
import { type ScramVerifiers } from "./scram-verifiers.ts";
import { type ServerSecrets } from "./server-secrets.ts";
import { type Throttle } from "./throttle.ts";
import { type Vault } from "./vault.ts";
import { type VerifierRows } from "./verifier-rows.ts";

export interface Services {
  readonly rows: VerifierRows;
  readonly passwords: Passwords;
  readonly vault: Vault;
  readonly scram: ScramVerifiers;
  readonly throttle: Throttle;
  readonly rekeying: Rekeying;
  readonly serverSecrets: ServerSecrets;
  /** Least number of characters in a new password; 0: any password, and no blocklist. */
  readonly passwordLengthMin: number;
  /** What the server is called: no new password is little more than that. */
  readonly serverNames: readonly string[];
  readonly wall: () => WallMs;
  readonly elapsed: () => ElapsedMs;
  readonly report: Report;
}
