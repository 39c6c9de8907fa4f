/**
 * SCRAM-SHA-256 and -PLUS, both sides with each other: who gets in, what is bound to what, and that
 * unknown names look as known ones do.
 */
import { expect, test } from "bun:test";
import { LoginProver } from "../../src/auth/prover.ts";
import { deriveKeys } from "../../src/auth/scram/derivation.ts";
import { beginClient, finishClient } from "../../src/auth/scram/exchange.ts";
import {
  type BindingFlag,
  parseServerFirst,
  type ServerFirst,
} from "../../src/auth/scram/messages.ts";
import { accountId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Proof } from "../../src/client/prover.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { Desk, good } from "./desk.ts";
import { overTls, overTls13, secret } from "./support.ts";

const scram = "SCRAM-SHA-256";
const plus = "SCRAM-SHA-256-PLUS";
const offered = [plus, scram, "PLAIN"];
const nothing = new Uint8Array();
const endPoint = new Uint8Array(32).fill(9);
const overTls12: ConnectionFacts = {
  ...overTls,
  tls: { version: "TLSv1.2", exporter: undefined, peerCertificate: undefined, spki: "", endPoint },
};

function desk(mechanisms: readonly string[] = offered): Desk {
  return new Desk({ mechanisms });
}

interface How {
  readonly password?: string;
  readonly facts?: ConnectionFacts;
  /** The client's own view of the connection; left out: the server's. */
  readonly seen?: ConnectionFacts;
  readonly offered?: readonly string[];
  readonly mechanism?: string;
}

interface Outcome {
  readonly outcome: string;
  readonly mechanism: string;
  readonly isServerProven: boolean;
}

/** A login by our own client, whatever it picks. */
async function logsIn(at: Desk, name: string, how: How = {}): Promise<Outcome> {
  const { password = good, facts = overTls13, seen = facts, offered: list = offered } = how;
  const mechanisms = how.mechanism === undefined ? undefined : [how.mechanism];
  const prover = new LoginProver({ name, password: secret(password), mechanisms });
  prover.connected(seen.tls?.exporter, { endPoint: seen.tls?.endPoint });
  const choice = prover.choose(list);
  if (choice.kind !== "mechanism") throw new Error(choice.kind);
  const mechanism = choice.name;
  const { promise, resolve } = Promise.withResolvers<Proof>();
  prover.attach(resolve);
  let challenge: Uint8Array = nothing;
  for (let step = 0; ; step += 1) {
    const said = prover.respond(mechanism, challenge, step === 0);
    const proof = said.kind === "later" ? await promise : said;
    if (proof.kind === "failed") return { outcome: proof.code, mechanism, isServerProven: false };
    const response = new Secret(Uint8Array.from(proof.bytes));
    const first = step === 0 ? mechanism : undefined;
    const answer = await at.respond(response, { mechanism: first, facts });
    if (answer.outcome !== "challenge") {
      return { outcome: answer.outcome, mechanism, isServerProven: prover.isServerProven() };
    }
    expect(prover.isServerProven()).toBe(false);
    challenge = answer.bytes;
  }
}

test("who registered logs in, bound to the connection, and nothing is hashed for it", async () => {
  const at = desk();
  await at.member(7, "ann");
  const done = { outcome: "proven", mechanism: plus, isServerProven: true };
  expect(await logsIn(at, "ann")).toEqual(done);
  expect(await logsIn(at, "ANN", { facts: overTls12 })).toEqual(done);
  expect(await logsIn(at, "ann", { facts: overTls })).toEqual({ ...done, mechanism: scram });
  expect(at.hashed).toEqual([]);
});

test("PLUS on another connection than the client's proves nothing", async () => {
  const at = desk();
  await at.member(7, "ann");
  const { tls } = overTls13;
  if (tls === undefined) throw new Error("it is over TLS");
  const other = { ...overTls13, tls: { ...tls, exporter: new Uint8Array(32).fill(8) } };
  expect(await logsIn(at, "ann", { seen: other })).toMatchObject({ outcome: "refused" });
  const { tls: tls12 } = overTls12;
  if (tls12 === undefined) throw new Error("it is over TLS");
  const another = { ...overTls12, tls: { ...tls12, endPoint: new Uint8Array(32) } };
  const seen = { facts: overTls12, seen: another };
  expect(await logsIn(at, "ann", seen)).toMatchObject({ outcome: "refused" });
});

test("who takes PLUS out of the list is found out by the server", async () => {
  const at = desk();
  await at.member(7, "ann");
  expect(await logsIn(at, "ann", { offered: [scram] })).toMatchObject({ outcome: "refused" });
  // A client that was told to do without says so, and is believed.
  expect(await logsIn(at, "ann", { mechanism: scram })).toMatchObject({ outcome: "proven" });
});

test("where PLUS is not listed, a client that could is right that the server cannot", async () => {
  const at = desk([scram]);
  await at.member(7, "ann");
  expect(await logsIn(at, "ann", { offered: [scram] })).toMatchObject({ outcome: "proven" });
});

test("a wrong password, an unknown name, no verifier and a strict account end alike", async () => {
  const at = desk();
  for (const [id, name] of [
    [7, "ann"],
    [8, "bob"],
    [9, "eve"],
  ] as const)
    await at.member(id, name);
  at.credentials.removeOf(accountId(8), "scram");
  at.rows.account(9, "eve", true);
  const refused = { outcome: "refused", mechanism: plus, isServerProven: false };
  expect(await logsIn(at, "ann", { password: `${good}!` })).toEqual(refused);
  for (const name of ["nobody", "bob", "eve"]) expect(await logsIn(at, name)).toEqual(refused);
});

/** What the server says to a name first. */
async function firstOf(at: Desk, name: string): Promise<ServerFirst> {
  const message = secret(`n,,n=${name},r=abc`);
  const answer = await at.respond(message, { mechanism: scram });
  const first = answer.outcome === "challenge" ? parseServerFirst(answer.bytes) : undefined;
  if (first === undefined) throw new Error(answer.outcome);
  return first;
}

test("a name that nobody has has its own salt, always the same, and nobody else's", async () => {
  const at = desk();
  await at.member(7, "ann");
  const [ann, nobody, again, other] = [
    await firstOf(at, "ann"),
    await firstOf(at, "nobody"),
    await firstOf(at, "NOBODY"),
    await firstOf(at, "somebody"),
  ];
  expect(nobody.salt).toEqual(again.salt);
  expect(nobody.salt).not.toEqual(other.salt);
  expect([nobody.salt.length, nobody.iterations]).toEqual([ann.salt.length, ann.iterations]);
  expect(nobody.nonce).not.toBe(again.nonce);
  expect(nobody.nonce.length).toBe(ann.nonce.length);
});

test("what is made when the server sees the password is made by a PLAIN login too", async () => {
  const at = desk();
  await at.member(7, "ann");
  at.credentials.removeOf(accountId(7), "scram");
  expect(await logsIn(at, "ann")).toMatchObject({ outcome: "refused" });
  expect((await at.login("ann", `${good}!`)).outcome).toBe("refused");
  expect(at.credentials.list(accountId(7), "scram")).toEqual([]);
  expect((await at.login("ann", good)).outcome).toBe("proven");
  expect(await logsIn(at, "ann")).toMatchObject({ outcome: "proven" });
  const [before] = at.credentials.list(accountId(7), "scram");
  expect((await at.login("ann", good)).outcome).toBe("proven");
  expect(at.credentials.list(accountId(7), "scram").map(({ id }) => id)).toEqual([before?.id ?? 0]);
});

test("where the settings do not list it, none is made", async () => {
  const at = desk(["PLAIN"]);
  await at.member(7, "ann");
  expect((await at.login("ann", good)).outcome).toBe("proven");
  expect(at.credentials.list(accountId(7), "scram")).toEqual([]);
});

test("when the password changes the old one is no login, and there is one verifier", async () => {
  const at = desk();
  await at.member(7, "ann");
  await at.enrol("ann", "another horse battery");
  expect(await logsIn(at, "ann")).toMatchObject({ outcome: "refused" });
  const password = "another horse battery";
  expect(await logsIn(at, "ann", { password })).toMatchObject({ outcome: "proven" });
  expect(at.credentials.list(accountId(7), "scram").length).toBe(1);
});

test("a verifier of another generation of the password proves nothing", async () => {
  const at = desk();
  await at.member(7, "ann");
  const verifier = at.rows.verifiers.get(accountId(7));
  if (verifier === undefined) throw new Error("there is one");
  at.rows.verifiers.set(accountId(7), { ...verifier, generation: verifier.generation + 1 });
  expect(await logsIn(at, "ann")).toMatchObject({ outcome: "refused" });
});

// --- By hand ---------------------------------------------------------------------------------------

interface ByHand {
  readonly flag: BindingFlag;
  readonly channel?: Uint8Array;
  readonly mechanism?: string;
  readonly facts?: ConnectionFacts;
  readonly changes?: (header: string) => string;
  readonly last?: string;
}

/** Everything right but for what is said here. */
async function byHand(at: Desk, how: ByHand): Promise<string> {
  const { flag, channel = nothing, mechanism = scram, facts = overTls13 } = how;
  const plain = beginClient({ name: "ann", nonce: "abc", flag, channel });
  const begun = { ...plain, header: how.changes?.(plain.header) ?? plain.header };
  const first = await at.respond(secret(begun.header + begun.bare), { mechanism, facts });
  if (first.outcome !== "challenge") return first.outcome;
  const serverFirst = parseServerFirst(first.bytes);
  if (serverFirst === undefined) throw new Error("the server's message is one");
  const keys = await deriveKeys("sha256", Buffer.from(good), serverFirst);
  const { clientFinal } = finishClient("sha256", begun, { first: serverFirst, keys });
  const options = { mechanism: undefined, facts };
  const second = await at.respond(secret(clientFinal), options);
  if (second.outcome !== "challenge") return second.outcome;
  return (await at.respond(secret(how.last ?? ""), options)).outcome;
}

const exporter = overTls13.tls?.exporter ?? nothing;
const none: BindingFlag = { kind: "none" };

test("by hand everything is right", async () => {
  const at = desk();
  await at.member(7, "ann");
  const flag = { kind: "used", type: "tls-exporter" } as const;
  expect(await byHand(at, { flag: none })).toBe("proven");
  expect(await byHand(at, { flag: none, changes: () => "n,a=ANN," })).toBe("proven");
  expect(await byHand(at, { flag, channel: exporter, mechanism: plus })).toBe("proven");
});

test.each<[string, ByHand]>([
  ["it could bind itself, and was not offered it", { flag: { kind: "unused" } }],
  ["it is bound, without PLUS", { flag: { kind: "used", type: "tls-exporter" } }],
  ["PLUS is not bound", { flag: none, mechanism: plus }],
  ["PLUS is not bound, though it could", { flag: { kind: "unused" }, mechanism: plus }],
  ["it is bound to what nobody knows", { flag: { kind: "used", type: "x" }, mechanism: plus }],
  [
    "it is bound to what TLS 1.3 has not",
    { flag: { kind: "used", type: "tls-unique" }, mechanism: plus },
  ],
  [
    "it is bound to an end point that is not there",
    { flag: { kind: "used", type: "tls-server-end-point" }, mechanism: plus },
  ],
  [
    "it is bound to other data",
    { flag: { kind: "used", type: "tls-exporter" }, channel: endPoint, mechanism: plus },
  ],
  ["it would act for someone else", { flag: none, changes: () => "n,a=bob," }],
  ["the last response is not empty", { flag: none, last: "x" }],
])("who is right but for this is refused: %s", async (_, how) => {
  const at = desk();
  await at.member(7, "ann");
  expect(await byHand(at, how)).toBe("refused");
});

test("what is no message is refused at each step, with the name that was said", async () => {
  const at = desk();
  await at.member(7, "ann");
  const junk = await at.respond(secret("junk"), { mechanism: scram });
  expect(junk).toEqual({ outcome: "refused", name: undefined });
  await firstOf(at, "Ann");
  const final = await at.respond(secret("junk"), { mechanism: undefined });
  expect(final).toEqual({ outcome: "refused", name: "ann" });
});

test("what cannot be kept for SCRAM costs nobody their login, and is reported", async () => {
  const problems: string[] = [];
  const at = new Desk({ mechanisms: offered, report: ({ text }) => problems.push(text) });
  await at.member(7, "ann");
  at.credentials.removeOf(accountId(7), "scram");
  at.credentials.add = () => {
    throw new Error("disk I/O error");
  };
  expect((await at.login("ann", good)).outcome).toBe("proven");
  expect(problems).toEqual(["what SCRAM needs of an account could not be kept"]);
});

test("a hundred logins that come at once make one verifier", async () => {
  const at = new Desk({
    mechanisms: offered,
    limits: { waitingMax: 100, waitingPerSourceMax: 100 },
  });
  await at.member(7, "ann");
  at.credentials.removeOf(accountId(7), "scram");
  const logins = Array.from({ length: 100 }, (_, index) =>
    at.login("ann", good, { connection: index + 10 }),
  );
  for (const { outcome } of await Promise.all(logins)) expect(outcome).toBe("proven");
  expect(at.credentials.list(accountId(7), "scram").length).toBe(1);
});
