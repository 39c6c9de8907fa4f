/**
 * Desk: an authenticator on rows in a map, with someone who asks and waits for its answers.
 */
import { expect } from "bun:test";
import { type Argon2, loadArgon2 } from "../../src/auth/argon2.ts";
import { type Argon2Settings } from "../../src/auth/argon2-settings.ts";
import {
  Authenticator,
  type PasswordAnswer,
  type PasswordQuestion,
} from "../../src/auth/authenticator.ts";
import { Keyring } from "../../src/auth/keyring.ts";
import { KnownSources } from "../../src/auth/known-sources.ts";
import { Passwords } from "../../src/auth/passwords.ts";
import { CountedRows } from "../../src/auth/population.ts";
import { Rekeying } from "../../src/auth/rekeying.ts";
import { defaultPoolLimits, type PoolLimits } from "../../src/auth/pool.ts";
import { type Problem } from "../../src/auth/report.ts";
import { ScramVerifiers } from "../../src/auth/scram-verifiers.ts";
import { ServerSecrets, type ServerSecretsSettings } from "../../src/auth/server-secrets.ts";
import { Throttle } from "../../src/auth/throttle.ts";
import { Vault } from "../../src/auth/vault.ts";
import { type VerifiedPasswords } from "../../src/auth/verified-passwords.ts";
import { accountId, connectionId, questionId } from "../../src/base/ids.ts";
import { type Secret } from "../../src/base/secret.ts";
import { type WallMs, wallMs } from "../../src/base/time.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { type Credentials } from "../../src/storage/credentials.ts";
import {
  cheap,
  credentialRows,
  keyFileOf,
  MapRows,
  noProblem,
  overTls,
  parsedKeys,
  secret,
  WaitingClock,
} from "./support.ts";

export const good = "correct horse battery";

const noServerSecrets: ServerSecretsSettings = { operators: [], serverPassword: undefined };

interface DeskOptions {
  readonly secrets?: ServerSecretsSettings;
  readonly rows?: MapRows;
  readonly settings?: Argon2Settings;
  readonly limits?: Partial<PoolLimits>;
  readonly lengthMin?: number;
  /** That the settings list. */
  readonly mechanisms?: readonly string[];
  /** Left out: nobody is throttled. */
  readonly isThrottled?: boolean;
  readonly report?: (problem: Problem) => void;
  readonly load?: () => Promise<Argon2>;
  readonly keyFile?: string;
  /** Those of a desk that was there before. */
  readonly credentials?: Credentials;
  /** Left out: each password is hashed. */
  readonly verified?: VerifiedPasswords;
}

/** An authenticator, with someone who waits for its answers. */
export class Desk {
  readonly rows: MapRows;
  readonly credentials: Credentials;
  readonly vault: Vault;
  keyFile: string;

  /** What time it is. */
  now = 1_700_000_000_000;
  readonly wall = (): WallMs => wallMs(this.now);
  /** What time passes, from the start; whoever waits has to wait until then. */
  readonly clock = new WaitingClock();
  authenticator: Authenticator;
  readonly answers = new Map<number, PasswordAnswer>();
  /** What was handed to argon2. */
  readonly hashed: { readonly password: Uint8Array; readonly settings: Argon2Settings }[] = [];
  readonly #begin: () => Authenticator;
  readonly #waiting = new Map<number, (answer: PasswordAnswer) => void>();
  #last = 0;

  constructor(options: DeskOptions = {}) {
    this.rows = options.rows ?? new MapRows();
    this.credentials = options.credentials ?? credentialRows();
    this.keyFile = options.keyFile ?? keyFileOf(1);
    const report = options.report ?? noProblem;
    const load = options.load ?? loadArgon2;
    const ring = new Keyring(parsedKeys(this.keyFile));
    const rows = new CountedRows(this.rows);
    const { wall } = this;
    const vault = new Vault(this.credentials, ring, wall);
    this.vault = vault;
    const keyFile = {
      read: (): string => this.keyFile,
      write: (text: string): void => {
        this.keyFile = text;
      },
    };
    const knownSources = new KnownSources({ vault, keyring: ring, wall });
    const { elapsed, wait } = this.clock;
    const isOn = options.isThrottled ?? false;
    const passwords = new Passwords({
      keyring: ring,
      rows,
      settings: options.settings ?? cheap,
      limits: { ...defaultPoolLimits, ...options.limits },
      verified: options.verified,
      report,
      load: async () => {
        const argon2 = await load();
        return (password, salt, settings, length) => {
          this.hashed.push({ password, settings });
          return argon2(password, salt, settings, length);
        };
      },
    });
    const mechanisms = options.mechanisms ?? [];
    this.#begin = (): Authenticator =>
      new Authenticator({
        rows,
        passwords,
        vault,
        serverSecrets: new ServerSecrets(options.secrets ?? noServerSecrets, load),
        rekeying: new Rekeying({ keyring: ring, keyFile, rows, vault }),
        scram: new ScramVerifiers({
          rows,
          vault,
          keyring: ring,
          mechanisms,
          report,
          iterations: 4096,
        }),
        throttle: new Throttle({ isOn, elapsed, wait, knownSources }),
        passwordLengthMin: options.lengthMin ?? 15,
        serverNames: ["chat.example.org"],
        wall,
        elapsed,
        answer: (id, answer) => {
          expect(this.answers.has(id)).toBe(false);
          this.answers.set(id, answer);
          this.#waiting.get(id)?.(answer);
        },
        report,
      });
    this.authenticator = this.#begin();
  }

  /** Another authenticator on what was kept: logins under way are gone. */
  restarts(): void {
    this.authenticator = this.#begin();
  }

  ask(question: PasswordQuestion): Promise<PasswordAnswer> {
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve } = Promise.withResolvers<PasswordAnswer>();
    this.#waiting.set(id, resolve);
    this.authenticator.ask(questionId(id), question);
    expect(this.answers.has(id)).toBe(false);
    return promise;
  }

  respond(response: Secret, options: RespondOptions = {}): Promise<PasswordAnswer> {
    const { connection = 1, facts = overTls } = options;
    const mechanism = "mechanism" in options ? options.mechanism : "PLAIN";
    const { offered } = options;
    const ask = { connection: connectionId(connection), facts, mechanism, offered, response };
    return this.ask({ kind: "authenticate", ask });
  }

  login(name: string, password: string, options?: RespondOptions): Promise<PasswordAnswer> {
    return this.respond(secret(`\0${name}\0${password}`), options);
  }

  enrol(name: string, password: string | Secret, id = 7): Promise<PasswordAnswer> {
    const ask = {
      connection: connectionId(1),
      address: overTls.address,
      account: accountId(id),
      name,
      password: typeof password === "string" ? secret(password) : password,
    };
    return this.ask({ kind: "enrol", ask });
  }

  /** An account with that password. */
  async member(id: number, name: string, password = good): Promise<void> {
    expect((await this.enrol(name, password, id)).outcome).toBe("enrolled");
    this.rows.account(id, name);
    this.hashed.length = 0;
  }
}

export interface RespondOptions {
  readonly connection?: number;
  readonly facts?: ConnectionFacts;
  readonly mechanism?: string | undefined;
  readonly offered?: string;
}
