/**
 * The sieges see what they are to see: a server that stands still, one that loses its memory, one that is gone, and
 * one whose attackers are let do what they like.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Siege } from "../support/attack.ts";

setDefaultTimeout(60_000);

function fails(siege: Promise<unknown>): Promise<string> {
  return siege.then(
    () => "",
    (error: unknown) => (error instanceof Error ? Bun.stripANSI(error.message) : "no Error"),
  );
}

test("a server that stands still for a moment is late", async () => {
  const stands = Siege.runs({}, async ({ server }) => {
    server.signals("SIGSTOP");
    await Bun.sleep(900);
    server.signals("SIGCONT");
  });
  expect(await fails(stands)).toMatch(/toBeLessThan[^]*Received: \d{3}/);
});

test("a server that is gone has lost what was said to it", async () => {
  const dies = Siege.runs({}, async ({ server }) => {
    server.signals("SIGKILL");
    await server.ended();
  });
  expect(await fails(dies)).toContain("closed");
});

test("a server that has grown by more than it may has grown too much", async () => {
  const grows = Siege.runs({ growthMiBMax: -1_000 }, () => Promise.resolve());
  expect(await fails(grows)).toContain("Expected: < -1000");
});

test("an attack that is not answered as it must be has failed, however calm all others are", async () => {
  const wrong = Siege.runs({}, async (siege) => {
    const stranger = await siege.stranger();
    stranger.leaves();
    await stranger.until(/ never /);
  });
  expect(await fails(wrong)).toContain("closed before");
});
