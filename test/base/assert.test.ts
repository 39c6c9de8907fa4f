/** Assertions throw one kind of error, with the claim that did not hold. */
import { expect, test } from "bun:test";
import { AssertionError, assert, present, unreachable } from "../../src/base/assert.ts";

test("assert lets pass what holds", () => {
  expect(() => assert(true, "it holds")).not.toThrow();
});

test("assert throws an AssertionError that says the claim", () => {
  expect(() => assert(false, "the queue is empty")).toThrow(
    new AssertionError("the queue is empty"),
  );
});

test("present gives every value but undefined", () => {
  expect(present(0, "there")).toBe(0);
  expect(present("", "there")).toBe("");
  expect(present(null, "there")).toBeNull();
  expect(() => present(undefined, "there is one")).toThrow(new AssertionError("there is one"));
});

test("unreachable says the value that reached it", () => {
  const value = JSON.parse('"elsewhere"') as never; // what the type system cannot see coming
  expect(() => unreachable(value)).toThrow(new AssertionError('unreachable: "elsewhere"'));
});
