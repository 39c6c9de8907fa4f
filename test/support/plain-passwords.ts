/**
 * Passwords as they are: what answers the questions of `auth` in tests and simulation, at once and without hashing.
 *
 * Whatever the mechanism, the response that counts is as PLAIN's; those of several steps have their challenges before
 * it, to which the table says how many. What it knows survives in whatever map it is given.
 */
import { type AccountId, type ConnectionId } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import {
  type Answer,
  type Ask,
  type Question,
  type QuestionKind,
} from "../../src/server/outside.ts";
import { type ProvenAccount } from "../../src/server/proofs.ts";

interface Known {
  readonly id: AccountId;
  readonly name: string;
  readonly password: string;
}

/** Challenges before the response that counts; a mechanism that is not here has none. */
export const challengesOf: ReadonlyMap<string, number> = new Map([["OPAQUE-R255-EXPR", 1]]);

interface UnderWay {
  readonly mechanism: string;
  readonly challengesLeft: number;
}

/** What `auth` says of a name's logins, whatever the password: that there is no place, or that it is locked. */
export type Hindrance = "busy" | "refused";

export class PlainPasswords {
  readonly #known: Map<string, Known>;
  readonly #logins = new Map<ConnectionId, UnderWay>();
  readonly #hindered = new Map<string, Hindrance>();

  constructor(known: Map<string, Known> = new Map()) {
    this.#known = known;
  }

  has(name: string): boolean {
    return this.#known.has(fold(name));
  }

  put(account: { readonly id: AccountId; readonly name: string }, password: string): void {
    this.#known.set(fold(account.name), { ...account, password });
  }

  hinders(name: string, by: Hindrance): void {
    this.#hindered.set(fold(name), by);
  }

  /** Undefined when the question is not for `auth`. */
  answer(question: Question): Answer<QuestionKind> | undefined {
    switch (question.kind) {
      case "authenticate":
        return this.#authenticate(question.ask);
      case "enrol": {
        const { account: id, name, password: secret } = question.ask;
        const password = Buffer.from(secret.bytes()).toString();
        if (password.length < 8) return { outcome: "weak", why: "8 characters at least" };
        this.put({ id, name }, password);
        return { outcome: "enrolled", account: proven({ id, name }, "REGISTER") };
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
      case "forget":
        for (const [key, { id }] of this.#known) {
          if (id === question.ask.account) this.#known.delete(key);
        }
        return { outcome: "forgotten" };
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
    const [, name = "", password = ""] = text.split("\0");
    const known = this.#known.get(fold(name));
    const hindrance = this.#hindered.get(fold(name));
    if (hindrance === "busy") return { outcome: "busy" };
    if (known === undefined || known.password !== password || hindrance === "refused")
      return { outcome: "refused", name: undefined };
    return { outcome: "proven", account: proven(known, login.mechanism) };
  }
}

function proven(
  { id, name }: { readonly id: AccountId; readonly name: string },
  mechanism: string,
): ProvenAccount {
  // Stands for `auth`, which alone makes these in the program.
  return { id, name, mechanism } as unknown as ProvenAccount;
}
