/**
 * A device in the tests of remembered logins: its prover, and a token in memory where the program has a file.
 */
import { Secret } from "../../src/base/secret.ts";
import { LoginProver } from "../../src/auth/prover.ts";
import { type Remembered } from "../../src/auth/remembered.ts";
import { type ResumeToken } from "../../src/auth/resume.ts";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { type Proof } from "../../src/client/prover.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { type Desk, good } from "./desk.ts";
import { overTls13, secret } from "./support.ts";

export const list = "OPAQUE-R255-EXPR,HT-SHA-256-EXPR,PLAIN";
const opaque = "OPAQUE-R255-EXPR";
const resume = "HT-SHA-256-EXPR";

/** The file, as far as a prover sees it. */
export class MemoryToken implements Remembered {
  token: ResumeToken | undefined;

  find(): ResumeToken | undefined {
    return this.token;
  }

  put(token: ResumeToken): boolean {
    this.token = token;
    return true;
  }

  replace(before: ResumeToken, after: ResumeToken): boolean {
    if (this.token === undefined || Buffer.compare(this.token.token, before.token) !== 0)
      return false;
    this.token = after;
    return true;
  }

  remove(): void {
    this.token = undefined;
  }
}

/** Where a login by the token is cut off. */
export type CutAt =
  | "before it is sent"
  | "before it is answered"
  | "before it is kept"
  | "before it is let in"
  | "nowhere";

export class Device {
  readonly file: MemoryToken;
  readonly #desk: Desk;
  readonly #name: string;
  readonly #label: string;

  constructor(desk: Desk, { name = "ann", label = "laptop", file = new MemoryToken() } = {}) {
    this.#desk = desk;
    this.#name = name;
    this.#label = label;
    this.file = file;
  }

  prover(password?: string): LoginProver {
    const { file: remembered } = this;
    const options = { name: this.#name, device: this.#label, remembered };
    return new LoginProver({
      ...options,
      password: password === undefined ? undefined : secret(password),
    });
  }

  /** By OPAQUE, asking to be remembered. */
  async logsIn(connection: number, password = good): Promise<PasswordAnswer> {
    const prover = this.prover(password);
    const { facts, exporter } = factsOf(connection);
    prover.connected(exporter);
    this.file.token = undefined;
    prover.choose(list.split(","));
    const how = { connection, facts, offered: list };
    const first = await answered(prover, opaque, new Uint8Array(), true);
    const challenge = await this.#desk.respond(first, { ...how, mechanism: opaque });
    if (challenge.outcome !== "challenge") return challenge;
    const third = await answered(prover, opaque, challenge.bytes, false);
    const answer = await this.#desk.respond(third, { ...how, mechanism: undefined });
    if (answer.outcome === "proven") prover.admitted();
    return answer;
  }

  /** By the token. Undefined: the device never learns how it went. */
  async resumes(connection: number, cut: CutAt = "nowhere"): Promise<PasswordAnswer | undefined> {
    const prover = this.prover();
    const { facts, exporter } = factsOf(connection);
    prover.connected(exporter);
    if (prover.choose(list.split(",")).kind === "none") return undefined;
    const how = { connection, facts, offered: list };
    const first = await answered(prover, resume, new Uint8Array(), true);
    if (cut === "before it is sent") return undefined;
    const challenge = await this.#desk.respond(first, { ...how, mechanism: resume });
    if (challenge.outcome === "refused") prover.refused();
    if (challenge.outcome !== "challenge") return challenge;
    if (cut === "before it is answered") return undefined;
    const before = this.file.token;
    const last = await answered(prover, resume, challenge.bytes, false);
    if (cut === "before it is kept") this.file.token = before;
    if (cut === "before it is kept" || cut === "before it is let in") return undefined;
    const answer = await this.#desk.respond(last, { ...how, mechanism: undefined });
    if (answer.outcome === "proven") prover.admitted();
    if (answer.outcome === "refused") prover.refused();
    return answer;
  }
}

/** Each connection has an exporter of its own. */
export function factsOf(connection: number): {
  readonly facts: ConnectionFacts;
  readonly exporter: Uint8Array;
} {
  const exporter = new Uint8Array(32);
  new DataView(exporter.buffer).setUint32(0, connection + 1);
  const tls = overTls13.tls;
  if (tls === undefined) throw new Error("it is over TLS");
  return { facts: { ...overTls13, tls: { ...tls, exporter } }, exporter };
}

/** What the prover answers to that challenge. @throws when it fails. */
export async function answered(
  prover: LoginProver,
  mechanism: string,
  challenge: Uint8Array,
  isFirst: boolean,
): Promise<Secret> {
  const { promise, resolve } = Promise.withResolvers<Proof>();
  prover.attach(resolve);
  const step = prover.respond(mechanism, challenge, isFirst);
  const proof = step.kind === "later" ? await promise : step;
  if (proof.kind !== "response") throw new Error(`${proof.code}: ${proof.reason}`);
  return new Secret(Uint8Array.from(proof.bytes));
}
