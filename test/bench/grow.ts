/**
 * `bun bench grow`: what each operation costs while what it does not touch grows: accounts, members of other rooms,
 * messages. It is the server's machine on a real database in this process, without a network; and the built server,
 * started on each database: how long until it listens, and how much memory it takes.
 *
 * Nothing may grow faster than the logarithm of what it does not touch: between the smallest size and the largest
 * that is a factor of 2 (of accounts: 10³ to 10⁶). A database in a folder in memory, so that the disk's speed is not
 * what is seen.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountId, type AccountId, channelId, logId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import { type HistoryPage, type KeptRecord } from "../../src/server/outside.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import {
  account,
  atTime,
  channel,
  inChannel,
  keep,
  member,
  page,
  said,
  type TestedStore,
} from "../storage/records.ts";
import { Chat } from "../support/chat.ts";
import { PlainPasswords } from "../support/plain-passwords.ts";
import { BenchServer } from "./bench-server.ts";
import { median, table } from "./figures.ts";

export interface GrowScale {
  readonly accounts: readonly number[];
  /** In one room. */
  readonly members: readonly number[];
  /** In one room. */
  readonly messages: readonly number[];
  /** Of each operation; the median is shown. */
  readonly times: number;
}

/** What was measured at one size; operations in µs. */
export interface GrowFigures {
  readonly of: "accounts" | "members" | "messages";
  readonly size: number;
  readonly microseconds: Readonly<Record<string, number>>;
  /** Of the built server on the same database: undefined where it was not started. */
  readonly start: { readonly ms: number; readonly rssMib: number } | undefined;
}

const roomMembers = 100;
const roomsPerAccount = 5;
const recordsAtOnce = 5_000;
const password = "nine lives of a benchmark";

export async function benchGrow(scale: GrowScale): Promise<GrowFigures[]> {
  const figures: GrowFigures[] = [];
  for (const size of scale.accounts) figures.push(await ofAccounts(size, scale.times));
  for (const size of scale.members) figures.push(ofMembers(size, scale.times));
  for (const size of scale.messages) figures.push(await ofMessages(size, scale.times));
  return figures;
}

export function growTable(figures: readonly GrowFigures[]): string {
  const kinds = ["accounts", "members", "messages"] as const;
  return kinds
    .flatMap((kind) => {
      const rows = figures.filter(({ of }) => of === kind);
      const operations = Object.keys(rows[0]?.microseconds ?? {});
      if (rows.length === 0) return [];
      const hasStart = rows.some(({ start }) => start !== undefined);
      const startHead = hasStart ? ["start, ms", "RSS MiB"] : [];
      const head = [kind, ...operations.map((name) => `${name}, µs`), ...startHead];
      const cells = rows.map(({ size, microseconds, start }) => [
        size.toLocaleString("en"),
        ...operations.map((name) => microseconds[name] ?? Number.NaN),
        ...(hasStart ? [start?.ms ?? Number.NaN, start?.rssMib ?? Number.NaN] : []),
      ]);
      return [table(head, cells)];
    })
    .join("\n");
}

// --- Accounts ----------------------------------------------------------------------------------------------------

/** Each is in five rooms of a hundred. */
async function ofAccounts(size: number, times: number): Promise<GrowFigures> {
  const folder = freshFolder();
  try {
    const { store, close } = storeIn(folder);
    fill(store, accountRecords(size));
    const random = numbersUpTo(size);
    const passwords = new PlainPasswords();
    const chat = new Chat({ store, passwords, folder });
    const logsIn = (number: number): void => {
      const name = `a${number}`;
      passwords.put({ id: accountId(number), name }, password);
      const person = chat.stranger();
      person.sends(`NICK ${name}`, "USER x 0 * :x", "CAP REQ :sasl");
      person.logsIn(name, password);
      person.sends("CAP END", "QUIT");
      if (!person.looks().some((line) => line.includes(" 001 "))) throw new Error("no welcome");
    };
    const microseconds = {
      "find an account": timed(times, () => {
        store.answer("account", { by: fold(`a${random()}`) });
      }),
      "open a room of 100": timed(times, () => {
        store.answer("channel", { by: channelId(1 + (random() % roomsOf(size))) });
      }),
      "log in and out": timed(times, () => logsIn(random())),
      "make an account": timed(times, (count) => {
        keep(store, [account(accountId(size + 1_000_000 + count), `new${count}`)]);
      }),
      "list 100 from the middle": timed(times, () => {
        const after = fold(`a${random()}`);
        store.answer("accounts", { state: undefined, after, limit: 100 });
      }),
    };
    close();
    return { of: "accounts", size, microseconds, start: await started(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function roomsOf(accounts: number): number {
  return Math.max(roomsPerAccount, Math.ceil((accounts * roomsPerAccount) / roomMembers));
}

function* accountRecords(size: number): Generator<KeptRecord> {
  const rooms = roomsOf(size);
  for (let number = 1; number <= rooms; number += 1) {
    yield channel(channelId(number), `#room${number}`);
  }
  for (let number = 1; number <= size; number += 1) {
    yield account(accountId(number), `a${number}`);
    for (let count = 0; count < roomsPerAccount; count += 1) {
      const room = 1 + ((number * roomsPerAccount + count) % rooms);
      yield member(accountId(number), { channel: channelId(room) });
    }
  }
}

// --- Members of another room -----------------------------------------------------------------------------------------

/** A room of so many that are there, and two people in a room of their own. */
function ofMembers(size: number, times: number): GrowFigures {
  const folder = freshFolder();
  try {
    const { store, close } = storeIn(folder);
    const chat = new Chat({ store, limits: { targetsMax: 10 }, folder });
    const [ann, bob] = chat.inChannel("#small", "ann", "bob");
    for (let count = 1; count < size; count += 1) chat.member(`m${count}`).sends("JOIN #large");
    ann.sends("JOIN #large");
    const look = (...lines: readonly string[]): void => {
      ann.sends(...lines);
      ann.sees();
      bob.sees();
    };
    const microseconds = {
      "say in another room": timed(times, () => look("PRIVMSG #small :x")),
      "say to one": timed(times, () => look("PRIVMSG bob :x")),
      "come and go elsewhere": timed(times, () => look("PART #small", "JOIN #small")),
      WHOIS: timed(times, () => look("WHOIS bob")),
      "change a topic": timed(times, (count) => look(`TOPIC #small :${count}`)),
      "say in the room, a member": timed(times, () => look("PRIVMSG #large :x")) / size,
    };
    close();
    return { of: "members", size, microseconds, start: undefined };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// --- Messages --------------------------------------------------------------------------------------------------------

async function ofMessages(size: number, times: number): Promise<GrowFigures> {
  const folder = freshFolder();
  try {
    const { store, close } = storeIn(folder);
    const reader = accountId(1);
    fill(store, messageRecords(size, reader));
    const random = numbersUpTo(size);
    const reads = (kind: HistoryPage): void => {
      const found = page(store, { reader, log: inChannel(1), page: kind, commands: said1 });
      if (found.length === 0) throw new Error("an empty page");
    };
    const log = logId(1);
    const microseconds = {
      "keep one": timed(times, (count) => {
        keep(store, [said("x", { account: reader, nonce: `n${count}` })], size + count);
      }),
      "the newest 100": timed(times, () => reads({ kind: "latest", after: undefined })),
      "100 before a message": timed(times, () => {
        reads({ kind: "before", before: { kind: "sequence", sequence: 2 + random(), log } });
      }),
      "100 after a time": timed(times, () => {
        reads({ kind: "after", after: atTime(random() - 1) });
      }),
      "one sent again": timed(times, (count) => {
        keep(store, [said("x", { account: reader, nonce: `n${count}` })], size + count);
      }),
    };
    close();
    return { of: "messages", size, microseconds, start: await started(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const said1 = ["PRIVMSG", "NOTICE"];

function* messageRecords(size: number, reader: AccountId): Generator<KeptRecord> {
  yield account(reader, "ann");
  yield channel(channelId(1), "#room");
  yield member(reader);
  const text = "what people say is about as long as this, most of the time, give or take a word";
  for (let number = 0; number < size; number += 1) yield said(text, { account: reader });
}

// --- Common ----------------------------------------------------------------------------------------------------------

function freshFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "authchat-grow-"));
}

function storeIn(folder: string): { readonly store: SqliteStore; readonly close: () => void } {
  const store = new SqliteStore(openDatabase(join(folder, "authchat.db")), (problem) => {
    throw new Error(problem);
  });
  return { store, close: () => store.close() };
}

/** Keeps them all, in transactions of a few thousand; their times are the numbers of the transactions. */
function fill(store: TestedStore, records: Iterable<KeptRecord>): void {
  let [waiting, time]: [KeptRecord[], number] = [[], 0];
  for (const record of records) {
    waiting.push(record);
    time += 1;
    if (waiting.length < recordsAtOnce) continue;
    keep(store, waiting, time);
    waiting = [];
  }
  keep(store, waiting, time);
}

/** The median of so many, in µs; the first ones, while the code is compiled, do not count. */
function timed(times: number, run: (count: number) => void): number {
  const all: number[] = [];
  for (let count = 0; count < times * 2; count += 1) {
    const start = performance.now();
    run(count);
    if (count >= times) all.push((performance.now() - start) * 1_000);
  }
  return median(all);
}

/** The same numbers every time, from 1 to there, spread over all of them. */
function numbersUpTo(size: number): () => number {
  let last = wallMs(1) as number;
  return () => {
    last = (last * 16_807) % 2_147_483_647;
    return 1 + (last % size);
  };
}

/** The built server, on what is in the folder: how long until it listens, and what it then takes. */
async function started(folder: string): Promise<GrowFigures["start"]> {
  const start = performance.now();
  const settings = "[accounts]\nrooms = []\n";
  const server = await BenchServer.starts({ settings, core: undefined, data: folder });
  const ms = performance.now() - start;
  const { now: rssMib } = server.memoryMib();
  await server.ends();
  return { ms, rssMib };
}
