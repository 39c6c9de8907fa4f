/**
 * The clock of the machine jumps under the built server, an hour back and forth, to 1970 and to 2100: what people are
 * shown never runs back, its order stays, and no connection is lost by it.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { LoadClient } from "../support/load-client.ts";
import { everythingFor } from "../support/pages.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

/** The library that gives a process another wall clock, and no other time that passes. */
const library = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
].find((file) => existsSync(file));

if (library === undefined) {
  process.stderr.write("\n*** NOT TESTED: faketime is not installed (apt-get install)\n\n");
}

/** What the clock says, as the library takes it; the last one is back where it was. */
const jumps = ["-3600s", "+3600s", "@1970-01-02 00:00:00", "@2100-01-01 00:00:00", "+0s"];

describe.skipIf(library === undefined)("while the clock jumps", () => {
  test("shown times never run back, the order stays, and nobody is disconnected", async () => {
    const clock = join(freshFolder(), "clock");
    writeFileSync(clock, "+0s\n");
    const port = await stablePort();
    const server = await ServerProcess.starts({
      words: ["--listen", "127.0.0.1:0", "--plain", `127.0.0.1:${port}`, "--registration", "open"],
      environment: {
        LD_PRELOAD: library ?? "",
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    const clients = ["ann", "bob"].map((name) => new LoadClient({ port, name, inFlight: 1 }));
    for (const client of clients) expect(await client.until(({ isOnline }) => isOnline)).toBe(true);
    for (const jump of jumps) {
      writeFileSync(clock, `${jump}\n`);
      for (const client of clients) {
        const { sent } = client;
        client.talks();
        expect(await client.until((each) => each.acknowledged.size >= sent + 3)).toBe(true);
        client.pauses();
        expect(await client.until(({ isDone }) => isDone)).toBe(true);
      }
    }

    const kept = await everythingFor("ann", server);
    for (const { views, times } of clients) {
      expect(views).toEqual([kept.map(({ id }) => id)]);
      expect(times[0]).toEqual(times[0]?.toSorted());
      // It did jump, and went on from the latest it had been.
      expect(times[0]?.at(-1)).toStartWith("2100-01-01");
    }
    server.signals("SIGTERM");
    expect(await server.ended()).toMatchObject({ code: 0 });
  });
});
