/**
 * Addresses to listen on: how they are written, and which reach this machine only.
 */
import { expect, test } from "bun:test";
import {
  isEveryHost,
  isLoopbackHost,
  parseListenAddress,
  writeListenAddress,
} from "../../../src/cli/server/listen-address.ts";

test("every way of writing an address is understood", () => {
  const written: readonly (readonly [string, string])[] = [
    ["[::]:6697", "[::]:6697"],
    [":6697", "[::]:6697"],
    ["*:6697", "[::]:6697"],
    ["0.0.0.0:6697", "0.0.0.0:6697"],
    ["127.0.0.1:0", "127.0.0.1:0"],
    ["[::1]:65535", "[::1]:65535"],
    ["localhost:1", "127.0.0.1:1"],
  ];
  for (const [text, meant] of written) {
    const parsed = parseListenAddress(text);
    expect(parsed.ok && writeListenAddress(parsed.value)).toBe(meant);
  }
});

test("what is no address is refused", () => {
  const wrong = ["", "6697", "127.0.0.1", "::1:6697", "[::1]", "example.org:1", "1.2.3.4:65536"];
  for (const text of [...wrong, "[1.2.3.4]:1", "1.2.3:5", "127.0.0.1:-1", "127.0.0.1:"]) {
    expect(parseListenAddress(text).ok).toBe(false);
  }
});

test("only 127.0.0.0/8 and ::1 are this machine's own", () => {
  expect(["127.0.0.1", "127.9.8.7", "::1"].every(isLoopbackHost)).toBe(true);
  expect(["0.0.0.0", "::", "10.0.0.1", "127.example.org"].some(isLoopbackHost)).toBe(false);
  expect(["0.0.0.0", "::"].every(isEveryHost)).toBe(true);
});
