/**
 * Clients: connections that have asked `auth` something, and what it knows of each.
 */
import { type AccountId, type ConnectionId } from "../base/ids.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import { type NamedAccount, type NewVerifier } from "../storage/verifiers.ts";
import { type Exchange } from "./mechanism.ts";
import { type Scheme } from "./population.ts";
import { type ScramVerifier } from "./scram/verifier.ts";
import { type Attempt } from "./throttle.ts";

export interface Login {
  readonly mechanism: string;
  readonly exchange: Exchange;
  readonly ending: AbortController;
  /** As it is counted. */
  readonly attempt: Attempt;
  /** A response is being worked on: there is nothing to respond to. */
  isStepping: boolean;
}

/** A verifier that waits for its first login. */
export interface Claim {
  readonly account: NamedAccount;
  readonly verifier: NewVerifier;
  readonly scram: ScramVerifier | undefined;
}

/** OPAQUE's session key, with whom, and since when. */
export interface Agreed {
  readonly account: AccountId;
  readonly sessionKey: Uint8Array;
  readonly at: WallMs;
  /** Of the verifier it was made by. */
  readonly generation: number | undefined;
}

/** What a record that is to come from the client is made with, and for which name. */
export interface Evaluation {
  readonly name: Folded;
  readonly scheme: Scheme;
}

/** The secret of a second factor that waits to be confirmed. */
export interface PendingTotp {
  readonly account: AccountId;
  readonly secret: Uint8Array;
  readonly at: ElapsedMs;
}

/** A connection that may be abandoned. */
export interface Client {
  readonly gone: AbortController;
  login: Login | undefined;
  claim: Claim | undefined;
  /** By the last login that made one. */
  agreed: Agreed | undefined;
  pendingTotp: PendingTotp | undefined;
  /** By the last response to a request of it. */
  evaluation: Evaluation | undefined;
  /** Questions under way. */
  open: number;
}

export class Clients {
  readonly #clients = new Map<ConnectionId, Client>();

  get size(): number {
    return this.#clients.size;
  }

  /** What is known of the connection; it begins to be. */
  of(connection: ConnectionId): Client {
    const known = this.#clients.get(connection);
    if (known !== undefined) return known;
    const gone = new AbortController();
    const nothing = {
      login: undefined,
      claim: undefined,
      agreed: undefined,
      pendingTotp: undefined,
      evaluation: undefined,
    };
    const client: Client = { gone, ...nothing, open: 0 };
    this.#clients.set(connection, client);
    return client;
  }

  /** Forgets who has nothing under way. */
  release(connection: ConnectionId, client: Client): void {
    const { open, login, claim, agreed, pendingTotp, evaluation } = client;
    const known = [login, claim, agreed, pendingTotp, evaluation];
    const isIdle = open === 0 && known.every((each) => each === undefined);
    if (isIdle) this.#clients.delete(connection);
  }

  /** The connection is gone: what is under way for it ends. */
  abandon(connection: ConnectionId): Client | undefined {
    const client = this.#clients.get(connection);
    if (client === undefined) return undefined;
    this.#clients.delete(connection);
    client.agreed?.sessionKey.fill(0);
    client.pendingTotp?.secret.fill(0);
    client.gone.abort();
    return client;
  }
}
