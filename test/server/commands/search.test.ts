/** SEARCH, as those who search and those who are not to find anything see it; with the index, and before it. */
import { describe, expect, test } from "bun:test";
import { accountId, channelId } from "../../../src/base/ids.ts";
import { wallMs } from "../../../src/base/time.ts";
import { type KeptRecord } from "../../../src/server/outside.ts";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";
import { keep } from "../../storage/records.ts";

const newYear = "2026-01-01T00:00:00";
const wire = ["batch", "server-time", "message-tags", "draft/search"];

/** The texts found, in order, and any NOTE after them. */
function found(person: Person, attributes: string): string[] {
  person.sees();
  person.sends(`SEARCH ${attributes}`);
  return person
    .sees()
    .filter((line) => !/ BATCH [+-]/.test(line))
    .map((line) => line.replace(/^.* (?:PRIVMSG|NOTICE) \S+ :/, ""));
}

describe.each([
  ["what is in the index", true],
  ["what is not in the index yet", false],
])("of %s", (_, isIndexed) => {
  function open(options: ChatOptions = {}): { readonly chat: Chat; readonly index: () => void } {
    const chat = new Chat(options);
    return { chat, index: () => (isIndexed ? chat.search.catchesUp() : undefined) };
  }

  /** ann and bob in #room, where ann has said these, a second apart. */
  function said(
    texts: readonly string[],
    options: ChatOptions = {},
  ): { readonly ann: Person; readonly bob: Person; readonly chat: Chat } {
    const { chat, index } = open(options);
    const ann = chat.member("ann", ...wire);
    const bob = chat.member("bob", ...wire);
    ann.sends("JOIN #room");
    bob.sends("JOIN #room");
    for (const text of texts) {
      ann.sends(`PRIVMSG #room :${text}`);
      chat.passes(1_000);
    }
    index();
    return { ann, bob, chat };
  }

  test("what is found is a batch, oldest first, as it was said", () => {
    const { bob } = said(["tea at five", "no coffee", "more TEA"]);
    bob.sees();
    bob.sends("SEARCH text=tea;in=#room");
    expect(bob.sees()).toEqual([
      ":server BATCH +1 draft/search",
      `@batch=1;time=${newYear}.000Z;msgid=c1-3 :ann!ann@server PRIVMSG #room :tea at five`,
      `@batch=1;time=${newYear.slice(0, -1)}2.000Z;msgid=c1-5 :ann!ann@server PRIVMSG #room :more TEA`,
      ":server BATCH -1",
    ]);
  });

  test("where nothing is found the batch is empty", () => {
    const { bob } = said(["tea at five"]);
    bob.sees();
    bob.sends("SEARCH text=wine");
    expect(bob.sees()).toEqual([":server BATCH +1 draft/search", ":server BATCH -1"]);
  });

  test.each([
    ["a part of a word", "fiv", ["tea at five"]],
    ["words with a space between", "tea\\sat", ["tea at five"]],
    ["accents that are not asked for", "creme", ["Crème brûlée"]],
    ["accents that are not there", "téa", ["tea at five"]],
    ["another case", "BRÛLÉE", ["Crème brûlée"]],
    ["Chinese", "世界很", ["你好，世界很大"]],
    ["two Chinese characters", "世界", ["你好，世界很大"]],
    ["Japanese, whose marks make other letters", "がくせい", ["がくせい"]],
    ["Hangul, whole syllables", "안녕하", ["안녕하세요"]],
    ["full width", "ｔｅａ", ["tea at five"]],
    ["two letters", "at", ["tea at five"]],
    ["a double quote", '"AND"', ['say "and" NEAR me*']],
    ["a star", "me*", ['say "and" NEAR me*']],
    ["an operator of the index", "tea\\sOR\\scrème", []],
    ["NEAR as a word", "near\\sme", ['say "and" NEAR me*']],
    ["a percent sign", "100%", ["100% sure_thing"]],
    ["a percent sign is no wildcard", "1%e", []],
    ["an underscore is no wildcard", "s_re", []],
    ["a column of the index is none", "text:tea", []],
    ["an emoji", "🎉🎉🎉", ["party 🎉🎉🎉"]],
  ])("%s is text: %s", (_what, text, texts) => {
    const { bob } = said([
      "tea at five",
      "Crème brûlée",
      "你好，世界很大",
      "がくせい",
      "かくせい",
      "안녕하세요",
      'say "and" NEAR me*',
      "100% sure_thing",
      "party 🎉🎉🎉",
    ]);
    expect(found(bob, `in=#room;text=${text}`)).toEqual(texts);
  });

  test("a reader finds nothing from before their membership, nor what others say in private", () => {
    const { chat, index } = open();
    const ann = chat.member("ann", ...wire);
    const bob = chat.member("bob", ...wire);
    const eve = chat.member("eve", ...wire);
    ann.sends("JOIN #room", "PRIVMSG #room :tea before");
    bob.sends("JOIN #room");
    ann.sends("PRIVMSG #room :tea after", "PRIVMSG bob :tea in private");
    index();
    expect(found(bob, "text=tea")).toEqual(["tea after", "tea in private"]);
    expect(found(ann, "text=tea")).toEqual(["tea before", "tea after", "tea in private"]);
    expect(found(eve, "text=tea")).toEqual([]);
  });

  test("who was put out of a channel finds nothing of it, and after coming back only what is new", () => {
    const { ann, bob, chat } = said(["tea first"]);
    expect(found(bob, "text=tea")).toEqual(["tea first"]);
    ann.sends("KICK #room bob");
    expect(found(bob, "text=tea")).toEqual([]);
    bob.sends("JOIN #room");
    ann.sends("PRIVMSG #room :tea again");
    if (isIndexed) chat.search.catchesUp();
    expect(found(bob, "text=tea")).toEqual(["tea again"]);
  });

  test("what was redacted is not found", () => {
    const { ann, bob, chat } = said(["tea secret", "tea open"]);
    ann.sends("REDACT #room c1-3");
    expect(found(bob, "text=tea")).toEqual(["tea open"]);
    if (isIndexed) chat.search.catchesUp();
    expect(found(bob, "text=tea")).toEqual(["tea open"]);
    expect(found(bob, "text=te")).toEqual(["tea open"]);
    expect(found(bob, "from=ann")).toEqual(["tea open"]);
  });

  test("a message of several lines is found as one, also over the end of a line", () => {
    const { chat, index } = open();
    const ann = chat.member("ann", ...wire, "draft/multiline");
    ann.sends("JOIN #room", "BATCH +x draft/multiline #room");
    ann.sends("@batch=x PRIVMSG #room :first tea", "@batch=x PRIVMSG #room :then cake", "BATCH -x");
    index();
    ann.sees();
    ann.sends("SEARCH text=tea\\sthen");
    expect(ann.sees()).toEqual([
      ":server BATCH +1 draft/search",
      `@batch=1;time=${newYear}.000Z;msgid=c1-2 :ann!ann@server BATCH +2 draft/multiline #room`,
      "@batch=2 :ann!ann@server PRIVMSG #room :first tea",
      "@batch=2 :ann!ann@server PRIVMSG #room :then cake",
      "@batch=1 :server BATCH -2",
      ":server BATCH -1",
    ]);
  });

  test("from finds what was said under that nick, in finds a conversation", () => {
    const { ann, bob, chat } = said(["tea of ann"]);
    bob.sends("PRIVMSG #room :tea of bob", "PRIVMSG ann :tea between us");
    if (isIndexed) chat.search.catchesUp();
    expect(found(ann, "from=BOB;text=tea")).toEqual(["tea of bob", "tea between us"]);
    expect(found(ann, "from=bob;in=#room")).toEqual(["tea of bob"]);
    expect(found(ann, "in=bob")).toEqual(["tea between us"]);
    expect(found(bob, "in=ann;text=tea")).toEqual(["tea between us"]);
  });

  test("of more than fits it is the newest, and a NOTE says how to go on; before that id is older", () => {
    const { bob } = said(["tea 1", "tea 2", "tea 3", "tea 4", "tea 5"]);
    expect(found(bob, "text=tea;limit=2")).toEqual([
      "tea 4",
      "tea 5",
      ":server NOTE SEARCH MORE before=msgid=c1-6 :There may be more",
    ]);
    expect(found(bob, "text=tea;limit=2;before=msgid=c1-6").slice(0, 2)).toEqual([
      "tea 2",
      "tea 3",
    ]);
    expect(found(bob, "text=tea;limit=2;before=msgid=c1-4")).toEqual(["tea 1"]);
  });

  test("with after it is the oldest from there on", () => {
    const { bob } = said(["tea 1", "tea 2", "tea 3", "tea 4"]);
    expect(found(bob, `text=tea;limit=2;after=${newYear.slice(0, -1)}1.000Z`)).toEqual([
      "tea 2",
      "tea 3",
      ":server NOTE SEARCH MORE after=msgid=c1-5 :There may be more",
    ]);
    expect(found(bob, "text=tea;after=msgid=c1-5")).toEqual(["tea 4"]);
  });

  test("times are inclusive on both sides", () => {
    const { bob } = said(["tea 0", "tea 1", "tea 2", "tea 3"]);
    const at = (second: number): string => `${newYear.slice(0, -1)}${second}.000Z`;
    expect(found(bob, `after=${at(1)};before=${at(2)}`)).toEqual(["tea 1", "tea 2"]);
    expect(found(bob, `before=${at(1)}`)).toEqual(["tea 0", "tea 1"]);
    expect(found(bob, `before=${newYear.slice(0, -1)}0.999Z`)).toEqual(["tea 0"]);
  });

  test("an answer is cut where its bytes are over the limit, and goes on from there", () => {
    const { bob } = said(["tea 1", "tea 2", "tea 3"], { limits: { historyBytesMax: 200 } });
    expect(found(bob, "text=tea")).toEqual([
      "tea 2",
      "tea 3",
      ":server NOTE SEARCH MORE before=msgid=c1-4 :There may be more",
    ]);
  });

  test("a channel that was renamed has its name of today", () => {
    const { ann, bob, chat } = said(["tea at five"]);
    ann.sends("RENAME #room #salon");
    if (isIndexed) chat.search.catchesUp();
    bob.sees();
    bob.sends("SEARCH text=tea;in=#salon");
    expect(bob.sees()[1]).toMatch(/ PRIVMSG #salon :tea at five$/);
  });

  test("what was kept is found after a restart", () => {
    const { chat } = said(["tea at five"]);
    const bob = chat.restarts().member("bob", ...wire);
    expect(found(bob, "text=five")).toEqual(["tea at five"]);
  });
});

test("for a text under three characters only the latest messages are searched, and a NOTE says so", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "PRIVMSG #room :ok");
  const log = { kind: "channel", channel: channelId(1) } as const;
  const line = { source: "ann!ann@server", command: "PRIVMSG", target: "#room", text: "no" };
  const rest = { account: accountId(1_001), middle: "", seams: [], tags: "", nonce: undefined };
  const entry: KeptRecord = { kind: "entry", log, ...line, ...rest };
  const many = Array.from({ length: 20_000 }, () => entry);
  keep(chat.store, many, wallMs(Date.UTC(2026, 0, 1)));
  expect(found(ann, "text=ok")).toEqual([
    ":server NOTE SEARCH SHORT_TEXT before=msgid=c1-3 :For a text under three characters only the latest messages are searched",
  ]);
  expect(found(ann, "text=ok;before=msgid=c1-3")).toEqual(["ok"]);
});

test("a guest searches the channel they are in, from their coming on, and nothing else", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "PRIVMSG #room :tea before");
  chat.passes(1_000);
  const gus = chat.stranger();
  gus.sends("NICK gus", "USER g 0 * :g", `CAP REQ :${wire.join(" ")}`, "CAP END", "JOIN #room");
  chat.passes(1_000);
  ann.sends("PRIVMSG #room :tea after");
  expect(found(gus, "in=#room;text=tea")).toEqual(["tea after"]);
  expect(found(gus, "text=tea")).toEqual([]);
});

test("the batch is called as the capability that was asked for", () => {
  const ann = new Chat().member("ann", "batch", "soju.im/search");
  ann.sends("SEARCH text=tea");
  expect(ann.sees()).toEqual([":server BATCH +1 soju.im/search", ":server BATCH -1"]);
});

test("with a label the answer is one, its NOTE included", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "labeled-response", "draft/search");
  ann.sends("JOIN #room", "PRIVMSG #room :tea", "PRIVMSG #room :tea");
  ann.sees();
  ann.sends("@label=x SEARCH text=tea;limit=1");
  expect(ann.sees()).toEqual([
    "@label=x :server BATCH +2 labeled-response",
    "@batch=2 :server BATCH +1 draft/search",
    "@batch=1 :ann!ann@server PRIVMSG #room :tea",
    "@batch=2 :server BATCH -1",
    "@batch=2 :server NOTE SEARCH MORE before=msgid=c1-3 :There may be more",
    ":server BATCH -2",
  ]);
});

test("searchNeedCapability: who has not asked for the capability is refused", () => {
  const ann = new Chat().member("ann", "batch");
  ann.sends("SEARCH text=tea");
  expect(ann.sees()).toEqual([":server FAIL SEARCH NEED_CAPABILITY :Ask for draft/search first"]);
});

test.each([
  ["", "*", "Attributes are needed"],
  ["text_=tea", "*", "These are no attributes"],
  ["sender=ann", "sender", "There is no such attribute"],
  ["after=yesterday", "after", "This is no time"],
  ["before=msgid=tea", "before", "This is no time"],
  ["before=msgid=c9-1", "before", "There is no such message"],
  ["after=msgid=c1-1;before=2026-01-01T00:00:00Z", "after", "There is no such message"],
  [`text=${"x".repeat(257)}`, "text", "At most 256 characters"],
  ["text=tea;limit=0", "limit", "This is no number from 1 on"],
  ["text=tea;limit=many", "limit", "This is no number from 1 on"],
  ["in=#nowhere", "in", "Messages there cannot be searched"],
  ["in=#room", "in", "Messages there cannot be searched"],
  ["in=nobody", "in", "Messages there cannot be searched"],
])("searchInvalidParams: %s is refused", (attributes, name, why) => {
  const chat = new Chat();
  chat.inChannel("#room", "bob");
  const ann = chat.member("ann", ...wire);
  ann.sends(`SEARCH ${attributes}`);
  expect(ann.sees()).toEqual([`:server FAIL SEARCH INVALID_PARAMS ${name} :${why}`]);
});

test("temporarilyUnavailable: while nobody can search it is said so", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...wire);
  chat.holdsQuestions();
  ann.sends("SEARCH text=tea", "PING later");
  expect(ann.sees()).toEqual([]);
  chat.passes(30_000);
  expect(ann.sees()).toEqual([
    ":server FAIL SEARCH TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ":server PONG server later",
  ]);
});

test("more than the limit of one answer cannot be asked for", () => {
  const chat = new Chat({ limits: { searchResultsMax: 1 } });
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "PRIVMSG #room :tea 1", "PRIVMSG #room :tea 2");
  expect(found(ann, "text=tea;limit=5")[0]).toBe("tea 2");
});
