/**
 * Logins: the steps of each connection's login, by whichever mechanism it has chosen.
 *
 * A connection has one login at a time: its next first step ends the one before.
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
import { type Services } from "./services.ts";
import { type LookedUp } from "./verifier-rows.ts";

const refused = { outcome: "refused", name: undefined } as const;

export class Logins {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async step(client: Client, ask: Ask<"authenticate">): Promise<Answer<"authenticate">> {
    try {
      const login = this.#loginFor(client, ask);
      if (login === undefined) return refused;
      const outcome = await step(client, login, ask.response);
      if (outcome.kind === "proven") {
        this.#keepClaim(client, outcome.account);
        this.#agree(client, outcome);
      }
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
    const exchange = mechanism.begin(this.#contextFor(client, ask, ending));
    client.login = { mechanism: mechanism.name, exchange, ending, isStepping: false };
    return client.login;
  }

  #contextFor(
    client: Client,
    { facts, offered }: Ask<"authenticate">,
    ending: AbortController,
  ): MechanismContext {
    const { passwords, vault } = this.#services;
    return {
      passwords,
      vault,
      facts,
      offered: offered ?? "",
      signal: AbortSignal.any([client.gone.signal, ending.signal]),
      lookUp: (name) => claimed(client, name) ?? this.#lookUp(name),
      replace: (account, old, verifier) => this.#replace(account, old, verifier),
    };
  }

  /** For an unknown name the disk is asked as often as for a known one. */
  #lookUp(name: Folded): LookedUp {
    const { rows } = this.#services;
    const account = rows.findAccountByName(name);
    const verifier = rows.find(account?.id ?? serverAccount); // the server's account has none
    return { account, verifier };
  }

  #replace(account: NamedAccount, old: Verifier, verifier: NewVerifier): void {
    const { rows, wall } = this.#services;
    // While the hash was made, the account may have gone, or got another password.
    if (rows.find(account.id)?.generation !== old.generation) return;
    rows.put(account.id, verifier, wall());
  }

  /** Keeps the session key for as long as the connection lasts. */
  #agree(client: Client, { account, sessionKey }: Extract<Step, { kind: "proven" }>): void {
    if (sessionKey === undefined || client.gone.signal.aborted) return;
    client.agreed?.sessionKey.fill(0);
    const { rows, wall } = this.#services;
    const generation = rows.find(account.id)?.generation;
    client.agreed = { account: account.id, sessionKey, at: wall(), generation };
  }

  /** The first login with a claimed record: its verifier is kept, before the account is. */
  #keepClaim(client: Client, { id }: NamedAccount): void {
    const { claim } = client;
    if (claim?.account.id !== id) return;
    client.claim = undefined;
    this.#services.rows.put(id, claim.verifier, this.#services.wall());
  }
}

/** Who has claimed that name on this connection. */
function claimed({ claim }: Client, name: Folded): LookedUp | undefined {
  if (claim === undefined || fold(claim.account.name) !== name) return undefined;
  const { account, verifier } = claim;
  const generation = 0; // of no row
  const data = verifier.seal(generation);
  const found = { form: verifier.form, data, generation };
  return { account: { ...account, isStrict: false }, verifier: found };
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
      return {
        outcome: "proven",
        account: proven(outcome.account, mechanism, outcome.credential),
        ...(outcome.isOutdated === true ? { isOutdated: true } : {}),
      };
    case "busy":
    case "unavailable":
      return { outcome: outcome.kind };
    case "refused":
      return { outcome: "refused", name: outcome.name };
    case "abandoned": // by a next login of its connection, or for one that is gone
      return refused;
  }
}
