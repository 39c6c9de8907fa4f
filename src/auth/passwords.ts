/**
 * Passwords: making verifiers, and holding passwords against them, where the server is told the
 * password (REGISTER, PLAIN).
 *
 * The verifier is the record of OPAQUE (`sealed-record.ts`): the server plays both sides of the
 * protocol, so one record serves every way to log in. Verifiers of form `argon2id`, a salted hash
 * as this program kept them at first, are still held against where the keys say so, and said to be
 * outdated.
 *
 * Promises: a password is hashed in a bounded pool, off the event loop; what is not known costs
 * what is known costs; comparison takes the same time whatever differs; a verifier that makes no
 * sense is like none. Passwords are wiped by who calls, after the promise is done.
 *
 *     argon2id    argon2's settings, 7 bytes · salt, 16 bytes · output, 32 bytes
 */
import { timingSafeEqual } from "node:crypto";
import { assert } from "../base/assert.ts";
import { type AccountId } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type Folded, fold } from "../protocol/names.ts";
import { type Argon2, saltBytes } from "./argon2.ts";
import {
  areEqual,
  areSane,
  type Argon2Settings,
  defaultArgon2Settings,
  parseSettings,
  settingsBytes,
} from "./argon2-settings.ts";
import { Hashing, type HashingOptions, type NoHash } from "./hashing.ts";
import { type Keyring } from "./keyring.ts";
import { type KeyRing } from "./keys.ts";
import { systemEntropy } from "./opaque/derivation.ts";
import { type Group } from "./opaque/group.ts";
import { verify } from "./opaque/login.ts";
import { parseRecord } from "./opaque/messages.ts";
import { identifierOf, identitiesOf, inputOf, writeResponse } from "./opaque/profile.ts";
import { enrol, respondToRegistration } from "./opaque/registration.ts";
import { stretchBy } from "./opaque/stretch.ts";
import { FakeRecords } from "./fake-records.ts";
import { type CountedRows, type Scheme, schemeOfNobody } from "./population.ts";
import { type Credential, openRecord, opaqueForm, sealRecord } from "./sealed-record.ts";
import { type VerifiedBy, type VerifiedPasswords } from "./verified-passwords.ts";
import { type LookedUp } from "./verifier-rows.ts";
import { type NamedAccount, type NewVerifier, type Verifier } from "../storage/verifiers.ts";

const argon2Form = "argon2id";

export interface PasswordsOptions extends HashingOptions {
  readonly keyring: Keyring;
  readonly settings?: Argon2Settings;
  /** Among which unknown names are not to be told from known ones. */
  readonly rows: CountedRows;
  /** Left out: each password is hashed. */
  readonly verified?: VerifiedPasswords | undefined;
}

export type Verdict =
  /** `isOutdated`: made otherwise than it would be today; a new verifier should be made. */
  { readonly kind: "right"; readonly isOutdated: boolean } | { readonly kind: "wrong" } | NoHash;

export type MadeVerifier = { readonly kind: "made"; readonly verifier: NewVerifier } | NoHash;

export interface UsableCredential {
  readonly group: Group;
  readonly credential: Credential;
  readonly isFake: boolean;
  /** Made otherwise than it would be today. */
  readonly isOutdated: boolean;
}

/** The server's part of a registration, and what the record that comes of it is made with. */
export interface Evaluated {
  readonly response: Uint8Array;
  readonly scheme: Scheme;
}

export class Passwords {
  readonly #options: PasswordsOptions;
  readonly #settings: Argon2Settings;
  readonly #keyring: Keyring;
  readonly #hashing: Hashing;
  readonly #rows: CountedRows;
  readonly #fakes: FakeRecords;

  constructor(
    options: PasswordsOptions,
    hashing = new Hashing(options),
    fakes = new FakeRecords(),
  ) {
    this.#options = options;
    this.#settings = options.settings ?? defaultArgon2Settings;
    assert(areSane(this.#settings), "argon2's settings are within their bounds");
    this.#keyring = options.keyring;
    this.#rows = options.rows;
    this.#hashing = hashing;
    this.#fakes = fakes;
  }

  /** The same, for work that waits its turn among that of its source. */
  servedTo(source: string): Passwords {
    return new Passwords(this.#options, this.#hashing.servedTo(source), this.#fakes);
  }

  /** Makes a verifier of today's settings. */
  async verifierFor(
    owner: NamedAccount,
    password: Secret,
    signal: AbortSignal,
  ): Promise<MadeVerifier> {
    const { group, ring } = await this.#keyring.ready();
    const name = fold(owner.name);
    const { newest: keys } = ring;
    const settings = this.#settings;
    const how = { keys, identifier: identifierOf(name), identities: identitiesOf(name) };
    const enrolled = await this.#hashing.run(signal, async (argon2) => {
      const input = inputOf(name, password.bytes());
      const stretch = stretchBy(argon2, settings);
      const record = await enrol(group, input, { ...how, stretch, entropy: systemEntropy });
      input.fill(0);
      return record;
    });
    if (enrolled.kind !== "done") return enrolled;
    const { value: record } = enrolled;
    if (record === undefined) return { kind: "unavailable" };
    return { kind: "made", verifier: this.#sealed({ record, settings, keys }, owner) };
  }

  /** The server's part of a registration, with argon2's settings; undefined for no request. */
  async evaluate(name: Folded, request: Uint8Array): Promise<Evaluated | undefined> {
    const { group, ring } = await this.#keyring.ready();
    const scheme = this.#today(ring);
    const context = { keys: scheme.keys, identifier: identifierOf(name) };
    const response = respondToRegistration(group, request, context);
    if (response === undefined) return undefined;
    return { response: writeResponse({ settings: scheme.settings, response }), scheme };
  }

  /**
   * The verifier of a record that the client has made; undefined for what is none. `scheme` is that
   * of the response it was made with: the keys may be others by now.
   */
  async verifierOf(
    owner: NamedAccount,
    bytes: Uint8Array,
    scheme?: Scheme,
  ): Promise<NewVerifier | undefined> {
    const { group, ring } = await this.#keyring.ready();
    const record = parseRecord(bytes);
    if (record === undefined || group.element(record.clientPublicKey) === undefined) {
      return undefined;
    }
    return this.#sealed({ record, ...(scheme ?? this.#today(ring)) }, owner);
  }

  /** Holds the password against what was found under that name; against nothing, it is wrong. */
  async verify(
    password: Secret,
    { name, found }: { readonly name: Folded; readonly found: LookedUp },
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { group, ring } = await this.#keyring.ready();
    const by = verifiedBy(ring, found);
    if (by !== undefined && this.#options.verified?.has(password, by) === true) {
      return { kind: "right", isOutdated: false };
    }
    const { credential, isFake } = this.#usable(ring, name, found);
    const hash = this.#keyring.takesUnsealed ? parseHash(found.verifier) : undefined;
    const { record, settings, keys } = credential;
    const held = await this.#hashing.run(signal, async (argon2) => {
      const old = hash === undefined ? undefined : oldWay(argon2, password, hash);
      const input = inputOf(name, password.bytes());
      const isRight = await verify(group, input, {
        record,
        keys,
        identifier: identifierOf(name),
        identities: identitiesOf(name),
        stretch: old?.stretch ?? stretchBy(argon2, settings),
      });
      input.fill(0);
      return old === undefined ? isRight === true && !isFake : old.isRight();
    });
    if (held.kind !== "done") return held;
    if (!held.value) return { kind: "wrong" };
    const isOutdated = hash !== undefined || this.#isOutdated(ring, credential);
    if (by !== undefined && !isOutdated) this.#options.verified?.remember(password, by);
    return { kind: "right", isOutdated };
  }

  /** Nothing is known of that account's password any more. */
  forget(account: AccountId): void {
    this.#options.verified?.forget(account);
  }

  /** What a login of OPAQUE goes by; where there is nothing, a fake that nobody can tell from it. */
  async credentialFor(name: Folded, found: LookedUp): Promise<UsableCredential> {
    const { group, ring } = await this.#keyring.ready();
    const usable = this.#usable(ring, name, found);
    return { group, ...usable, isOutdated: this.#isOutdated(ring, usable.credential) };
  }

  #today({ newest }: KeyRing): Scheme {
    return { keys: newest, settings: this.#settings };
  }

  #isOutdated(ring: KeyRing, { keys, settings }: Scheme): boolean {
    return keys !== ring.newest || !areEqual(settings, this.#settings);
  }

  #sealed(credential: Credential, { id: account }: NamedAccount): NewVerifier {
    return {
      form: opaqueForm,
      seal: (generation) => {
        // Where the key was dropped while this was made: what nobody can open is not to be kept.
        assert(this.#keyring.has(credential.keys), "the key of a new verifier is still there");
        return sealRecord(credential, { account, generation });
      },
    };
  }

  /** The same is done for known names and unknown ones. */
  #usable(
    ring: KeyRing,
    name: Folded,
    { account, verifier }: LookedUp,
  ): { readonly credential: Credential; readonly isFake: boolean } {
    const scheme = schemeOfNobody(name, { ring, rows: this.#rows, today: this.#today(ring) });
    const own =
      account === undefined || verifier === undefined
        ? undefined
        : openRecord(ring, verifier, account.id);
    return own === undefined
      ? { credential: this.#fakes.of(scheme, ring), isFake: true }
      : { credential: own, isFake: false };
  }
}

function verifiedBy(
  { newest: keys }: KeyRing,
  { account, verifier }: LookedUp,
): VerifiedBy | undefined {
  if (account === undefined || verifier === undefined) return undefined;
  return { account: account.id, generation: verifier.generation, keys };
}

// --- The first form --------------------------------------------------------------------------------

interface StoredHash {
  readonly settings: Argon2Settings;
  readonly salt: Uint8Array;
  readonly output: Uint8Array;
}

const outputBytes = 32;
const hashVerifierBytes = settingsBytes + saltBytes + outputBytes;

/** The verifier of the first form, in the place of the stretching: so it costs the same. */
function oldWay(argon2: Argon2, password: Secret, { settings, salt, output }: StoredHash) {
  let isRight = false;
  return {
    isRight: () => isRight,
    stretch: async () => {
      const made = await argon2(password.bytes(), salt, settings, outputBytes);
      isRight = timingSafeEqual(made, output);
      return made;
    },
  };
}

function parseHash(verifier: Verifier | undefined): StoredHash | undefined {
  if (verifier?.form !== argon2Form || verifier.data.length !== hashVerifierBytes) return undefined;
  const { data } = verifier;
  const settings = parseSettings(data.subarray(0, settingsBytes));
  if (settings === undefined) return undefined;
  return {
    settings,
    salt: data.subarray(settingsBytes, settingsBytes + saltBytes),
    output: data.subarray(settingsBytes + saltBytes),
  };
}
