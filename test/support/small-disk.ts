/** A disk of a few megabytes for a test, where the system lets one be made (a tmpfs needs root). */
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "bun:test";

export interface SmallDisk {
  /** A data folder on it, not made yet. */
  readonly data: string;
  /** Someone else takes room, until so much is left. */
  fillsUpTo(freeBytes: number): void;
  /** They give it back. */
  frees(): void;
}

/** Undefined, and said, where it is not permitted. */
export function smallDisk(size: string): SmallDisk | undefined {
  const place = mkdtempSync(join(tmpdir(), "authchat-disk-"));
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", place]);
  if (!mounted.success) {
    rmdirSync(place);
    process.stderr.write(
      "SKIPPED: no small disk can be mounted here, so a full one is not tested\n",
    );
    return undefined;
  }
  onTestFinished(() => {
    Bun.spawnSync(["umount", "-l", place]); // whoever still uses it keeps it until they end
    rmdirSync(place);
  });
  const filler = join(place, "filler");
  return {
    data: join(place, "data"),
    fillsUpTo(freeBytes) {
      const { bsize, bavail } = statfsSync(place);
      writeFileSync(filler, new Uint8Array(Math.max(0, bsize * bavail - freeBytes)));
    },
    frees() {
      rmSync(filler);
    },
  };
}
