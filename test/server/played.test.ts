/** Played: events in history, as they looked when they happened, to who can take them. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../support/chat.ts";

const wire = ["batch", "draft/event-playback", "message-tags"];
const all = [...wire, "draft/channel-rename", "draft/message-redaction"];

function read(person: Person, request = "LATEST #room * 50"): string[] {
  person.sees();
  person.sends(`CHATHISTORY ${request}`);
  return person.sees().slice(1, -1);
}

/** Of all that can happen in a room, one each; eva sees the room from the start. */
function lively(): [Person, Chat] {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const eva = chat.member("eva", ...all);
  eva.sends("JOIN #room");
  const bob = chat.member("bob", ...all);
  bob.sends("JOIN #room", "PRIVMSG #room :Hello", "NICK rob");
  eva.sends("@+reply=c1-3;+draft/react=x TAGMSG #room", "TOPIC #room :Tea", "TOPIC #room :");
  eva.sends("MODE #room +o rob");
  bob.sends("PART #room :Bye", "JOIN #room");
  eva.sends("KICK #room rob :Out", "RENAME #room #hall :Better", "RENAME #hall #room");
  return [eva, chat];
}

/** Without tags. */
function bare(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^@\S+ /, ""));
}

test("with event-playback history has all that happened, each as its line was", () => {
  const [eva] = lively();
  expect(bare(read(eva))).toEqual([
    ":eva!eva@server JOIN #room",
    ":bob!bob@server JOIN #room",
    ":bob!bob@server PRIVMSG #room :Hello",
    ":bob!bob@server NICK rob",
    ":eva!eva@server TAGMSG #room",
    ":eva!eva@server TOPIC #room :Tea",
    ":eva!eva@server TOPIC #room :",
    ":eva!eva@server MODE #room +o rob",
    ":rob!bob@server PART #room :Bye",
    ":rob!bob@server JOIN #room",
    ":eva!eva@server KICK #room rob :Out",
    ":eva!eva@server RENAME #room #hall Better",
    ":eva!eva@server RENAME #hall #room :",
  ]);
});

test("what a client has no capability for is left out, and the limit counts what it gets", () => {
  const [, chat] = lively();
  const eva = chat.member("eva", "batch", "draft/event-playback");
  const lines = read(eva, "LATEST #room * 5");
  expect(bare(lines)).toEqual([
    ":eva!eva@server TOPIC #room :",
    ":eva!eva@server MODE #room +o rob",
    ":rob!bob@server PART #room :Bye",
    ":rob!bob@server JOIN #room",
    ":eva!eva@server KICK #room rob :Out",
  ]);
});

test("without event-playback history is what was said, whatever else the client knows", () => {
  const [, chat] = lively();
  const eva = chat.member("eva", ...all.filter((name) => name !== "draft/event-playback"));
  expect(bare(read(eva))).toEqual([":bob!bob@server PRIVMSG #room :Hello"]);
});

test("reactions come back with their tags and ids, in rooms and between two", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob")];
  ann.sends("JOIN #room", "PRIVMSG #room :a", "PRIVMSG bob :b");
  ann.sends("@+reply=c1-2;+draft/react=x TAGMSG #room", "@+reply=p1-1;+draft/react=y TAGMSG bob");
  expect(read(ann).at(-1)).toBe(
    "@batch=1;msgid=c1-3;+reply=c1-2;+draft/react=x :ann!ann@server TAGMSG #room",
  );
  expect(read(ann, "LATEST bob * 5").at(-1)).toBe(
    "@batch=2;msgid=p1-2;+reply=p1-1;+draft/react=y :ann!ann@server TAGMSG bob",
  );
  bob.sends("CHATHISTORY LATEST ann * 5");
  expect(bare(bob.sees()).join()).not.toContain("TAGMSG");
});

test("tags without words are kept when their client asks for that", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "@+x=1;+draft/persist TAGMSG #room", "@+x=2 TAGMSG #room");
  expect(read(ann).slice(1)).toEqual([
    "@batch=1;msgid=c1-2;+x=1;+draft/persist :ann!ann@server TAGMSG #room",
  ]);
});

test("JOIN has account and real name for who asked for them, and QUIT no channel", () => {
  const chat = new Chat({ settings: { alwaysOn: "never" } });
  const ann = chat.member("ann", ...wire, "extended-join", "account-tag");
  ann.sends("JOIN #room");
  const bob = chat.member("bob");
  bob.sends("JOIN #room", "QUIT :Bye");
  const lines = read(ann);
  expect(lines.at(-2)).toEndWith(":bob!bob@server JOIN #room bob :Real Name");
  expect(lines.at(-1)).toBe("@batch=1;msgid=c1-3;account=bob :bob!bob@server QUIT :Quit: Bye");
});

test("a channel has its name of today in what happened in it before", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...all);
  ann.sends("JOIN #room", "PRIVMSG #room :a", "RENAME #room #hall");
  expect(bare(read(ann, "LATEST #hall * 9"))).toEqual([
    ":ann!ann@server JOIN #hall",
    ":ann!ann@server PRIVMSG #hall :a",
    ":ann!ann@server RENAME #room #hall :",
  ]);
});

test("a message of several lines counts once, in every kind of page", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "message-tags", "draft/multiline");
  ann.sends("JOIN #room", "PRIVMSG #room :before", "BATCH +1 draft/multiline #room");
  ann.sends("@batch=1 PRIVMSG #room :one", "@batch=1 PRIVMSG #room :two", "BATCH -1");
  ann.sends("PRIVMSG #room :after");
  const long = [
    ":ann!ann@server BATCH +N draft/multiline #room",
    ":ann!ann@server PRIVMSG #room :one",
    ":ann!ann@server PRIVMSG #room :two",
    ":server BATCH -N",
  ];
  const seen = (request: string): string[] =>
    bare(read(ann, request)).map((line) => line.replace(/(BATCH [+-])\S+/, "$1N"));
  expect(seen("AROUND #room msgid=c1-3 1")).toEqual(long);
  expect(seen("BETWEEN #room msgid=c1-2 msgid=c1-4 9")).toEqual(long);
  expect(seen("BETWEEN #room msgid=c1-1 msgid=c1-9 2")).toEqual([
    ":ann!ann@server PRIVMSG #room :before",
    ...long,
  ]);
});

test("without batch the lines of a page stand by themselves, with their times", () => {
  const [, chat] = lively();
  const eva = chat.member("eva", "server-time", "draft/event-playback");
  eva.sends("CHATHISTORY AROUND #room msgid=c1-3 2");
  const time = "2026-01-01T00:00:00.000Z";
  expect(eva.sees()).toEqual([
    `@time=${time} :bob!bob@server JOIN #room`,
    `@time=${time} :bob!bob@server PRIVMSG #room :Hello`,
  ]);
});
