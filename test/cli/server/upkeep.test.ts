/** Upkeep: a database whose files are not there any more is written to no further. */
import { copyFileSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "bun:test";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { type DataFolder, openDataFolder } from "../../../src/cli/server/data-folder.ts";
import { Upkeep } from "../../../src/cli/server/upkeep.ts";
import { openDatabase } from "../../../src/storage/opening.ts";
import { freshFolder } from "../../support/folder.ts";

/** The codes it ends the server with when the files have been changed like this. */
function codesAfter(change: (folder: DataFolder) => void): number[] {
  const folder = openDataFolder(join(freshFolder(), "data"));
  const database = openDatabase(folder.database);
  onTestFinished(() => database.close());
  const codes: number[] = [];
  const upkeep = new Upkeep({
    folder,
    problem: (sentence) => {
      throw new Error(sentence);
    },
    failed: (failure) => codes.push(failure instanceof Fault ? failure.code : -1),
    storage: () => undefined,
  });
  upkeep.lookAtFiles();
  change(folder);
  upkeep.lookAtFiles();
  return codes;
}

test("files that are as they were are no reason to end", () => {
  expect(codesAfter(() => undefined)).toEqual([]);
});

test("a database that was moved away ends it with 74 instead of losing what is kept", () => {
  expect(codesAfter(({ database }) => renameSync(database, `${database}.old`))).toEqual([74]);
});

test("a database that was replaced ends it with 74", () => {
  const replace = ({ database }: DataFolder): void => {
    copyFileSync(database, `${database}.copy`);
    renameSync(`${database}.copy`, database);
  };
  expect(codesAfter(replace)).toEqual([74]);
});

test("a write-ahead log that was removed ends it with 74", () => {
  expect(codesAfter(({ database }) => unlinkSync(`${database}-wal`))).toEqual([74]);
});
