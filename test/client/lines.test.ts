/**
 * What happened, in words: what is told, how, and that nothing from the network reaches a terminal as it came.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ClientEvent } from "../../src/client/events.ts";
import { eventLines } from "../../src/client/lines.ts";
import { tagOf, Talk } from "./talk.ts";

/** What is printed for what the server says, with `#room` in front. */
function told(...lines: readonly string[]): string[] {
  const talk = new Talk({ historyMessages: 0 }).comesOnline();
  talk.hears(":ann!a@h JOIN #room ann :a", ":ann!a@h JOIN #other ann :a");
  talk.does({ kind: "read", room: "#room" }).events();
  talk.hears(...lines);
  return textsOf(talk, talk.events());
}

function textsOf(talk: Talk, events: readonly ClientEvent[]): string[] {
  return events.flatMap((event) =>
    eventLines(event, talk.session.model, {
      clock: () => "10:00",
      arrow: "→",
      hasNumerics: false,
    }).map(({ text }) => text),
  );
}

test("messages name the room only when it is not in front, and mark what is for the user", () => {
  const texts = told(
    ":bob!b@h PRIVMSG #room :hello",
    ":bob!b@h PRIVMSG #room :Ann: and you?",
    ":bob!b@h PRIVMSG #other :hello",
    ":bob!b@h PRIVMSG ann :psst",
    ":bob!b@h PRIVMSG #room :\u0001ACTION waves\u0001",
    ":bob!b@h NOTICE #room :note",
    ":ann!a@h PRIVMSG bob :from my other device",
  );
  expect(texts).toMatchInlineSnapshot(`
    [
      "10:00 bob: hello",
      "10:00 >> bob: Ann: and you?",
      "10:00 in #other, bob: hello",
      "10:00 private, bob: psst",
      "10:00 * bob waves",
      "10:00 notice, bob: note",
      "10:00 → bob: from my other device",
    ]
  `);
});

test("who comes and goes is told of the room in front", () => {
  const texts = told(
    ":bob!b@h JOIN #room bob :b",
    ":bob!b@h JOIN #other bob :b",
    ":bob!b@h PART #room :later",
    ":ann!a@h KICK #room bob :loud",
    ":bob!b@h TOPIC #room :News",
    ":bob!b@h INVITE ann #secret",
    ":ann!a@h PART #other",
  );
  expect(texts).toMatchInlineSnapshot(`
    [
      "bob came in",
      "bob left (later)",
      "bob was put out by ann (loud)",
      "bob changed the topic: News",
      "bob invites you to #secret; /join #secret goes there",
      "you left #other",
    ]
  `);
});

test("what was asked for is answered, also when there is nothing", () => {
  const talk = new Talk({ historyMessages: 0 }).comesOnline();
  talk.hears(":ann!a@h JOIN #room ann :a").does({ kind: "read", room: "#room" });
  talk.hears(":srv 353 ann = #room :@ann bob", ":srv 366 ann #room :end");
  expect(textsOf(talk, talk.events()).at(-1)).toBe("you are in #room"); // nobody asked
  talk.does({ kind: "command", command: "names", params: ["#ROOM"] });
  const names = "353 ann = #room :@ann +bob carl";
  talk.sees();
  talk.hears(`:srv ${names}`, ":srv 366 ann #room :end");
  talk.hears(":srv 368 ann #room :end");
  talk.hears(":srv 367 ann #room bad!*@*", ":srv 368 ann #room :end");
  talk.hears(":srv 324 ann #room +ntlH 5 30", ":srv 324 ann #room +H 20:1d");
  talk.does({ kind: "history", target: "#room" });
  const label = tagOf(talk.sees().at(-1), "label");
  talk.hears(`@label=${label} :srv BATCH +h chathistory #room`, ":srv BATCH -h");
  expect(textsOf(talk, talk.events())).toEqual([
    "in #room: @ann, +bob, carl",
    "no bans in #room",
    "banned from #room: bad!*@*",
    "modes of #room: +ntlH 5 30",
    "what is said in #room is kept for 30 days",
    "modes of #room: +H 20:1d",
    "nothing earlier in #room",
  ]);
});

test("refusals, absence and the service are told without the protocol's ways", () => {
  const texts = told(
    ":srv 482 ann #room :You're not channel operator",
    ":srv 401 ann carl :No such nick",
    ":srv 404 ann #room :Cannot send to channel",
    ":srv 221 ann +o",
    ":srv 301 ann bob :is not connected; your message is kept",
    ":srv 301 ann bob :lunch",
    ":NickServ!NickServ@srv NOTICE ann :done",
  );
  expect(texts).toEqual([
    "you are no operator of #room",
    "there is nobody called carl",
    "#room: Cannot send to channel",
    "bob is not connected; your message waits",
    "bob is away: lunch",
    "10:00 NickServ: done",
  ]);
});

test("a word that only contains the nick is no mention", () => {
  const texts = told(":bob!b@h PRIVMSG #room :planning annual", ":bob!b@h PRIVMSG #room :(ann)!");
  expect(texts).toEqual(["10:00 bob: planning annual", "10:00 >> bob: (ann)!"]);
});

test("states are told in words", () => {
  const talk = new Talk();
  talk.input({ kind: "start" });
  talk.loses("the cable is out");
  const [connecting, offline] = textsOf(talk, talk.events());
  expect(connecting).toBe("connecting …");
  expect(offline).toMatch(/^offline: the cable is out; next try in 1 s$/);
});

test("whatever the server says, no control character reaches the terminal", () => {
  const evil = fc.string({
    unit: fc.constantFrom("\x1b", "\x9b", "\x07", "[", "2J", "a", "\u202e"),
  });
  const command = fc.constantFrom(
    ...["PRIVMSG #room", "NOTICE ann", "TOPIC #room", "PART #room", "KICK #room bob", "QUIT"],
  );
  const numeric = fc.constantFrom("404 ann #room", "311 ann b u h *", "372 ann", "353 ann = #x");
  fc.assert(
    fc.property(fc.oneof(command, numeric), evil, (words, text) => {
      for (const line of told(`:b${text.replaceAll(" ", "")}!b@h ${words} :${text}`)) {
        expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
      }
    }),
  );
});
