/**
 * Registration by OPAQUE, both sides with each other: the record works at the first login, on the
 * connection that brought it, and nowhere before that.
 */
import { expect, test } from "bun:test";
import { type Argon2Settings } from "../../src/auth/argon2-settings.ts";
import { LoginProver } from "../../src/auth/prover.ts";
import { makeVerifier } from "../../src/auth/scram/make.ts";
import { writeVerifier } from "../../src/auth/scram/verifier.ts";
import { accountId, connectionId } from "../../src/base/ids.ts";
import { type Proof } from "../../src/client/prover.ts";
import { Desk, good } from "./desk.ts";
import { cheap, overTls13, secret } from "./support.ts";

const connection = connectionId(1);

class Client {
  readonly prover: LoginProver;
  #came: ((proof: Proof) => void) | undefined;

  constructor(password = good, floor: Argon2Settings = cheap) {
    const host = "chat.example.org";
    this.prover = new LoginProver({ name: "Ann", password: secret(password), host, floor });
    this.prover.connected(overTls13.tls?.exporter);
    this.prover.attach((proof) => this.#came?.(proof));
  }

  enrols(response?: Uint8Array, offered?: readonly string[]): Promise<Proof> {
    return new Promise((resolve, reject) => {
      this.#came = resolve;
      const step = this.prover.enrol(response, offered);
      if (step === undefined) reject(new Error("not here"));
      else if (step.kind !== "later") resolve(step);
    });
  }
}

function bytesOf(proof: Proof): Uint8Array {
  if (proof.kind !== "response") throw new Error(proof.reason);
  return proof.bytes;
}

async function responseTo(desk: Desk, request: Uint8Array): Promise<Uint8Array> {
  const ask = { connection, address: "192.0.2.1", name: "Ann", request };
  const answer = await desk.ask({ kind: "evaluate", ask });
  if (answer.outcome !== "evaluated") throw new Error(answer.outcome);
  return answer.response;
}

async function claimed(desk: Desk, client = new Client()): Promise<Uint8Array> {
  const request = bytesOf(await client.enrols());
  const record = bytesOf(await client.enrols(await responseTo(desk, request)));
  const ask = { connection, account: accountId(7), name: "Ann", record };
  expect(await desk.ask({ kind: "claim", ask })).toEqual({ outcome: "claimed" });
  return record;
}

test("a claimed record is kept at the first login with it, and the server never hashes", async () => {
  const desk = new Desk();
  const record = await claimed(desk);
  expect([record.length, desk.hashed.length, desk.rows.verifiers.size]).toEqual([192, 0, 0]);
  const answer: unknown = await desk.login("ann", good);
  expect(answer).toMatchObject({ outcome: "proven", account: { id: accountId(7), name: "Ann" } });
  expect(desk.rows.verifiers.get(accountId(7))).toMatchObject({ form: "opaque", generation: 1 });
  desk.rows.account(7, "Ann");
  expect((await desk.login("ANN", good, { connection: 2 })).outcome).toBe("proven");
});

test("a record comes with what SCRAM needs where the server has that, and is refused with what is none", async () => {
  const scram = "SCRAM-SHA-256";
  const desk = new Desk({ mechanisms: [scram] });
  const client = new Client();
  const request = bytesOf(await client.enrols(undefined, [scram]));
  const proof = await client.enrols(await responseTo(desk, request));
  if (proof.kind !== "response" || proof.scram === undefined) throw new Error("there is none");
  const { bytes: record, scram: verifier } = proof;
  expect(verifier.length).toBe(84);
  const about = { connection, account: accountId(7), name: "Ann", record };
  const claims = (with84: Uint8Array) =>
    desk.ask({ kind: "claim", ask: { ...about, scram: with84 } });
  const weak = Uint8Array.from(verifier).fill(0, 16, 20);
  expect(await claims(weak)).toEqual({ outcome: "refused" });
  expect(await claims(verifier.subarray(1))).toEqual({ outcome: "refused" });
  expect((await desk.login("ann", good)).outcome).toBe("refused");
  expect(await claims(verifier)).toEqual({ outcome: "claimed" });
  expect(desk.credentials.list(accountId(7), "scram")).toEqual([]);
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  expect(desk.credentials.list(accountId(7), "scram").length).toBe(1);
});

test("where the server has no SCRAM, its verifier is neither made nor kept", async () => {
  const desk = new Desk();
  const client = new Client();
  const request = bytesOf(await client.enrols(undefined, ["PLAIN"]));
  const proof = await client.enrols(await responseTo(desk, request));
  expect(proof).not.toHaveProperty("scram");
  const about = { connection, account: accountId(7), name: "Ann", record: bytesOf(proof) };
  const verifier = writeVerifier(await makeVerifier(Buffer.from(good), 4096));
  await desk.ask({ kind: "claim", ask: { ...about, scram: verifier } });
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  expect(desk.credentials.list(accountId(7), "scram")).toEqual([]);
});

test("a claim is of its connection, and ends with it", async () => {
  const desk = new Desk();
  await claimed(desk);
  expect((await desk.login("ann", good, { connection: 2 })).outcome).toBe("refused");
  expect((await desk.login("ann", "wrong password, quite")).outcome).toBe("refused");
  expect(desk.authenticator.size).toBe(1);
  desk.authenticator.abandon(connection);
  expect((await desk.login("ann", good)).outcome).toBe("refused");
  expect([desk.authenticator.size, desk.rows.verifiers.size]).toEqual([0, 0]);
});

test("what is no request and no record is refused", async () => {
  const desk = new Desk();
  for (const request of [new Uint8Array(), new Uint8Array(32), new Uint8Array(31).fill(1)]) {
    const ask = { connection, address: "192.0.2.1", name: "ann", request };
    expect(await desk.ask({ kind: "evaluate", ask })).toEqual({ outcome: "refused" });
  }
  for (const record of [new Uint8Array(), new Uint8Array(192), new Uint8Array(191).fill(1)]) {
    const ask = { connection, account: accountId(7), name: "ann", record };
    expect(await desk.ask({ kind: "claim", ask })).toEqual({ outcome: "refused" });
  }
  expect(desk.authenticator.size).toBe(0);
});

test("a password that may not be chosen goes nowhere", async () => {
  for (const weak of ["short", "annannannannannann", "correct horse battery staple"]) {
    expect(await new Client(weak).enrols()).toMatchObject({ kind: "failed", code: "weak" });
  }
});

test("too little stretching, too much and no response at all make no record", async () => {
  const desk = new Desk();
  const strict = new Client(good, { memoryKib: 16, passes: 1, lanes: 1 });
  const response = await responseTo(desk, bytesOf(await strict.enrols()));
  expect((await strict.enrols(response)).kind).toBe("failed");
  const changes = [response.with(2, 1), response.with(0, 2), response.subarray(1)];
  for (const bytes of [...changes, response.fill(0, 8, 40)]) {
    const client = new Client();
    await client.enrols();
    expect((await client.enrols(bytes)).kind).toBe("failed");
  }
});

test("a response that was not asked for, or comes twice, is refused", async () => {
  const desk = new Desk();
  const client = new Client();
  const response = await responseTo(desk, bytesOf(await client.enrols()));
  await client.enrols(response);
  expect((await client.enrols(response)).kind).toBe("failed");
});

test("without an exporter, or with other mechanisms named, it is not done", () => {
  const { prover } = new Client();
  prover.connected(undefined);
  expect(prover.enrol(undefined)).toBeUndefined();
  const password = secret(good);
  const plain = new LoginProver({ name: "ann", password, mechanisms: ["PLAIN"] });
  plain.connected(overTls13.tls?.exporter);
  expect(plain.enrol(undefined)).toBeUndefined();
});
