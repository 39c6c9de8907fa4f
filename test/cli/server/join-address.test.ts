/**
 * Where links lead: the listener that most can reach, under the name by which they know it; also when none is open.
 */
import { join as joined } from "node:path";
import { expect, test } from "bun:test";
import { openDataFolder } from "../../../src/cli/server/data-folder.ts";
import {
  joinAddress,
  lastJoinAddress,
  type OpenListener,
  publicNameOf,
  rememberJoinAddress,
} from "../../../src/cli/server/join-address.ts";
import { defaultServeSettings } from "../../../src/cli/server/serve-settings.ts";
import { freshFolder } from "../../support/folder.ts";

const spki = Buffer.alloc(32, 0xfb).toString("base64");
const pin = Buffer.alloc(32, 0xfb).toString("base64url");
const known = { publicName: "chat.example.org", spki };

function placeOf(...listeners: readonly (readonly [string, number, boolean])[]): string {
  const open = listeners.map(([host, port, isTls]): OpenListener => ({
    address: { host, port },
    isTls,
  }));
  const join = joinAddress(open, known);
  return join === undefined ? "none" : `${join.scheme} ${join.place}`;
}

test("the port is named where it is another, and the address where it is one", () => {
  expect(placeOf(["127.0.0.1", 6667, false], ["::", 6697, true])).toBe("authchat chat.example.org");
  expect(placeOf(["0.0.0.0", 7000, true])).toBe("authchat chat.example.org:7000");
  expect(placeOf(["192.0.2.1", 6697, true])).toBe("authchat 192.0.2.1");
  expect(placeOf(["2001:db8::1", 6697, true])).toBe("authchat [2001:db8::1]:6697");
  expect(placeOf(["127.0.0.1", 6667, false])).toBe("irc 127.0.0.1:6667");
  expect(placeOf()).toBe("none");
});

test("the pin is the key's fingerprint as it may stand in a link, and only where there is a key", () => {
  const listener = (isTls: boolean): OpenListener[] => [
    { address: { host: "127.0.0.1", port: 1 }, isTls },
  ];
  expect(joinAddress(listener(true), known)?.pin).toBe(pin);
  expect(pin).toContain("-");
  expect(joinAddress(listener(false), known)?.pin).toBeUndefined();
});

test("a server without a name of its own is known by the machine's", () => {
  expect(publicNameOf("chat.example.org")).toBe("chat.example.org");
  expect(publicNameOf("authchat.local")).not.toBe("authchat.local");
});

test("without a server a link leads where it was last, else where it would be", () => {
  const folder = openDataFolder(joined(freshFolder(), "data"));
  const server = { ...defaultServeSettings.server, name: "chat.example.org" };
  const settings = { ...defaultServeSettings, server };
  const wouldBe = lastJoinAddress(folder, settings);
  expect(wouldBe).toMatchObject({ scheme: "authchat", place: "chat.example.org" });
  rememberJoinAddress(folder, { scheme: "authchat", place: "other.example:7000", pin: "old" });
  expect(lastJoinAddress(folder, settings)).toEqual({
    scheme: "authchat",
    place: "other.example:7000",
    pin: wouldBe?.pin,
  });
  rememberJoinAddress(folder, { scheme: "irc", place: "127.0.0.1:6667", pin: undefined });
  expect(lastJoinAddress(folder, settings)).toEqual({
    scheme: "irc",
    place: "127.0.0.1:6667",
    pin: undefined,
  });
});
