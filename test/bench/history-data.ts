/**
 * A long history for the benchmark: rooms in which everyone is, and messages in them as people write them: few words
 * often, most of them seldom.
 */
import { Database as Sqlite } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { channelId } from "../../src/base/ids.ts";
import { below, type Random, SeededRandom } from "../../src/base/random.ts";
import { wallMs } from "../../src/base/time.ts";
import { type KeptRecord } from "../../src/server/outside.ts";
import { keep } from "../storage/records.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";

export interface HistoryScale {
  readonly rooms: number;
  readonly messages: number;
}

export function databaseIn(data: string): string {
  return join(data, "authchat.db");
}

export function indexIn(data: string): string {
  return join(data, "search.db");
}

const wordCount = 20_000;
const keptAtOnce = 1_000;
/** An hour apart from each other, up to now, would be long: a message every ten seconds. */
const messageEveryMs = 10_000;

export class Words {
  readonly #words: readonly string[];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.#words = Array.from({ length: wordCount }, () => this.#made());
  }

  /** The 0th is in every tenth text, about, the 19,999th in a few of a million. */
  word(rank: number): string {
    return this.#words[rank] ?? "";
  }

  text(): string {
    const length = 3 + below(this.#random, 14);
    return Array.from({ length }, () => this.#drawn()).join(" ");
  }

  /** Rank n as often as 1/n. */
  #drawn(): string {
    const share = below(this.#random, 1_000_000) / 1_000_000;
    return this.word(Math.floor(wordCount ** share) - 1);
  }

  #made(): string {
    const letters = "etaoinshrdlucmfwypvbgkjqxz";
    const length = 3 + below(this.#random, 7);
    return Array.from({ length }, () =>
      letters.charAt(below(this.#random, 1 + below(this.#random, letters.length))),
    ).join("");
  }
}

/** Fills the data of a server that is not running. Everyone who has an account is in every room. */
export function fillHistory(data: string, { rooms, messages }: HistoryScale): Words {
  const random = new SeededRandom(1);
  const words = new Words(random);
  const store = new SqliteStore(openDatabase(databaseIn(data)), (problem) => {
    throw new Error(problem);
  });
  const { nextChannel } = store.opening();
  const start = Date.now() - messages * messageEveryMs;
  const asked = { state: undefined, after: undefined, limit: 1_000 };
  const known = store.answer("accounts", asked);
  const accounts = known.outcome === "found" ? known.accounts : [];
  for (let room = 0; room < rooms; room += 1) {
    const channel = channelId(nextChannel + room);
    const members = accounts.map(({ id: account }) => {
      return { kind: "member", channel, account, prefixes: "", joinedAt: wallMs(start) } as const;
    });
    keep(store, [{ kind: "channel", channel: rowOf(channel, `#room${room}`) }, ...members], start);
  }
  for (let made = 0; made < messages; made += keptAtOnce) {
    const batch = Array.from({ length: Math.min(keptAtOnce, messages - made) }, (): KeptRecord => {
      const room = below(random, rooms);
      const author = accounts[below(random, accounts.length)];
      if (author === undefined) throw new Error("there are no accounts");
      return {
        kind: "entry",
        log: { kind: "channel", channel: channelId(nextChannel + room) },
        account: author.id,
        source: `${author.name}!${author.name}@authchat.local`,
        command: "PRIVMSG",
        target: `#room${room}`,
        middle: "",
        text: words.text(),
        seams: [],
        tags: "",
        nonce: undefined,
      };
    });
    keep(store, batch, start + made * messageEveryMs);
  }
  store.close();
  return words;
}

/** The newest entry there is, and the newest that is in the index. */
export function progressOf(data: string): { readonly kept: number; readonly indexed: number } {
  const kept = numberIn(databaseIn(data), "SELECT max(id) AS n FROM entry");
  if (!existsSync(indexIn(data))) return { kept, indexed: 0 };
  try {
    const sql = "SELECT value AS n FROM state WHERE name = 'entry'";
    return { kept, indexed: numberIn(indexIn(data), sql) };
  } catch {
    return { kept, indexed: 0 }; // it is being made
  }
}

function numberIn(file: string, sql: string): number {
  const sqlite = new Sqlite(file, { readonly: true });
  try {
    return sqlite.query<{ n: number | null }, []>(sql).get()?.n ?? 0;
  } finally {
    sqlite.close();
  }
}

function rowOf(id: ReturnType<typeof channelId>, name: string) {
  const bare = { founder: undefined, topic: undefined, key: undefined, limit: undefined };
  const lists = { bans: [], banExceptions: [], inviteExceptions: [] };
  return {
    id,
    name,
    createdAt: wallMs(1),
    flags: "nt",
    forward: undefined,
    keepDays: undefined,
    ...bare,
    ...lists,
  };
}
