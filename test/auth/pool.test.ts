/**
 * Pool: a little at once, a bounded queue behind it, and nothing done for those who are gone.
 */
import { expect, test } from "bun:test";
import { Pool, type Waiter } from "../../src/auth/pool.ts";
import { never } from "./support.ts";

const limits = { runningMax: 2, waitingMax: 64, waitingPerSourceMax: 64, waitMsMax: 60_000 };

/** Someone, who stays. */
function from(source: string, signal = never()): Waiter {
  return { source, signal };
}

/** Work that lasts until it is told to end. */
class Work {
  readonly #ended = Promise.withResolvers<void>();
  hasBegun = false;

  readonly run = async (): Promise<string> => {
    this.hasBegun = true;
    await this.#ended.promise;
    return "done";
  };

  end(): void {
    this.#ended.resolve();
  }
}

test("no more than two run at once, and the next begins when one ends", async () => {
  const pool = new Pool(limits);
  const works = [new Work(), new Work(), new Work()];
  const outcomes = works.map((work) => pool.run(from("a"), work.run));
  await Promise.resolve();
  expect(works.map((work) => work.hasBegun)).toEqual([true, true, false]);
  works[0]?.end();
  await outcomes[0];
  await Promise.resolve();
  expect(works[2]?.hasBegun).toBe(true);
  for (const work of works) work.end();
  expect(await Promise.all(outcomes)).toEqual(works.map(() => ({ kind: "done", value: "done" })));
  expect(pool.running).toBe(0);
});

test("who comes when 64 wait finds it busy, and the others are served in order", async () => {
  const pool = new Pool(limits);
  const order: number[] = [];
  const first = new Work();
  const outcomes = Array.from({ length: 2 + 64 + 3 }, (_, index) =>
    pool.run(from("a"), async () => {
      await first.run();
      order.push(index);
    }),
  );
  expect(pool.waiting).toBe(64);
  for (const refused of outcomes.slice(66)) expect(await refused).toEqual({ kind: "busy" });
  first.end();
  await Promise.all(outcomes);
  expect(order).toEqual(Array.from({ length: 66 }, (_, index) => index));
  expect([pool.running, pool.waiting]).toEqual([0, 0]);
});

test("whoever waits too long is told that it is busy, and leaves the queue", async () => {
  const pool = new Pool({ ...limits, runningMax: 1, waitMsMax: 1 });
  const work = new Work();
  const running = pool.run(from("a"), work.run);
  const late = new Work();
  expect(await pool.run(from("a"), late.run)).toEqual({ kind: "busy" });
  expect(pool.waiting).toBe(0);
  work.end();
  await running;
  expect(late.hasBegun).toBe(false);
});

test("what is abandoned while it waits leaves its place to others at once", async () => {
  const pool = new Pool({ ...limits, runningMax: 1, waitingMax: 1 });
  const work = new Work();
  const running = pool.run(from("a"), work.run);
  const gone = new AbortController();
  const abandoned = new Work();
  const outcome = pool.run(from("a", gone.signal), abandoned.run);
  gone.abort();
  expect(await outcome).toEqual({ kind: "abandoned" });
  expect(pool.waiting).toBe(0);
  const next = pool.run(from("a"), () => Promise.resolve("next"));
  work.end();
  await running;
  expect(await next).toEqual({ kind: "done", value: "next" });
  expect(abandoned.hasBegun).toBe(false);
});

test("what is abandoned while it runs is said to be abandoned once it has ended", async () => {
  const pool = new Pool(limits);
  const gone = new AbortController();
  const work = new Work();
  const outcome = pool.run(from("a", gone.signal), work.run);
  await Promise.resolve();
  gone.abort();
  work.end();
  expect(await outcome).toEqual({ kind: "abandoned" });
});

test("work that fails gives its place back", async () => {
  const pool = new Pool({ ...limits, runningMax: 1 });
  const problem = new Error("no memory");
  const failing = pool
    .run(from("a"), () => Promise.reject(problem))
    .catch((error: unknown) => error);
  const next = pool.run(from("a"), () => Promise.resolve(1));
  expect(await failing).toBe(problem);
  expect(await next).toEqual({ kind: "done", value: 1 });
});

/** A full pool, and the order in which those that wait for it are served. */
function queue(of: Partial<typeof limits> = {}) {
  const pool = new Pool({ ...limits, runningMax: 1, ...of });
  const work = new Work();
  const served: string[] = [];
  const all: Promise<unknown>[] = [pool.run(from("running"), work.run)];
  return {
    pool,
    comes: (source: string) => {
      const run = () => Promise.resolve(served.push(source));
      const outcome = pool.run(from(source), run);
      all.push(outcome);
      return outcome;
    },
    order: async () => {
      work.end();
      await Promise.all(all);
      return served.join("");
    },
  };
}

test("sources take turns, whatever one of them queues", async () => {
  const { comes, order } = queue();
  for (const source of "aaaaabbbc") void comes(source);
  expect(await order()).toBe("abcababaa");
});

test("who comes alone waits for one of each other source at most", async () => {
  const { comes, order } = queue();
  for (let count = 0; count < 60; count += 1) void comes("abcdef".charAt(count % 6));
  void comes("z");
  expect((await order()).indexOf("z")).toBe(6);
});

test("of one source 8 wait, and the ninth finds it busy; others do not", async () => {
  const { comes, order } = queue({ waitingPerSourceMax: 8 });
  const outcomes = Array.from({ length: 9 }, () => comes("a"));
  const other = comes("b");
  expect(await outcomes[8]).toEqual({ kind: "busy" });
  expect(await order()).toBe("abaaaaaaa");
  expect((await other).kind).toBe("done");
});

test("when all places are taken the source with the most gives its latest to one with less", async () => {
  const { pool, comes, order } = queue({ waitingMax: 4 });
  const first = [comes("a"), comes("a"), comes("a"), comes("b")];
  const late = comes("c");
  expect(await first[2]).toEqual({ kind: "busy" });
  expect(pool.waiting).toBe(4);
  expect(await comes("b")).toEqual({ kind: "busy" }); // it would have as many as the longest
  expect(await order()).toBe("abca");
  expect((await late).kind).toBe("done");
  expect([pool.running, pool.waiting]).toEqual([0, 0]);
});
