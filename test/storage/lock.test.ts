/**
 * The lock on a data folder: one holder at a time, and none left behind by a process that died.
 */
import { expect, onTestFinished, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StorageFault } from "../../src/storage/fault.ts";
import { lockFile, lockFolder } from "../../src/storage/lock.ts";
import { freshFolder } from "../support/folder.ts";

test("a second lock on the same folder is refused, until the first is released", () => {
  const folder = freshFolder();
  const first = lockFolder(folder);
  expect(first.ok).toBe(true);
  expect(lockFolder(folder)).toEqual({
    ok: false,
    error: `another authchat server is running on ${folder}`,
  });
  if (first.ok) first.value.release();
  expect(lockFolder(folder).ok).toBe(true);
});

test("locks on two folders do not meet", () => {
  expect(lockFolder(freshFolder()).ok).toBe(true);
  expect(lockFolder(freshFolder()).ok).toBe(true);
});

test("another process is kept out, and a killed one leaves no lock", async () => {
  const folder = freshFolder();
  const module = join(import.meta.dir, "../../src/storage/lock.ts");
  const code = `
    import { lockFolder } from ${JSON.stringify(module)};
    const lock = lockFolder(${JSON.stringify(folder)});
    console.log(lock.ok);
    setInterval(() => lock, 60_000);`;
  const process = Bun.spawn(["bun", "-e", code], { stdout: "pipe" });
  onTestFinished(() => process.kill("SIGKILL"));
  const { value } = await process.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("true\n");
  expect(lockFolder(folder).ok).toBe(false);
  process.kill("SIGKILL");
  await process.exited;
  expect(lockFolder(folder).ok).toBe(true);
});

test("the lock's file is its owner's only", () => {
  const folder = freshFolder();
  expect(lockFolder(folder).ok).toBe(true);
  expect(statSync(join(folder, lockFile)).mode & 0o777).toBe(0o600);
});

test("a folder that cannot be locked, by no fault of another server, says why", () => {
  expect(() => lockFolder(join(freshFolder(), "none"))).toThrow("ENOENT");
  const folder = freshFolder();
  writeFileSync(join(folder, lockFile), "x".repeat(2_000));
  expect(() => lockFolder(folder)).toThrow(StorageFault);
  expect(() => lockFolder(folder)).toThrow("cannot lock");
});
