/** Searching: the same as looking at every message, whatever is indexed; bounded in time; and nothing damaged. */
import { expect, test } from "bun:test";
import { Database as Sqlite } from "bun:sqlite";
import fc from "fast-check";
import { type AccountId, accountId, channelId, logId } from "../../src/base/ids.ts";
import { below, SeededRandom } from "../../src/base/random.ts";
import { wallMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import { type SearchBound } from "../../src/server/search-questions.ts";
import { searchMsMax } from "../../src/storage/search.ts";
import { foldText } from "../../src/storage/search-text.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  channel,
  entry,
  erased,
  inChannel,
  keep,
  member,
  said,
} from "./records.ts";
import { Searched } from "./searched.ts";

const people = [1, 2, 3].map(accountId);
const names = ["ann", "Bob", "cat"];

interface Step {
  readonly kind: "say" | "whisper" | "join" | "erase" | "index";
  readonly who: number;
  readonly where: number;
  readonly text: string;
  readonly position: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("say", "say", "say", "say", "whisper", "join", "erase", "index"),
  who: fc.nat(2),
  where: fc.nat(2),
  // Few letters, so that much is found.
  text: fc.stringMatching(/^[abé "]{1,12}$/),
  position: fc.nat(30),
});

interface Told {
  readonly log: number;
  readonly sequence: number;
  readonly text: string;
  readonly nick: string;
}

/** What is known of all that was said, without any index. */
class Known {
  readonly told: Told[] = [];
  /** `reader log` and from which sequence on. */
  readonly since = new Map<string, number>();

  finds(reader: AccountId, text: string, nick: string | undefined): string[] {
    return this.told
      .filter(({ log, sequence }) => {
        const from = this.since.get(`${reader} ${log}`);
        return from !== undefined && sequence >= from;
      })
      .filter((each) => nick === undefined || fold(each.nick) === fold(nick))
      .filter((each) => foldText(each.text).includes(foldText(text)))
      .map((each) => `${each.log}/${each.sequence} ${each.text}`);
  }
}

function take(searched: Searched, known: Known, { kind, who, where, text, position }: Step): void {
  const author = people[who] ?? ann;
  const nick = names[who] ?? "ann";
  const source = `${nick}!x@host`;
  if (kind === "index") searched.index.step(position + 1);
  if (kind === "join" && !known.since.has(`${author} ${where + 1}`)) {
    const records = [member(author, { channel: channelId(where + 1) })];
    const [outcome] = keep(searched.store, [
      ...records,
      entry({ log: inChannel(where + 1), account: author, command: "JOIN", text: "" }),
    ]);
    // The JOIN comes after the membership here, and is the first that is read.
    known.since.set(`${author} ${where + 1}`, outcome?.place.sequence ?? 0);
  }
  if (kind === "say" || kind === "whisper") {
    const other = people[where] ?? ann;
    const log = kind === "say" ? inChannel(where + 1) : between(author, other);
    const [outcome] = keep(searched.store, [said(text, { log, account: author, source })]);
    if (outcome === undefined) return;
    const { log: number, sequence } = outcome.place;
    known.told.push({ log: number, sequence, text, nick });
    if (kind === "whisper") {
      for (const each of [author, other]) known.since.set(`${each} ${number}`, 1);
    }
  }
  if (kind === "erase") {
    const [gone] = known.told.splice(position, 1);
    if (gone !== undefined) keep(searched.store, [erased(gone.sequence, gone.log)]);
  }
}

test("a search gives what a look at every message gives, whatever is indexed and erased", () => {
  const asks = fc.array(
    fc.record({
      reader: fc.nat(2),
      text: fc.stringMatching(/^[abÉ ]{0,3}$/),
      from: fc.option(fc.nat(2), { nil: undefined }),
      limit: fc.integer({ min: 1, max: 5 }),
      upward: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 30, maxLength: 80, size: "max" }),
      asks,
      (steps, asked) => {
        const searched = new Searched();
        const known = new Known();
        keep(searched.store, [
          ...people.map((id, index) => account(id, names[index] ?? "")),
          ...[1, 2, 3].map((id) => channel(channelId(id), `#room${id}`)),
        ]);
        for (const each of steps) take(searched, known, each);
        for (const { reader, text, from, limit, upward } of asked) {
          const who = people[reader] ?? ann;
          const nick = from === undefined ? undefined : names[from];
          const found = everyPage(searched, { reader: who, text, nick, limit, upward });
          expect(found).toEqual(known.finds(who, text, nick));
        }
        searched.store.close();
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
});

test("texts taken at random, said and never said, are found where a look at every message finds them", () => {
  const searched = new Searched();
  const random = new SeededRandom(11);
  const words = Array.from({ length: 60 }, () => randomText(random, 2 + below(random, 5)));
  const phrase = (): string =>
    Array.from({ length: 1 + below(random, 12) }, () =>
      // Few of the words are in most of the messages.
      words.at(below(random, 1 + below(random, words.length))),
    ).join(" ");
  const told = Array.from({ length: 3_000 }, phrase);
  keep(searched.store, [...annAndBobInRoom, ...told.map((text) => said(text))]);
  searched.catchesUp();
  const looked = new Sqlite(searched.database, { readonly: true });
  const like = looked.query<{ text: string }, [string]>(
    "SELECT text FROM entry WHERE text LIKE '%' || ? || '%' ORDER BY id",
  );
  let never = 0;
  for (let asked = 0; asked < 100; asked += 1) {
    const text =
      asked % 2 === 0 ? phrase() : partOf(random, told[below(random, told.length)] ?? "");
    const wanted = like.all(text).map((row) => row.text);
    if (wanted.length === 0) never += 1;
    expect(searched.texts({ text, limit: 5_000 })).toEqual(wanted);
    const after = { kind: "time", time: wallMs(0) } as const;
    expect(searched.texts({ text, limit: 5_000, after })).toEqual(wanted);
  }
  expect(never).toBeGreaterThan(20);
  looked.close();
});

/** Of few letters, so that the same ones in a row are in many words. */
function randomText(random: SeededRandom, length: number): string {
  return Array.from({ length }, () => "etaons".charAt(below(random, 6))).join("");
}

function partOf(random: SeededRandom, text: string): string {
  const start = below(random, text.length);
  return text.slice(start, start + 1 + below(random, text.length - start));
}

/** All pages, one after the other by where the one before says that it goes on. */
function everyPage(
  searched: Searched,
  ask: {
    readonly reader: AccountId;
    readonly text: string;
    readonly nick: string | undefined;
    readonly limit: number;
    readonly upward: boolean;
  },
): string[] {
  const { reader, text, nick, limit, upward } = ask;
  const from = nick === undefined ? undefined : fold(nick);
  const all: string[] = [];
  let bound: SearchBound | undefined = upward ? { kind: "time", time: wallMs(0) } : undefined;
  for (;;) {
    const side = upward ? { after: bound } : { before: bound };
    const { entries, more } = searched.found({ reader, text, from, limit, ...side });
    const shown = entries.map(({ place, text: told }) => `${place.log}/${place.sequence} ${told}`);
    if (upward) all.push(...shown);
    else all.unshift(...shown);
    if (more === undefined) return all;
    bound = more.from;
  }
}

test("a search that takes too long gives what it has found, and where it goes on", () => {
  const searched = new Searched();
  keep(searched.store, annAndBobInRoom);
  for (let count = 1; count <= 600; count += 1) {
    keep(searched.store, [said(count % 300 === 0 ? `tea ${count}` : "no")], count);
  }
  searched.lookMs = searchMsMax;
  const first = searched.found({ text: "tea" });
  expect(first.entries.map(({ text }) => text)).toEqual(["tea 600"]);
  expect(first.more).toEqual({ reason: "time", from: { kind: "time", time: wallMs(344) } });
  expect(searched.texts({ text: "tea", before: first.more?.from })).toEqual(["tea 300"]);
});

test("in the index, too, a search ends in time", () => {
  const searched = new Searched();
  keep(searched.store, annAndBobInRoom);
  const many = Array.from({ length: 600 }, (_, count) => said(`tea ${count}`));
  keep(searched.store, many);
  searched.catchesUp();
  searched.lookMs = searchMsMax;
  const { entries, more } = searched.found({ text: "tea", limit: 1_000 });
  expect([entries.length, more?.reason]).toEqual([256, "time"]);
});

test("a damaged message is not shown; the others are, and the damage is reported", () => {
  const searched = new Searched();
  keep(searched.store, [...annAndBobInRoom, said("tea one"), said("tea two"), said("tea three")]);
  searched.catchesUp();
  const sqlite = new Sqlite(searched.database);
  sqlite.run("UPDATE entry SET text = 'tea zwo' WHERE text = 'tea two'");
  sqlite.close();
  expect(searched.texts({ text: "tea" })).toEqual(["tea one", "tea three"]);
  expect(searched.reports).toEqual([
    "a message that was searched for cannot be shown: entry 2 of log 1 is damaged",
  ]);
});

test("a place that the reader may not read bounds nothing", () => {
  const searched = new Searched();
  keep(searched.store, [
    account(ann, "ann"),
    account(bob, "bob"),
    said("tea", { log: between(bob, bob), account: bob }),
  ]);
  const before = { kind: "place", log: logId(-1), sequence: 1 } as const;
  expect(searched.answer({ before })).toEqual({ outcome: "none" });
  expect(searched.answer({ reader: bob, before })).toMatchObject({ outcome: "found" });
});

test("who takes part in more logs than the index is asked for finds in all of them", () => {
  const searched = new Searched();
  const others = Array.from({ length: 300 }, (_, count) => accountId(10 + count));
  keep(searched.store, [
    account(ann, "ann"),
    ...others.map((id) => account(id, `member${id}`)),
    ...others.map((id) => said(`tea ${id}`, { log: between(ann, id), account: id })),
    said("tea of others", { log: between(bob, bob), account: bob }),
  ]);
  searched.catchesUp();
  expect(searched.texts({ text: "tea", limit: 500 })).toHaveLength(300);
  expect(searched.texts({ text: "te", limit: 500 })).toHaveLength(300);
});
