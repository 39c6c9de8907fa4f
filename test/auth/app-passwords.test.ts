/**
 * App passwords: passwords of PLAIN that are no password of the account.
 */
import { expect, test } from "bun:test";
import { appPasswordsMax } from "../../src/auth/app-passwords.ts";
import { makeToken } from "../../src/auth/tokens.ts";
import { accountId } from "../../src/base/ids.ts";
import { type CredentialAction } from "../../src/server/proofs.ts";
import { Desk, good } from "./desk.ts";

function credentials(desk: Desk, action: CredentialAction, id = 7) {
  const ask = { account: accountId(id), name: "ann", own: undefined, action };
  return desk.ask({ kind: "credentials", ask });
}

async function made(desk: Desk, lastsMs?: number, id = 7): Promise<{ id: number; secret: string }> {
  const answer = await credentials(desk, { kind: "add-app-password", label: "irssi", lastsMs }, id);
  if (answer.outcome !== "added" || answer.secret === undefined) throw new Error(answer.outcome);
  return { id: answer.id, secret: answer.secret };
}

async function listed(desk: Desk) {
  const answer = await credentials(desk, { kind: "list", of: "app-password" });
  if (answer.outcome !== "listed") throw new Error(answer.outcome);
  return answer.credentials;
}

test("an app password is a password of PLAIN, never hashed, and says what it is", async () => {
  const desk = new Desk();
  await desk.member(7, "Ann");
  const { id, secret } = await made(desk);
  expect(secret).toMatch(/^act-app-[0-9a-z]{26}$/);
  const answer: unknown = await desk.login("ANN", secret);
  expect(answer).toEqual({
    outcome: "proven",
    account: {
      id: accountId(7),
      name: "Ann",
      mechanism: "PLAIN",
      credential: id,
      credentialKind: "app-password",
    },
  });
  expect(desk.hashed).toEqual([]);
  expect((await desk.login("ann", good)).outcome).toBe("proven");
});

test("unknown names and tokens, others' tokens and those that are over cost and say the same", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await desk.member(8, "bob");
  const { secret } = await made(desk);
  const lasting = await made(desk, 1_000);
  const taken = await made(desk);
  await credentials(desk, { kind: "remove", of: "app-password", which: taken.id });
  desk.now += 1_000;
  const tries = [
    ["nobody", secret],
    ["nobody", makeToken("app")],
    ["ann", makeToken("app")],
    ["bob", secret],
    ["ann", lasting.secret],
    ["ann", taken.secret],
  ] as const;
  for (const [name, token] of tries) {
    const before = desk.rows.finds;
    expect(await desk.login(name, token)).toEqual({ outcome: "refused", name });
    expect(desk.rows.finds - before).toBe(0); // no password's verifier is read
  }
  expect(desk.hashed).toEqual([]);
});

test("what only looks like one is a password as any other", async () => {
  const desk = new Desk();
  await desk.member(7, "ann", "act-app-with-words-of-mine");
  expect((await desk.login("ann", "act-app-with-words-of-mine")).outcome).toBe("proven");
  expect(desk.hashed).toHaveLength(1);
});

test("an account has so many and no more; one that is over makes room", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await made(desk, 1_000);
  for (let count = 1; count < appPasswordsMax; count += 1) await made(desk);
  const another: CredentialAction = { kind: "add-app-password", label: "x", lastsMs: undefined };
  expect((await credentials(desk, another)).outcome).toBe("full");
  expect((await credentials(desk, another, 8)).outcome).toBe("added");
  desk.now += 1_000;
  const both = await Promise.all([credentials(desk, another), credentials(desk, another)]);
  expect(both.map(({ outcome }) => outcome)).toEqual(["added", "full"]);
});

test("when it was used is written down, once a minute at most", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const { secret } = await made(desk);
  expect((await listed(desk))[0]?.usedAt).toBeUndefined();
  const seen: (number | undefined)[] = [];
  for (const passed of [1_000, 59_000, 1_000]) {
    desk.now += passed;
    await desk.login("ann", secret);
    seen.push((await listed(desk))[0]?.usedAt);
  }
  const first = desk.now - 60_000;
  expect(seen as unknown).toEqual([first, first, desk.now]);
});

test("the token is nowhere in the database", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const { id, secret } = await made(desk);
  expect(JSON.stringify(desk.credentials.findById(id))).not.toContain(secret.slice(8));
});
