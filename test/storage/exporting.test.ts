/** Exporting: all that is an account's or a room's, no secret, and nothing that is others' or erased. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { channelId, serverAccount } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { Credentials } from "../../src/storage/credentials.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase, openToRead } from "../../src/storage/opening.ts";
import { type ExportRecord, Exporting } from "../../src/storage/exporting.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { type KeptRecord, type LogRef } from "../../src/server/outside.ts";
import { freshFolder } from "../support/folder.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  cat,
  channel,
  entry,
  gone,
  inChannel,
  joined,
  keep,
  member,
  room,
  said,
} from "./records.ts";

interface Opened {
  readonly file: string;
  readonly database: Database;
  readonly store: SqliteStore;
}

function open(): Opened {
  const file = join(freshFolder(), "authchat.db");
  const database = openDatabase(file);
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  return { file, database, store };
}

function ofAccount({ file }: Opened, name: string): ExportRecord[] | undefined {
  return read(file, (from) => from.account(name));
}

function ofChannel({ file }: Opened, name: string): ExportRecord[] | undefined {
  return read(file, (from) => from.channel(name));
}

/** By a connection of its own, while the other one is open. */
function read(
  file: string,
  records: (from: Exporting) => Iterable<ExportRecord> | undefined,
): ExportRecord[] | undefined {
  const database = openToRead(file);
  try {
    const found = records(new Exporting(database));
    return found === undefined ? undefined : [...found];
  } finally {
    database.close();
  }
}

function ofType(records: readonly ExportRecord[] | undefined, type: string): ExportRecord[] {
  return records?.filter((record) => record.type === type) ?? [];
}

test("an account's export begins with the account, and has all it said with time, place and id", () => {
  const opened = open();
  const metadata = new Map([["avatar", "https://example.org/a.png"]]);
  keep(opened.store, [
    ...annAndBobInRoom,
    account(ann, "Ann", { metadata, email: "ann@example.org" }),
  ]);
  keep(opened.store, [joined(ann), said("in the room"), said("not hers", { account: bob })], 2_000);
  const log = between(ann, bob);
  keep(opened.store, [said("in private", { log, target: "Bob", tags: "+reply=c1-2" })], 3_000);
  const records = ofAccount(opened, "ANN");
  expect(records?.[0]).toEqual({
    type: "account",
    name: "Ann",
    state: "active",
    role: "member",
    created: "1970-01-01T00:00:00.001Z",
    expires: null,
    strict: false,
    email: "ann@example.org",
    metadata: { avatar: "https://example.org/a.png" },
  });
  expect(ofType(records, "membership")).toEqual([
    { type: "membership", room: "#room", ranks: "", joined: "1970-01-01T00:00:00.001Z" },
  ]);
  expect(ofType(records, "event").map(({ command }) => command)).toEqual(["JOIN"]);
  expect(ofType(records, "message")).toEqual([
    {
      type: "message",
      time: "1970-01-01T00:00:02.000Z",
      msgid: "c1-2",
      room: "#room",
      from: "ann!ann@host",
      account: "Ann",
      command: "PRIVMSG",
      target: "#room",
      text: "in the room",
    },
    {
      type: "message",
      time: "1970-01-01T00:00:03.000Z",
      msgid: "p1-1",
      with: "Bob",
      from: "ann!ann@host",
      account: "Ann",
      command: "PRIVMSG",
      target: "Bob",
      text: "in private",
      tags: "+reply=c1-2",
    },
  ]);
});

test("what lets the account in is named, and nothing of what proves it is there", () => {
  const opened = open();
  keep(opened.store, annAndBobInRoom);
  const seal = (): Uint8Array => Buffer.from("the secret itself");
  const lookup = Buffer.from("its hash");
  const rest = { lookup, expiresAt: wallMs(9), seal };
  new Credentials(opened.database).add(
    { account: ann, kind: "app-password", label: "bot", ...rest },
    wallMs(5),
  );
  const records = ofAccount(opened, "ann");
  expect(ofType(records, "credential")).toEqual([
    {
      type: "credential",
      kind: "app-password",
      label: "bot",
      created: "1970-01-01T00:00:00.005Z",
      used: null,
      expires: "1970-01-01T00:00:00.009Z",
    },
  ]);
  expect(JSON.stringify(records)).not.toContain("secret");
});

test("how far the account has read is there, by the names that rooms and people have now", () => {
  const opened = open();
  const { store } = opened;
  const reads = (log: LogRef, at: number): KeptRecord => {
    return { kind: "read-marker", account: ann, log, time: wallMs(at) };
  };
  keep(store, [...annAndBobInRoom, channel(channelId(2), "#gone")]);
  keep(store, [reads(inChannel(1), 1_000), reads(inChannel(2), 2_000)]);
  keep(store, [reads(between(ann, bob), 3_000), reads(between(ann, cat), 4_000)]);
  keep(store, [{ kind: "read-marker", account: bob, log: inChannel(1), time: wallMs(5_000) }]);
  keep(store, [account(bob, "Robert"), { kind: "channel-removed", id: channelId(2) }]);
  expect(ofType(ofAccount(opened, "ann"), "read-marker")).toEqual([
    { type: "read-marker", with: "Robert", read: "1970-01-01T00:00:03.000Z" },
    { type: "read-marker", with: null, read: "1970-01-01T00:00:04.000Z" },
    { type: "read-marker", room: "#room", read: "1970-01-01T00:00:01.000Z" },
    { type: "read-marker", room: null, read: "1970-01-01T00:00:02.000Z" },
  ]);
});

test("its devices are there, with what they were shown last, and no secret of theirs", () => {
  const opened = open();
  const { store } = opened;
  keep(store, annAndBobInRoom);
  keep(store, [said("one")], 1_000);
  keep(store, [said("two")], 2_000);
  const secret = { lookup: Buffer.from("its hash"), seal: () => Buffer.from("the secret itself") };
  const added = new Credentials(opened.database).add(
    { account: ann, kind: "app-password", label: "bot", expiresAt: undefined, ...secret },
    wallMs(5),
  );
  const sees = (device: string, entries: number, whose = ann): KeptRecord => {
    return { kind: "device-seen", account: whose, device, entry: entries };
  };
  const devices = [sees("", 0), sees(`#${added}`, 1), sees("#77", 2), sees("@phone", 9)];
  keep(store, [...devices, sees("@his", 1, bob)], 3_000);
  const used = "1970-01-01T00:00:03.000Z";
  const [first, second] = ["1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z"];
  const records = ofAccount(opened, "ann");
  expect(ofType(records, "device")).toEqual([
    { type: "device", name: null, credential: null, shown: null, used },
    { type: "device", name: null, credential: "bot", shown: first, used },
    { type: "device", name: null, credential: null, shown: second, used },
    { type: "device", name: "phone", credential: null, shown: second, used },
  ]);
  expect(JSON.stringify(records)).not.toContain("secret");
});

test("the audit is that of this account, not of who had the name before", () => {
  const opened = open();
  const login = (detail: string) =>
    ({
      kind: "audit",
      audit: { event: "login.ok", account: "ann", address: "192.0.2.1", actor: "", detail },
    }) as const;
  keep(opened.store, [login("earlier")], 5);
  keep(opened.store, [account(ann, "ann", { createdAt: wallMs(10) }), login("own")], 10);
  const details = ofType(ofAccount(opened, "ann"), "audit").map(({ detail }) => detail);
  expect(details).toEqual(["own"]);
});

test("more than fits a page is all there, in order", () => {
  const opened = open();
  keep(opened.store, annAndBobInRoom);
  const count = 5_300;
  keep(
    opened.store,
    Array.from({ length: count }, (_, index) => said(`line ${index}`)),
  );
  const expected = Array.from({ length: count }, (_, index) => `line ${index}`);
  for (const records of [ofAccount(opened, "ann"), ofChannel(opened, "#room")]) {
    expect(ofType(records, "message").map(({ text }) => text)).toEqual(expected);
  }
});

test("what is erased is left out; what is damaged is named, without its words", () => {
  const opened = open();
  keep(opened.store, [...annAndBobInRoom, said("a"), said("b"), said("c")]);
  const place = keep(opened.store, [said("gone")])[0]?.place;
  if (place !== undefined) keep(opened.store, [{ kind: "erased", place }]);
  opened.database.transaction(() =>
    opened.database.change("UPDATE entry SET text = 'x' WHERE text = 'b'").run(),
  );
  for (const records of [ofAccount(opened, "ann"), ofChannel(opened, "#room")]) {
    expect(records?.slice(-3).map(({ type, text }) => text ?? type)).toEqual(["a", "damaged", "c"]);
  }
});

test("a room's export is the room, its members, and all that happened in it, whoever did it", () => {
  const opened = open();
  const topic = { text: "Ours", by: "ann", at: wallMs(3) };
  keep(opened.store, [
    ...annAndBobInRoom,
    channel(room, "#Room", { topic, flags: "nt", keepDays: 9 }),
  ]);
  const his = { account: bob, source: "Bob!b@host" };
  keep(opened.store, [
    said("hers"),
    said("his", his),
    entry({ ...his, command: "PART", text: "bye" }),
  ]);
  keep(opened.store, [gone(bob), said("elsewhere", { log: inChannel(2) })]);
  keep(opened.store, [{ kind: "account-removed", id: bob }]);
  const records = ofChannel(opened, "#ROOM");
  expect(records?.[0]).toMatchObject({ type: "room", name: "#Room", topic: "Ours", keepDays: 9 });
  expect(ofType(records, "member").map(({ account: name }) => name)).toEqual(["ann"]);
  const lines = records?.slice(2).map(({ type, account: name, text }) => [type, name, text]);
  expect(lines).toEqual([
    ["message", "ann", "hers"],
    ["message", null, "his"],
    ["event", null, "bye"],
  ]);
});

test("who it was said to is named as they are called now, the server as it was, and who is gone as well", () => {
  const opened = open();
  const { store } = opened;
  keep(store, annAndBobInRoom);
  keep(store, [said("a", { log: between(ann, serverAccount), target: "server" })]);
  keep(store, [said("b", { log: between(ann, bob), target: "Bob" })]);
  keep(store, [said("c", { log: between(ann, ann), target: "ann" })]);
  const named = (): unknown[] =>
    ofType(ofAccount(opened, "ann"), "message").map((record) => record["with"]);
  expect(named()).toEqual(["server", "Bob", "ann"]);
  keep(store, [account(bob, "Robert")]);
  expect(named()).toEqual(["server", "Robert", "ann"]);
  keep(store, [{ kind: "account-removed", id: bob }]);
  expect(named()).toEqual(["server", "Bob", "ann"]);
});

test("there is no export of what there is not", () => {
  const opened = open();
  keep(opened.store, annAndBobInRoom);
  expect(ofAccount(opened, "nobody")).toBeUndefined();
  expect(ofChannel(opened, "#nowhere")).toBeUndefined();
  keep(opened.store, [channel(channelId(2), "#silent"), member(ann, { channel: channelId(2) })]);
  expect(ofChannel(opened, "#silent")).toHaveLength(2);
});

test("who reads changes nothing, and does not keep the server from writing", () => {
  const opened = open();
  keep(opened.store, [...annAndBobInRoom, ...Array.from({ length: 20 }, () => said("a"))]);
  const database = openToRead(opened.file);
  const records = new Exporting(database).channel("#room");
  let count = 0;
  for (const _record of records ?? []) {
    keep(opened.store, [said("meanwhile")]);
    count += 1;
  }
  // The room, its members, and what was said before it began.
  expect(count).toBe(1 + 2 + 20);
  expect(() => database.change("DELETE FROM entry").run()).toThrow("readonly");
  database.close();
});
