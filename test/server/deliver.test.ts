/** Delivery: one thing that happened, as each receiver's capabilities have it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Chat, type Person } from "../support/chat.ts";

const tags = "@time=2026-01-01T00:00:00.000Z;msgid=c1-3;account=ann";

/** How bob sees what ann says, with these capabilities. */
function seen(...capabilities: readonly string[]): string[] {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob", ...capabilities);
  bob.sends("JOIN #room");
  bob.sees();
  ann.sends("@+draft/react=\\:);label=x PRIVMSG #room :Hello");
  return bob.sees();
}

/** ann, alone in a channel, with labels and these capabilities. */
function labels(...capabilities: readonly string[]): Person {
  const ann = new Chat().member("ann", "labeled-response", "batch", ...capabilities);
  ann.sends("JOIN #room");
  ann.sees();
  return ann;
}

test.each([
  [[], ":ann!ann@server PRIVMSG #room :Hello"],
  [["server-time"], "@time=2026-01-01T00:00:00.000Z :ann!ann@server PRIVMSG #room :Hello"],
  [["message-tags"], "@msgid=c1-3;+draft/react=\\:) :ann!ann@server PRIVMSG #room :Hello"],
  [["account-tag"], "@account=ann :ann!ann@server PRIVMSG #room :Hello"],
  [
    ["server-time", "message-tags", "account-tag"],
    `${tags.replace(";account", ";+draft/react=\\:);account")} :ann!ann@server PRIVMSG #room :Hello`,
  ],
])("a message to a receiver with %j", (capabilities, line) => {
  expect(seen(...capabilities)).toEqual([line]);
});

test("events have a time and an id as messages do", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob", "server-time", "message-tags", "account-tag");
  bob.sends("JOIN #room");
  bob.sees();
  ann.sends("TOPIC #room :Tea");
  expect(bob.sees()).toEqual([`${tags} :ann!ann@server TOPIC #room :Tea`]);
});

test("what the server says has no account", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "account-tag");
  chat.operatorSays("msg ann Hello");
  expect(ann.sees()).toEqual([":server PRIVMSG ann :Hello"]);
});

test("one line as answer carries the label itself", () => {
  const ann = labels();
  ann.sends("@label=x PING 1");
  expect(ann.sees()).toEqual(["@label=x :server PONG server 1"]);
});

test("several lines as answer are in a batch that carries the label", () => {
  const ann = labels();
  ann.sends("@label=x NAMES #room");
  expect(ann.sees()).toEqual([
    "@label=x :server BATCH +1 labeled-response",
    "@batch=1 :server 353 ann = #room :~ann",
    "@batch=1 :server 366 ann #room :End of /NAMES list",
    ":server BATCH -1",
  ]);
});

test("no answer is an ACK with the label", () => {
  const ann = labels();
  ann.sends("@label=x PONG 1", "@label=y JOIN #room", "@label=z PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([
    "@label=x :server ACK",
    "@label=y :server ACK",
    "@label=z :server ACK",
  ]);
});

test("the echo is the answer to a labelled message", () => {
  const ann = labels("echo-message", "server-time");
  ann.sends("@label=x PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([
    "@label=x;time=2026-01-01T00:00:00.000Z :ann!ann@server PRIVMSG #room :Hello",
  ]);
});

test("an event of one's own is in the answer, once", () => {
  const ann = labels();
  ann.sends("@label=x JOIN #other");
  expect(ann.sees()).toEqual([
    "@label=x :server BATCH +1 labeled-response",
    "@batch=1 :ann!ann@server JOIN #other",
    "@batch=1 :server 353 ann = #other :~ann",
    "@batch=1 :server 366 ann #other :End of /NAMES list",
    ":server BATCH -1",
  ]);
});

test("a refusal carries the label", () => {
  const ann = labels();
  ann.sends("@label=x NONSENSE");
  expect(ann.sees()).toEqual(["@label=x :server 421 ann NONSENSE :Unknown command"]);
});

test("an answer that took a question has its label all the same", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "labeled-response", "batch");
  chat.holdsQuestions();
  ann.sends("@label=x PRIVMSG bob :Hello");
  chat.answersAll();
  expect(ann.sees()).toEqual(["@label=x :server 401 ann bob :No such nick/channel"]);
});

test("the label is the sender's alone", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "labeled-response", "batch", "echo-message");
  const phone = chat.member("ann", "labeled-response", "batch", "message-tags");
  ann.sends("@label=x PRIVMSG ann :Hello");
  const line = ":ann!ann@server PRIVMSG ann :Hello";
  expect(ann.sees()).toEqual([`@label=x ${line}`, line]);
  expect(phone.sees()).toEqual(["@msgid=p1-1 :ann!ann@server PRIVMSG ann :Hello"]);
});

test("a label is written as it must be on the wire", () => {
  const ann = labels();
  ann.sends("@label=a\\:\\sb PING 1");
  expect(ann.sees()).toEqual(["@label=a\\:\\sb :server PONG server 1"]);
});

test.each([
  ["without the capability", ["batch"], "x"],
  ["without batch", ["labeled-response"], "x"],
  ["over 64 bytes", ["labeled-response", "batch"], "x".repeat(65)],
  ["that is empty", ["labeled-response", "batch"], ""],
])("a label %s is none", (_case, capabilities, label) => {
  const ann = new Chat().member("ann", ...capabilities);
  ann.sends(`@label=${label} PING 1`, `@label=${label} PONG 1`);
  expect(ann.sees()).toEqual([":server PONG server 1"]);
});

test("what happens in one turn is seen in its order", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sendsBytes(Buffer.from("PRIVMSG #room :1\r\nTOPIC #room :2\r\nPRIVMSG #room :3\r\n"));
  expect(bob.sees().map((line) => line.at(-1))).toEqual(["1", "2", "3"]);
});

/** Says it all in one turn: the store takes its time with the one before. */
function inOneTurn(chat: Chat, say: () => void): void {
  chat.holdsKeeping();
  chat.operatorSays("msg zoe now");
  say();
  chat.keepsAll();
}

test("who only listens gets what many say in one turn in its order, each as their capabilities have it", () => {
  const chat = new Chat();
  const [ann, bob, cy, zoe] = chat.inChannel("#room", "ann", "bob", "cy", "zoe");
  const dan = chat.member("dan", "account-tag");
  dan.sends("JOIN #room");
  for (const person of [ann, bob, cy, zoe, dan]) person.sees();
  inOneTurn(chat, () => {
    ann.sends("PRIVMSG #room :1", "PRIVMSG #room :2");
    bob.sends("PRIVMSG #room :3", "PING x");
    ann.sends("PRIVMSG #room :4");
  });
  const lines = ["ann 1", "ann 2", "bob 3", "ann 4"].map((said) => {
    const [nick = "", text = ""] = said.split(" ");
    return `:${nick}!${nick}@server PRIVMSG #room :${text}`;
  });
  expect(cy.sees()).toEqual(lines);
  expect(dan.sees()).toEqual(lines.map((line) => `@account=${line.slice(1, 4)} ${line}`));
  expect(ann.sees()).toEqual([lines[2] ?? ""]);
  const pong = ":server PONG server x";
  expect(bob.sees()).toEqual([lines[0], lines[1], pong, lines[3]].map((line) => line ?? ""));
});

test("who comes in the middle of what is said in one turn sees what follows", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob", "zoe");
  for (const person of [ann, bob]) person.sees();
  inOneTurn(chat, () => {
    ann.sends("PRIVMSG #room :1", "PRIVMSG #room :2");
    bob.sends("PART #room");
    ann.sends("PRIVMSG #room :3", "PRIVMSG #room :4");
    bob.sends("JOIN #room");
    ann.sends("PRIVMSG #room :5", "PRIVMSG #room :6");
  });
  const texts = bob.sees().flatMap((line) => / PRIVMSG #room :(.*)$/.exec(line)?.[1] ?? []);
  expect(texts).toEqual(["1", "2", "5", "6"]);
});

const everyCapability = ["server-time", "message-tags", "account-tag", "echo-message"];

/** What one of five people does. */
const doings = fc.record({
  who: fc.integer({ min: 0, max: 4 }),
  line: fc.constantFrom(
    "PRIVMSG #room :x",
    "PRIVMSG #room :x",
    "@label=l PRIVMSG #room :y",
    "NOTICE #room :z",
    "@+draft/react=a TAGMSG #room",
    "TOPIC #room :t",
    "PART #room",
    "JOIN #room",
    "PRIVMSG p1 :private",
    "@label=m PRIVMSG p0 :private",
    "NAMES #room",
    "PING 1",
    "AWAY :gone",
    "NICK other",
  ),
});

test("what is said in one turn is shown as if each had been said in a turn of its own", () => {
  fc.assert(
    fc.property(fc.array(doings, { maxLength: 25 }), (script) => {
      const [one, many] = [true, false].map((isOneTurn) => {
        const chat = new Chat();
        const capabilities = [[], everyCapability, ["labeled-response", "batch", "echo-message"]];
        const people = [0, 1, 2, 3, 4].map((number) =>
          chat.member(`p${number}`, ...(capabilities[number % 3] ?? [])),
        );
        const zoe = chat.member("zoe");
        for (const person of people) person.sends("JOIN #room");
        for (const person of people) person.sees();
        const plays = (): void => {
          for (const { who, line } of script) people[who]?.sends(line);
        };
        if (isOneTurn) inOneTurn(chat, plays);
        else {
          chat.operatorSays("msg zoe now");
          plays();
        }
        return [...people, zoe].map((person) =>
          // References of batches are given when lines are made.
          person.sees().map((line) => line.replace(/(BATCH [+-]|batch=)\w+/, "$1N")),
        );
      });
      expect(one).toEqual(many);
    }),
    { numRuns: 20 },
  );
}, 30_000);
