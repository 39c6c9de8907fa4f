/**
 * What the user types: text, commands, and what is neither.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Entered, helpLines, parseEntry, slashCommands } from "../../src/client/slash.ts";

const cases: readonly (readonly [string, Entered])[] = [
  ["hello", { kind: "action", action: { kind: "send", target: "#room", text: "hello" } }],
  ["//etc", { kind: "action", action: { kind: "send", target: "#room", text: "/etc" } }],
  ["   ", { kind: "nothing" }],
  ["/jion #a", { kind: "unknown", word: "jion" }],
  ["/join dev", { kind: "action", action: { kind: "join", channel: "#dev" } }],
  ["/J #dev key", { kind: "action", action: { kind: "join", channel: "#dev", key: "key" } }],
  ["/leave", { kind: "action", action: { kind: "part", channel: "#room" } }],
  [
    "/part #dev bye all",
    { kind: "action", action: { kind: "part", channel: "#dev", reason: "bye all" } },
  ],
  [
    "/msg bob hi  you",
    { kind: "action", action: { kind: "send", target: "bob", text: "hi  you" } },
  ],
  ["/read", { kind: "action", action: { kind: "read", room: "#room" } }],
  ["/read #dev", { kind: "problem", text: "it is used like this: /read, in a room" }],
  ["/password", { kind: "password" }],
  ["/passwd", { kind: "password" }],
  [
    "/password secret",
    { kind: "problem", text: "it is used like this: /password, and nothing after it" },
  ],
  ["/query bob", { kind: "go", room: "bob" }],
  ["/query bob hi", { kind: "go", room: "bob", say: "hi" }],
  [
    "/me waves",
    {
      kind: "action",
      action: { kind: "send", target: "#room", text: "waves", messageKind: "action" },
    },
  ],
  ["/topic", { kind: "action", action: { kind: "topic", channel: "#room" } }],
  [
    "/topic new one",
    { kind: "action", action: { kind: "topic", channel: "#room", text: "new one" } },
  ],
  [
    "/op ann bob",
    {
      kind: "action",
      action: { kind: "command", command: "MODE", params: ["#room", "+oo", "ann", "bob"] },
    },
  ],
  [
    "/kick bob too loud",
    {
      kind: "action",
      action: { kind: "command", command: "KICK", params: ["#room", "bob", "too loud"] },
    },
  ],
  [
    "/sessions",
    {
      kind: "action",
      action: { kind: "command", command: "PRIVMSG", params: ["NickServ", "sessions"] },
    },
  ],
  [
    "/logout others",
    {
      kind: "action",
      action: { kind: "command", command: "PRIVMSG", params: ["NickServ", "logout others"] },
    },
  ],
  ["/away", { kind: "unknown", word: "away" }],
  ["/raw WHOIS bob", { kind: "action", action: { kind: "raw", line: "WHOIS bob" } }],
  ["/go", { kind: "go", room: undefined }],
  ["/help join", { kind: "help", about: "join" }],
  ["/quit bye", { kind: "action", action: { kind: "quit", reason: "bye" } }],
];

test.each(cases)("%s", (line, entered) => {
  expect(parseEntry(line, "#room")).toEqual(entered);
});

test("without a room, text and room commands say what is missing", () => {
  for (const line of ["hello", "//x", "/me waves", "/topic", "/op bob"]) {
    expect(parseEntry(line, undefined).kind).toBe("problem");
  }
});

test("whatever is typed, a line with one slash is never said", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const entered = parseEntry(`/${text}`, "#room");
      const isSaid = entered.kind === "action" && entered.action.kind === "send";
      if (isSaid && !text.startsWith("/")) expect(text).toMatch(/^(?:me|msg|w|notice)\s/i);
    }),
  );
});

test("help lists every command, and explains one", () => {
  expect(helpLines(undefined)).toHaveLength(slashCommands.length);
  expect(helpLines("/j")).toEqual([
    "/join #ROOM [KEY]  goes into a room; makes it when there is none (also /j)",
  ]);
  expect(helpLines("nothing")).toEqual(["there is no command nothing; /help lists them"]);
});
