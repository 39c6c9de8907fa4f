/** Searching, as the server and the user see it. */
import { expect, test } from "bun:test";
import { type ClientEvent } from "../../src/client/events.ts";
import { eventLines } from "../../src/client/lines.ts";
import { parseEntry } from "../../src/client/slash.ts";
import { everything, Talk } from "./talk.ts";

const searching = `${everything} draft/search`;

function online(capabilities = searching): Talk {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(capabilities);
  talk.sees();
  talk.events();
  return talk;
}

function types(talk: Talk, line: string): void {
  const entered = parseEntry(line, "#room");
  if (entered.kind !== "action") throw new Error(entered.kind);
  talk.does(entered.action);
}

/** What is printed of it. */
function printed(talk: Talk, events: readonly ClientEvent[]): string[] {
  const style = { clock: () => "10:00", arrow: "→", hasNumerics: false };
  return events
    .flatMap((event) => eventLines(event, talk.session.model, style))
    .map(({ text }) => text);
}

const time = "time=2026-01-01T10:00:00.000Z";

function answers(talk: Talk, label: string, ...lines: readonly string[]): void {
  talk.hears(
    `@label=${label} :srv BATCH +l labeled-response`,
    "@batch=l :srv BATCH +s draft/search",
    ...lines.map((line) => `@batch=s;${line}`),
    "@batch=l :srv BATCH -s",
  );
}

test("/search asks for a text, whatever is in it, and /search #room in that room", () => {
  const talk = online();
  types(talk, "/search tea; at five");
  types(talk, "/search #room tea");
  expect(talk.sees()).toEqual([
    "@label=c1 SEARCH text=tea\\:\\sat\\sfive;limit=20",
    "@label=c2 SEARCH text=tea;in=#room;limit=20",
  ]);
});

test("what is found is shown with where and by whom, and is not among the room's messages", () => {
  const talk = online();
  types(talk, "/search tea");
  answers(
    talk,
    "c1",
    `${time};msgid=a :bob!b@h PRIVMSG #room :tea at five`,
    `${time};msgid=b :cat!c@h PRIVMSG ann :tea\u001b[31m?`,
  );
  talk.hears(":srv BATCH -l");
  expect(printed(talk, talk.events())).toEqual([
    "10:00 #room bob: tea at five",
    "10:00 cat cat: tea␛[31m?",
  ]);
  expect([...talk.session.model.rooms].flatMap(({ messages }) => messages)).toEqual([]);
});

test("what is not whole is said, and /search alone goes on from there", () => {
  const talk = online();
  types(talk, "/search tea");
  answers(talk, "c1", `${time};msgid=a :bob!b@h PRIVMSG #room :tea at five`);
  talk.hears("@batch=l :srv NOTE SEARCH MORE before=msgid=a :There may be more", ":srv BATCH -l");
  const events = talk.events();
  expect(printed(talk, events).at(-1)).toBe("There may be more; /search goes on");
  expect(events).toContainEqual({ kind: "more", before: "a", text: "There may be more" });
  talk.sees();
  types(talk, "/search");
  expect(talk.sees()).toEqual(["@label=c2 SEARCH text=tea;before=msgid=a;limit=20"]);
  types(talk, "/search");
  expect(printed(talk, talk.events())).toEqual(["nothing more is known to be found"]);
});

test("where nothing is found it is said", () => {
  const talk = online();
  talk.does({ kind: "search", text: "tea", ref: "7" });
  answers(talk, "c1");
  talk.hears(":srv BATCH -l");
  const events = talk.events();
  expect(printed(talk, events)).toEqual(["nothing was found"]);
  expect(events).toContainEqual({ kind: "ack", ref: "7", id: undefined });
});

test("what fails is told to who asked", () => {
  const talk = online();
  talk.does({ kind: "search", text: "tea", ref: "7" });
  talk.hears("@label=c1 :srv FAIL SEARCH TEMPORARILY_UNAVAILABLE :Try again later");
  expect(talk.eventsOf("error")).toMatchObject([
    { ref: "7", code: "TEMPORARILY_UNAVAILABLE", text: "Try again later" },
  ]);
});

test.each([
  [everything, "tea", "this server cannot be searched"],
  [searching, " ", "there is nothing to search for"],
  [searching, "a\nb", "a text of one line is searched for"],
  [searching, "x".repeat(600), "this is too long to be searched for"],
])("with %j, %j is not sent, and it is said why", (capabilities, text, why) => {
  const talk = online(capabilities);
  talk.does({ kind: "search", text, ref: "7" });
  expect(talk.sees()).toEqual([]);
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "7", code: "NO_SEARCH", text: why }]);
});

test("a time and an id are both places to go on from", () => {
  const talk = online();
  talk.does({ kind: "search", text: "tea", before: "2026-01-01T10:00:00Z", limit: 5 });
  talk.does({ kind: "search", text: "tea", before: "c1-2" });
  expect(talk.sees()).toEqual([
    "@label=c1 SEARCH text=tea;before=2026-01-01T10:00:00.000Z;limit=5",
    "@label=c2 SEARCH text=tea;before=msgid=c1-2;limit=20",
  ]);
});
