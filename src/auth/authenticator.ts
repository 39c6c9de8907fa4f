/**
 * Authenticator: the server's answers to everything that proves who someone is
 * (`server/proofs.ts`).
 *
 * Promises: each question is answered once, never while `ask` runs, unless its connection was
 * abandoned; secrets that came with a question are wiped when it is answered; nothing that goes
 * wrong in here, a failing disk included, is more than `unavailable` for the other side and a
 * report for the operator.
 *
 * Verifiers and credentials are rows of their own beside the accounts; nobody else writes them.
 */
import { type ConnectionId, type QuestionId } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { fold } from "../protocol/names.ts";
import { type Answer, type Ask, type Question } from "../server/outside.ts";
import { type ProofQuestions, type Throttled } from "../server/proofs.ts";
import { Changing } from "./changing.ts";
import { type Client, Clients } from "./clients.ts";
import { manageCredentials } from "./credentials.ts";
import { Enrolment } from "./enrolment.ts";
import { Logins } from "./logins.ts";
import { SecondFactor } from "./second-factor.ts";
import { type Services } from "./services.ts";
import { hashToken, isToken, makeToken } from "./tokens.ts";

export type PasswordQuestionKind = keyof ProofQuestions;
export type PasswordQuestion = Extract<Question, { readonly kind: PasswordQuestionKind }>;
export type PasswordAnswer = Answer<PasswordQuestionKind>;

export interface AuthenticatorOptions extends Services {
  readonly answer: (id: QuestionId, answer: PasswordAnswer) => void;
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #clients = new Clients();
  readonly #logins: Logins;
  readonly #enrolment: Enrolment;
  readonly #secondFactor: SecondFactor;
  readonly #changing: Changing;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#secondFactor = new SecondFactor(options.vault, options);
    this.#logins = new Logins(options, this.#secondFactor);
    this.#enrolment = new Enrolment(options, this.#secondFactor);
    this.#changing = new Changing(options, this.#enrolment);
  }

  /** Connections with a login or a question under way. */
  get size(): number {
    return this.#clients.size;
  }

  ask(id: QuestionId, question: PasswordQuestion): void {
    const { serverSecrets } = this.#options;
    switch (question.kind) {
      case "authenticate":
        void this.#forClient(id, question.ask, (client, ask) => this.#logins.step(client, ask));
        return;
      case "enrol":
        void this.#forClient(id, question.ask, (client, ask) => this.#enrolment.enrol(client, ask));
        return;
      case "evaluate":
        void this.#forClient(id, question.ask, (client, ask) =>
          this.#enrolment.evaluate(client, ask),
        );
        return;
      case "change":
        void this.#forClient(id, question.ask, (client, ask) => this.#changing.step(client, ask));
        return;
      case "rekey":
        void this.#forNobody(id, () => this.#options.rekeying.answer(question.ask));
        return;
      case "claim":
        void this.#forClient(id, question.ask, (client, ask) => this.#enrolment.claim(client, ask));
        return;
      case "recognise":
        void this.#forClient(id, question.ask, (_, ask) => recognise(ask));
        return;
      case "totp":
        void this.#forClient(id, question.ask, (client, ask) =>
          this.#secondFactor.manage(client, ask),
        );
        return;
      case "operate":
        void this.#forClient(id, question.ask, (_, ask) =>
          this.#guess(ask.facts.address, ask.password, () => serverSecrets.operate(ask)),
        );
        return;
      case "enter":
        void this.#forClient(id, question.ask, (_, ask) =>
          this.#guess(ask.address, ask.password, () => serverSecrets.enter(ask)),
        );
        return;
      case "credentials":
        void this.#forNobody(id, () => this.#manage(question.ask));
        return;
      case "forget":
        void this.#forNobody(id, () => this.#forget(question.ask));
        return;
      case "mint":
        void this.#forNobody(id, mint);
    }
  }

  /** The connection is gone: what waits for it is dropped, and none of it is answered. */
  abandon(connection: ConnectionId): void {
    const client = this.#clients.abandon(connection);
    if (client !== undefined) void this.#drop(client);
  }

  async #forClient<A extends { readonly connection: ConnectionId }>(
    id: QuestionId,
    ask: A,
    work: (client: Client, ask: A) => Promise<PasswordAnswer>,
  ): Promise<void> {
    const client = this.#clients.of(ask.connection);
    client.open += 1;
    const answer = await this.#guarded(() => work(client, ask));
    client.open -= 1;
    if (client.gone.signal.aborted) {
      if (answer.outcome === "invited") answer.token.wipe();
      return;
    }
    this.#clients.release(ask.connection, client);
    this.#options.answer(id, answer);
  }

  async #forNobody(id: QuestionId, work: () => Promise<PasswordAnswer>): Promise<void> {
    this.#options.answer(id, await this.#guarded(work));
  }

  async #drop(client: Client): Promise<void> {
    try {
      await this.#logins.drop(client);
    } catch (cause) {
      const text = "a login that was not answered could not be counted";
      this.#options.report({ text, hint: undefined, cause });
    }
  }

  /** At one of the server's own secrets: a wrong one costs its source what a password does. */
  async #guess<A extends PasswordAnswer>(
    address: string,
    password: Secret,
    look: () => Promise<A>,
  ): Promise<A | Throttled> {
    const { throttle } = this.#options;
    const seconds = throttle.secondsFor(address);
    if (seconds > 0) {
      password.wipe();
      return { outcome: "throttled", seconds };
    }
    const answer = await look();
    if (answer.outcome === "wrong") throttle.guessedWrongly(address);
    return answer;
  }

  async #manage(ask: Ask<"credentials">): Promise<Answer<"credentials">> {
    const answer = await manageCredentials(this.#options.vault, ask);
    const isUnlocking = ask.action.kind === "remove" && ask.action.of === "lock";
    if (isUnlocking && answer.outcome === "removed") {
      this.#options.throttle.unlocked(fold(ask.name));
    }
    return answer;
  }

  /**
   * Failing storage is expected, and so are exceptions here; a bug is reported as one by its cause.
   */
  async #guarded(work: () => Promise<PasswordAnswer>): Promise<PasswordAnswer> {
    try {
      return await work();
    } catch (cause) {
      this.#options.report({ text: "a login could not be answered", hint: undefined, cause });
      return { outcome: "unavailable" };
    }
  }

  #forget({ account }: Ask<"forget">): Promise<Answer<"forget">> {
    const { passwords, rows, vault } = this.#options;
    passwords.forget(account);
    rows.remove(account);
    vault.removeAll(account);
    return Promise.resolve({ outcome: "forgotten" });
  }
}

function recognise({ token }: Ask<"recognise">): Promise<Answer<"recognise">> {
  const hash = isToken("invite", token) ? hexHash(token.bytes()) : undefined;
  token.wipe();
  return Promise.resolve(hash === undefined ? { outcome: "none" } : { outcome: "token", hash });
}

function mint(): Promise<Answer<"mint">> {
  const token = makeToken("invite");
  return Promise.resolve({ outcome: "minted", token, hash: hexHash(Buffer.from(token)) });
}

function hexHash(token: Uint8Array): string {
  return Buffer.from(hashToken(token)).toString("hex");
}
