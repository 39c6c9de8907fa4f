/** Thirty connections say every command at random, for a minute and under faults, beside devices that chat. */
import { expect, test } from "bun:test";
import { catalog } from "../../src/server/commands/index.ts";
import { freshFolder } from "../support/folder.ts";
import { World } from "../support/world.ts";
import { worldOf } from "./worlds.ts";
import { speech } from "./speech.ts";

/** Two busy cores take a tenth of it. */
const withinMs = 60_000;

test("the crowd knows how to say every command there is", () => {
  expect(catalog.commandNames.filter((name) => !speech.has(name))).toEqual([]);
});

test(
  "every rule holds, and a seed gives the same run to the last byte",
  () => {
    const [first, again] = [1, 2].map(() => {
      const world = new World({ ...worldOf(2_000_002), folder: freshFolder() });
      world.run();
      const { messagesSeen, wire } = world.checkers;
      // It is something that holds, and not nothing.
      expect(messagesSeen).toBeGreaterThan(200);
      expect(wire.pingsAnswered).toBeGreaterThan(200);
      return { digest: wire.digest, steps: world.clock.steps };
    });
    expect(first).toEqual(again ?? { digest: 0n, steps: 0 });
  },
  withinMs,
);

test(
  "every rule holds where nobody needs an account and nicks are free",
  () => {
    const world = new World({ ...worldOf(2_000_003), folder: freshFolder() });
    world.run();
    expect(world.checkers.wire.pingsAnswered).toBeGreaterThan(200);
  },
  withinMs,
);

// What these seeds found within so long is mended; each has a test of its own besides.
for (const [seed, faultsMs, found] of [
  [2_000_024, 4_000, "STATS and a colon, whose answer could not be written"],
  [2_000_024, 10_000, "an echo behind a question, which had no place"],
  [2_000_007, 13_000, "the same, among guests"],
] as const) {
  test(
    `it found once: ${found}`,
    () => {
      // Nobody read by pages then.
      const world = new World({ ...worldOf(seed), folder: freshFolder(), faultsMs, readers: 0 });
      world.run();
      expect(world.checkers.wire.pingsAnswered).toBeGreaterThan(0);
    },
    withinMs,
  );
}
