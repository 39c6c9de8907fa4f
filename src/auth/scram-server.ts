/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side: for clients that
 * have no OPAQUE, and are not to tell the server their password. Off unless the settings list them.
 *
 *     client-first → server-first (challenge) → client-final → server-final (challenge)
 *     → nothing → proven
 *
 * RFC 5802 sends the server-final with the outcome of the login; IRC's numerics have no place for
 * it, so it is one more challenge, which the client answers with nothing (RFC 4422 §4, 3.a).
 *
 * PLUS is bound to the connection: who is between with another one gets no login. By `tls-exporter`
 * (RFC 9266), or `tls-server-end-point` (RFC 5929), the hash of the server's certificate, which
 * TLS 1.2 has too. A client that says that it could have bound itself, but was not offered it, is
 * refused where it was: someone took it out of the list (RFC 5802 §6).
 */
import { randomBytes } from "node:crypto";
import { type Secret } from "../base/secret.ts";
import { fold, isSameName } from "../protocol/names.ts";
import { type ConnectionFacts } from "../server/outside.ts";
import { type LoginAccount } from "../storage/verifiers.ts";
import { parseLoginName } from "./login-name.ts";
import { isPasswordEnough } from "./second-factor-login.ts";
import {
  type Exchange,
  isConfidential,
  type Mechanism,
  type MechanismContext,
  type Step,
} from "./mechanism.ts";
import { beginServer, finishServer, type ServerBegun } from "./scram/exchange.ts";
import { bytesOf, type ClientFirst, parseClientFinal, parseClientFirst } from "./scram/messages.ts";
import { type ScramVerifier } from "./scram/verifier.ts";
import { scramName, scramPlusName } from "./scram-verifiers.ts";

export const scram: Mechanism = {
  name: scramName,
  mayUse: isConfidential,
  begin: (context) => new Login(context, false),
};

export const scramPlus: Mechanism = {
  name: scramPlusName,
  mayUse: (facts) => channelOf(facts, exporterType) !== undefined || hasEndPoint(facts),
  begin: (context) => new Login(context, true),
};

const exporterType = "tls-exporter";
const endPointType = "tls-server-end-point";
/** RFC 5802 wants it unguessable; a multiple of 3, so that there is no padding in base64. */
const nonceBytes = 24;
const noChannel = new Uint8Array();

interface Waiting {
  readonly begun: ServerBegun;
  readonly verifier: ScramVerifier;
  readonly channel: Uint8Array;
  /** Undefined: nobody's, and no proof is right. */
  readonly account: LoginAccount | undefined;
}

interface ProvenLogin {
  readonly account: LoginAccount;
  readonly device: string | undefined;
}

class Login implements Exchange {
  readonly #context: MechanismContext;
  readonly #isPlus: boolean;
  #waiting: Waiting | undefined;
  /** Proven; the client has yet to say that it has seen the server's signature. */
  #proven: ProvenLogin | undefined;

  constructor(context: MechanismContext, isPlus: boolean) {
    this.#context = context;
    this.#isPlus = isPlus;
  }

  step(response: Secret): Promise<Step> {
    const [waiting, proven] = [this.#waiting, this.#proven];
    this.#waiting = undefined;
    this.#proven = undefined;
    if (proven !== undefined) return Promise.resolve(end(proven, response));
    if (waiting !== undefined) return Promise.resolve(this.#finish(waiting, response.bytes()));
    return this.#begin(response.bytes());
  }

  async #begin(bytes: Uint8Array): Promise<Step> {
    const first = parseClientFirst(bytes);
    if (first === undefined) return { kind: "refused" };
    const name = fold(parseLoginName(first.name).name);
    const channel = this.#channelFor(first);
    if (channel === undefined || !isForThemselves(first)) return { kind: "refused", name };
    const found = this.#context.lookUp(name);
    const isEnough = isPasswordEnough(this.#context.secondFactor, found.account);
    const { verifier, isFake } = await this.#context.scram.find(name, found);
    const begun = beginServer(first, verifier, randomBytes(nonceBytes).toString("base64"));
    const account = isFake || !isEnough ? undefined : found.account;
    this.#waiting = { begun, verifier, channel, account };
    return { kind: "challenge", bytes: bytesOf(begun.serverFirst) };
  }

  #finish({ begun, verifier, channel, account }: Waiting, bytes: Uint8Array): Step {
    const said = parseLoginName(begun.first.name);
    const name = fold(said.name);
    const final = parseClientFinal(bytes);
    if (final === undefined) return { kind: "refused", name };
    const serverFinal = finishServer("sha256", begun, { final, keys: verifier, channel });
    if (serverFinal === undefined || account === undefined) return { kind: "refused", name };
    this.#proven = { account, device: said.device };
    return { kind: "challenge", bytes: bytesOf(serverFinal) };
  }

  /** What the client has to be bound to; undefined: it binds itself as this login is not. */
  #channelFor({ flag }: ClientFirst): Uint8Array | undefined {
    const { facts, scram: settings } = this.#context;
    if (this.#isPlus) return flag.kind === "used" ? channelOf(facts, flag.type) : undefined;
    // RFC 5802 §6: "If the flag is set to "y" and the server supports channel binding, the server
    // MUST fail authentication."
    const isLiedTo = flag.kind === "unused" && settings.hasPlus && scramPlus.mayUse(facts);
    return flag.kind === "used" || isLiedTo ? undefined : noChannel;
  }
}

function end({ account, device }: ProvenLogin, response: Secret): Step {
  if (response.length === 0) return { kind: "proven", account, device };
  return { kind: "refused", name: fold(account.name) };
}

/** Acting for someone else is not offered. */
function isForThemselves({ authorization, name }: ClientFirst): boolean {
  return authorization === undefined || isSameName(authorization, name);
}

function channelOf({ tls }: ConnectionFacts, type: string): Uint8Array | undefined {
  if (type === exporterType) return tls?.version === "TLSv1.3" ? tls.exporter : undefined;
  return type === endPointType ? tls?.endPoint : undefined;
}

function hasEndPoint(facts: ConnectionFacts): boolean {
  return channelOf(facts, endPointType) !== undefined;
}
