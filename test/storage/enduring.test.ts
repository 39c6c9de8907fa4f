/** EnduringStore: a full disk and a database that someone else has cost a turn nothing but time. */
import { expect, test } from "bun:test";
import { logId } from "../../src/base/ids.ts";
import { type EntryOutcome } from "../../src/server/outside.ts";
import { EnduringStore, type KeepAttempt } from "../../src/storage/enduring.ts";
import { keeping as keepingThat, type Kept, said, time } from "./records.ts";

const written: KeepAttempt = { kind: "written", outcomes: [], needsSync: true };
const kept: Kept = { kind: "kept", outcomes: [] };
const full: KeepAttempt = { kind: "full", reason: "no room" };
const busy: KeepAttempt = { kind: "busy", reason: "locked" };
const broken = { kind: "failed", reason: "I/O error" } as const;

interface Outcome {
  readonly answers: readonly Kept[];
  readonly attempts: number;
  readonly waitedMs: readonly number[];
  readonly roomMade: number;
}

/** What comes of a turn when attempts go like this; the last goes on for ever. */
function keeping(attempts: readonly KeepAttempt[], hasRoom = true): Outcome {
  const answers: Kept[] = [];
  const waitedMs: number[] = [];
  const due: (() => void)[] = [];
  let count = 0;
  let roomMade = 0;
  const store = new EnduringStore({
    attempt: () => {
      count += 1;
      return attempts[Math.min(count, attempts.length) - 1] ?? written;
    },
    sync: (_place, synced) => synced(undefined),
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
  store.keep(
    [said("a")],
    time(1),
    keepingThat((answer) => answers.push(answer)),
  );
  for (let run = due.shift(); run !== undefined; run = due.shift()) run();
  return { answers, attempts: count, waitedMs, roomMade };
}

test("what is kept is answered at once", () => {
  expect(keeping([written])).toEqual({ answers: [kept], attempts: 1, waitedMs: [], roomMade: 0 });
});

test("on a full disk room is made, and the same turn is kept", () => {
  expect(keeping([full, written])).toEqual({
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
  const { answers, waitedMs } = keeping([busy, busy, busy, written]);
  expect([answers, waitedMs]).toEqual([[kept], [20, 40, 80]]);
});

test("with the room that was made, who has the database is waited for all the same", () => {
  const { answers, waitedMs, roomMade } = keeping([full, busy, busy, written]);
  expect([answers, waitedMs, roomMade]).toEqual([[kept], [20, 40], 1]);
});

test("who never gives the database back is not waited for any more after half a minute", () => {
  const { answers, waitedMs } = keeping([busy]);
  expect(answers).toEqual([{ kind: "failed", reason: "locked" }]);
  const all = waitedMs.reduce((sum, ms) => sum + ms, 0);
  expect([all >= 30_000, all <= 31_000, Math.max(...waitedMs)]).toEqual([true, true, 1_000]);
});

test("a failing disk is not tried again", () => {
  expect(keeping([broken, written])).toMatchObject({ answers: [broken], attempts: 1, roomMade: 0 });
});

/** What happens to a turn, in order, with a disk that answers like this. */
function steps(needsSync: boolean, failure?: string, outcomes: EntryOutcome[] = []): string[] {
  const happened: string[] = [];
  const store = new EnduringStore({
    attempt: () => ({ kind: "written", needsSync, outcomes }),
    sync: (place, synced) => {
      happened.push(`syncs ${place}`);
      synced(failure);
    },
    makeRoom: () => false,
    kept: () => happened.push("others are told"),
    later: () => undefined,
  });
  store.keep([said("a")], time(1), {
    written: () => happened.push("written"),
    kept: () => happened.push("kept"),
    failed: (reason) => happened.push(`failed: ${reason}`),
  });
  return happened;
}

test("what is written is kept when it is on the disk, and not when the disk fails", () => {
  expect(steps(true)).toEqual(["written", "syncs here", "kept", "others are told"]);
  expect(steps(true, "I/O error")).toEqual(["written", "syncs here", "failed: I/O error"]);
  expect(steps(false)).toEqual(["written", "kept", "others are told"]);
});

test("a turn in which more than one thing was said leaves the disk to a thread", () => {
  const outcome = { place: { log: logId(1), sequence: 1, time: time(1) }, isFirst: true, id: 1 };
  expect(steps(true, undefined, [outcome])[1]).toBe("syncs here");
  expect(steps(true, undefined, [outcome, outcome])[1]).toBe("syncs in a thread");
});
