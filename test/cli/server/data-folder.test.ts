/**
 * The data folder: every command finds the same one, and one that others may look into is refused.
 */
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import {
  dataFolderPath,
  existingDataFolder,
  openDataFolder,
  type Surroundings,
} from "../../../src/cli/server/data-folder.ts";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { freshFolder } from "../../support/folder.ts";

function surroundings(
  platform: string,
  environment: Readonly<Record<string, string>>,
): Surroundings {
  return { platform, environment, home: () => "/home/by-database" };
}

function refusal(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was taken");
}

test("what was chosen goes before everything else", () => {
  expect(dataFolderPath("/srv/chat", surroundings("linux", { HOME: "/home/ann" }))).toBe(
    "/srv/chat",
  );
});

test("on Linux it is where XDG says, else in the home folder, by the user database without HOME", () => {
  const path = (environment: Readonly<Record<string, string>>): string =>
    dataFolderPath(undefined, surroundings("linux", environment));
  expect(path({ XDG_DATA_HOME: "/x", HOME: "/home/ann" })).toBe("/x/authchat");
  expect(path({ HOME: "/home/ann" })).toBe("/home/ann/.local/share/authchat");
  expect(path({ XDG_DATA_HOME: "relative", HOME: "" })).toBe(
    "/home/by-database/.local/share/authchat",
  );
});

test("macOS and Windows have places of their own", () => {
  expect(dataFolderPath(undefined, surroundings("darwin", { HOME: "/Users/ann" }))).toBe(
    "/Users/ann/Library/Application Support/authchat",
  );
  expect(dataFolderPath(undefined, surroundings("win32", { LOCALAPPDATA: "/local" }))).toBe(
    "/local/authchat",
  );
});

test("it is made, with all folders above it, for its owner alone", () => {
  const path = join(freshFolder(), "deep", "data");
  const before = process.umask(0);
  try {
    openDataFolder(path);
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("one that others may look into is refused, with what to do", () => {
  const path = join(freshFolder(), "data");
  mkdirSync(path);
  chmodSync(path, 0o750);
  const { code, message, hint } = refusal(() => openDataFolder(path));
  expect([code, message]).toEqual([77, `others may use the data folder ${path} (mode 750)`]);
  expect(hint).toContain(`chmod 700 '${path}'`);
});

test("a file in its place is refused", () => {
  const path = join(freshFolder(), "data");
  writeFileSync(path, "");
  expect([74, 77]).toContain(refusal(() => openDataFolder(path)).code);
});

test("where no server has been yet is a failure that says how to begin", () => {
  const { code, hint } = refusal(() => existingDataFolder(join(freshFolder(), "none")));
  expect([code, hint?.includes("authchat serve")]).toEqual([1, true]);
});
