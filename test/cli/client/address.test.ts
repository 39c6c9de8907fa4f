/**
 * Addresses as people write them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { isLoopback, parseAddress, placeName } from "../../../src/cli/client/address.ts";

const good: readonly (readonly [string, string, string | undefined, boolean])[] = [
  ["chat.example.org", "chat.example.org:6697", undefined, false],
  ["Chat.Example.org:7000", "chat.example.org:7000", undefined, false],
  ["ann@chat.example.org", "chat.example.org:6697", "ann", false],
  ["127.0.0.1:1", "127.0.0.1:1", undefined, false],
  ["::1", "[::1]:6697", undefined, false],
  ["ann@[2001:DB8::1]:7000", "[2001:db8::1]:7000", "ann", false],
  ["ircs://ann@host:7000/", "host:7000", "ann", false],
  ["irc://localhost", "localhost:6697", undefined, true],
];

test.each(good)("%s", (text, place, account, isPlain) => {
  const parsed = parseAddress(text);
  expect(parsed.ok && placeName(parsed.value)).toBe(place);
  expect(parsed.ok && [parsed.value.account, parsed.value.isPlain]).toEqual([account, isPlain]);
});

test("rooms in a link's path are rooms", () => {
  const parsed = parseAddress("ircs://host/#ops,%23dev,general");
  expect(parsed.ok && parsed.value.channels).toEqual(["#ops", "#dev", "#general"]);
});

test.each([
  "",
  "@host",
  "host:",
  "host:0",
  "host:65536",
  "host:x",
  "-host",
  "a b",
  "NickServ@host",
  "http://host",
  "irc://chat.example.org",
  "ircs://host/#a:b",
  "[::1",
])("%p is refused", (text) => {
  expect(parseAddress(text).ok).toBe(false);
});

test("any text is an address or a reason", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseAddress(text);
      if (!parsed.ok) expect(parsed.error.length).toBeGreaterThan(10);
      else expect(parsed.value.port).toBeWithin(1, 65_536);
    }),
  );
});

test("loopback is this machine only", () => {
  expect(["localhost", "127.1.2.3", "::1"].every(isLoopback)).toBe(true);
  expect(
    ["127.0.0.1.example.org", "localhost.example.org", "1.127.0.0", "::"].some(isLoopback),
  ).toBe(false);
});
