/** Cleaning: steps follow each other until nothing is left to do, with room between them while people speak. */
import { expect, onTestFinished, test } from "bun:test";
import { Cleaning } from "../../../src/cli/server/cleaning.ts";
import { dayMs, elapsedMs, wallMs } from "../../../src/base/time.ts";
import { type Note } from "../../../src/server/notes.ts";
import { type RetentionNow } from "../../../src/storage/retention.ts";
import { type CleaningStep } from "../../../src/storage/store.ts";

const nothing: CleaningStep = { hasMore: false, erased: undefined, behindMs: undefined };
const more: CleaningStep = { ...nothing, hasMore: true };

class Watched {
  readonly asked: RetentionNow[] = [];
  readonly notes: Note[] = [];
  readonly problems: string[] = [];
  keptCount = 0;
  readonly cleaning: Cleaning;
  readonly #steps: CleaningStep[];

  constructor(...steps: readonly CleaningStep[]) {
    this.#steps = [...steps];
    this.cleaning = new Cleaning({
      store: {
        clean: (now) => {
          this.asked.push(now);
          return this.#steps.shift() ?? nothing;
        },
        isErasing: () => this.#steps.length > 0,
      },
      clocks: { wall: () => wallMs(5), elapsed: () => elapsedMs(6) },
      keepDays: () => 7,
      keptCount: () => this.keptCount,
      note: (note) => this.notes.push(note),
      problem: (sentence) => this.problems.push(sentence),
    });
    onTestFinished(() => this.cleaning.stop());
  }

  async steps(count: number): Promise<void> {
    while (this.asked.length < count) await Bun.sleep(1);
  }
}

test("step follows step until there is nothing more to do, each by the clocks and the settings", async () => {
  const watched = new Watched(more, more, nothing, more);
  watched.cleaning.begin();
  watched.cleaning.begin(); // under way already
  expect(watched.asked).toHaveLength(1);
  await watched.steps(3);
  await Bun.sleep(60);
  expect(watched.asked).toHaveLength(3);
  expect(watched.asked[0]).toEqual({ wall: wallMs(5), elapsed: elapsedMs(6), keepDays: 7 });
});

test("while people speak the next step waits", async () => {
  const watched = new Watched(more, more, more);
  watched.keptCount = 1;
  watched.cleaning.begin();
  await Bun.sleep(100);
  expect(watched.asked).toHaveLength(1);
  await watched.steps(3);
});

test("stopped, it does nothing any more", async () => {
  const watched = new Watched(more, more);
  watched.cleaning.begin();
  watched.cleaning.stop();
  await Bun.sleep(60);
  expect(watched.asked).toHaveLength(1);
});

test("all that is to be erased is, at once, where nobody is served", () => {
  const watched = new Watched(more, more, { ...nothing, erased: { name: "ann", erased: 3 } });
  watched.cleaning.finishErasing();
  expect(watched.asked).toHaveLength(3);
  expect(watched.notes).toEqual([{ event: "account.erased", account: "ann", count: 3 }]);
});

test("a step that fails is not tried again and again where nobody is served", () => {
  const watched = new Watched(nothing, more);
  watched.cleaning.finishErasing();
  expect(watched.asked).toHaveLength(1);
});

test("a clock that is far ahead is said to the operator", () => {
  const watched = new Watched({ ...nothing, behindMs: 400.5 * dayMs });
  watched.cleaning.begin();
  expect(watched.problems).toHaveLength(1);
  expect(watched.problems[0]).toStartWith("the clock is 400 days later than when old messages");
});
