/**
 * Member: the client's side of logins and changes by OPAQUE, at a desk, on one connection.
 */
import { LoginProver, type LoginProverOptions } from "../../src/auth/prover.ts";
import { accountId, connectionId, type ConnectionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Proof, type ProofStep } from "../../src/client/prover.ts";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { type ChangeStep } from "../../src/server/proofs.ts";
import { type Desk, good } from "./desk.ts";
import { cheap, overTls13, secret } from "./support.ts";

const mechanism = "OPAQUE-R255-EXPR";
const usual = `${mechanism},PLAIN`;
const nothing = new Uint8Array();

export class Member {
  readonly prover: LoginProver;
  readonly connection: ConnectionId;
  readonly #desk: Desk;
  readonly #account: number;
  readonly #name: string;
  readonly #offered: string;
  readonly #meanwhile: (() => Promise<unknown>) | undefined;
  #came: ((proof: Proof) => void) | undefined;

  constructor(desk: Desk, options: Partial<LoginProverOptions> & MemberOptions = {}) {
    const { account = 7, connection = 1, typed = good, name = "Ann", ...others } = options;
    const { meanwhile, offered = usual, ...rest } = others;
    this.#offered = offered;
    this.#meanwhile = meanwhile;
    this.#desk = desk;
    this.#account = account;
    this.#name = name;
    this.connection = connectionId(connection);
    const floor = cheap;
    this.prover = new LoginProver({ floor, ...rest, name, password: secret(typed) });
    this.prover.attach((proof) => this.#came?.(proof));
    this.prover.connected(overTls13.tls?.exporter);
    this.prover.choose(offered.split(","));
  }

  /** Logs in with the password it was made with; undefined when its own side fails. */
  logsIn(): Promise<PasswordAnswer | undefined> {
    return this.#login((challenge, isFirst) => this.prover.respond(mechanism, challenge, isFirst));
  }

  /** Logs in once more with the old password of the change. */
  logsInAgain(): Promise<PasswordAnswer | undefined> {
    return this.#login((challenge, isFirst) => this.prover.change.respond(challenge, isFirst));
  }

  /** The client's request, and the desk's answer to it. */
  async asks(isSame = false): Promise<PasswordAnswer> {
    const request = bytesOf(await this.#step(() => this.prover.change.enrol(undefined, isSame)));
    return this.gives({ kind: "request", request });
  }

  /** The whole change, after a login. */
  async changes({ isSame = false, ...how }: ChangeHow = {}): Promise<PasswordAnswer> {
    const answer = await this.asks(isSame);
    if (answer.outcome !== "evaluated") return answer;
    await how.meanwhile?.();
    const made = await this.#step(() => this.prover.change.enrol(answer.response, isSame));
    const bytes = bytesOf(made);
    const scram = made.kind === "response" ? made.scram : undefined;
    const [record, proof] = [bytes.slice(0, 192), bytes.slice(192)];
    const given = { record, proof, scram, own: how.own };
    return this.gives({ kind: "record", isSame, ...given, ...how.instead });
  }

  gives(step: ChangeStep): Promise<PasswordAnswer> {
    const { connection } = this;
    const ask = { connection, account: accountId(this.#account), name: this.#name, step };
    return this.#desk.ask({ kind: "change", ask });
  }

  /** What the client says of a response. */
  judges(response: Uint8Array): Promise<Proof> {
    return this.#step(() => this.prover.change.enrol(response, false));
  }

  async #login(
    respond: (challenge: Uint8Array, isFirst: boolean) => ProofStep,
  ): Promise<PasswordAnswer | undefined> {
    const how = { connection: Number(this.connection), facts: overTls13, offered: this.#offered };
    const first = bytesOf(await this.#step(() => respond(nothing, true)));
    const answer = await this.#desk.respond(new Secret(first), { ...how, mechanism });
    if (answer.outcome !== "challenge") return answer;
    const second = await this.#step(() => respond(answer.bytes, false));
    if (second.kind !== "response") return undefined;
    await this.#meanwhile?.();
    const ke3 = new Secret(Uint8Array.from(second.bytes));
    return this.#desk.respond(ke3, { ...how, mechanism: undefined });
  }

  #step(work: () => ProofStep): Promise<Proof> {
    return new Promise((resolve) => {
      this.#came = resolve;
      const step = work();
      if (step.kind !== "later") resolve(step);
    });
  }
}

interface MemberOptions {
  readonly account?: number;
  readonly connection?: number;
  readonly typed?: string;
  /** What the server says it has. */
  readonly offered?: string;
  /** Between the server's challenge and the answer to it. */
  readonly meanwhile?: () => Promise<unknown>;
}

interface ChangeHow {
  readonly isSame?: boolean;
  /** Before the record is sent. */
  readonly meanwhile?: () => Promise<unknown>;
  /** The device that asks. */
  readonly own?: number;
  /** What is sent instead. */
  readonly instead?: Partial<Extract<ChangeStep, { readonly kind: "record" }>>;
}

function bytesOf(proof: Proof): Uint8Array {
  if (proof.kind !== "response") throw new Error(proof.reason);
  return Uint8Array.from(proof.bytes);
}
