/**
 * SCRAM, the client's side: which servers it answers, and which it believes.
 */
import { expect, test } from "bun:test";
import { LoginProver } from "../../src/auth/prover.ts";
import { deriveKeys } from "../../src/auth/scram/derivation.ts";
import { beginServer, finishServer, type ServerBegun } from "../../src/auth/scram/exchange.ts";
import { bytesOf, parseClientFinal, parseClientFirst } from "../../src/auth/scram/messages.ts";
import { type Proof } from "../../src/client/prover.ts";
import { secret } from "./support.ts";

const scram = "SCRAM-SHA-256";
const plus = "SCRAM-SHA-256-PLUS";
const nothing = new Uint8Array();
const salt = new Uint8Array(16).fill(5);
const exporter = new Uint8Array(32).fill(7);

class Client {
  readonly prover: LoginProver;
  #isFirst = true;

  constructor(offered: readonly string[] = [scram]) {
    this.prover = new LoginProver({ name: "ann", password: secret("pencil") });
    this.prover.connected(exporter);
    this.prover.choose(offered);
  }

  responds(challenge: string, mechanism = scram): Promise<Proof> {
    const { promise, resolve } = Promise.withResolvers<Proof>();
    this.prover.attach(resolve);
    const step = this.prover.respond(mechanism, bytesOf(challenge), this.#isFirst);
    this.#isFirst = false;
    if (step.kind !== "later") resolve(step);
    return promise;
  }

  async says(challenge: string, mechanism?: string): Promise<string> {
    const proof = await this.responds(challenge, mechanism);
    if (proof.kind !== "response") throw new Error(proof.reason);
    return Buffer.from(proof.bytes).toString();
  }

  /** The server's answer to the first message. */
  async begins(): Promise<ServerBegun> {
    const first = parseClientFirst(bytesOf(await this.says("")));
    if (first === undefined) throw new Error("the client's message is one");
    return beginServer(first, { salt, iterations: 4096 }, "server");
  }
}

/** The right signature. */
async function finalOf(begun: ServerBegun, clientFinal: string): Promise<string> {
  const keys = await deriveKeys("sha256", Buffer.from("pencil"), { salt, iterations: 4096 });
  const final = parseClientFinal(bytesOf(clientFinal));
  if (final === undefined) throw new Error("the client's message is one");
  const text = finishServer("sha256", begun, { final, keys, channel: nothing });
  if (text === undefined) throw new Error("the client has proven itself");
  return text;
}

test("a server is proven by its signature, and by nothing before", async () => {
  const client = new Client();
  expect(client.prover.isServerProven()).toBe(false);
  const begun = await client.begins();
  const clientFinal = await client.says(begun.serverFirst);
  expect(client.prover.isServerProven()).toBe(false);
  expect(await client.says(await finalOf(begun, clientFinal))).toBe("");
  expect(client.prover.isServerProven()).toBe(true);
  expect(await client.responds("v=AAAA")).toMatchObject({ kind: "failed" });
  expect(client.prover.isServerProven()).toBe(false);
});

test.each([
  ["a signature of another's", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "identity"],
  ["a signature that is cut", "v=6rri", "identity"],
  ["nothing", "", "identity"],
  ["an error", "e=invalid-proof", "refused"],
])("a server is not believed that says %s at the end", async (_, text, code) => {
  const client = new Client();
  const { serverFirst } = await client.begins();
  await client.says(serverFirst);
  expect(await client.responds(text)).toMatchObject({ kind: "failed", code });
  expect(client.prover.isServerProven()).toBe(false);
});

test.each<[string, (begun: ServerBegun) => string]>([
  ["has another nonce", ({ serverFirst }) => serverFirst.replace("r=", "r=x")],
  ["adds nothing to the nonce", ({ serverFirst }) => serverFirst.replace("server,", ",")],
  ["asks for hardly any stretching", ({ serverFirst }) => serverFirst.replace("4096", "4095")],
  ["asks for endless stretching", ({ serverFirst }) => serverFirst.replace("4096", "10000001")],
  ["has an extension that must be known", ({ serverFirst }) => `${serverFirst},m=new`],
  ["is no message", () => "junk"],
  ["is empty", () => ""],
])("a challenge gets no proof that %s", async (_, change) => {
  const client = new Client();
  const text = change(await client.begins());
  expect(await client.responds(text)).toMatchObject({ kind: "failed", code: "refused" });
});

test("a server that asks before it is told who comes gets nothing", async () => {
  expect(await new Client().responds("r=x,s=AAAA,i=4096")).toMatchObject({ kind: "failed" });
});

test("how the client binds itself says what the server offers", async () => {
  expect(await new Client([scram]).says("")).toStartWith("y,,n=ann,r=");
  expect(await new Client([plus, scram]).says("", scram)).toStartWith("n,,n=ann,r=");
  expect(await new Client([plus]).says("", plus)).toStartWith("p=tls-exporter,,n=ann,r=");
  const old = new Client([plus, scram]);
  old.prover.connected(undefined, { endPoint: new Uint8Array(32) });
  old.prover.choose([plus]);
  expect(await old.says("", plus)).toStartWith("p=tls-server-end-point,,n=ann,r=");
  const plain = new Client([scram]);
  plain.prover.connected(undefined);
  plain.prover.choose([scram]);
  expect(await plain.says("")).toStartWith("n,,n=ann,r=");
});

test("each login has a nonce of its own", async () => {
  expect(await new Client().says("")).not.toBe(await new Client().says(""));
});

test("a password that is wiped meanwhile proves nothing", async () => {
  const client = new Client();
  const { serverFirst } = await client.begins();
  client.prover.wipe();
  expect(await client.responds(serverFirst)).toMatchObject({ kind: "failed" });
});
