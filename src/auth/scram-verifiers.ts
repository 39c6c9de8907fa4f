/**
 * SCRAM verifiers: kept in the vault, one for each account at most, beside the verifier that OPAQUE
 * and PLAIN go by.
 *
 *     verifier's generation, 8 bytes, the highest first · SCRAM's verifier, 84 (`scram/verifier.ts`)
 *
 * It is made when the server is told the password anyway, and only where the settings list SCRAM.
 * It belongs to the account's password verifier of one generation: when the password changes,
 * whoever changes it, the old one proves nothing any more, also before a new one is there.
 *
 * A name without one is answered with a salt that is always the same for that name, and keys that
 * nobody knows: by the same work as all others, and refused at the end. Two things tell a name that
 * exists: iterations that differ from today's, until the account's next PLAIN login, and a change of
 * the key file, by which the salts of the other names change.
 */
import { createHmac } from "node:crypto";
import { type AccountId, serverAccount } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type Folded } from "../protocol/names.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import { type Keyring } from "./keyring.ts";
import { joined } from "./opaque/derivation.ts";
import { Pool } from "./pool.ts";
import { type Report } from "./report.ts";
import { makeVerifier } from "./scram/make.ts";
import {
  defaultIterations,
  parseVerifier,
  saltBytes,
  type ScramVerifier,
  writeVerifier,
} from "./scram/verifier.ts";
import { type Vault } from "./vault.ts";
import { type LookedUp, type VerifierRows } from "./verifier-rows.ts";

export const scramName = "SCRAM-SHA-256";
export const scramPlusName = "SCRAM-SHA-256-PLUS";

export interface ScramVerifiersOptions {
  readonly rows: VerifierRows;
  readonly vault: Vault;
  readonly keyring: Keyring;
  /** That the settings list. */
  readonly mechanisms: readonly string[];
  readonly report: Report;
  readonly iterations?: number;
}

export interface FoundVerifier {
  readonly verifier: ScramVerifier;
  /** It is nobody's, and no proof is right. */
  readonly isFake: boolean;
}

/**
 * Verifiers are made once for each password, by logins that have just waited for argon2; one at a
 * time, so that no account gets two. Who finds many waiting goes without, until their next login.
 */
const poolLimits = { runningMax: 1, waitingMax: 64, waitingPerSourceMax: 64, waitMsMax: 10_000 };
const generationBytes = 8;

export class ScramVerifiers {
  /** PLUS may be offered, so that who says that it was not was lied to. */
  readonly hasPlus: boolean;
  readonly #options: ScramVerifiersOptions;
  readonly #isEnabled: boolean;
  readonly #pool = new Pool(poolLimits);

  constructor(options: ScramVerifiersOptions) {
    this.#options = options;
    this.hasPlus = options.mechanisms.includes(scramPlusName);
    this.#isEnabled = this.hasPlus || options.mechanisms.includes(scramName);
  }

  /** What a login goes by: the account's own, or one that nobody can tell from it. */
  async find(name: Folded, { account, verifier }: LookedUp): Promise<FoundVerifier> {
    const id = account?.id ?? serverAccount;
    const kept = await this.#find(id, verifier?.generation ?? 0);
    const fake = await this.#fake(name);
    const isFake = account === undefined || verifier === undefined || kept === undefined;
    return { verifier: isFake ? fake : kept, isFake };
  }

  /** The server was told the account's password: makes what is missing. The password is not kept. */
  async told({ id }: NamedAccount, password: Secret, signal: AbortSignal): Promise<void> {
    await this.#inTurn(signal, async () => {
      const generation = this.#generation(id);
      if (generation === undefined || (await this.#find(id, generation)) !== undefined) return;
      const verifier = await makeVerifier(password.bytes(), this.#options.iterations);
      await this.#keep(id, generation, verifier);
    });
  }

  /** A client made it, of the password whose verifier the account has got just now. */
  async given(account: AccountId, verifier: ScramVerifier, signal: AbortSignal): Promise<void> {
    await this.#inTurn(signal, async () => {
      const generation = this.#generation(account);
      if (generation !== undefined) await this.#keep(account, generation, verifier);
    });
  }

  /** A login is none the worse for what cannot be made for the next one. */
  async #inTurn(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (!this.#isEnabled) return;
    try {
      await this.#pool.run({ source: "", signal }, work); // the logins have had their turns
    } catch (cause) {
      const text = "what SCRAM needs of an account could not be kept";
      this.#options.report({ text, hint: undefined, cause });
    }
  }

  #generation(account: AccountId): number | undefined {
    return this.#options.rows.find(account)?.generation;
  }

  async #find(account: AccountId, generation: number): Promise<ScramVerifier | undefined> {
    const kept = await this.#options.vault.find("scram", lookupOf(account));
    // What is not there is read all the same: it takes its time too.
    const content = kept?.content ?? noContent;
    const made = Buffer.from(content).readBigUInt64BE();
    const verifier = parseVerifier(content.subarray(generationBytes));
    return made === BigInt(generation) && kept?.account === account ? verifier : undefined;
  }

  /** Not when the password has changed meanwhile. */
  async #keep(account: AccountId, generation: number, verifier: ScramVerifier): Promise<void> {
    const { vault } = this.#options;
    if (this.#generation(account) !== generation) return;
    vault.removeOf(account, "scram");
    const made = numberBytes(generation);
    const content = joined(made, writeVerifier(verifier));
    await vault.add({ account, kind: "scram", lookup: lookupOf(account), label: "", content });
  }

  async #fake(name: Folded): Promise<ScramVerifier> {
    const { ring } = await this.#options.keyring.ready();
    const derive = (what: string): Uint8Array =>
      createHmac("sha256", ring.newest.decoy).update(`scram ${what}\0${name}`).digest();
    // Parts of one piece of memory, as those of a verifier that was read: others take their time.
    const [salt, keys] = [derive("salt").subarray(0, saltBytes), derive("stored")];
    const bytes = joined(salt, keys, derive("server"));
    const serverKeyAt = saltBytes + keys.length;
    return {
      salt: bytes.slice(0, saltBytes),
      iterations: this.#options.iterations ?? defaultIterations,
      storedKey: bytes.slice(saltBytes, serverKeyAt),
      serverKey: bytes.slice(serverKeyAt),
    };
  }
}

/** As long as one is, and of as many iterations as any. */
const noContent = joined(
  numberBytes(0),
  writeVerifier({
    salt: new Uint8Array(saltBytes),
    iterations: defaultIterations,
    storedKey: new Uint8Array(),
    serverKey: new Uint8Array(),
  }),
);

/** One row for each account, by its number. */
function lookupOf(account: AccountId): Uint8Array {
  return numberBytes(account);
}

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(generationBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
