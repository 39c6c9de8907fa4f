/**
 * The benchmarks, in their short form: they work, that of logins knows every mechanism, and those of rooms and connections
 * find what is lost, doubled or reordered. How fast anything is, is not looked at.
 */
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { assertAllMeasured } from "../bench/login.ts";
import { loginRows, titleOf } from "../bench/login-rows.ts";
import { shortRows } from "../bench/rows.ts";
import { timingFacts } from "../bench/timing.ts";

setDefaultTimeout(120_000);

const mechanisms = mechanismsFor(timingFacts);

/** What the short form says, as JSON. */
async function measuredBy(scenario: string): Promise<unknown> {
  const script = join(import.meta.dir, "../bench/run.ts");
  const child = Bun.spawn([process.execPath, script, scenario, "--short", "--json"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const out = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return JSON.parse(out);
}

test("bun bench login has logged in by every mechanism, and an honest pair has talked meanwhile", async () => {
  const measured = await measuredBy("login");
  expect(measured).toMatchObject({
    logins: ["TLS only", ...loginRows.map(titleOf)].map((name) => ({ name })),
    queue: { quiet: {}, besieged: {} },
  });
});

async function short(
  ...words: readonly string[]
): Promise<{ code: number; out: string; errors: string }> {
  const script = join(import.meta.dir, "../bench/run.ts");
  const child = Bun.spawn([process.execPath, script, "short", ...words], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, out, errors };
}

test("bun bench short: in rooms, pairs, storms and joins nothing is lost, doubled or reordered", async () => {
  const { code, out, errors } = await short();
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(out.trimEnd().split("\n")).toEqual(shortRows.map(({ title }) => title));
});

test.each([
  ["lose", "1 lost"],
  ["double", "1 doubled"],
  ["swap", "1 reordered"],
])("bun bench short: a receiver whose line is broken (%s) ends it with 1", async (how, fault) => {
  const { code, errors } = await short("--rows", "fanout 12 bare", "--sabotage", how);
  expect(code).toBe(1);
  expect(errors).toBe(`FAULT: fanout 12 bare: authchat: ${fault}\n`);
});

test("bun bench grow has measured operations among accounts, members and messages", async () => {
  const measured = await measuredBy("grow");
  const kinds = ["accounts", "members", "messages"];
  expect(measured).toMatchObject({ figures: kinds.map((kind) => ({ of: kind })) });
});

test("bun bench history has started on a history, paged, searched, and lost no message meanwhile", async () => {
  const measured = await measuredBy("history");
  expect(measured).toMatchObject({
    figures: { page: { count: 10 }, searches: Array.from({ length: 7 }, () => ({ count: 5 })) },
  });
});

test("a mechanism without a row is not passed over", () => {
  expect(() => assertAllMeasured(loginRows)).not.toThrow();
  expect(() => assertAllMeasured(loginRows.slice(1))).toThrow(String(mechanisms[0]));
});
