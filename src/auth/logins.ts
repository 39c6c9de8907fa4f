/**
 * Logins: the steps of each connection's login, by whichever mechanism it has chosen.
 *
 * A connection has one login at a time: its next first step ends the one before. Whether it may
 * begin, and what becomes of its outcome, the throttle says: no mechanism knows of it.
 */
import { serverAccount } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type Folded, fold } from "../protocol/names.ts";
import { type Answer, type Ask } from "../server/outside.ts";
import { type NamedAccount, type NewVerifier, type Verifier } from "../storage/verifiers.ts";
import { type Client, type Login } from "./clients.ts";
import { type MechanismContext, type Step } from "./mechanism.ts";
import { findMechanism } from "./mechanisms.ts";
import { proven } from "./proven.ts";
import { type SecondFactor } from "./second-factor.ts";
import { type Services } from "./services.ts";
import { type Attempt } from "./throttle.ts";
import { hashToken } from "./tokens.ts";
import { type LookedUp } from "./verifier-rows.ts";

const refused = { outcome: "refused", name: undefined } as const;

type Proven = Extract<Step, { readonly kind: "proven" }>;
type Refused = Extract<Step, { readonly kind: "refused" }>;
type Refusing = Extract<Answer<"authenticate">, { outcome: "refused" | "throttled" | "busy" }>;

export class Logins {
  readonly #services: Services;
  readonly #secondFactor: SecondFactor;

  constructor(services: Services, secondFactor: SecondFactor) {
    this.#services = services;
    this.#secondFactor = secondFactor;
  }

  async step(client: Client, ask: Ask<"authenticate">): Promise<Answer<"authenticate">> {
    try {
      await this.#services.throttle.ready();
      // Nothing may come between the end of one login and the beginning of the next.
      const dropped = ask.mechanism === undefined ? undefined : this.drop(client);
      const login = this.#loginFor(client, ask);
      await dropped;
      if ("outcome" in login) return login;
      const outcome = await this.#taken(client, login, ask.response);
      if (outcome.kind === "proven") {
        await this.#keepClaim(client, outcome, ask.facts.address);
        this.#agree(client, outcome);
      }
      await this.#reckon(client, login, outcome);
      return this.#answerTo(outcome, login, client.gone.signal);
    } finally {
      ask.response.wipe();
    }
  }

  async #taken(client: Client, login: Login, response: Secret): Promise<Step> {
    try {
      return await step(client, login, response);
    } catch (cause) {
      this.#services.throttle.ended(login.attempt); // a failing disk is nobody's guess
      throw cause;
    }
  }

  /** The connection is gone, or begins anew: a challenge that was sent will not be answered. */
  async drop(client: Client): Promise<void> {
    const { login } = client;
    client.login = undefined;
    if (login === undefined) return;
    login.ending.abort();
    // One that is being worked on finds out by itself.
    if (!login.isStepping) await this.#services.throttle.dropped(login.attempt);
  }

  /** The login that this step belongs to, or why there is none. */
  #loginFor(client: Client, ask: Ask<"authenticate">): Login | Refusing {
    if (ask.mechanism === undefined) {
      const current = client.login;
      return current?.isStepping === false ? current : refused;
    }
    const mechanism = findMechanism(ask.mechanism, ask.facts);
    if (mechanism === undefined) return refused;
    const { address } = ask.facts;
    const isGuess = mechanism.takesGuess?.(ask.response) ?? true;
    const beginning = this.#services.throttle.begin(address, ask.response, isGuess);
    if (beginning.kind === "throttled") {
      return { outcome: "throttled", seconds: beginning.seconds };
    }
    if (beginning.kind === "busy") return { outcome: "busy" };
    const { attempt } = beginning;
    const ending = new AbortController();
    const exchange = mechanism.begin(this.#contextFor(client, ask, { ending, attempt }));
    client.login = { mechanism: mechanism.name, exchange, ending, attempt, isStepping: false };
    return client.login;
  }

  #contextFor(
    client: Client,
    { facts, offered }: Ask<"authenticate">,
    { ending, attempt }: Pick<Login, "ending" | "attempt">,
  ): MechanismContext {
    const { passwords, vault, scram } = this.#services;
    return {
      passwords: passwords.servedTo(attempt.source.key),
      vault,
      scram,
      secondFactor: this.#secondFactor,
      facts,
      offered: offered ?? "",
      signal: AbortSignal.any([client.gone.signal, ending.signal]),
      lookUp: (name) => this.#claimed(client, name) ?? this.#lookUp(name, attempt),
      findAccount: (name) =>
        this.#claimed(client, name)?.account ?? this.#findAccount(name, attempt),
      replace: (account, old, verifier) => this.#replace(account, old, verifier),
    };
  }

  /** Who has claimed that name on this connection. */
  #claimed({ claim }: Client, name: Folded): LookedUp | undefined {
    if (claim === undefined || fold(claim.account.name) !== name) return undefined;
    const { account, verifier } = claim;
    const generation = 0; // of no row
    const data = verifier.seal(generation);
    const isStrict = this.#services.rows.findAccountByName(name)?.isStrict ?? false;
    return {
      account: { ...account, isStrict },
      verifier: { form: verifier.form, data, generation },
    };
  }

  /** For an unknown name the disk is asked as often as for a known one. */
  #lookUp(name: Folded, attempt: Attempt): LookedUp {
    const { rows, throttle } = this.#services;
    const account = rows.findAccountByName(name);
    const verifier = rows.find(account?.id ?? serverAccount); // the server's account has none
    const mayBeKnown = throttle.mayLookUp(attempt, name, account);
    return mayBeKnown ? { account, verifier } : { account: undefined, verifier: undefined };
  }

  #findAccount(name: Folded, attempt: Attempt): LookedUp["account"] {
    const { rows, throttle } = this.#services;
    const account = rows.findAccountByName(name);
    return throttle.mayLookUp(attempt, name, account) ? account : undefined;
  }

  #replace(account: NamedAccount, old: Verifier, verifier: NewVerifier): void {
    const { rows, wall } = this.#services;
    // While the hash was made, the account may have gone, or got another password.
    if (rows.find(account.id)?.generation !== old.generation) return;
    rows.put(account.id, verifier, wall());
  }

  /** Keeps the session key for as long as the connection lasts. */
  #agree(client: Client, { account, sessionKey }: Proven): void {
    if (sessionKey === undefined || client.gone.signal.aborted) return;
    client.agreed?.sessionKey.fill(0);
    const { rows, wall } = this.#services;
    const generation = rows.find(account.id)?.generation;
    client.agreed = { account: account.id, sessionKey, at: wall(), generation };
  }

  /**
   * The first login with a claimed record: its verifier is kept, before the account is, or in the
   * place of the account's old one. Devices that know the old one are forgotten, this one not.
   */
  async #keepClaim(
    client: Client,
    { account, credential }: Proven,
    address: string,
  ): Promise<void> {
    const { claim } = client;
    const { id } = account;
    if (claim?.account.id !== id) return;
    const { rows, scram, throttle, vault, wall } = this.#services;
    client.claim = undefined;
    vault.removeOthers(id, "session", credential);
    rows.put(id, claim.verifier, wall());
    if (claim.scram !== undefined) await scram.given(id, claim.scram, client.gone.signal);
    await throttle.registered(address, account, true);
  }

  /** What it costs, or that it costs nothing. A wrong password is said when it is time. */
  async #reckon({ gone }: Client, { attempt }: Login, outcome: Step): Promise<void> {
    const { throttle } = this.#services;
    switch (outcome.kind) {
      case "challenge":
        throttle.challenged(attempt);
        // Gone meanwhile: nobody tells of it any more.
        if (gone.signal.aborted) await throttle.dropped(attempt);
        return;
      case "proven":
        return throttle.succeeded(attempt, outcome.account);
      case "refused":
        return throttle.failed(attempt, gone.signal);
      case "abandoned": // by a next login of its connection, or for one that is gone
        return throttle.dropped(attempt);
      case "invited": // what a token is worth, the core decides; none is guessed
      case "busy":
      case "unavailable":
        throttle.ended(attempt);
    }
  }

  #answerTo(outcome: Step, login: Login, gone: AbortSignal): Answer<"authenticate"> {
    switch (outcome.kind) {
      case "challenge":
        return {
          outcome: "challenge",
          bytes: outcome.bytes,
          isForPerson: outcome.isForPerson ?? false,
        };
      case "proven":
        return {
          outcome: "proven",
          account: proven(outcome.account, login.mechanism, outcome),
          ...(outcome.isByToken === true ? { isByToken: true } : {}),
          ...(outcome.isOutdated === true ? { isOutdated: true } : {}),
        };
      case "invited": {
        const { name, token } = outcome;
        const hash = Buffer.from(hashToken(token.bytes())).toString("hex");
        return { outcome: "invited", name, hash, token };
      }
      case "busy":
      case "unavailable":
        return { outcome: outcome.kind };
      case "refused":
        return this.#refusedAnswer(outcome, login, gone);
      case "abandoned":
        return refused;
    }
  }

  #refusedAnswer(
    { name: said, copied }: Refused,
    { attempt }: Login,
    gone: AbortSignal,
  ): Answer<"authenticate"> {
    const { name: tried } = attempt;
    const name = said ?? tried;
    // Who is gone takes no news to the operator.
    const isNews = tried !== undefined && !gone.aborted;
    const isLocked = isNews && this.#services.throttle.takeLockedNews(tried);
    return { outcome: "refused", name, copied, ...(isLocked ? { isLocked } : {}) };
  }
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
