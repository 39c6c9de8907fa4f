/** Every checker of the simulated world is seen to fail when the rule it guards is broken on purpose. */
import { describe, expect, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { type Sabotage } from "../support/sim-server.ts";
import { World, type WorldOptions } from "../support/world.ts";
import { Violation } from "./violation.ts";

interface Break {
  readonly sabotage: Sabotage;
  /** The rules whose checkers may be the first to notice. */
  readonly rules: readonly string[];
  readonly what: string;
  readonly options?: Partial<WorldOptions>;
}

const breaks: readonly Break[] = [
  {
    sabotage: "show-unkept",
    rules: ["kept before seen", "acknowledged"],
    what: "a turn is shown and then lost",
  },
  {
    sabotage: "show-unsynced",
    rules: ["kept before seen", "acknowledged", "membership"],
    what: "a turn is shown before it is on the disk, and the power is lost",
  },
  {
    sabotage: "forget-nonce",
    rules: ["acknowledged"],
    what: "a message sent again is kept again",
  },
  {
    sabotage: "lose-member",
    // Who is no member after a restart misses what is said from then on.
    rules: ["membership", "nothing missing"],
    what: "a membership is not written down",
  },
  {
    sabotage: "wall-deadlines",
    rules: ["clocks"],
    what: "deadlines go by the wall clock",
    options: { isCalm: true },
  },
  {
    sabotage: "swap-lines",
    rules: ["one order", "nothing missing", "labels"], // an answer's line may get behind its end
    what: "lines of one turn arrive the wrong way round",
  },
  {
    sabotage: "lose-line",
    // It may have been the answer to a label.
    rules: ["nothing missing", "catching up", "labels"],
    what: "a line is lost on a connection that goes on",
  },
  { sabotage: "long-line", rules: ["lines"], what: "a line is over its limit" },
  { sabotage: "answer-twice", rules: ["labels"], what: "a label is answered twice" },
  { sabotage: "answer-never", rules: ["labels", "catching up"], what: "a label is not answered" },
  { sabotage: "bad-line", rules: ["lines"], what: "a line cannot be read" },
  { sabotage: "say-twice", rules: ["one order", "labels"], what: "a message is shown twice" },
  {
    sabotage: "drop-pong",
    rules: ["pings"],
    what: "a PING is not answered",
    options: { wild: 4, accounts: 2, faultsMs: 5_000 },
  },
  {
    sabotage: "swap-labels",
    rules: ["labels"],
    what: "answers are given in another order than the commands",
    options: { wild: 4, accounts: 2, faultsMs: 5_000 },
  },
  { sabotage: "page-twice", rules: ["exactly once"], what: "a page has a message twice" },
  { sabotage: "page-hole", rules: ["nothing missing"], what: "a page leaves a message out" },
  {
    sabotage: "page-swap",
    rules: ["one order", "nothing missing"],
    what: "a page is out of order",
  },
  { sabotage: "page-beyond", rules: ["pages"], what: "a page is longer than was asked for" },
  {
    sabotage: "page-early-end",
    rules: ["nothing missing"],
    what: "history ends before what comes live begins",
  },
  { sabotage: "live-lost", rules: ["nothing missing"], what: "a reader is not told of a message" },
  {
    sabotage: "repeat-anew",
    rules: ["acknowledged", "kept before seen"],
    what: "what is said again is answered with another message's id",
  },
  { sabotage: "mark-back", rules: ["read markers"], what: "a read marker runs back" },
  {
    sabotage: "full-is-kept",
    rules: ["full disk"],
    what: "the disk is full, and people's words are kept all the same",
  },
  {
    sabotage: "forget-seen",
    rules: ["told once"],
    what: "what a client without history was shown is not written down",
    options: { listeners: 2, faultsMs: 30_000 },
  },
  {
    sabotage: "lose-missed",
    rules: ["nothing missing", "catching up"],
    what: "of what a client without history has missed something is not told",
    options: { listeners: 2, faultsMs: 30_000 },
  },
  {
    sabotage: "never-pause",
    rules: ["queues"],
    what: "a connection that sends too much is not paused",
  },
];

/** The first rule that a world broken like this is seen to break, within so many seeds. */
function ruleSeenBroken({ sabotage, options }: Break): string | undefined {
  for (let seed = 1; seed <= 200; seed += 1) {
    const folder = freshFolder();
    const world = new World({ seed, folder, accounts: 8, faultsMs: 20_000, sabotage, ...options });
    try {
      world.run();
    } catch (error) {
      if (error instanceof Violation) return error.rule;
      throw error;
    }
  }
  return undefined;
}

describe("the world notices when", () => {
  for (const one of breaks) {
    test(
      one.what,
      () => {
        expect(one.rules).toContain(ruleSeenBroken(one) ?? "nothing");
      },
      60_000,
    );
  }
});

test("a calm world in which only the clocks jump has no connection lost", () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const options = { seed, accounts: 8, faultsMs: 60_000, isCalm: true };
    const world = new World({ ...options, folder: freshFolder() });
    world.run();
    expect(world.checkers.messagesSeen).toBeGreaterThan(100);
  }
}, 60_000);

test("a seed gives the same run to the last byte", () => {
  const digests = [1, 2].map(() => {
    const world = new World({ seed: 3, accounts: 6, faultsMs: 10_000, folder: freshFolder() });
    world.run();
    return [world.checkers.wire.digest, world.clock.steps];
  });
  expect(digests[0]).toEqual(digests[1] ?? []);
});
