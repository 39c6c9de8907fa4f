/**
 * Addresses as people write them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { writeInviteLink } from "../../../src/protocol/invite-link.ts";
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

test("an invitation's link has a token and the server's key", () => {
  const digest = Buffer.alloc(32, 0xfb);
  const link = `authchat://chat.example.org:7000/?invite=act-invite-0&pin=sha256:${digest.toString("base64url")}`;
  const parsed = parseAddress(link);
  expect(parsed.ok && [placeName(parsed.value), parsed.value.isPlain]).toEqual([
    "chat.example.org:7000",
    false,
  ]);
  expect(parsed.ok && [parsed.value.invite, parsed.value.pin]).toEqual([
    "act-invite-0",
    digest.toString("base64").replace("=", ""),
  ]);
});

test("a link need not invite; what else is in its query is for others", () => {
  const parsed = parseAddress("authchat://ann@host/#tea?colour=red&invite=x");
  expect(parsed).toMatchObject({
    ok: true,
    value: { account: "ann", channels: ["#tea"], invite: "x", pin: undefined },
  });
  expect(parseAddress("authchat://host")).toMatchObject({ ok: true, value: { invite: undefined } });
});

test("what the server writes as a link the client reads", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("host", "host:1", "[::1]:6697"),
      fc.stringMatching(/^[a-z0-9-]{1,60}$/),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.option(fc.constantFrom("ann", "Bob_1"), { nil: undefined }),
      (place, token, key, account) => {
        const pin = Buffer.from(key).toString("base64url");
        const link = writeInviteLink({ scheme: "authchat", place, pin }, token, account);
        const base64 = Buffer.from(key).toString("base64").replace("=", "");
        expect(parseAddress(link)).toMatchObject({
          ok: true,
          value: { account, invite: token, pin: base64 },
        });
      },
    ),
  );
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
  "authchat://host/?invite=",
  "authchat://host/?invite=a b",
  "authchat://host/?pin=sha256:short",
  `authchat://host/?pin=md5:${"A".repeat(43)}`,
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
