/**
 * The client's side of a change of the password: what it refuses, and which password it has afterwards.
 */
import { expect, test } from "bun:test";
import { Desk, good } from "./desk.ts";
import { Member } from "./member.ts";
import { cheap, isWiped, secret } from "./support.ts";

const next = "staple battery horse";

async function responseFor(member: Member): Promise<Uint8Array> {
  await member.logsIn();
  member.prover.change.prepare(secret(good), secret(next));
  const answer = await member.asks();
  if (answer.outcome !== "evaluated") throw new Error(answer.outcome);
  return answer.response;
}

async function opens(): Promise<Desk> {
  const desk = new Desk();
  await desk.member(7, "Ann");
  return desk;
}

test("a password that may not be chosen goes nowhere", async () => {
  const member = new Member(await opens());
  await member.logsIn();
  member.prover.change.prepare(secret(good), secret("short"));
  expect(member.prover.change.enrol(undefined, false)).toMatchObject({ code: "weak" });
});

test("without a login on this connection there is nothing to vouch with", async () => {
  const member = new Member(await opens());
  member.prover.change.prepare(secret(good), secret(next));
  expect(member.prover.change.enrol(undefined, false)).toMatchObject({ kind: "failed" });
  expect(member.prover.change.enrol(new Uint8Array(72), false)).toMatchObject({ kind: "failed" });
});

test("less stretching than the server had at earlier logins makes no record", async () => {
  const desk = await opens();
  const pinnedFloor = { memoryKib: 16, passes: 1, lanes: 1 };
  const member = new Member(desk, { pinnedFloor });
  const proof = await member.judges(await responseFor(member));
  expect(proof).toMatchObject({
    kind: "failed",
    code: "refused",
    reason:
      "the server protects passwords less than it did before: 8 KiB × 1 now, 16 KiB × 1 then. " +
      "If its operator confirms that: authchat servers forget HOST:PORT",
  });
  expect(member.prover.concern()).toContain("less than it did before");
});

test("with the stretching of earlier logins there is nothing to say", async () => {
  const member = new Member(await opens(), { pinnedFloor: cheap });
  const proof = await member.judges(await responseFor(member));
  expect(proof.kind).toBe("response");
  expect(member.prover.concern()).toBeUndefined();
  expect(member.prover.settings).toEqual(cheap);
});

test("one change is under way at a time; the passwords of another are wiped", async () => {
  const member = new Member(await opens());
  const { change } = member.prover;
  const [first, second] = [secret(next), secret(next)];
  expect(change.prepare(secret(good), first)).toBe(true);
  expect(change.prepare(secret(good), second)).toBe(false);
  expect([isWiped(first), isWiped(second)]).toEqual([false, true]);
  change.settle("kept", false);
  expect(isWiped(first)).toBe(true);
});

test("when no answer came, the new password is tried first, then the old one, and no third", async () => {
  const desk = await opens();
  const member = new Member(desk);
  await responseFor(member);
  member.prover.change.settle("unsure", false);
  expect(await member.logsIn()).toBeUndefined();
  expect(member.prover.takeOther()).toBe(true);
  expect(await member.logsIn()).toMatchObject({ outcome: "proven" });
  expect(member.prover.takeOther()).toBe(false);
});

test("when no answer came and the change was made, the new password is the one", async () => {
  const desk = await opens();
  const member = new Member(desk);
  await member.logsIn();
  member.prover.change.prepare(secret(good), secret(next));
  expect(await member.changes()).toEqual({ outcome: "changed" });
  member.prover.change.settle("unsure", false);
  expect(await member.logsIn()).toMatchObject({ outcome: "proven" });
  expect(member.prover.takeOther()).toBe(false);
});

test("without an exporter it is not possible", async () => {
  const { prover } = new Member(await opens());
  expect(prover.change.isPossible()).toBe(true);
  prover.connected(undefined);
  expect(prover.change.isPossible()).toBe(false);
  expect(prover.change.respond(new Uint8Array(), true)).toMatchObject({ kind: "failed" });
});
