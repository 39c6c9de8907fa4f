/**
 * Passwords as they are: what answers the questions of `auth` in tests and simulation, at once and without hashing.
 *
 * It reads SASL PLAIN as the real mechanism does, and gives OPAQUE a challenge; what it knows survives in whatever
 * map it is given.
 */
import { type AccountId } from "../../src/base/ids.ts";
import { type Secret } from "../../src/base/secret.ts";
import { fold } from "../../src/protocol/names.ts";
import { type Answer, type Question, type QuestionKind } from "../../src/server/outside.ts";
import { type ProvenAccount } from "../../src/server/proofs.ts";

interface Known {
  readonly id: AccountId;
  readonly name: string;
  readonly password: string;
}

export class PlainPasswords {
  /** Operators of the settings and their passwords, for OPER. */
  readonly operators = new Map<string, string>();
  /** The server's own, for PASS. */
  ofServer = "";
  readonly #known: Map<string, Known>;

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
        // Mechanisms of more than one step: a challenge, which nothing answers rightly.
        if (question.ask.mechanism === "OPAQUE-R255-EXPR") {
          return { outcome: "challenge", bytes: Uint8Array.of(1) };
        }
        const text = Buffer.from(question.ask.response.bytes()).toString();
        const [, name = "", password = ""] = text.split("\0");
        const known = this.#known.get(fold(name));
        if (known === undefined || known.password !== password)
          return { outcome: "refused", name: undefined };
        return { outcome: "proven", account: proven(known) };
      }
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
      case "operate": {
        const { name, password } = question.ask;
        if (this.operators.size === 0) return { outcome: "none" };
        const isRight = this.operators.get(fold(name)) === textOf(password);
        return isRight ? { outcome: "right", name } : { outcome: "wrong" };
      }
      case "enter":
        return textOf(question.ask.password) === this.ofServer
          ? { outcome: "right" }
          : { outcome: "wrong" };
      case "forget":
        for (const [key, { id }] of this.#known) {
          if (id === question.ask.account) this.#known.delete(key);
        }
        return { outcome: "forgotten" };
      default:
        return undefined;
    }
  }
}

function textOf(secret: Secret): string {
  return Buffer.from(secret.bytes()).toString();
}

function proven({ id, name }: { readonly id: AccountId; readonly name: string }): ProvenAccount {
  // Stands for `auth`, which alone makes these in the program.
  return { id, name, mechanism: "PLAIN" } as unknown as ProvenAccount;
}
