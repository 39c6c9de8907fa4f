/** EnduringStore: a full disk and a database that someone else has cost a turn nothing but time. */
import { expect, test } from "bun:test";
import { type KeepAnswer } from "../../src/server/outside.ts";
import { EnduringStore, type KeepAttempt } from "../../src/storage/enduring.ts";
import { said, time } from "./records.ts";

const kept: KeepAttempt = { kind: "kept", outcomes: [] };
const full: KeepAttempt = { kind: "full", reason: "no room" };
const busy: KeepAttempt = { kind: "busy", reason: "locked" };
const broken: KeepAttempt = { kind: "failed", reason: "I/O error" };

interface Outcome {
  readonly answers: readonly KeepAnswer[];
  readonly attempts: number;
  readonly waitedMs: readonly number[];
  readonly roomMade: number;
}

/** What comes of a turn when attempts go like this; the last goes on for ever. */
function keeping(attempts: readonly KeepAttempt[], hasRoom = true): Outcome {
  const answers: KeepAnswer[] = [];
  const waitedMs: number[] = [];
  const due: (() => void)[] = [];
  let count = 0;
  let roomMade = 0;
  const store = new EnduringStore({
    attempt: () => {
      count += 1;
      return attempts[Math.min(count, attempts.length) - 1] ?? kept;
    },
    makeRoom: () => {
      roomMade += 1;
      return hasRoom;
    },
    kept: () => undefined,
    later: (ms, run) => {
      waitedMs.push(ms);
      due.push(run);
    },
  });
  store.keep([said("a")], time(1), (answer) => answers.push(answer));
  for (let run = due.shift(); run !== undefined; run = due.shift()) run();
  return { answers, attempts: count, waitedMs, roomMade };
}

test("what is kept is answered at once", () => {
  expect(keeping([kept])).toEqual({ answers: [kept], attempts: 1, waitedMs: [], roomMade: 0 });
});

test("on a full disk room is made, and the same turn is kept", () => {
  expect(keeping([full, kept])).toEqual({
    answers: [kept],
    attempts: 2,
    waitedMs: [],
    roomMade: 1,
  });
});

test("where no room can be made, or it is not enough, the turn has failed", () => {
  const failed = { kind: "failed", reason: "no room" } as const;
  expect(keeping([full], false)).toMatchObject({ answers: [failed], attempts: 1 });
  expect(keeping([full, full])).toMatchObject({ answers: [failed], attempts: 2, roomMade: 1 });
});

test("who has the database is waited for, longer each time, and nothing is answered meanwhile", () => {
  const { answers, waitedMs } = keeping([busy, busy, busy, kept]);
  expect([answers, waitedMs]).toEqual([[kept], [20, 40, 80]]);
});

test("with the room that was made, who has the database is waited for all the same", () => {
  const { answers, waitedMs, roomMade } = keeping([full, busy, busy, kept]);
  expect([answers, waitedMs, roomMade]).toEqual([[kept], [20, 40], 1]);
});

test("who never gives the database back is not waited for any more after half a minute", () => {
  const { answers, waitedMs } = keeping([busy]);
  expect(answers).toEqual([{ kind: "failed", reason: "locked" }]);
  const all = waitedMs.reduce((sum, ms) => sum + ms, 0);
  expect([all >= 30_000, all <= 31_000, Math.max(...waitedMs)]).toEqual([true, true, 1_000]);
});

test("a failing disk is not tried again", () => {
  expect(keeping([broken, kept])).toMatchObject({ answers: [broken], attempts: 1, roomMade: 0 });
});
