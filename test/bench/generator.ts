/**
 * Runs the load generator (`load/main.ts`) on a core of its own, and reads what it answers.
 */
import { join } from "node:path";
import { pinned } from "./bench-server.ts";
import { type Job, type Outcome } from "./load/job.ts";

const script = join(import.meta.dir, "load/main.ts");

/** @throws when it fails; what it said of that has been on standard error. */
export async function generates(job: Job, core: number | undefined): Promise<Outcome> {
  const child = Bun.spawn([...pinned(core), process.execPath, script, JSON.stringify(job)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await child.stdout.text();
  const code = await child.exited;
  if (code !== 0 || text === "") throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(text) as Outcome; // what `load/main.ts` has written
}
