/** Messages of several lines as they arrive: each is one message, with one id, live and in history. */
import { expect, test } from "bun:test";
import { eventLines } from "../../src/client/lines.ts";
import { everything, tagOf, Talk } from "./talk.ts";

const lines = [
  "@batch=1 :bob!b@h PRIVMSG #room :hello",
  "@batch=1 :bob!b@h PRIVMSG #room :",
  "@batch=1 :bob!b@h PRIVMSG #room :how is ",
  "@batch=1;draft/multiline-concat :bob!b@h PRIVMSG #room :everyone, ann?",
];
const text = "hello\n\nhow is everyone, ann?";

function talkInRoom(): Talk {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(
    `${everything} draft/multiline=max-bytes=9`,
  );
  talk.hears(":ann!a@h JOIN #room ann :a");
  talk.does({ kind: "read", room: "#room" });
  talk.events();
  return talk;
}

test("a batch of lines is one message when it ends, with the tags of its opening", () => {
  const talk = talkInRoom();
  talk.hears("@msgid=c1-2;account=bob :bob!b@h BATCH +1 draft/multiline #room", ...lines);
  expect(talk.events()).toEqual([]);
  talk.hears(":srv BATCH -1");
  expect(talk.eventsOf("message")).toMatchObject([
    { message: { id: "c1-2", account: "bob", from: "bob", room: "#room", text, isMention: true } },
  ]);
});

test("an empty batch is nothing", () => {
  const talk = talkInRoom();
  talk.hears(":bob!b@h BATCH +1 draft/multiline #room", ":srv BATCH -1");
  expect(talk.events()).toEqual([]);
});

test("in history it is one message among the others", () => {
  const talk = talkInRoom();
  talk.sees();
  talk.does({ kind: "history", target: "#room" });
  const label = tagOf(talk.sees()[0], "label");
  talk.hears(
    `@label=${label} :srv BATCH +h chathistory #room`,
    "@batch=h;msgid=c1-1 :bob!b@h PRIVMSG #room :before",
    "@batch=h;msgid=c1-2 :bob!b@h BATCH +1 draft/multiline #room",
    ...lines,
    "@batch=h :srv BATCH -1",
    "@batch=h;msgid=c1-3 :bob!b@h PRIVMSG #room :after",
    ":srv BATCH -h",
  );
  expect(talk.eventsOf("older").map(({ message }) => [message.id, message.text])).toEqual([
    ["c1-1", "before"],
    ["c1-2", text],
    ["c1-3", "after"],
  ]);
});

test("a page of history with a long message is not taken for the last one: it may have been cut", () => {
  const talk = new Talk({ historyMessages: 50 }).comesOnline();
  talk.hears("@msgid=c1-1;time=2026-11-25T10:00:01.000Z :ann!a@h JOIN #room ann :a");
  const asked = (): string =>
    talk.sees().findLast((line) => / CHATHISTORY .*#room/.test(line)) ?? "";
  const answer = (...page: readonly string[]): void => {
    const label = tagOf(asked(), "label");
    talk.hears(`@label=${label} :srv BATCH +h chathistory #room`, ...page, ":srv BATCH -h");
  };
  const said = (id: string, words: string) =>
    `@batch=h;msgid=${id} :bob!b@h PRIVMSG #room :${words}`;
  answer(said("c1-2", "one"));
  talk.loses().comesBack().isLetIn();
  talk.hears(":ann!a@h JOIN #room ann :a");
  answer(
    "@batch=h;msgid=c1-3 :bob!b@h BATCH +1 draft/multiline #room",
    ...lines,
    "@batch=h :srv BATCH -1",
  );
  const next = asked();
  expect(next).toContain("CHATHISTORY AFTER #room msgid=c1-3");
  talk.hears(`@label=${tagOf(next, "label")} :srv BATCH +h chathistory #room`, ":srv BATCH -h");
  expect(asked()).toBe("");
});

test("on the terminal its lines stand under each other, each made harmless", () => {
  const talk = talkInRoom();
  talk.hears(
    ":bob!b@h BATCH +1 draft/multiline #room",
    "@batch=1 :bob!b@h PRIVMSG #room :one",
    "@batch=1 :bob!b@h PRIVMSG #room :\u001b[2Jtwo",
    ":srv BATCH -1",
  );
  const style = { clock: () => "10:00", arrow: "→", hasNumerics: false };
  const told = talk.events().flatMap((event) => eventLines(event, talk.session.model, style));
  expect(told.map((line): string => line.text)).toEqual(["10:00 bob: one", "      | ␛[2Jtwo"]);
});
