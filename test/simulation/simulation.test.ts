/** The simulated world over many seeds, as `bun sim` runs it: on every core. */
import { expect, test } from "bun:test";
import { join } from "node:path";

/** What two busy cores may take for it; a run that hangs ends. */
const runMsMax = 600_000;

test(
  "1,000 seeds, most of them small, 4 of 200 accounts and 8 with a crowd hold every rule",
  async () => {
    const run = Bun.spawn({
      cmd: [process.execPath, join(import.meta.dir, "run.ts"), "--large", "4", "--wild", "8"],
      stdout: "pipe",
      stderr: "inherit",
      timeout: runMsMax,
    });
    const output = await new Response(run.stdout).text();
    expect(output).not.toContain("again with");
    expect(await run.exited).toBe(0);
    expect(output).toMatch(/^1012 seeds, /);
  },
  runMsMax,
);
