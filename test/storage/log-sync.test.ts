/** LogSync: what is asked for while a flush is under way is answered by the next one, and a failure is never forgotten. */
import { pbkdf2 } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { LogSync, type SyncPlace } from "../../src/storage/log-sync.ts";
import { freshFolder } from "../support/folder.ts";

function writtenFile(): string {
  const file = join(freshFolder(), "log");
  writeSync(openSync(file, "w"), "what is to be on the disk");
  return file;
}

/** What is answered, in order: the name, and whether it failed. */
function answers(log: LogSync, place: SyncPlace = "in a thread") {
  const answered: string[] = [];
  const ask = (name: string): Promise<void> =>
    new Promise((resolve) => {
      log.sync(place, (failure) => {
        answered.push(failure === undefined ? name : `${name} failed`);
        resolve();
      });
    });
  return { answered, ask };
}

test("here it answers at once", () => {
  const { answered, ask } = answers(new LogSync(writtenFile()), "here");
  void ask("a");
  void ask("b");
  expect(answered).toEqual(["a", "b"]);
});

test("in a thread it answers later, and all who ask meanwhile together", async () => {
  const log = new LogSync(writtenFile());
  const { answered, ask } = answers(log);
  const [first, second, third] = [ask("a"), ask("b"), ask("c")];
  expect(answered).toEqual([]);
  await first;
  expect(answered).toEqual(["a"]);
  await second;
  expect(answered).toEqual(["a", "b", "c"]);
  await third;
});

test("a flush that does not come about in a thread, because others have them all, is done here", async () => {
  const { answered, ask } = answers(new LogSync(writtenFile()));
  const busy = Array.from({ length: 16 }, () =>
    promisify(pbkdf2)("password", "salt", 400_000, 64, "sha512"),
  );
  await ask("a");
  await ask("b");
  let isOver = false;
  const all = Promise.all(busy).then(() => {
    isOver = true;
  });
  expect([answered, isOver]).toEqual([["a", "b"], false]);
  await all;
  await ask("c");
  expect(answered).toEqual(["a", "b", "c"]);
});

test("who asks for it here does not wait for one in a thread", async () => {
  const log = new LogSync(writtenFile());
  const { answered, ask } = answers(log);
  const first = ask("a");
  log.sync("here", () => answered.push("b"));
  expect(answered).toEqual(["b"]);
  await first;
  expect(answered).toEqual(["b", "a"]);
});

test("a file that is not there is a failure in a thread as well", async () => {
  const { answered, ask } = answers(new LogSync(join(freshFolder(), "log")));
  await ask("a");
  await ask("b");
  expect(answered).toEqual(["a failed", "b failed"]);
});

test("who asks from within an answer is answered by the next flush", async () => {
  const log = new LogSync(writtenFile());
  const { answered, ask } = answers(log);
  await new Promise<void>((resolve) => {
    log.sync("in a thread", () => {
      void ask("b").then(resolve);
      expect(answered).toEqual([]);
    });
  });
  expect(answered).toEqual(["b"]);
});

test("a file that is not there is a failure, and so is everything after it", async () => {
  const file = join(freshFolder(), "log");
  const { answered, ask } = answers(new LogSync(file), "here");
  void ask("a");
  writeSync(openSync(file, "w"), "too late");
  void ask("b");
  expect(answered).toEqual(["a failed", "b failed"]);
});

test("what throws while it is answered is thrown on, and the next is answered", () => {
  const log = new LogSync(writtenFile());
  const asks = (): void =>
    log.sync("here", () => {
      throw new Error("a bug elsewhere");
    });
  expect(asks).toThrow("a bug elsewhere");
  const { answered, ask } = answers(log, "here");
  void ask("b");
  expect(answered).toEqual(["b"]);
});

test("after the end nobody is answered, whether a flush is under way or not", async () => {
  const log = new LogSync(writtenFile());
  const { answered, ask } = answers(log);
  void ask("a");
  void ask("b");
  log.close();
  await Bun.sleep(50);
  expect(answered).toEqual([]);
});
