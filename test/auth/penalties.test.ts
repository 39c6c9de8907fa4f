/**
 * Penalties: from when on a source waits, how long, and for whom else.
 */
import { expect, test } from "bun:test";
import { failureMs, Penalties } from "../../src/auth/penalties.ts";
import { sourceOf } from "../../src/auth/source.ts";
import { elapsedMs } from "../../src/base/time.ts";

const someone = sourceOf("192.0.2.1");

function fails(penalties: Penalties, times: number, at = 0, source = someone): void {
  for (let count = 0; count < times; count += 1) penalties.add(source, failureMs, elapsedMs(at));
}

function waits(penalties: Penalties, at: number, address = "192.0.2.1"): number {
  return penalties.waitMs(sourceOf(address), elapsedMs(at));
}

test("two failures cost nothing, the third at once makes it wait for all three", () => {
  const penalties = new Penalties();
  fails(penalties, 2);
  expect(waits(penalties, 0)).toBe(0);
  fails(penalties, 1);
  expect([0, 14_999, 15_000].map((at) => waits(penalties, at))).toEqual([15_000, 1, 0]);
  expect(waits(penalties, 0, "192.0.2.2")).toBe(0);
});

test("one failure each five seconds never makes it wait", () => {
  const penalties = new Penalties();
  for (let at = 0; at < 600_000; at += 5_000) {
    fails(penalties, 1, at);
    expect(waits(penalties, at)).toBe(0);
  }
});

test("it waits until all has passed, and then begins anew", () => {
  const penalties = new Penalties();
  fails(penalties, 3);
  expect(waits(penalties, 10_000)).toBe(5_000); // less than from when it waits, and still
  fails(penalties, 2, 15_000);
  expect(waits(penalties, 15_000)).toBe(0);
});

test("nobody waits longer than ten minutes, whatever was tried at once", () => {
  const penalties = new Penalties();
  fails(penalties, 100_000);
  expect(waits(penalties, 0)).toBe(600_000);
});

test("what turned out to be none is taken back, but not out of a wait", () => {
  const penalties = new Penalties();
  fails(penalties, 2);
  penalties.takeBack(someone, failureMs, elapsedMs(0));
  fails(penalties, 1);
  expect(waits(penalties, 0)).toBe(0);
  fails(penalties, 1);
  penalties.takeBack(someone, failureMs, elapsedMs(0));
  expect(waits(penalties, 0)).toBe(15_000);
});

test("a /64 is one source; its /48 waits after four times as much", () => {
  const penalties = new Penalties();
  fails(penalties, 3, 0, sourceOf("2001:db8:1:1::1"));
  expect(waits(penalties, 0, "2001:db8:1:1::ffff")).toBe(15_000);
  expect(waits(penalties, 0, "2001:db8:1:2::1")).toBe(0);
  for (let net = 2; net < 11; net += 1) fails(penalties, 1, 0, sourceOf(`2001:db8:1:${net}::1`));
  expect(waits(penalties, 0, "2001:db8:1:ff::1")).toBe(15_000);
  expect(waits(penalties, 0, "2001:db8:2:ff::1")).toBe(0);
});

test("of 70,000 sources the latest 65,536 are known", () => {
  const penalties = new Penalties();
  for (let index = 0; index < 70_000; index += 1) {
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    fails(penalties, 3, 0, sourceOf(address));
  }
  expect(penalties.size).toBe(65_536);
  expect(waits(penalties, 0, "10.0.0.1")).toBe(0);
  expect(waits(penalties, 0, "10.1.17.111")).toBe(15_000);
});
