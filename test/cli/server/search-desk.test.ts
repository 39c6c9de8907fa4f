/** The desk of searches: its queue, its thread's life, and what is said while it is not there. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountId, connectionId, questionId } from "../../../src/base/ids.ts";
import { type Answer } from "../../../src/server/outside.ts";
import { type SearchAsk } from "../../../src/server/search-questions.ts";
import {
  SearchDesk,
  type SearchDeskOptions,
  searchesPerReaderMax,
  searchesWaitingMax,
} from "../../../src/cli/server/search-desk.ts";
import { openDatabase } from "../../../src/storage/opening.ts";
import { SqliteStore } from "../../../src/storage/store.ts";
import { annAndBobInRoom, keep, said } from "../../storage/records.ts";
import { defaultAsk } from "../../storage/searched.ts";
import { freshFolder } from "../../support/folder.ts";

interface Opened {
  readonly desk: SearchDesk;
  readonly store: SqliteStore;
  readonly problems: string[];
  readonly asks: (id: number, ask?: Partial<SearchAsk>) => Promise<Answer<"search">>;
}

/** A thread that does this when it is told something. */
function thread(body: string): string {
  const file = join(freshFolder(), "thread.ts");
  writeFileSync(
    file,
    `import { parentPort } from "node:worker_threads";
     parentPort.on("message", (message) => { ${body} });`,
  );
  return file;
}

/** As one with a bug. */
const crashing = (): string => thread('if (message.kind === "search") throw new Error("a bug");');
const silent = (): string => thread("");

function open(options: Partial<SearchDeskOptions> = {}): Opened {
  const folder = freshFolder();
  const database = join(folder, "authchat.db");
  const store = new SqliteStore(openDatabase(database), () => undefined);
  keep(store, [...annAndBobInRoom, said("tea at five")]);
  const problems: string[] = [];
  const desk = new SearchDesk({
    database,
    index: join(folder, "search.db"),
    problem: (sentence) => problems.push(sentence),
    ...options,
  });
  const asks = (id: number, ask: Partial<SearchAsk> = {}): Promise<Answer<"search">> =>
    new Promise((answered) => {
      const whole = { ...defaultAsk, connection: connectionId(id), text: "tea", ...ask };
      desk.ask(questionId(id), whole, answered);
    });
  return { desk, store, problems, asks };
}

const unavailable: Answer<"search"> = { outcome: "unavailable" };

test("searches are answered by the thread, one after the other", async () => {
  const { desk, store, asks } = open();
  const answers = await Promise.all([asks(1), asks(2, { text: "wine" }), asks(3)]);
  const texts = answers.map((answer) =>
    answer.outcome === "found" ? answer.entries.map(({ text }) => text) : answer.outcome,
  );
  expect(texts).toEqual([["tea at five"], [], ["tea at five"]]);
  desk.close();
  store.close();
});

test("a thread that crashes is begun again once; who waits is told, and so is the operator", async () => {
  const { desk, problems, asks } = open({ code: crashing() });
  expect(await Promise.all([asks(1), asks(2)])).toEqual([unavailable, unavailable]);
  expect(problems).toEqual(["the search has failed: error: a bug; it is begun again"]);
  // Nobody is kept waiting for the thread to come back.
  expect(await asks(3)).toEqual(unavailable);
  while (problems.length < 2) {
    await asks(4);
    await Bun.sleep(50);
  }
  expect(problems[1]).toBe(
    "the search has failed: error: a bug; nothing is found until the server is started again",
  );
  expect(await asks(5)).toEqual(unavailable);
  desk.close();
});

test("of one connection one search waits, of one account a few, of all some", async () => {
  const { desk, asks } = open({ code: silent() });
  void asks(1, { reader: accountId(1) });
  expect(await asks(2, { connection: connectionId(1), reader: accountId(2) })).toEqual(unavailable);
  for (let id = 2; id <= searchesPerReaderMax; id += 1) void asks(id, { reader: accountId(1) });
  expect(await asks(100, { reader: accountId(1) })).toEqual(unavailable);
  for (let id = searchesPerReaderMax + 1; id <= searchesWaitingMax; id += 1) {
    void asks(id, { reader: accountId(id) });
  }
  expect(await asks(200, { reader: accountId(200) })).toEqual(unavailable);
  // Whose connection is gone makes room.
  desk.abandon(connectionId(searchesWaitingMax));
  const next = asks(201, { reader: accountId(201) });
  expect(await Promise.race([next, Bun.sleep(20).then(() => "waits")])).toBe("waits");
  desk.close();
});

test("a desk that is closed answers nobody, and closing it twice does no harm", async () => {
  const { desk, asks } = open();
  desk.close();
  desk.close();
  expect(await asks(1)).toEqual(unavailable);
});

test("a thread that does not end is not waited for for ever", async () => {
  const { desk, asks } = open({ code: silent() });
  void asks(1);
  desk.close();
  expect(await asks(2)).toEqual(unavailable);
});
