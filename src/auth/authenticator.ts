/**
 * Authenticator: the server's answers to everything about passwords: `authenticate`, `enrol`,
 * `evaluate`, `claim`, `forget`.
 *
 * Promises: each question is answered once, never while `ask` runs, unless its connection was
 * abandoned; secrets that came with a question are wiped when it is answered; nothing that goes
 * wrong in here, a failing disk included, is more than `unavailable` for the other side and a
 * report for the operator. A connection has one login at a time: its next first step ends the one
 * before.
 *
 * The verifiers are rows of their own beside the accounts; nobody else writes them. An account's is
 * written before the account is, so a crash leaves at most a verifier without an account, which is
 * removed at the next start.
 */
import { type ConnectionId, type QuestionId, serverAccount } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded, fold } from "../protocol/names.ts";
import { type Answer, type Ask, type Question } from "../server/outside.ts";
import { type Exchange, type MechanismContext, type Step } from "./mechanism.ts";
import { findMechanism } from "./mechanisms.ts";
import { checkPassword, preparePassword } from "./password-rules.ts";
import { type Passwords } from "./passwords.ts";
import { proven } from "./proven.ts";
import { type Report } from "./report.ts";
import { type LookedUp, type VerifierRows } from "./verifier-rows.ts";
import { type NamedAccount, type NewVerifier, type Verifier } from "../storage/verifiers.ts";

export type PasswordQuestionKind = "authenticate" | "enrol" | "evaluate" | "claim" | "forget";
export type PasswordQuestion = Extract<Question, { readonly kind: PasswordQuestionKind }>;
export type PasswordAnswer = Answer<PasswordQuestionKind>;

export interface AuthenticatorOptions {
  readonly rows: VerifierRows;
  readonly passwords: Passwords;
  /** Least number of characters in a new password; 0: any password, and no blocklist. */
  readonly passwordLengthMin: number;
  readonly wall: () => WallMs;
  readonly answer: (id: QuestionId, answer: PasswordAnswer) => void;
  readonly report: Report;
}

interface Login {
  readonly mechanism: string;
  readonly exchange: Exchange;
  readonly ending: AbortController;
  /** A response is being worked on: there is nothing to respond to. */
  isStepping: boolean;
}

interface Claim {
  readonly account: NamedAccount;
  readonly verifier: NewVerifier;
}

/** A connection that has asked something and may be abandoned. */
interface Client {
  readonly gone: AbortController;
  login: Login | undefined;
  /** A record that waits for its first login. */
  claim: Claim | undefined;
  /** Questions under way. */
  open: number;
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #clients = new Map<ConnectionId, Client>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Connections with a login or a question under way. */
  get size(): number {
    return this.#clients.size;
  }

  ask(id: QuestionId, question: PasswordQuestion): void {
    switch (question.kind) {
      case "authenticate":
        void this.#forClient(id, question.ask.connection, (client) =>
          this.#authenticate(client, question.ask),
        );
        return;
      case "enrol":
        void this.#forClient(id, question.ask.connection, (client) =>
          this.#enrol(client, question.ask),
        );
        return;
      case "evaluate":
        void this.#forClient(id, question.ask.connection, () => this.#evaluate(question.ask));
        return;
      case "claim":
        void this.#forClient(id, question.ask.connection, (client) =>
          this.#claim(client, question.ask),
        );
        return;
      case "forget":
        void this.#forget(id, question.ask);
    }
  }

  /** The connection is gone: what waits for it is dropped, and none of it is answered. */
  abandon(connection: ConnectionId): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    this.#clients.delete(connection);
    client.gone.abort();
  }

  async #forClient(
    id: QuestionId,
    connection: ConnectionId,
    work: (client: Client) => Promise<PasswordAnswer>,
  ): Promise<void> {
    const client = this.#client(connection);
    client.open += 1;
    const answer = await this.#guarded(() => work(client));
    client.open -= 1;
    if (client.gone.signal.aborted) return;
    const isIdle = client.open === 0 && client.login === undefined && client.claim === undefined;
    if (isIdle) this.#clients.delete(connection);
    this.#options.answer(id, answer);
  }

  async #forget(id: QuestionId, { account }: Ask<"forget">): Promise<void> {
    const answer = await this.#guarded<Answer<"forget">>(() => {
      this.#options.rows.remove(account);
      return Promise.resolve({ outcome: "forgotten" });
    });
    this.#options.answer(id, answer);
  }

  /**
   * Failing storage is expected, and so are exceptions here; a bug is reported as one by its cause.
   */
  async #guarded<T>(work: () => Promise<T>): Promise<T | { readonly outcome: "unavailable" }> {
    try {
      return await work();
    } catch (cause) {
      this.#options.report({ text: "a login could not be answered", hint: undefined, cause });
      return { outcome: "unavailable" };
    }
  }

  #client(connection: ConnectionId): Client {
    const known = this.#clients.get(connection);
    if (known !== undefined) return known;
    const gone = new AbortController();
    const client: Client = { gone, login: undefined, claim: undefined, open: 0 };
    this.#clients.set(connection, client);
    return client;
  }

  // --- Logins ------------------------------------------------------------------------------------

  async #authenticate(client: Client, ask: Ask<"authenticate">): Promise<Answer<"authenticate">> {
    try {
      const login = this.#loginFor(client, ask);
      if (login === undefined) return { outcome: "refused" };
      const outcome = await step(client, login, ask.response);
      if (outcome.kind === "proven") this.#keepClaim(client, outcome.account);
      return answerTo(outcome, login.mechanism);
    } finally {
      ask.response.wipe();
    }
  }

  /** The login that this step belongs to, or undefined: it belongs to none. */
  #loginFor(client: Client, ask: Ask<"authenticate">): Login | undefined {
    const current = client.login;
    if (ask.mechanism === undefined) return current?.isStepping === false ? current : undefined;
    current?.ending.abort();
    client.login = undefined;
    const mechanism = findMechanism(ask.mechanism, ask.facts);
    if (mechanism === undefined) return undefined;
    const ending = new AbortController();
    const context: MechanismContext = {
      passwords: this.#options.passwords,
      facts: ask.facts,
      offered: ask.offered ?? "",
      signal: AbortSignal.any([client.gone.signal, ending.signal]),
      lookUp: (name) => claimed(client, name) ?? this.#lookUp(name),
      replace: (account, old, verifier) => this.#replace(account, old, verifier),
    };
    const exchange = mechanism.begin(context);
    client.login = { mechanism: mechanism.name, exchange, ending, isStepping: false };
    return client.login;
  }

  /** For an unknown name the disk is asked as often as for a known one. */
  #lookUp(name: Folded): LookedUp {
    const { rows } = this.#options;
    const account = rows.findAccountByName(name);
    const verifier = rows.find(account?.id ?? serverAccount); // the server's account has none
    return { account, verifier };
  }

  #replace(account: NamedAccount, old: Verifier, verifier: NewVerifier): void {
    const { rows, wall } = this.#options;
    // While the hash was made, the account may have gone, or got another password.
    if (rows.find(account.id)?.generation !== old.generation) return;
    rows.put(account.id, verifier, wall());
  }

  /** The first login with a claimed record: its verifier is kept, before the account is. */
  #keepClaim(client: Client, { id }: NamedAccount): void {
    const { claim } = client;
    if (claim?.account.id !== id) return;
    client.claim = undefined;
    this.#options.rows.put(id, claim.verifier, this.#options.wall());
  }

  // --- New accounts ------------------------------------------------------------------------------

  async #enrol({ gone }: Client, ask: Ask<"enrol">): Promise<Answer<"enrol">> {
    const { passwords, passwordLengthMin, rows, wall } = this.#options;
    const { account: id, name } = ask;
    const password = preparePassword(ask.password);
    try {
      const checked = checkPassword(password, { name, lengthMin: passwordLengthMin });
      if (!checked.ok) return { outcome: "weak", why: checked.error };
      const made = await passwords.verifierFor({ id, name }, password, gone.signal);
      if (made.kind === "busy") return { outcome: "busy" };
      if (made.kind !== "made") return { outcome: "unavailable" };
      rows.put(id, made.verifier, wall());
      return { outcome: "enrolled", account: proven({ id, name }, "REGISTER") };
    } finally {
      password.wipe();
    }
  }

  async #evaluate({ name, request }: Ask<"evaluate">): Promise<Answer<"evaluate">> {
    const response = await this.#options.passwords.evaluate(fold(name), request);
    return response === undefined ? { outcome: "refused" } : { outcome: "evaluated", response };
  }

  async #claim(client: Client, ask: Ask<"claim">): Promise<Answer<"claim">> {
    const account = { id: ask.account, name: ask.name };
    const verifier = await this.#options.passwords.verifierOf(account, ask.record);
    client.claim = verifier === undefined ? undefined : { account, verifier };
    return { outcome: verifier === undefined ? "refused" : "claimed" };
  }
}

/** Who has claimed that name on this connection. */
function claimed({ claim }: Client, name: Folded): LookedUp | undefined {
  if (claim === undefined || fold(claim.account.name) !== name) return undefined;
  const { account, verifier } = claim;
  const generation = 0; // of no row
  const data = verifier.seal(generation);
  return { account, verifier: { form: verifier.form, data, generation } };
}

/** One step; after any but a challenge the login is over. */
async function step(client: Client, login: Login, response: Secret): Promise<Step> {
  let isOver = true;
  login.isStepping = true;
  try {
    const outcome = await login.exchange.step(response);
    if (login.ending.signal.aborted) return { kind: "abandoned" };
    isOver = outcome.kind !== "challenge";
    return outcome;
  } finally {
    login.isStepping = false;
    if (isOver && client.login === login) client.login = undefined;
  }
}

function answerTo(outcome: Step, mechanism: string): Answer<"authenticate"> {
  switch (outcome.kind) {
    case "challenge":
      return { outcome: "challenge", bytes: outcome.bytes };
    case "proven":
      return { outcome: "proven", account: proven(outcome.account, mechanism) };
    case "busy":
    case "unavailable":
      return { outcome: outcome.kind };
    case "refused":
    case "abandoned": // by a next login of its connection, or for one that is gone
      return { outcome: "refused" };
  }
}
