/**
 * The benchmark of logins, in its short form: it works, and knows every mechanism. How fast anything is, is not looked
 * at.
 */
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { assertAllMeasured } from "../bench/login.ts";
import { loginRows, titleOf } from "../bench/login-rows.ts";
import { timingFacts } from "../bench/timing.ts";

setDefaultTimeout(120_000);

const mechanisms = mechanismsFor(timingFacts);

test("bun bench login has logged in by every mechanism, and an honest pair has talked meanwhile", async () => {
  const script = join(import.meta.dir, "../bench/run.ts");
  const child = Bun.spawn([process.execPath, script, "login", "--short", "--json"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const out = await child.stdout.text();
  expect(await child.exited).toBe(0);
  const measured: unknown = JSON.parse(out);
  expect(measured).toMatchObject({
    logins: ["TLS only", ...loginRows.map(titleOf)].map((name) => ({ name })),
    queue: { quiet: {}, besieged: {} },
  });
});

test("a mechanism without a row is not passed over", () => {
  expect(() => assertAllMeasured(loginRows)).not.toThrow();
  expect(() => assertAllMeasured(loginRows.slice(1))).toThrow(String(mechanisms[0]));
});
