/**
 * `bun bench timing`: whether the time of a refusal tells if a name is known.
 *
 * The server's authenticator on a real database, argon2 at its cheapest (8 KiB), so that what is compared is our code.
 * Known and unknown names take turns at random, each as often; only what the server does is timed, all of its steps
 * together. Every state of an account is held against names that nobody has.
 */
import { type Authenticator, type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { connectionId, questionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type AccountState, type ConnectionFacts } from "../../src/server/outside.ts";
import { type AttemptRow, titleOf } from "./attempts.ts";
import { type Difference, differs } from "./welch.ts";

export interface Timed {
  readonly title: string;
  /** Of the known accounts. */
  readonly state: AccountState;
  readonly differs: boolean;
  readonly rounds: readonly Difference[];
}

/** Someone who asks the authenticator, and what the accounts are called. */
export interface TimingDesk {
  readonly authenticator: Pick<Authenticator, "ask" | "abandon">;
  /** Who is told the next answer. */
  answered: (answer: PasswordAnswer) => void;
  readonly names: Readonly<Record<AccountState | "unknown", readonly string[]>>;
}

export interface TimingScale {
  /** Of each kind of name, in each round. */
  readonly samples: number;
}

const exporter = new Uint8Array(32).fill(7);

export const timingFacts: ConnectionFacts = {
  address: "192.0.2.1",
  isLoopback: false,
  listener: "[::]:6697",
  tls: { version: "TLSv1.3", exporter, peerCertificate: "0".repeat(64), spki: "" },
};

/** Refusals of accounts in that state against those of names that nobody has. */
export async function timeRefusals(
  desk: TimingDesk,
  row: AttemptRow,
  { state, samples }: TimingScale & { readonly state: AccountState },
): Promise<Timed> {
  const { names } = desk;
  for (let count = 0; count < 40; count += 1) await refusal(desk, row, names.unknown[0] ?? "");
  const outcome = await differs(async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    for (let count = 0; count < samples; count += 1) {
      const pair = [
        async () => known.push(await refusal(desk, row, cycled(names[state], count))),
        async () => unknown.push(await refusal(desk, row, cycled(names.unknown, count))),
      ];
      if (Math.random() < 0.5) pair.reverse();
      for (const each of pair) await each();
    }
    return [known, unknown];
  });
  return { title: titleOf(row), state, ...outcome };
}

function cycled(names: readonly string[], count: number): string {
  return names[count % names.length] ?? "";
}

let lastQuestion = 0;

/** How long the server took to refuse, in microseconds. @throws when it did not. */
async function refusal(desk: TimingDesk, row: AttemptRow, name: string): Promise<number> {
  const connection = connectionId(1);
  let response = await row.first(name, exporter);
  let mechanism: string | undefined = row.mechanism;
  let took = 0;
  for (;;) {
    const ask = {
      connection,
      facts: timingFacts,
      mechanism,
      offered: row.mechanism,
      response: new Secret(response),
    };
    lastQuestion += 1;
    const id = questionId(lastQuestion);
    const { promise, resolve } = Promise.withResolvers<PasswordAnswer>();
    const start = performance.now();
    desk.answered = (answer) => {
      took += performance.now() - start;
      resolve(answer);
    };
    desk.authenticator.ask(id, { kind: "authenticate", ask });
    const answer = await promise;
    if (answer.outcome === "challenge" && row.next !== undefined) {
      response = row.next(answer.bytes, exporter);
      mechanism = undefined;
      continue;
    }
    // What is a token of nobody's, the core refuses, whatever the name.
    if (answer.outcome === "invited") answer.token.wipe();
    else if (answer.outcome !== "refused") throw new Error(`${titleOf(row)}: ${answer.outcome}`);
    desk.authenticator.abandon(connection);
    return took * 1_000;
  }
}
