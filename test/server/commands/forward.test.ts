/** Channel mode f: who may not join is brought into another channel. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

/** ann's #room, forwarding to her #lobby, with those modes. */
function forwarding(modes: string): [Chat, Person] {
  const chat = new Chat();
  const [ann] = chat.inChannel("#lobby", "ann", "lou");
  ann.sends("JOIN #room", "MODE #room +f #LOBBY", `MODE #room ${modes}`);
  ann.sees();
  return [chat, ann];
}

test.each(["+i", "+k key", "+l 1", "+b bob"])(
  "forwarded: who may not join by %s is told, and is in the other channel",
  (modes) => {
    const [chat] = forwarding(modes);
    const bob = chat.member("bob");
    bob.sends("JOIN #room");
    expect(bob.sees()).toEqual([
      ":server 470 bob #room #lobby :Forwarding to another channel",
      ":bob!bob@server JOIN #lobby",
      ":server 353 bob = #lobby :~ann lou bob",
      ":server 366 bob #lobby :End of /NAMES list",
    ]);
  },
);

test("inviteOnly: who is in the other channel already, or may not join it, gets the first refusal", () => {
  const [chat, ann] = forwarding("+i");
  const [lou, bob] = [chat.member("lou"), chat.member("bob")];
  ann.sends("MODE #lobby +b bob");
  for (const person of [lou, bob]) {
    person.sees();
    person.sends("JOIN #room");
    expect(person.sees()[0]).toEndWith(" #room :Cannot join channel (+i)");
  }
});

test("from the other channel nobody is sent further", () => {
  const [chat, ann] = forwarding("+i");
  ann.sends("JOIN #third", "MODE #lobby +if #third");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 473 bob #room :Cannot join channel (+i)"]);
});

test("nobody is in the other channel just now: it is looked up, and joined", () => {
  const [chat, ann] = forwarding("+i");
  ann.sends("PART #lobby");
  chat.member("lou").drops();
  const again = chat.restarts();
  const bob = again.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees().slice(0, 2)).toEqual([
    ":server 470 bob #room #lobby :Forwarding to another channel",
    ":bob!bob@server JOIN #lobby",
  ]);
});

test("a forward follows the other channel to its new name, and its members are told", () => {
  const [chat, ann] = forwarding("+i");
  ann.sends("RENAME #lobby #hall");
  expect(ann.sees()).toContain(":server MODE #room +f #hall");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees().slice(0, 2)).toEqual([
    ":server 470 bob #room #hall :Forwarding to another channel",
    ":bob!bob@server JOIN #hall",
  ]);
});

test("a forward of a channel that nobody is in just now follows too, and does not go back to who takes the old name", () => {
  const [chat, ann] = forwarding("+i");
  const lou = chat.member("lou");
  ann.sends("MODE #lobby +o lou", "QUIT");
  lou.sends("RENAME #lobby #Hall", "RENAME #Hall #hall", "JOIN #lobby");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees().slice(0, 2)).toEqual([
    ":server 470 bob #room #hall :Forwarding to another channel",
    ":bob!bob@server JOIN #hall",
  ]);
});

test("where people are sent is shown to members, and hidden from others", () => {
  const [chat, ann] = forwarding("+l 5");
  const bob = chat.member("bob");
  ann.sends("MODE #room");
  bob.sends("MODE #room");
  expect(ann.sees()[0]).toBe(":server 324 ann #room +ntfl #lobby 5");
  expect(bob.sees()[0]).toBe(":server 324 bob #room +ntfl * 5");
});

test("a forward is taken away without its parameter", () => {
  const [, ann] = forwarding("+i");
  ann.sends("MODE #room -f+m");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room -f+m"]);
});

test("invalidModeParam: people cannot be sent where nothing is, or nothing that one may see", () => {
  const [chat, ann] = forwarding("-i");
  const [bob] = chat.inChannel("#secret", "bob");
  bob.sends("MODE #secret +s");
  ann.sends("MODE #room +f #none", "MODE #room +f #secret", "MODE #room +f none");
  expect(ann.sees()).toEqual([
    ":server 696 ann #room f #none :No such channel",
    ":server 696 ann #room f #secret :No such channel",
    ":server 696 ann #room f none :No such channel",
  ]);
});

test("needOperator: people are sent only where one is an operator too", () => {
  const [chat, ann] = forwarding("-i");
  chat.inChannel("#other", "bob", "ann");
  ann.sees();
  ann.sends("MODE #room +f #other");
  expect(ann.sees()).toEqual([":server 482 ann #other :You're not channel operator"]);
});

test("invalidModeParam: a channel sends nobody into itself", () => {
  const [, ann] = forwarding("-i");
  ann.sends("MODE #room +f #ROOM");
  expect(ann.sees()).toEqual([
    ":server 696 ann #room f #room :a channel cannot send people into itself",
  ]);
});

test("temporarilyUnavailable: where people are to be sent cannot be looked up", () => {
  const [chat, ann] = forwarding("-i");
  chat.holdsQuestions();
  ann.sends("MODE #room +f #none");
  chat.passes(30_000);
  expect(ann.sees().at(-1)).toBe(
    ":server FAIL MODE TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  );
});

test("JOIN 0 leaves every channel", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#a", "ann", "bob");
  ann.sends("JOIN #b");
  ann.sees();
  ann.sends("JOIN 0");
  expect(ann.sees()).toEqual([":ann!ann@server PART :#a", ":ann!ann@server PART :#b"]);
  expect(bob.sees()).toEqual([":ann!ann@server PART :#a"]);
});
