/**
 * Passwords as they are: what answers the questions of `auth` in tests and simulation, at once and without hashing.
 *
 * It reads SASL PLAIN as the real mechanism does. OPAQUE gets a challenge, which PLAIN's message answers. What it knows
 * survives in whatever map it is given.
 */
import { type AccountId, type ConnectionId } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import {
  type Answer,
  type Ask,
  type Question,
  type QuestionKind,
} from "../../src/server/outside.ts";
import { type ProvenAccount, type RekeyAction } from "../../src/server/proofs.ts";

interface Known {
  readonly id: AccountId;
  readonly name: string;
  readonly password: string;
}

export class PlainPasswords {
  readonly #known: Map<string, Known>;
  /** Who has logged in by OPAQUE, by connection. */
  readonly #agreed = new Map<ConnectionId, AccountId>();
  /** Names of accounts whose records are to be made anew. */
  readonly outdated = new Set<string>();
  /** What was asked of the keys, and what is answered. */
  readonly rekeyings: RekeyAction[] = [];
  rekeyed: Answer<"rekey"> = { outcome: "rekeyed", keys: 2, older: 0, dropped: 0, lost: 0 };

  constructor(known: Map<string, Known> = new Map()) {
    this.#known = known;
  }

  has(name: string): boolean {
    return this.#known.has(fold(name));
  }

  put(account: { readonly id: AccountId; readonly name: string }, password: string): void {
    this.#known.set(fold(account.name), { ...account, password });
  }

  /** Undefined when the question is not for `auth`. */
  answer(question: Question): Answer<QuestionKind> | undefined {
    switch (question.kind) {
      case "authenticate": {
        if (question.ask.mechanism === "OPAQUE-R255-EXPR") {
          return { outcome: "challenge", bytes: Uint8Array.of(1) };
        }
        const isOpaque = question.ask.mechanism === undefined;
        const text = Buffer.from(question.ask.response.bytes()).toString();
        const [, name = "", password = ""] = text.split("\0");
        const known = this.#known.get(fold(name));
        if (known === undefined || known.password !== password)
          return { outcome: "refused", name: undefined };
        if (isOpaque) this.#agreed.set(question.ask.connection, known.id);
        const isOutdated = isOpaque && this.outdated.has(known.name);
        return { outcome: "proven", account: proven(known), isOutdated };
      }
      case "change":
        return this.#change(question.ask);
      case "rekey":
        this.rekeyings.push(question.ask.action);
        return this.rekeyed;
      case "enrol": {
        const { account: id, name, password: secret } = question.ask;
        const password = Buffer.from(secret.bytes()).toString();
        if (password.length < 8) return { outcome: "weak", why: "8 characters at least" };
        this.put({ id, name }, password);
        return { outcome: "enrolled", account: proven({ id, name }) };
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

function proven({ id, name }: { readonly id: AccountId; readonly name: string }): ProvenAccount {
  // Stands for `auth`, which alone makes these in the program.
  return { id, name, mechanism: "PLAIN" } as unknown as ProvenAccount;
}
