/**
 * Changing the password by OPAQUE, both sides with each other: only right after a login, only by who logged in, and
 * what goes with the old password.
 */
import { expect, test } from "bun:test";
import { loadArgon2 } from "../../src/auth/argon2.ts";
import { accountId } from "../../src/base/ids.ts";
import { type CredentialKind } from "../../src/server/proofs.ts";
import { Desk, good } from "./desk.ts";
import { Member } from "./member.ts";
import { makeVerifier } from "../../src/auth/scram/make.ts";
import { writeVerifier } from "../../src/auth/scram/verifier.ts";
import { secret } from "./support.ts";

const next = "staple battery horse";
const ann = accountId(7);

async function opens(): Promise<Desk> {
  const desk = new Desk();
  await desk.member(7, "Ann");
  return desk;
}

async function loggedIn(desk: Desk): Promise<Member> {
  const member = new Member(desk);
  expect(await member.logsIn()).toMatchObject({ outcome: "proven" });
  expect(member.prover.change.prepare(secret(good), secret(next))).toBe(true);
  return member;
}

/** Of logins with the old password and the new one. */
async function outcomes(desk: Desk): Promise<string[]> {
  const old = await desk.login("ann", good, { connection: 9 });
  return [old.outcome, (await desk.login("ann", next, { connection: 9 })).outcome];
}

async function kept(desk: Desk, ...kinds: readonly CredentialKind[]): Promise<number[]> {
  return Promise.all(kinds.map(async (kind) => (await desk.vault.list(ann, kind)).length));
}

async function hasCredentials(desk: Desk): Promise<void> {
  for (const kind of ["session", "scram", "app-password", "certificate"] as const) {
    await desk.vault.add({ account: ann, kind, label: "it", content: Uint8Array.of(1) });
  }
}

test("after a login the password is changed, in the next generation, and the server never hashes", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  expect(await member.changes()).toEqual({ outcome: "changed" });
  expect(desk.hashed).toEqual([]);
  expect(desk.rows.verifiers.get(ann)?.generation).toBe(2);
  expect(await outcomes(desk)).toEqual(["refused", "proven"]);
});

test("the client logs in with the new password from then on", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  await member.changes();
  member.prover.change.settle("changed", false);
  expect(await member.logsIn()).toMatchObject({ outcome: "proven" });
});

test("what proves the old password, or came of it, goes with it; what was made apart from it stays", async () => {
  const desk = await opens();
  await hasCredentials(desk);
  await (await loggedIn(desk)).changes();
  expect(await kept(desk, "session", "scram", "app-password", "certificate")).toEqual([0, 0, 1, 1]);
});

test("a record that is made anew of the same password takes nothing away, and needs no other login", async () => {
  const desk = await opens();
  await hasCredentials(desk);
  const member = new Member(desk);
  await member.logsIn();
  for (const generation of [2, 3]) {
    expect(await member.changes({ isSame: true })).toEqual({ outcome: "changed" });
    expect(desk.rows.verifiers.get(ann)?.generation).toBe(generation);
  }
  expect(await kept(desk, "session", "app-password", "certificate")).toEqual([1, 1, 1]);
  expect(await outcomes(desk)).toEqual(["proven", "refused"]);
});

test("the device that asks stays remembered, and no other", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  const content = Uint8Array.of(1);
  const session = { account: ann, kind: "session", content } as const;
  const own = await desk.vault.add({ ...session, label: "own" });
  await desk.vault.add({ ...session, label: "other" });
  expect(await member.changes({ own })).toEqual({ outcome: "changed" });
  expect((await desk.vault.list(ann, "session")).map(({ label }) => label)).toEqual(["own"]);
});

test("where the server has SCRAM, another verifier for it comes with the record, vouched for like it", async () => {
  const desk = new Desk({ mechanisms: ["SCRAM-SHA-256"] });
  await desk.member(7, "Ann");
  const offered = "OPAQUE-R255-EXPR,SCRAM-SHA-256";
  const verifiers = () => desk.vault.list(ann, "scram");
  const [before] = await verifiers();
  const member = new Member(desk, { offered });
  await member.logsIn();
  member.prover.change.prepare(secret(good), secret(next));
  const scram = await makeVerifier(Buffer.from("another password"));
  const instead = { scram: writeVerifier(scram) };
  expect(await member.changes({ instead })).toEqual({ outcome: "unproven" });
  expect(await verifiers()).toEqual([before].filter((each) => each !== undefined));
  expect(await member.changes()).toEqual({ outcome: "changed" });
  const [after, ...others] = await verifiers();
  expect([after?.content.length, others]).toEqual([before?.content.length, []]);
  expect(after?.content).not.toEqual(before?.content);
});

test("without a login by OPAQUE on this connection nothing is changed", async () => {
  const desk = await opens();
  const here = await loggedIn(desk);
  const elsewhere = new Member(desk, { connection: 2 });
  const request = new Uint8Array(32).fill(1);
  expect(await elsewhere.gives({ kind: "request", request })).toEqual({ outcome: "stale" });
  await desk.login("ann", good, { connection: 2 });
  expect(await elsewhere.gives({ kind: "request", request })).toEqual({ outcome: "stale" });
  desk.authenticator.abandon(here.connection);
  expect(await here.asks()).toEqual({ outcome: "stale" });
});

test("a login five minutes ago is too long ago, and another one renews it", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  desk.now += 5 * 60_000 - 1;
  expect((await member.asks()).outcome).toBe("evaluated");
  desk.now += 1;
  expect(await member.asks()).toEqual({ outcome: "stale" });
  expect(await member.logsInAgain()).toMatchObject({ outcome: "proven" });
  expect(await member.changes()).toEqual({ outcome: "changed" });
});

test("a clock that was set back makes no login younger", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  desk.now -= 60_000;
  expect(await member.asks()).toEqual({ outcome: "stale" });
});

test("a login to another account changes nothing of this one", async () => {
  const desk = await opens();
  await desk.member(8, "bob");
  const bob = new Member(desk, { name: "bob", account: 8 });
  await bob.logsIn();
  const request = new Uint8Array(32).fill(1);
  expect(await new Member(desk).gives({ kind: "request", request })).toEqual({ outcome: "stale" });
});

test("a record whose proof is not of the login's key is not kept", async () => {
  const desk = await opens();
  for (const proof of [new Uint8Array(32), new Uint8Array(), new Uint8Array(31)]) {
    const member = await loggedIn(desk);
    expect(await member.changes({ instead: { proof } })).toEqual({ outcome: "unproven" });
  }
  const member = await loggedIn(desk);
  const other = await member.changes({ instead: { record: new Uint8Array(192).fill(2) } });
  expect(other).toEqual({ outcome: "unproven" });
  expect(await outcomes(desk)).toEqual(["proven", "refused"]);
});

test("a record goes with one response, and one change with one login", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  await member.changes();
  expect(await member.asks()).toEqual({ outcome: "stale" });
});

test("a password that was set otherwise meanwhile is not changed by who knew the one before", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  const set = "quite another password";
  expect(await member.changes({ meanwhile: () => desk.enrol("Ann", set) })).toEqual({
    outcome: "stale",
  });
  expect(await outcomes(desk)).toEqual(["refused", "refused"]);
  expect((await desk.login("ann", set)).outcome).toBe("proven");
});

test("a login by PLAIN that began before the change does not end after it", async () => {
  const gate = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  let isGated = false;
  const desk = new Desk({
    limits: { runningMax: 2 },
    load: async () => {
      const argon2 = await loadArgon2();
      return async (...hashed) => {
        if (isGated) {
          isGated = false;
          begun.resolve(undefined);
          await gate.promise;
        }
        return argon2(...hashed);
      };
    },
  });
  await desk.member(7, "Ann");
  isGated = true;
  const login = desk.login("ann", good, { connection: 4 });
  await begun.promise;
  await desk.enrol("Ann", next);
  gate.resolve(undefined);
  expect((await login).outcome).toBe("refused");
});

test("a login by OPAQUE that began before the change does not end after it", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  const thief = new Member(desk, { connection: 3, meanwhile: () => member.changes() });
  expect(await thief.logsIn()).toMatchObject({ outcome: "refused" });
});

test("a record is kept with the key it was made with, though the keys change meanwhile", async () => {
  const desk = await opens();
  const member = await loggedIn(desk);
  const rekeys = () => desk.ask({ kind: "rekey", ask: { action: "add" } });
  expect(await member.changes({ meanwhile: rekeys })).toEqual({ outcome: "changed" });
  expect(await outcomes(desk)).toEqual(["refused", "proven"]);
});
