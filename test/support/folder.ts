/**
 * Fresh folders for tests, in memory where the system has a RAM-backed folder, gone when the test
 * has ended.
 */
import { onTestFinished } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An empty folder of its own. To be called inside a test (or what runs before it), which removes it
 * at its end.
 */
export function freshFolder(): string {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = mkdtempSync(join(parent, "authchat-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
