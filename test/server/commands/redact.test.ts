/** REDACT: who may take back what, who is told, and what is left. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const wire = ["message-tags", "echo-message", "draft/message-redaction"];

interface Room {
  readonly chat: Chat;
  /** Its founder. */
  readonly ann: Person;
  readonly bob: Person;
  /** Has not the capability. */
  readonly cem: Person;
}

/** bob has said "Hello" (c1-4) and ann "Hi" (c1-5). */
function room(): Room {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob", ...wire)];
  const cem = chat.member("cem", "message-tags");
  for (const person of [ann, bob, cem]) person.sends("JOIN #room");
  bob.sends("PRIVMSG #room :Hello");
  ann.sends("PRIVMSG #room :Hi");
  for (const person of [ann, bob, cem]) person.sees();
  return { chat, ann, bob, cem };
}

/** What the person reads of the room, without ids. */
function read(person: Person, target = "#room"): string[] {
  person.sees();
  person.sends(`CHATHISTORY LATEST ${target} * 50`);
  return person.sees().map((line) => line.replace(/^@\S+ /, "").replace(/![^ ]* /, " "));
}

test("who said it takes it back: those who know the command are told, and nobody reads it again", () => {
  const { ann, bob, cem } = room();
  bob.sends("REDACT #ROOM c1-4 :wrong room");
  const line = "@msgid=c1-6 :bob!bob@server REDACT #room c1-4 :wrong room";
  expect([bob.sees(), ann.sees(), cem.sees()]).toEqual([[line], [line], []]);
  expect(read(ann)).toEqual([":ann PRIVMSG #room :Hi", ":bob REDACT #room c1-4 :wrong room"]);
  expect(read(cem)).toEqual([":ann PRIVMSG #room :Hi"]);
});

test("an operator of the channel takes back what anyone said, without a reason too", () => {
  const { ann, bob } = room();
  ann.sends("REDACT #room c1-4");
  expect(bob.sees()).toEqual(["@msgid=c1-6 :ann!ann@server REDACT #room c1-4"]);
  expect(read(bob)).toEqual([":ann PRIVMSG #room :Hi", ":ann REDACT #room c1-4"]);
});

test("an operator of the server does so in channels they are not in, and sees nothing of them", () => {
  const { chat, bob } = room();
  const oda = chat.member("oda", ...wire);
  chat.operatorSays("role oda operator");
  oda.sends("REDACT #room c1-5 :spam");
  expect(bob.sees()).toEqual(["@msgid=c1-6 :oda!oda@server REDACT #room c1-5 spam"]);
  expect(oda.sees()).toEqual([]);
});

test("between two it is taken back for both, on all their devices", () => {
  const { ann, bob, chat } = room();
  ann.sends("PRIVMSG bob :secret");
  const other = chat.member("bob", ...wire);
  for (const person of [ann, bob, other]) person.sees();
  ann.sends("REDACT bob p1-1");
  const line = "@msgid=p1-2 :ann!ann@server REDACT bob p1-1";
  expect([ann.sees(), bob.sees(), other.sees()]).toEqual([[line], [line], [line]]);
  expect(read(bob, "ann")).toEqual([":ann REDACT bob p1-1"]);
});

test("to oneself and to the server it is taken back too", () => {
  const { ann } = room();
  ann.sends("PRIVMSG ann :note", "PRIVMSG server :help");
  ann.sees();
  ann.sends("REDACT ann p1-1", "REDACT server p2-1");
  expect(ann.sees()).toEqual([
    "@msgid=p1-2 :ann!ann@server REDACT ann p1-1",
    "@msgid=p1-2 :ann!ann@server REDACT ann p1-1",
    "@msgid=p2-2 :ann!ann@server REDACT server p2-1",
  ]);
  expect(read(ann, "server")).toEqual([":ann REDACT server p2-1"]);
});

test("reactions go with the message they mean, and no others", () => {
  const { ann, bob, chat } = room();
  ann.sends(
    "@+reply=c1-4;+draft/react=x TAGMSG #room",
    "@+draft/reply=c1-4;+draft/react=y TAGMSG #room",
  );
  ann.sends("@+reply=c1-5;+draft/react=z TAGMSG #room", "@+reply=c1-4 PRIVMSG #room :an answer");
  bob.sends("REDACT #room c1-4");
  const eva = chat.member("ann", ...wire, "draft/event-playback", "draft/channel-rename");
  expect(read(eva).slice(3)).toEqual([
    ":ann PRIVMSG #room :Hi",
    ":ann TAGMSG #room",
    ":ann PRIVMSG #room :an answer",
    ":bob REDACT #room c1-4",
  ]);
});

test("a reaction alone is taken back by who gave it", () => {
  const { ann, bob } = room();
  ann.sends("@+reply=c1-4;+draft/react=x TAGMSG #room");
  bob.sees();
  ann.sends("REDACT #room c1-6");
  expect(bob.sees()).toEqual(["@msgid=c1-7 :ann!ann@server REDACT #room c1-6"]);
});

test("a message of several lines is taken back whole", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...wire, "batch", "draft/multiline");
  ann.sends("JOIN #room", "BATCH +1 draft/multiline #room");
  ann.sends("@batch=1 PRIVMSG #room :one", "@batch=1 PRIVMSG #room :two", "BATCH -1");
  ann.sends("REDACT #room c1-2");
  expect(read(ann).slice(1, -1)).toEqual([":ann REDACT #room c1-2"]);
});

test("what was taken back does not come again by its nonce, and is not said anew", () => {
  const { chat, ann, bob } = room();
  const line = "@+authchat.invalid/nonce=n PRIVMSG #room :once";
  bob.sends(line);
  ann.sees();
  bob.sends("REDACT #room c1-6", line);
  expect(ann.sees()).toEqual(["@msgid=c1-7 :bob!bob@server REDACT #room c1-6"]);
  expect(read(chat.restarts().member("ann", ...wire)).slice(2)).toEqual([":bob REDACT #room c1-6"]);
});

test("twice in one turn, it is taken back and told once", () => {
  const { chat, ann, bob } = room();
  ann.sees();
  chat.holdsQuestions();
  bob.sends("REDACT #room c1-4");
  const second = chat.member("bob", ...wire);
  second.sends("REDACT #room c1-4");
  chat.answersAll();
  expect(ann.sees()).toEqual(["@msgid=c1-6 :bob!bob@server REDACT #room c1-4"]);
});

test("with a label the answer is the echo, and without the capability an ACK", () => {
  const { chat } = room();
  const bob = chat.member("bob", ...wire, "batch", "labeled-response");
  bob.sends("@label=x REDACT #room c1-4");
  expect(bob.sees()).toEqual(["@label=x;msgid=c1-6 :bob!bob@server REDACT #room c1-4"]);
  const old = chat.member("ann", "message-tags", "batch", "labeled-response");
  old.sends("@label=y REDACT #room c1-5");
  expect(old.sees()).toEqual(["@label=y :server ACK"]);
});

test("redactForbidden: a member who is no operator takes back only their own", () => {
  const { ann, bob } = room();
  bob.sends("REDACT #room c1-5");
  const why = "You are not authorised to delete this message";
  expect(bob.sees()).toEqual([`:server FAIL REDACT REDACT_FORBIDDEN #room c1-5 :${why}`]);
  expect(ann.sees()).toEqual([]);
});

test("redactForbidden: between two each has only their own, an operator of the server too", () => {
  const { chat, ann, bob } = room();
  chat.operatorSays("role bob operator");
  ann.sends("PRIVMSG bob :secret");
  bob.sees();
  bob.sends("REDACT ann p1-1");
  expect(bob.sees()[0]).toStartWith(":server FAIL REDACT REDACT_FORBIDDEN ann p1-1");
});

test.each([
  "#room c1-99", // nothing is there
  "#room c1-1", // a JOIN
  "#room c2-4", // of another room
  "#room p1-1", // of a conversation
  "ann p9-1", // in which nothing was said
  "#room nonexistent123",
])("redactUnknownMessage: REDACT %s", (asked) => {
  const { bob } = room();
  bob.sends(`REDACT ${asked}`);
  const why = "This message does not exist or is too old";
  expect(bob.sees()).toEqual([`:server FAIL REDACT UNKNOWN_MSGID ${asked} :${why}`]);
});

test("redactUnknownMessage: what was taken back already, or said before they came", () => {
  const { chat, ann, bob } = room();
  bob.sends("REDACT #room c1-4");
  bob.sees();
  bob.sends("REDACT #room c1-4");
  expect(bob.sees()[0]).toStartWith(":server FAIL REDACT UNKNOWN_MSGID #room c1-4");
  const dan = chat.member("dan", ...wire);
  dan.sends("JOIN #room");
  ann.sends("MODE #room +o dan");
  dan.sees();
  dan.sends("REDACT #room c1-5");
  expect(dan.sees()[0]).toStartWith(":server FAIL REDACT UNKNOWN_MSGID #room c1-5");
});

test.each(["#nowhere", "#room", "nobody", "*"])(
  "redactInvalidTarget: %j is nothing that dan may read",
  (target) => {
    const { chat } = room();
    const dan = chat.member("dan", ...wire);
    dan.sends(`REDACT ${target} c1-4`);
    const why = `You cannot delete messages from ${target}`;
    expect(dan.sees()).toEqual([`:server FAIL REDACT INVALID_TARGET ${target} :${why}`]);
  },
);

test("redactInvalidTarget: who has left takes back nothing there any more", () => {
  const { bob } = room();
  bob.sends("PART #room");
  bob.sees();
  bob.sends("REDACT #room c1-4");
  expect(bob.sees()[0]).toStartWith(":server FAIL REDACT INVALID_TARGET #room");
});

test("redactForbidden: who loses their place while the message is looked up", () => {
  const { chat, ann, bob } = room();
  chat.holdsQuestions();
  bob.sends("REDACT #room c1-4");
  ann.sends("KICK #room bob :out");
  bob.sees();
  chat.answersAll();
  expect(bob.sees()[0]).toStartWith(":server FAIL REDACT REDACT_FORBIDDEN #room c1-4");
});

test("temporarilyUnavailable: REDACT is not answered in time", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "PRIVMSG #room :Hello");
  ann.sees();
  chat.holdsQuestions();
  ann.sends("REDACT #room c1-2");
  chat.passes(1_000);
  expect(ann.sees()[0]).toStartWith(":server FAIL REDACT TEMPORARILY_UNAVAILABLE");
});

test("a guest reads and takes back nothing of theirs: what they say is nobody's", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const ann = chat.member("ann", ...wire);
  const gus = chat.stranger();
  gus.sends(`CAP REQ :${wire.join(" ")}`, "NICK gus", "USER gus 0 * :Gus", "CAP END");
  ann.sends("JOIN #room");
  gus.sends("JOIN #room", "PRIVMSG #room :Hello");
  gus.sees();
  chat.passes(5);
  gus.sends("PRIVMSG #room :Again", "REDACT #room c1-4");
  expect(gus.sees().at(-1)).toStartWith(":server FAIL REDACT REDACT_FORBIDDEN #room c1-4");
  ann.sends("REDACT #room c1-4");
  expect(read(ann)).toContain(":ann REDACT #room c1-4");
});

test("the operator reads who deleted what, and not what it was", () => {
  const { chat, bob } = room();
  chat.notes.length = 0;
  bob.sends("REDACT #room c1-4 :why");
  expect(chat.notes.filter(({ event }) => event === "message.redacted")).toEqual([
    { event: "message.redacted", target: "#room", id: "c1-4", by: "bob" },
  ]);
});
