/**
 * OPAQUE-R255-EXPR, both sides with each other: what is bound, what is counted, what is refused.
 */
import { expect, test } from "bun:test";
import { LoginProver } from "../../src/auth/prover.ts";
import { accountId, connectionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Proof } from "../../src/client/prover.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { Desk, good } from "./desk.ts";
import { cheap, isWiped, overTls, overTls13, secret } from "./support.ts";

const mechanism = "OPAQUE-R255-EXPR";
const list = `${mechanism},PLAIN`;
const exporter = overTls13.tls?.exporter;

interface Client {
  readonly prover: LoginProver;
  readonly responds: (challenge: Uint8Array, isFirst: boolean) => Promise<Proof>;
}

function clientOf(name: string, password = good, offered = list): Client {
  const prover = new LoginProver({ name, password: secret(password) });
  prover.connected(exporter);
  prover.choose(offered.split(","));
  let came: ((proof: Proof) => void) | undefined;
  prover.attach((proof) => came?.(proof));
  return {
    prover,
    responds: (challenge, isFirst) =>
      new Promise((resolve) => {
        came = resolve;
        const step = prover.respond(mechanism, challenge, isFirst);
        if (step.kind !== "later") resolve(step);
      }),
  };
}

function bytesOf(proof: Proof): Uint8Array {
  if (proof.kind !== "response") throw new Error(proof.reason);
  return Uint8Array.from(proof.bytes);
}

interface Between {
  readonly offered?: string;
  readonly facts?: ConnectionFacts;
  readonly changes?: (challenge: Uint8Array) => Uint8Array;
}

/** The server's challenge, and what the client makes of it. */
async function exchange(
  desk: Desk,
  client: Client,
  { offered = list, facts = overTls13, changes = (challenge) => challenge }: Between = {},
): Promise<Proof> {
  const first = new Secret(bytesOf(await client.responds(new Uint8Array(), true)));
  const answer = await desk.respond(first, { mechanism, facts, offered });
  if (answer.outcome !== "challenge") throw new Error(answer.outcome);
  expect(answer.bytes.length).toBe(328);
  return client.responds(changes(answer.bytes), false);
}

test("the right password is proven in three messages, and the server never hashes", async () => {
  const desk = new Desk();
  await desk.member(7, "Ann");
  const client = clientOf("aNN");
  const ke3 = bytesOf(await exchange(desk, client));
  expect(ke3.length).toBe(64);
  const response = new Secret(ke3);
  const answer: unknown = await desk.respond(response, { mechanism: undefined, facts: overTls13 });
  expect(answer).toEqual({
    outcome: "proven",
    account: { id: accountId(7), name: "Ann", mechanism },
  });
  expect([isWiped(response), desk.hashed.length, desk.authenticator.size]).toEqual([true, 0, 1]);
  desk.authenticator.abandon(connectionId(1)); // until then it has the session key
  expect(desk.authenticator.size).toBe(0);
  expect(client.prover.serverKey).toBeDefined();
});

test("a password is the same password however its characters were typed", async () => {
  const desk = new Desk();
  await desk.member(7, "ann", "ein caf\u{e9} am Abend");
  const proof = await exchange(desk, clientOf("ann", "ein cafe\u{301}\u{a0}am Abend"));
  expect(proof.kind).toBe("response");
});

test("wrong password, unknown name and missing verifier look alike to the client", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  desk.rows.account(8, "bob");
  for (const name of ["ann", "nobody", "bob"]) {
    expect(await exchange(desk, clientOf(name, "wrong password, quite"))).toEqual({
      kind: "failed",
      code: "refused",
      reason: "wrong name or password",
    });
  }
});

test.each([
  ["another list of mechanisms", { offered: "OPAQUE-R255-EXPR" }],
  [
    "another connection",
    { facts: { ...overTls13, tls: { ...overTls13.tls, exporter: new Uint8Array(32) } } },
  ],
  ["other stretching", { changes: (bytes: Uint8Array) => bytes.with(5, 2) }],
] as [string, Between][])("%s is not the server, and gets no proof", async (_, how) => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const proof = await exchange(desk, clientOf("ann"), how);
  expect(proof.kind === "failed" && ["identity", "refused"].includes(proof.code)).toBe(true);
});

test("a server that asks for more than the machine bears is refused before it is computed", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const changes = (bytes: Uint8Array): Uint8Array => bytes.with(2, 1); // 16 GiB
  for (const change of [changes, (bytes: Uint8Array) => bytes.with(6, 17)]) {
    const proof = await exchange(desk, clientOf("ann"), { changes: change });
    expect(proof).toMatchObject({ kind: "failed", code: "refused" });
  }
});

test("another proof, a proof of another login and one too many are refused", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const refused = { outcome: "refused" } as const;
  const next = { mechanism: undefined, facts: overTls13 };
  const ke3 = bytesOf(await exchange(desk, clientOf("ann")));
  expect(await desk.respond(new Secret(ke3.with(0, (ke3[0] ?? 0) ^ 1)), next)).toEqual({
    ...refused,
    name: "ann",
  });
  expect(await desk.respond(new Secret(Uint8Array.from(ke3)), next)).toEqual(refused);
  await exchange(desk, clientOf("ann"));
  expect((await desk.respond(new Secret(ke3), next)).outcome).toBe("refused");
  await exchange(desk, clientOf("nobody"));
  expect(await desk.respond(new Secret(new Uint8Array(64)), next)).toEqual({
    ...refused,
    name: "nobody",
  });
});

test("any bytes are answered, and only a first message with a challenge", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const first = bytesOf(await clientOf("ann").responds(new Uint8Array(), true));
  const bad = [
    new Uint8Array(),
    Uint8Array.of(1),
    Uint8Array.of(1, 255, 1),
    first.with(0, 2),
    first.subarray(0, -1),
    Uint8Array.of(...first, 0),
    first.with(2, 0), // no name
    first.with(3, 0xff), // no UTF-8
    first.with(1, 3), // acting for someone else
    first.fill(0, 6, 38), // the identity
  ];
  for (const bytes of bad) {
    const response = new Secret(Uint8Array.from(bytes));
    const answer = await desk.respond(response, { mechanism, facts: overTls13, offered: list });
    expect(answer.outcome).toBe("refused");
  }
});

test("without an exporter there is no such login", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const first = new Secret(bytesOf(await clientOf("ann").responds(new Uint8Array(), true)));
  const answer = await desk.respond(first, { mechanism, facts: overTls, offered: list });
  expect(answer).toEqual({ outcome: "refused" });
});

test("a challenge before its time or after the last one fails", async () => {
  const desk = new Desk({ settings: cheap });
  await desk.member(7, "ann");
  expect((await clientOf("ann").responds(Uint8Array.of(1), true)).kind).toBe("failed");
  const client = clientOf("ann");
  await exchange(desk, client);
  expect((await client.responds(new Uint8Array(328), false)).kind).toBe("failed");
});

test("what comes after the prover was wiped, or for an older connection, goes nowhere", async () => {
  const { prover } = clientOf("ann");
  const came: Proof[] = [];
  prover.attach((proof) => came.push(proof));
  prover.respond(mechanism, new Uint8Array(), true);
  prover.connected(exporter);
  const next = clientOf("ann");
  await next.responds(new Uint8Array(), true);
  expect(came).toEqual([]);
});
