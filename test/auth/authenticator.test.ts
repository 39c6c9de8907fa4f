/**
 * Authenticator: logins, new accounts and forgotten ones, as the server asks for them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { type Problem } from "../../src/auth/report.ts";
import { loadArgon2 } from "../../src/auth/argon2.ts";
import { accountId, connectionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { wallMs } from "../../src/base/time.ts";
import { Desk, good } from "./desk.ts";
import { cheap, inPlainText, isWiped, MapRows, onThisMachine, secret } from "./support.ts";

const refused = { outcome: "refused" } as const;

test("who enrols has proven the password, and logs in with it by any case of name", async () => {
  const desk = new Desk();
  const enrolled = await desk.enrol("Ann", good, 7);
  const id = accountId(7);
  const proven: unknown = { id, name: "Ann", mechanism: "REGISTER" };
  expect(enrolled as unknown).toEqual({ outcome: "enrolled", account: proven });
  desk.rows.account(7, "Ann");
  const answer: unknown = await desk.login("aNN", good);
  expect(answer).toEqual({ outcome: "proven", account: { id, name: "Ann", mechanism: "PLAIN" } });
  expect(desk.rows.putAt).toEqual([wallMs(1_700_000_000_000)]);
  expect(desk.authenticator.size).toBe(0);
});

test("a password is the same password however its characters were typed", async () => {
  const desk = new Desk();
  await desk.member(7, "ann", "ein caf\u{e9} am Abend");
  expect((await desk.login("ann", "ein cafe\u{301}\u{a0}am Abend")).outcome).toBe("proven");
});

test("wrong password, unknown name and missing verifier look and cost the same", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  desk.rows.account(8, "bob");
  desk.rows.verifiers.set(accountId(9), {
    form: "opaque",
    data: Uint8Array.of(1, 2, 3),
    generation: 1,
  });
  desk.rows.account(9, "cid");
  for (const name of ["ann", "nobody", "bob", "cid"]) {
    desk.hashed.length = 0;
    expect(await desk.login(name, "wrong password, quite")).toEqual({ ...refused, name });
    expect(desk.hashed.map(({ settings }) => settings)).toEqual([cheap]);
  }
});

test("what is no PLAIN message is refused without a hash", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  for (const text of ["", "\0ann\0", `bob\0ann\0${good}`, `\0ann\0${"x".repeat(1025)}`]) {
    expect(await desk.respond(secret(text))).toEqual(refused);
  }
  expect(desk.hashed).toEqual([]);
});

test("PLAIN is refused off this machine without TLS, and taken on it", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  expect(await desk.login("ann", good, { facts: inPlainText })).toEqual(refused);
  expect(desk.hashed).toEqual([]);
  expect((await desk.login("ann", good, { facts: onThisMachine })).outcome).toBe("proven");
});

test("an unknown mechanism and a step of no login are refused, and their bytes wiped", async () => {
  const desk = new Desk();
  const responses = [secret("\0a\0b"), secret("\0a\0b"), secret("\0a\0b")];
  const [first, second, third] = responses;
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  expect(await desk.respond(first, { mechanism: "SCRAM-SHA-1" })).toEqual(refused);
  expect(await desk.respond(second, { mechanism: "plain" })).toEqual(refused);
  expect(await desk.respond(third, { mechanism: undefined })).toEqual(refused);
  expect(responses.map(isWiped)).toEqual([true, true, true]);
  expect(desk.authenticator.size).toBe(0);
});

test("a second step after PLAIN's only one is refused", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  expect(await desk.login("ann", good, { mechanism: undefined })).toEqual(refused);
});

test("passwords are wiped once they are hashed: the response, and what argon2 got", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const response = secret(`\0ann\0${good}`);
  const bytes = response.bytes();
  await desk.respond(response);
  expect(isWiped(response)).toBe(true);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  const [hashed] = desk.hashed;
  expect(hashed?.password.length).toBe(64); // the OPRF's output, not the password
  expect(hashed?.password.every((byte) => byte === 0)).toBe(true);
});

test("the password of a new account is wiped, be it taken or too weak", async () => {
  const desk = new Desk();
  const taken = secret(good);
  const weak = secret("short");
  await desk.enrol("ann", taken);
  await desk.enrol("ann", weak);
  expect([isWiped(taken), isWiped(weak)]).toEqual([true, true]);
  expect(desk.hashed[0]?.password.every((byte) => byte === 0)).toBe(true);
});

test("a weak password is answered with the reason, and nothing is written", async () => {
  const desk = new Desk();
  const answer = await desk.enrol("ann", "fourteen chars");
  expect(answer).toEqual({ outcome: "weak", why: "a password has at least 15 characters" });
  expect(desk.rows.verifiers.size).toBe(0);
});

test("what is little more than the server's name is weak", async () => {
  const answer = await new Desk().enrol("ann", "chat.example.org");
  const why = "this password is little more than the server's name";
  expect(answer).toEqual({ outcome: "weak", why });
});

test("with no least length, short passwords are taken", async () => {
  const desk = new Desk({ lengthMin: 0 });
  expect((await desk.enrol("ann", "x")).outcome).toBe("enrolled");
});

test("a login with a verifier of old settings writes one of today's", async () => {
  const rows = new MapRows();
  await new Desk({ rows }).member(7, "ann");
  const old = rows.verifiers.get(accountId(7));
  const settings = { memoryKib: 16, passes: 2, lanes: 1 };
  const desk = new Desk({ rows, settings });
  expect(await desk.login("ann", "wrong password, quite")).toMatchObject(refused);
  expect(rows.verifiers.get(accountId(7))).toBe(old);
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  const renewed = rows.verifiers.get(accountId(7))?.data;
  expect(renewed?.subarray(4, 11)).toEqual(Uint8Array.of(1, 0, 0, 0, 16, 2, 1));
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  expect(rows.verifiers.get(accountId(7))?.data).toBe(renewed);
});

test("a renewed verifier does not bring back what was forgotten meanwhile", async () => {
  const rows = new MapRows();
  await new Desk({ rows }).member(7, "ann");
  const begun = Promise.withResolvers<undefined>();
  const gate = Promise.withResolvers<undefined>();
  const desk = new Desk({
    rows,
    settings: { memoryKib: 16, passes: 1, lanes: 1 },
    load: async () => {
      const argon2 = await loadArgon2();
      return async (...hashed) => {
        begun.resolve(undefined);
        await gate.promise;
        return argon2(...hashed);
      };
    },
  });
  const login = desk.login("ann", good);
  await begun.promise;
  expect(await desk.ask({ kind: "forget", ask: { account: accountId(7) } })).toEqual({
    outcome: "forgotten",
  });
  gate.resolve(undefined);
  expect((await login).outcome).toBe("refused");
  expect(rows.verifiers.size).toBe(0);
});

test("what is forgotten cannot be logged in to any more", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await desk.ask({ kind: "forget", ask: { account: accountId(7) } });
  expect(await desk.login("ann", good)).toMatchObject(refused);
});

test("logins beyond the pool and its queue are busy, and the others are answered", async () => {
  const desk = new Desk({ limits: { runningMax: 2, waitingMax: 3 } });
  await desk.member(7, "ann");
  const logins = Array.from({ length: 8 }, (_, index) =>
    desk.login("ann", good, { connection: index + 1 }),
  );
  const outcomes = (await Promise.all(logins)).map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === "proven").length).toBe(5);
  expect(outcomes.filter((outcome) => outcome === "busy").length).toBe(3);
  expect(desk.authenticator.size).toBe(0);
});

test("a connection that is gone is not answered, and its password is wiped at once", async () => {
  const desk = new Desk({ limits: { runningMax: 1 } });
  await desk.member(7, "ann");
  const running = desk.login("ann", good, { connection: 1 });
  const response = secret(`\0ann\0${good}`);
  void desk.respond(response, { connection: 2 });
  const last = desk.login("ann", good, { connection: 3 });
  desk.authenticator.abandon(connectionId(2));
  expect([(await running).outcome, (await last).outcome]).toEqual(["proven", "proven"]);
  expect(isWiped(response)).toBe(true);
  expect(desk.hashed.length).toBe(2);
  expect(desk.answers.size).toBe(3); // the enrolment and two logins
  expect(desk.authenticator.size).toBe(0);
});

test("a connection that goes while its new password is hashed leaves no verifier", async () => {
  const desk = new Desk();
  void desk.enrol("ann", good, 7);
  desk.authenticator.abandon(connectionId(1));
  await desk.login("nobody", good, { connection: 2 });
  expect(desk.rows.verifiers.size).toBe(0);
  expect(desk.answers.size).toBe(1);
});

test("a new first step ends the login before it, and both are answered", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const answers = await Promise.all([desk.login("ann", good), desk.login("ann", good)]);
  expect(answers.map(({ outcome }) => outcome)).toContain("proven");
  expect(desk.authenticator.size).toBe(0);
});

test("a login that waits is refused without a hash when the next one begins", async () => {
  const desk = new Desk({ limits: { runningMax: 1 } });
  await desk.member(7, "ann");
  const running = desk.login("ann", good, { connection: 1 });
  const first = desk.login("ann", good, { connection: 2 });
  const second = desk.login("ann", good, { connection: 2 });
  expect(await first).toEqual(refused);
  expect([(await running).outcome, (await second).outcome]).toEqual(["proven", "proven"]);
  expect(desk.hashed.length).toBe(2);
});

test("a failing disk is unavailable and reported, and no longer than it fails", async () => {
  const problems: Problem[] = [];
  const desk = new Desk({ report: (problem) => problems.push(problem) });
  await desk.member(7, "ann");
  desk.rows.isBroken = true;
  const unavailable: PasswordAnswer = { outcome: "unavailable" };
  expect(await desk.login("ann", good)).toEqual(unavailable);
  expect(await desk.enrol("bob", good, 8)).toEqual(unavailable);
  const forget = await desk.ask({ kind: "forget", ask: { account: accountId(7) } });
  expect(forget).toEqual(unavailable);
  expect(problems.length).toBe(3);
  desk.rows.isBroken = false;
  expect((await desk.login("ann", good)).outcome).toBe("proven");
});

test("without the argon2 library logins and enrolments are unavailable", async () => {
  const problems: Problem[] = [];
  const desk = new Desk({
    report: (problem) => problems.push(problem),
    load: () => Promise.reject(new Error("cannot open shared object file")),
  });
  expect(await desk.login("ann", good)).toEqual({ outcome: "unavailable" });
  expect(await desk.enrol("ann", good)).toEqual({ outcome: "unavailable" });
  expect(problems.length).toBe(1);
});

test("any bytes are answered, and only the right ones prove anything", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const byte = fc.oneof(fc.constant(0), fc.constantFrom(...Buffer.from("ann")), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(byte, { maxLength: 30 }), async (bytes) => {
      expect(await desk.respond(new Secret(Uint8Array.from(bytes)))).toMatchObject(refused);
    }),
  );
});

test("an unknown name costs as many questions to the disk as a known one", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  for (const name of ["ann", "nobody"]) {
    desk.rows.finds = 0;
    await desk.login(name, "wrong password, quite");
    expect(desk.rows.finds).toBe(1);
  }
});

test("who sets the password of a strict account is told that a login wants more than that", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  expect(await desk.enrol("ann", "another good password")).not.toHaveProperty("isMoreWanted");
  desk.rows.account(7, "ann", true);
  expect(await desk.enrol("ann", "another good password")).toMatchObject({ isMoreWanted: true });
});

test("a verifier made under a nick is nobody's", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await desk.enrol("queen", "another good password", 7); // what `set password` and reset links ask under a free nick
  const outcomes = [];
  for (const secret of [good, "another good password"])
    outcomes.push((await desk.login("ann", secret)).outcome);
  expect(outcomes).toEqual(["refused", "refused"]);
});
