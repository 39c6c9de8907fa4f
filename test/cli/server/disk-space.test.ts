/** Disk space: when nothing is kept any more, when it is again, and what the operator hears. */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { DiskSpace, type Room } from "../../../src/cli/server/disk-space.ts";
import { freshFolder } from "../../support/folder.ts";

const mib = 1024 * 1024;

interface Watched {
  readonly space: DiskSpace;
  readonly told: string[];
  readonly problems: string[];
  /** So much is free of a disk of 16 MiB, where the ballast is four. */
  readonly frees: (bytes: number) => Promise<void>;
}

function watched(): Watched {
  const folder = freshFolder();
  const told: string[] = [];
  const problems: string[] = [];
  let room: Room = { totalBytes: 16 * mib, freeBytes: 16 * mib };
  const space = new DiskSpace({
    folder,
    ballast: join(folder, "ballast"),
    changed: (isReadOnly, reason) =>
      told.push(`${isReadOnly ? "read-only" : "writable"}: ${reason}`),
    problem: (sentence) => problems.push(sentence),
    measure: () => room,
  });
  return {
    space,
    told,
    problems,
    frees: async (bytes) => {
      room = { ...room, freeBytes: bytes };
      await space.look();
    },
  };
}

test("a disk with room is nothing to talk about, and the ballast is made", async () => {
  const { space, told, problems, frees } = watched();
  await frees(10 * mib);
  expect([told, problems]).toEqual([[], []]);
  expect(space.makeRoom("full")).toBe(true);
});

test("when a commit finds no room the ballast goes, and nothing more is kept", async () => {
  const { space, told, frees } = watched();
  await frees(10 * mib);
  expect([space.makeRoom("no room"), space.makeRoom("no room")]).toEqual([true, false]);
  expect(told).toEqual(["read-only: no room"]);
});

test("it ends by itself, once there is room for the ballast and some besides", async () => {
  const { space, told, frees } = watched();
  await frees(10 * mib);
  space.makeRoom("no room");
  await frees(mib);
  await frees(4.2 * mib);
  expect(told).toHaveLength(1);
  await frees(4.4 * mib);
  expect(told[1]).toBe("writable: 4.4 MiB of the disk are free");
  expect(space.makeRoom("again")).toBe(true);
});

test("a disk that is almost at its end is met before a commit meets it", async () => {
  const { told, frees } = watched();
  await frees(10 * mib);
  await frees(0.1 * mib);
  await frees(0.2 * mib);
  expect(told).toEqual(["read-only: 0.1 MiB of the disk are free"]);
  await frees(0.4 * mib);
  expect(told[1]).toBe("writable: 0.4 MiB of the disk are free");
});

test("a server that starts without room for its ballast keeps nothing until there is", async () => {
  const { told, frees } = watched();
  await frees(0.5 * mib);
  expect(told).toEqual(["read-only: 0.5 MiB of the disk are free"]);
});

test("below a twentieth the operator is warned, once, and again after it was better", async () => {
  const { problems, frees } = watched();
  for (const bytes of [10, 0.75, 0.7, 0.9, 0.75, 10, 0.75]) await frees(bytes * mib);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain("almost full: 0.8 MiB are free");
});

test("a disk that cannot be asked is a problem, told once", async () => {
  const problems: string[] = [];
  const space = new DiskSpace({
    folder: "nowhere",
    ballast: join(freshFolder(), "ballast"),
    changed: () => undefined,
    problem: (sentence) => problems.push(sentence),
    measure: () => {
      throw new Error("no such folder");
    },
  });
  await space.look();
  await space.look();
  expect(problems).toEqual(["how full the disk is cannot be seen: no such folder"]);
});
