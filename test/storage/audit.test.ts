/**
 * Audit: what is kept of what happened, found again by account, and how the oldest of it goes.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { fold } from "../../src/protocol/names.ts";
import { wallMs } from "../../src/base/time.ts";
import { Audit } from "../../src/storage/audit.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { freshFolder } from "../support/folder.ts";

function freshAudit(rowsMax?: number) {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const audit = new Audit(database, rowsMax);
  let last = 0;
  return {
    happens: (account = "ann") => {
      last += 1;
      const detail = `${last}`;
      database.transaction(() => {
        audit.append({ event: "login.ok", account, address: "", actor: "", detail }, wallMs(last));
        audit.trim();
      });
    },
    ids: (limit = 1_000) => {
      const answer = audit.page({ account: undefined, before: undefined, limit });
      return answer.outcome === "found" ? answer.entries.map(({ id }) => id) : [];
    },
    audit,
  };
}

test("beyond so many the oldest go, one for each that comes", () => {
  const { happens, ids } = freshAudit(5);
  for (let count = 0; count < 12; count += 1) happens();
  expect(ids()).toEqual([12, 11, 10, 9, 8]);
});

test("what is much too much goes by and by, so that no commit waits for long", () => {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const before = new Audit(database, 1_000);
  const record = { event: "login.ok", account: "", address: "", actor: "", detail: "" };
  for (let count = 0; count < 200; count += 1) before.append(record, wallMs(1));
  const audit = new Audit(database, 10);
  const count = (): number => {
    const answer = audit.page({ account: undefined, before: undefined, limit: 1_000 });
    return answer.outcome === "found" ? answer.entries.length : 0;
  };
  audit.trim();
  expect(count()).toBe(200 - 64);
  for (let times = 0; times < 10; times += 1) audit.trim();
  expect(count()).toBe(10);
});

test("many at once push out as many, however many they are", () => {
  const { audit, ids } = freshAudit(10);
  const record = { event: "login.ok", account: "", address: "", actor: "", detail: "" };
  for (let times = 0; times < 5; times += 1) {
    audit.appendAll(Array.from({ length: 256 }, () => ({ audit: record, at: wallMs(1) })));
    expect(ids().length).toBeLessThanOrEqual(10 + 64);
  }
});

test("an account's own are found among those of others, page by page", () => {
  const { happens, audit } = freshAudit();
  for (const name of ["ann", "bob", "ann", "", "ann"]) happens(name);
  const page = (before: number | undefined) =>
    audit.page({ account: fold("ann"), before, limit: 2 });
  expect(page(undefined)).toMatchObject({ hasMore: true, entries: [{ id: 5 }, { id: 3 }] });
  expect(page(3)).toMatchObject({ hasMore: false, entries: [{ id: 1, time: 1, detail: "1" }] });
});
