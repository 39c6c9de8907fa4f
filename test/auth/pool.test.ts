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
