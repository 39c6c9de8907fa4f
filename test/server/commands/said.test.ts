/** The client's nonce: what is said twice under one name is kept once. */
import { expect, test } from "bun:test";
import { nonceTag, repeatTag } from "../../../src/protocol/capabilities.ts";
import { Chat, type Person } from "../../support/chat.ts";

const wire = ["echo-message", "message-tags", "server-time"];

function talks(person: Person, nonce: string, line: string): string[] {
  person.sends(`@${nonceTag}=${nonce} ${line}`);
  return person.sees();
}

/** The same lines, marked as a repeat. */
function again(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/(msgid=\S+)/, `$1;${repeatTag}`));
}

test("the same nonce again is answered with the first place and time, and nobody else sees it", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob", "draft/chathistory")];
  const first = talks(ann, "n1", "PRIVMSG bob :Hello");
  bob.sees();
  chat.passes(5_000);
  expect(talks(ann, "n1", "PRIVMSG bob :Hello")).toEqual(again(first));
  expect(bob.sees()).toEqual([]);
});

test("the same nonce from another device is the same message", () => {
  const chat = new Chat();
  const [ann, phone, bob] = [
    chat.member("ann", ...wire),
    chat.member("ann", ...wire),
    chat.member("bob"),
  ];
  const first = talks(ann, "n1", "PRIVMSG bob :Hello");
  bob.sees();
  phone.sees();
  expect(talks(phone, "n1", "PRIVMSG bob :Hello")).toEqual(again(first));
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
});

test("the same nonce is known after a restart", () => {
  const before = new Chat();
  before.hasAccount("bob");
  const first = talks(before.member("ann", ...wire), "n1", "PRIVMSG bob :Hello");
  const after = before.restarts();
  expect(talks(after.member("ann", ...wire), "n1", "PRIVMSG bob :Hello")).toEqual(again(first));
});

test("what was kept is answered as kept when it is sent again and may no longer be said", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob")];
  for (const person of [bob, ann]) person.sends("JOIN #room");
  ann.sees();
  const first = talks(ann, "n1", "PRIVMSG #room :Hello");
  bob.sends("KICK #room ann");
  ann.sees();
  expect(talks(ann, "n1", "PRIVMSG #room :Hello")).toEqual(again(first));
  expect(talks(ann, "n2", "PRIVMSG #room :More")).toEqual([
    ":server 404 ann #room :You are not in this channel",
  ]);
});

test("the same nonce twice in one turn is kept once", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob")];
  const line = `@${nonceTag}=n1 PRIVMSG bob :Hello\r\n`;
  ann.sendsBytes(Buffer.from(line + line));
  const [first = "", second = ""] = ann.sees();
  expect([second]).toEqual(again([first]));
  expect(bob.sees()).toHaveLength(1);
});

test("the same nonce of another account is another message", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  talks(ann, "n1", "PRIVMSG bob :Hello");
  talks(bob, "n1", "PRIVMSG ann :Hello");
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG ann :Hello"]);
});

test("one nonce for two targets names two messages", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob")];
  ann.sends("JOIN #room");
  ann.sees();
  const first = talks(ann, "n1", "PRIVMSG #room,bob :Hello");
  expect(first).toHaveLength(2);
  expect(bob.sees()).toHaveLength(1);
  expect(talks(ann, "n1", "PRIVMSG #room,bob :Hello")).toEqual(again(first));
  expect(bob.sees()).toEqual([]);
});

test("a nonce for two targets is never another nonce", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  for (const nonce of ["n/1", "n\\s1"]) talks(ann, nonce, "PRIVMSG bob :Other");
  bob.sees();
  talks(ann, "n", "PRIVMSG ann,bob :Hello");
  expect(bob.sees()).toHaveLength(1);
});

test.each(["", "x".repeat(65), "a\\sb"])(
  "a nonce that is no word of up to 64 bytes is none: %j",
  (nonce) => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann"), chat.member("bob")];
    talks(ann, nonce, "PRIVMSG bob :Hello");
    talks(ann, nonce, "PRIVMSG bob :Hello");
    expect(bob.sees()).toHaveLength(2);
  },
);

test("a nonce is not passed on to others", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob", "message-tags")];
  ann.sends(`@${nonceTag}=n1;+draft/reply=x PRIVMSG bob :Hello`);
  expect(bob.sees()).toEqual(["@msgid=p1-1;+draft/reply=x :ann!ann@server PRIVMSG bob :Hello"]);
});

test("a message sent again after a drop is no second note", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  talks(ann, "n1", "PRIVMSG server :Hello");
  talks(ann, "n1", "PRIVMSG server :Hello");
  expect(chat.notes.filter(({ event }) => event === "message.server")).toHaveLength(1);
});

test("of several targets, what may be said is echoed with its own place, and what may not be is refused", () => {
  // Found by the crowd of the simulation, seeds 2, 4 and 6: what was asked meanwhile cost the echo its place.
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob", "message-tags")];
  for (const person of [bob, ann]) person.sends("JOIN #room");
  bob.sends("JOIN #quiet", "MODE #quiet +i");
  ann.sends("PRIVMSG #room :First");
  for (const person of [ann, bob]) person.sees();
  chat.holdsQuestions();
  ann.sends(`@${nonceTag}=n1 PRIVMSG #room,#quiet,nobody :Hello`);
  bob.sends("PRIVMSG #room :Meanwhile");
  chat.answersAll();
  const seen = ann.sees().map((line) => line.replace(/^@time=\S+?(?:;|(?= ))/, "@"));
  expect(seen).toEqual([
    "@msgid=c1-4 :bob!bob@server PRIVMSG #room :Meanwhile",
    "@msgid=c1-5 :ann!ann@server PRIVMSG #room :Hello",
    ":server 404 ann #quiet :You are not in this channel",
    ":server 401 ann nobody :No such nick/channel",
  ]);
  expect(bob.sees()).toEqual(["@msgid=c1-5 :ann!ann@server PRIVMSG #room :Hello"]);
});

test("what the service may have to ask about holds up no echo", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...wire), chat.member("bob")];
  for (const person of [bob, ann]) person.sends("JOIN #room");
  for (const person of [ann, bob]) person.sees();
  chat.holdsQuestions();
  ann.sends("PRIVMSG #room,NickServ :app-password list");
  chat.answersHeld();
  bob.sends("PRIVMSG #room :Meanwhile");
  chat.answersAll();
  bob.sends("PRIVMSG #room :Afterwards");
  const places = ann
    .sees()
    .map((line) => /msgid=(\S+) :(\w+).* #room/.exec(line)?.slice(1).join(" "));
  expect(places.filter((place) => place !== undefined)).toEqual([
    "c1-3 ann",
    "c1-4 bob",
    "c1-5 bob",
  ]);
});
