/**
 * Rekeying: what was made with older keys works on, moves to the new one at the next login, and then the old keys go.
 */
import { expect, test } from "bun:test";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { accountId } from "../../src/base/ids.ts";
import { type RekeyAction } from "../../src/server/proofs.ts";
import { Desk, good } from "./desk.ts";
import { Member } from "./member.ts";
import { keyFileOf, parsedKeys, secret } from "./support.ts";

function rekeys(desk: Desk, action: RekeyAction = "add"): Promise<PasswordAnswer> {
  return desk.ask({ kind: "rekey", ask: { action } });
}

function figures(keys: number, older: number, dropped = 0, lost = 0): PasswordAnswer {
  return { outcome: "rekeyed", keys, older, dropped, lost };
}

async function opens(): Promise<Desk> {
  const desk = new Desk();
  await desk.member(7, "Ann");
  await desk.member(8, "bob");
  return desk;
}

/** A server that starts on what this one has left. */
function restarted(desk: Desk): Desk {
  return new Desk({ rows: desk.rows, credentials: desk.credentials, keyFile: desk.keyFile });
}

async function serverKey(desk: Desk): Promise<string | undefined> {
  const member = new Member(desk);
  await member.logsIn();
  return member.prover.serverKey;
}

test("a new key is written in front, with the seed of the key pair that clients pin", async () => {
  const desk = await opens();
  const pinned = await serverKey(desk);
  expect(await rekeys(desk)).toEqual(figures(2, 2));
  const { masters, akeSeed } = parsedKeys(desk.keyFile);
  expect([masters.length, akeSeed?.length]).toEqual([2, 32]);
  expect(desk.keyFile.split("\n")[1]).toBe(keyFileOf(1).trim());
  expect(await serverKey(desk)).toBe(pinned);
  expect(await serverKey(restarted(desk))).toBe(pinned);
});

test("passwords of the older key work, by each mechanism, in this run and the next", async () => {
  const desk = await opens();
  await rekeys(desk);
  for (const each of [desk, restarted(desk)]) {
    expect(await new Member(each).logsIn()).toMatchObject({ outcome: "proven" });
    expect((await each.login("bob", good)).outcome).toBe("proven");
    expect((await each.login("bob", "another password")).outcome).toBe("refused");
  }
});

test("a login by PLAIN moves the password to the new key, one by OPAQUE says that the client is to", async () => {
  const desk = await opens();
  await rekeys(desk);
  await desk.login("bob", good);
  expect(await rekeys(desk, "count")).toEqual(figures(2, 1));
  const ann = new Member(desk);
  expect(await ann.logsIn()).toMatchObject({ isOutdated: true });
  expect(await ann.changes({ isSame: true })).toEqual({ outcome: "changed" });
  expect(await rekeys(desk, "count")).toEqual(figures(2, 0));
  expect(await ann.logsIn()).not.toMatchObject({ isOutdated: true });
});

test("an older key stays while a password needs it, and goes when none does", async () => {
  const desk = await opens();
  await rekeys(desk);
  await desk.login("bob", good);
  expect(await rekeys(desk, "drop")).toEqual(figures(2, 1));
  await desk.login("ann", good);
  expect(await rekeys(desk, "drop")).toEqual(figures(1, 0, 1));
  expect(parsedKeys(desk.keyFile).masters.length).toBe(1);
  for (const each of [desk, restarted(desk)]) {
    expect(await new Member(each).logsIn()).toMatchObject({ outcome: "proven" });
  }
});

test("of several older keys those go that nothing needs", async () => {
  const desk = await opens();
  await rekeys(desk);
  await rekeys(desk);
  await desk.login("bob", good);
  expect(await rekeys(desk, "drop")).toEqual(figures(2, 1, 1));
  expect((await desk.login("ann", good)).outcome).toBe("proven");
});

test("by force the older keys go with their passwords, and nothing else does", async () => {
  const desk = await opens();
  await rekeys(desk);
  await desk.login("bob", good);
  expect(await rekeys(desk, "force")).toEqual(figures(1, 0, 1, 1));
  expect((await desk.login("bob", good)).outcome).toBe("proven");
  expect((await desk.login("ann", good)).outcome).toBe("refused");
  expect([...desk.rows.verifiers.keys()]).toEqual([accountId(8)]);
});

test("what the vault keeps is sealed with the new key at once, and opens without the old one", async () => {
  const desk = new Desk();
  const account = accountId(7);
  const rows = 600; // more than are done at once
  for (let row = 0; row < rows; row += 1) {
    const content = Uint8Array.of(row % 256, row >> 8);
    await desk.vault.add({ account, kind: "app-password", label: "it", content });
  }
  await rekeys(desk);
  expect(await rekeys(desk, "drop")).toEqual(figures(1, 0, 1));
  const kept = await restarted(desk).vault.list(account, "app-password");
  expect(kept.map(({ content }) => [...content])).toEqual(
    Array.from({ length: rows }, (_, row) => [row % 256, row >> 8]),
  );
});

test("a crash after the file was written, before anything was sealed anew, costs nothing", async () => {
  const desk = await opens();
  const account = accountId(7);
  const content = Uint8Array.of(1, 2, 3);
  await desk.vault.add({ account, kind: "certificate", label: "it", content });
  await rekeys(desk);
  const { keyFile } = desk;
  const before = new Desk({ rows: desk.rows, keyFile: keyFileOf(1) });
  await before.vault.add({ account, kind: "certificate", label: "it", content });
  const after = new Desk({ rows: desk.rows, credentials: before.credentials, keyFile });
  expect((await after.vault.list(account, "certificate"))[0]?.content).toEqual(content);
  await after.login("ann", good);
  await after.login("bob", good);
  expect(await rekeys(after, "drop")).toEqual(figures(1, 0, 1));
  expect((await restarted(after).vault.list(account, "certificate"))[0]?.content).toEqual(content);
});

test("a file that cannot be written leaves everything as it was", async () => {
  const reports: string[] = [];
  const desk = new Desk({ report: ({ text }) => reports.push(text) });
  await desk.member(7, "Ann");
  const { keyFile } = desk;
  Object.defineProperty(desk, "keyFile", {
    get: () => keyFile,
    set: () => {
      throw new Error("disk full");
    },
  });
  expect(await rekeys(desk)).toEqual({ outcome: "unavailable" });
  expect(reports.length).toBe(1);
  expect(await rekeys(desk, "count")).toEqual(figures(1, 0));
  expect((await desk.login("ann", good)).outcome).toBe("proven");
});

test("two at once: the second is told that it is being done", async () => {
  const desk = await opens();
  const answers = await Promise.all([rekeys(desk), rekeys(desk)]);
  expect(answers.map(({ outcome }) => outcome)).toEqual(["rekeyed", "busy"]);
  expect(parsedKeys(desk.keyFile).masters.length).toBe(2);
});

test("there are 16 keys at most", async () => {
  const desk = new Desk({ keyFile: keyFileOf(...Array.from({ length: 16 }, (_, of) => of)) });
  expect(await rekeys(desk)).toEqual({ outcome: "full" });
  expect(await rekeys(desk, "drop")).toEqual(figures(1, 0, 15));
});

test("a verifier that was under way with a key that is gone is not kept", async () => {
  const reports: string[] = [];
  const desk = new Desk({ report: ({ text }) => reports.push(text) });
  await desk.member(7, "Ann");
  const member = new Member(desk);
  await member.logsIn();
  const dropsKeys = async (): Promise<void> => {
    await rekeys(desk);
    await rekeys(desk, "force");
  };
  member.prover.change.prepare(secret(good), secret("staple battery horse"));
  const answer = await member.changes({ meanwhile: dropsKeys });
  expect(answer.outcome).toBe("stale");
  expect(desk.rows.verifiers.size).toBe(0);
});
