/**
 * The load generator, a process of its own: does the one job on its command line, and prints what came of it.
 *
 *     bun test/bench/load/main.ts '{"place":…,"scenario":{"kind":"fanout",…},…}'
 */
import { fanOut } from "./fan-out.ts";
import { idle } from "./idle.ts";
import { type Job, type Outcome } from "./job.ts";
import { join } from "./join.ts";
import { dm } from "./pairs.ts";
import { storm } from "./storm.ts";

// Written by `runs` in `generator.ts`, and by nobody else.
const job = JSON.parse(process.argv[2] ?? "") as Job;
process.stdout.write(JSON.stringify(await does(job)));
process.exit(0); // whatever connection is still open

function does(what: Job): Promise<Outcome> {
  const { scenario } = what;
  switch (scenario.kind) {
    case "fanout":
      return fanOut(what, scenario);
    case "dm":
      return dm(what, scenario);
    case "idle":
      return idle(what, scenario);
    case "storm":
      return storm(what, scenario);
    case "join":
      return join(what, scenario);
  }
}
