/**
 * Passwords as they are: what answers the questions of `auth` in tests and simulation, at once and without hashing.
 *
 * Whatever the mechanism, the response that counts is as PLAIN's; those of several steps have their challenges before
 * it, to which the table says how many. What it knows survives in whatever map it is given. Who logs in while a device
 * of theirs is `at` comes in by that device.
 */
import { type AccountId, type ConnectionId } from "../../src/base/ids.ts";
import { parseLoginName } from "../../src/auth/login-name.ts";
import { Secret } from "../../src/base/secret.ts";
import { type WallMs } from "../../src/base/time.ts";
import { opaqueMechanism } from "../../src/protocol/sasl.ts";
import { fold } from "../../src/protocol/names.ts";
import {
  type Answer,
  type Ask,
  type Question,
  type QuestionKind,
} from "../../src/server/outside.ts";
import {
  type CredentialInfo,
  type ProvenAccount,
  type RekeyAction,
} from "../../src/server/proofs.ts";
import { PlainCredentials } from "./plain-credentials.ts";

interface Known {
  readonly id: AccountId;
  readonly name: string;
  readonly password: string;
}

/** Challenges before the response that counts; a mechanism that is not here has none. */
export const challengesOf: ReadonlyMap<string, number> = new Map([
  ["OPAQUE-R255-EXPR", 1],
  ["HT-SHA-256-EXPR", 1],
  ["SCRAM-SHA-256-PLUS", 2],
  ["SCRAM-SHA-256", 2],
]);

interface UnderWay {
  readonly mechanism: string;
  readonly challengesLeft: number;
}

interface Said {
  readonly connection: ConnectionId;
  readonly login: UnderWay;
  readonly name: string;
  readonly password: string;
  /** Of the second factor. */
  readonly code: string | undefined;
}

interface Device {
  readonly account: string;
  readonly info: CredentialInfo;
}

/**
 * What `auth` says of a name's logins, whatever the password: that there is no place, that it is locked, or that too
 * many were wrong that came from there.
 */
export type Hindrance = "busy" | "refused" | "throttled";

const throttled = { outcome: "throttled", seconds: 30 } as const;

export class PlainPasswords {
  readonly credentials = new PlainCredentials();
  readonly devices = new Map<number, Device>();
  /** By folded name: the device that they log in from. */
  readonly at = new Map<string, number>();
  /** A login by this name is one by a copied token of that device. */
  copied: { readonly name: string; readonly device: number } | undefined;
  /** Operators of the settings and their passwords, for OPER. */
  readonly operators = new Map<string, string>();
  /** The server's own, for PASS. */
  ofServer = "";
  readonly #known: Map<string, Known>;
  #minted = 0;
  /** Who has logged in by OPAQUE, by connection. */
  readonly #agreed = new Map<ConnectionId, AccountId>();
  /** Names of accounts whose records are to be made anew. */
  readonly outdated = new Set<string>();
  /** What was asked of the keys, and what is answered. */
  readonly rekeyings: RekeyAction[] = [];
  rekeyed: Answer<"rekey"> = { outcome: "rekeyed", keys: 2, older: 0, dropped: 0, lost: 0 };
  readonly #logins = new Map<ConnectionId, UnderWay>();
  readonly #hindered = new Map<string, Hindrance>();

  constructor(known: Map<string, Known> = new Map()) {
    this.#known = known;
  }

  /** A device of that account is remembered; answers its number. */
  remembers(name: string, label: string, createdAt: WallMs): number {
    const id = this.devices.size + 1;
    const times = { createdAt, usedAt: undefined, expiresAt: undefined };
    const info = { id, kind: "session", label, ...times, isOwn: false } as const;
    this.devices.set(id, { account: fold(name), info });
    return id;
  }

  has(name: string): boolean {
    return this.#known.has(fold(name));
  }

  put(account: { readonly id: AccountId; readonly name: string }, password: string): void {
    this.#known.set(fold(account.name), { ...account, password });
  }

  /** `*`: the server's own password. */
  hinders(name: string, by: Hindrance): void {
    this.#hindered.set(fold(name), by);
  }

  /** Undefined when the question is not for `auth`. */
  answer(question: Question): Answer<QuestionKind> | undefined {
    switch (question.kind) {
      case "authenticate":
        return this.#authenticate(question.ask);
      case "change":
        return this.#change(question.ask);
      case "rekey":
        this.rekeyings.push(question.ask.action);
        return this.rekeyed;
      case "enrol": {
        const { account: id, name, password: secret } = question.ask;
        const password = Buffer.from(secret.bytes()).toString();
        if (this.#hindered.get(fold(name)) === "throttled") return throttled;
        if (password.length < 8) return { outcome: "weak", why: "8 characters at least" };
        this.put({ id, name }, password);
        const account = proven({ id, name }, { mechanism: "REGISTER" });
        const isMoreWanted = this.credentials.hasSecondFactor(id);
        return { outcome: "enrolled", account, ...(isMoreWanted ? { isMoreWanted } : {}) };
      }
      case "evaluate":
        // As bytes that are not what was asked; a request of one byte is none.
        return question.ask.request.length === 1
          ? { outcome: "refused" }
          : { outcome: "evaluated", response: question.ask.request };
      case "claim": {
        const { account: id, name, record } = question.ask;
        if (record.length === 1) return { outcome: "refused", name: undefined };
        this.put({ id, name }, Buffer.from(record).toString());
        return { outcome: "claimed" };
      }
      case "credentials":
        return this.#credentials(question.ask);
      case "totp":
        return this.credentials.totp(question.ask);
      case "operate": {
        const { name, password } = question.ask;
        if (this.#hindered.get(fold(name)) === "throttled") return throttled;
        if (this.operators.size === 0) return { outcome: "none" };
        const isRight = this.operators.get(fold(name)) === textOf(password);
        return isRight ? { outcome: "right", name } : { outcome: "wrong" };
      }
      case "enter":
        if (this.#hindered.get("*") === "throttled") return throttled;
        return textOf(question.ask.password) === this.ofServer
          ? { outcome: "right" }
          : { outcome: "wrong" };
      case "forget":
        for (const [key, { id }] of this.#known) {
          if (id === question.ask.account) this.#known.delete(key);
        }
        return { outcome: "forgotten" };
      case "mint": {
        this.#minted += 1;
        const token = `act-invite-${String(this.#minted).padStart(26, "0")}`;
        return { outcome: "minted", token, hash: hashOf(token) };
      }
      case "recognise": {
        const text = Buffer.from(question.ask.token.bytes()).toString();
        question.ask.token.wipe();
        return isToken(text) ? { outcome: "token", hash: hashOf(text) } : { outcome: "none" };
      }
      default:
        return undefined;
    }
  }

  #authenticate({ connection, mechanism, response }: Ask<"authenticate">): Answer<"authenticate"> {
    const login =
      mechanism === undefined
        ? this.#logins.get(connection)
        : { mechanism, challengesLeft: challengesOf.get(mechanism) ?? 0 };
    this.#logins.delete(connection);
    if (login === undefined) return { outcome: "refused", name: undefined };
    const { challengesLeft } = login;
    if (challengesLeft > 0) {
      this.#logins.set(connection, { ...login, challengesLeft: challengesLeft - 1 });
      return { outcome: "challenge", bytes: Uint8Array.of(1) };
    }
    const text = Buffer.from(response.bytes()).toString();
    const [, said = "", password = "", code] = text.split("\0");
    const { name, device } = parseLoginName(said);
    const hindrance = this.#hindered.get(fold(name));
    if (hindrance === "busy") return { outcome: "busy" };
    if (hindrance === "refused") return { outcome: "refused", name: undefined };
    if (hindrance === "throttled") return throttled;
    if (this.copied !== undefined && fold(this.copied.name) === fold(name)) {
      return { outcome: "refused", name, copied: this.copied.device };
    }
    const answer = this.#judge({ connection, login, name, password, code });
    if (answer.outcome !== "proven") return answer;
    return { ...answer, account: proven(answer.account, { ...answer.account, device }) };
  }

  #judge({ connection, login, name, password, code }: Said): Answer<"authenticate"> {
    const known = this.#known.get(fold(name));
    const app = this.credentials.find(password);
    if (app !== undefined && app.account === known?.id) {
      const by = { credential: app.id, credentialKind: "app-password" } as const;
      return { outcome: "proven", account: proven(known, by) };
    }
    const isByToken = isToken(password);
    if (known === undefined || known.password !== password) {
      if (!isByToken) return { outcome: "refused", name: undefined };
      const token = Secret.fromText(password);
      return { outcome: "invited", name, hash: hashOf(password), token };
    }
    const { mechanism } = login;
    if (mechanism !== opaqueMechanism) {
      const account = proven(known, { mechanism, credential: this.at.get(fold(name)) });
      return { outcome: "proven", account, ...(isByToken ? { isByToken } : {}) };
    }
    // Who has a second factor says all once more, with the code.
    if (this.credentials.hasSecondFactor(known.id) && code === undefined) {
      this.#logins.set(connection, login);
      return { outcome: "challenge", bytes: Uint8Array.of(2, 3), isForPerson: true };
    }
    this.#agreed.set(connection, known.id);
    const isOutdated = this.outdated.has(known.name);
    const by = code === undefined ? {} : ({ credentialKind: "totp" } as const);
    const credential = this.at.get(fold(name));
    const account = proven(known, { mechanism, credential, ...by });
    return { outcome: "proven", account, isOutdated };
  }

  #credentials(ask: Ask<"credentials">): Answer<"credentials"> {
    const { name, own, action } = ask;
    if (!("of" in action) || action.of !== "session") return this.credentials.answer(ask);
    const theirs = [...this.devices].filter(([, { account }]) => account === fold(name));
    switch (action.kind) {
      case "list": {
        const infos = theirs.map(([id, { info }]) => ({ ...info, isOwn: id === own }));
        return { outcome: "listed", credentials: infos };
      }
      case "remove": {
        const { which } = action;
        const ids = theirs.map(([id]) => id).filter((id) => which === "all" || which === id);
        for (const id of ids) this.devices.delete(id);
        return { outcome: "removed", count: ids.length };
      }
    }
  }

  /** As in `auth`: the record is the new password, its proof is the word. */
  #change({ connection, account: id, name, step }: Ask<"change">): Answer<"change"> {
    if (this.#agreed.get(connection) !== id) return { outcome: "stale" };
    if (step.kind === "request") {
      return step.request.length === 1
        ? { outcome: "refused" }
        : { outcome: "evaluated", response: step.request };
    }
    if (Buffer.from(step.proof).toString() !== "proof") return { outcome: "unproven" };
    if (step.record.length === 1) return { outcome: "refused" };
    this.put({ id, name }, Buffer.from(step.record).toString());
    if (!step.isSame) this.#agreed.delete(connection);
    return { outcome: "changed" };
  }
}

function textOf(secret: Secret): string {
  return Buffer.from(secret.bytes()).toString();
}

function isToken(text: string): boolean {
  return /^act-invite-\w{26}$/.test(text);
}

function hashOf(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex");
}

function proven(
  { id, name }: { readonly id: AccountId; readonly name: string },
  by: Partial<ProvenAccount> = {},
): ProvenAccount {
  // Stands for `auth`, which alone makes these in the program.
  return { id, name, mechanism: "PLAIN", ...by } as unknown as ProvenAccount;
}
