/**
 * EXTERNAL: whose certificate it is, both sides.
 */
import { expect, test } from "bun:test";
import { LoginProver } from "../../src/auth/prover.ts";
import { accountId } from "../../src/base/ids.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { type CredentialAction } from "../../src/server/proofs.ts";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { Desk } from "./desk.ts";
import { overTls13, secret } from "./support.ts";

const mechanism = "EXTERNAL";
const mine = "ab".repeat(32);
const others = "cd".repeat(32);

function showing(peerCertificate: string): ConnectionFacts {
  return {
    ...overTls13,
    tls: { version: "TLSv1.3", exporter: undefined, spki: "", peerCertificate },
  };
}

function manages(
  at: Desk,
  action: CredentialAction,
  id = 7,
  name = "ann",
): Promise<PasswordAnswer> {
  const ask = { account: accountId(id), name, own: undefined, action };
  return at.ask({ kind: "credentials", ask });
}

function adds(at: Desk, fingerprint: string, id = 7, name = "ann"): Promise<PasswordAnswer> {
  return manages(at, { kind: "add-certificate", fingerprint, label: "laptop" }, id, name);
}

function comes(at: Desk, said: string, fingerprint = mine): Promise<PasswordAnswer> {
  return at.respond(secret(said), { mechanism, facts: showing(fingerprint) });
}

/** Ann and Bob, and Ann has a certificate. */
async function deskWithCertificate(): Promise<Desk> {
  const at = new Desk();
  at.rows.account(7, "Ann");
  at.rows.account(8, "bob");
  expect((await adds(at, mine, 7, "Ann")).outcome).toBe("added");
  return at;
}

test("who has shown a certificate is its account, whether they name it or not", async () => {
  const at = await deskWithCertificate();
  const proven = { outcome: "proven", account: { id: 7, name: "Ann", mechanism } };
  for (const said of ["", "Ann", "ANN"]) expect(await comes(at, said)).toMatchObject(proven);
});

test("the credential that proved it is known, and that it was used", async () => {
  const at = await deskWithCertificate();
  at.now += 5;
  const answer = await comes(at, "");
  const listed = await manages(at, { kind: "list", of: "certificate" });
  expect(listed).toMatchObject({
    credentials: [{ label: "laptop", fingerprint: mine, usedAt: at.now, isOwn: false }],
  });
  const [certificate] = listed.outcome === "listed" ? listed.credentials : [];
  expect(answer).toMatchObject({ account: { credential: certificate?.id ?? 0 } });
});

test("another account, another certificate, and what is no name, are refused", async () => {
  const at = await deskWithCertificate();
  for (const said of ["bob", "nobody", "a\0b", "a".repeat(256)]) {
    expect(await comes(at, said)).toMatchObject({ outcome: "refused" });
  }
  expect(await comes(at, "Ann", others)).toEqual({ outcome: "refused", name: "Ann" });
  expect(await comes(at, "", others)).toEqual({ outcome: "refused", name: undefined });
});

test("without a certificate there is no such login", async () => {
  const at = await deskWithCertificate();
  const answer = await at.respond(secret(""), { mechanism, facts: overTls13 });
  expect(answer).toMatchObject({ outcome: "refused" });
});

test("a strict account may come by certificate: the server is told no password", async () => {
  const at = await deskWithCertificate();
  at.rows.account(7, "Ann", true);
  expect((await comes(at, "")).outcome).toBe("proven");
});

test("the certificate of an account that is no more, or of a later one of that name, is none", async () => {
  const at = await deskWithCertificate();
  at.rows.accounts.clear();
  expect((await comes(at, "")).outcome).toBe("refused");
  at.rows.account(9, "Ann");
  expect((await comes(at, "")).outcome).toBe("refused");
});

test("a certificate that was taken away is no login any more", async () => {
  const at = await deskWithCertificate();
  expect(await manages(at, { kind: "remove", of: "certificate", which: "all" })).toEqual({
    outcome: "removed",
    count: 1,
  });
  expect((await comes(at, "")).outcome).toBe("refused");
});

test("a certificate is one account's, and it is told whose only if it is one's own", async () => {
  const at = await deskWithCertificate();
  expect(await adds(at, mine)).toEqual({ outcome: "taken", isOwn: true });
  expect(await adds(at, mine, 8, "bob")).toEqual({ outcome: "taken", isOwn: false });
});

test("an account has 16 certificates at most", async () => {
  const at = new Desk();
  for (let count = 0; count < 16; count += 1) {
    const fingerprint = count.toString(16).padStart(64, "0");
    expect((await adds(at, fingerprint)).outcome).toBe("added");
  }
  expect(await adds(at, mine)).toEqual({ outcome: "full" });
  expect((await adds(at, mine, 8, "bob")).outcome).toBe("added");
});

test("two that add one certificate at once: one has it", async () => {
  const at = new Desk();
  const both = await Promise.all([adds(at, mine), adds(at, mine, 8, "bob")]);
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(["added", "taken"]);
});

// --- The client ------------------------------------------------------------------------------------

const all = ["OPAQUE-R255-EXPR", mechanism, "SCRAM-SHA-256", "PLAIN"];

test("the client names its account, once", () => {
  const prover = new LoginProver({ name: "ann", password: undefined, hasCertificate: true });
  expect(prover.choose(all)).toEqual({ kind: "mechanism", name: mechanism });
  const step = prover.respond(mechanism, new Uint8Array(), true);
  expect(step).toEqual({ kind: "response", bytes: new TextEncoder().encode("ann") });
  expect(prover.isServerProven()).toBe(true);
  expect(prover.respond(mechanism, new Uint8Array(), false).kind).toBe("failed");
});

test("a client without a certificate, or where it is not offered, does not use it", () => {
  const without = new LoginProver({ name: "ann", password: secret("x") });
  expect(without.choose([mechanism, "PLAIN"])).toEqual({ kind: "mechanism", name: "PLAIN" });
  const having = new LoginProver({ name: "ann", password: undefined, hasCertificate: true });
  expect(having.choose(["PLAIN"])).toEqual({ kind: "none" });
  expect(having.choose(undefined)).toEqual({ kind: "none" });
});
