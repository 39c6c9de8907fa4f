/** The words of operators, as the console says and reads them. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("help lists the commands", () => {
  const lines = new Chat().operatorSays("help");
  expect(lines).toContain("approve NAME                   lets a waiting account in");
  expect(lines).toContain(
    "stop                           ends the server; everything said is kept",
  );
});

test("an unknown word is answered with a hint, and not done", () => {
  const chat = new Chat();
  expect(chat.operatorSays("dance now")).toEqual([
    "unknown command dance; help lists the commands",
  ]);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([false]);
});

test("no words are no command", () => {
  const chat = new Chat();
  expect(chat.operatorSays("  ")).toEqual([]);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([true]);
});

test("who waits is listed, approved, and then waits no more", () => {
  const chat = new Chat();
  chat.hasAccount("Ann", "pending");
  expect(chat.operatorSays("pending")).toEqual(["Ann pending member"]);
  expect(chat.operatorSays("APPROVE ann")).toEqual(["approved Ann"]);
  expect(chat.operatorSays("pending")).toEqual(["nobody waits"]);
  expect(chat.operatorSays("approve ann")).toEqual(["Ann does not wait for a decision"]);
});

test("who is turned away is no account any more", () => {
  const chat = new Chat();
  chat.hasAccount("ann", "pending");
  expect(chat.operatorSays("reject ANN")).toEqual(["rejected ann"]);
  expect(chat.operatorSays("reject ann")).toEqual(["no account ann"]);
  expect(chat.operatorSays("accounts")).toEqual(["no accounts yet"]);
});

test("a member is not turned away", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  expect(chat.operatorSays("reject ann")).toEqual(["ann does not wait for a decision"]);
});

test.each([
  ["approve", "whose? name the account"],
  ["approve nobody", "no account nobody"],
  ["approve a\u0007b", "no account a␇b"],
  ["role ann king", "a role is member or operator"],
  ["role nobody operator", "no account nobody"],
  ["accounts sleeping", "a state is pending, active or disabled"],
  ["say", "say what? say [#ROOM] TEXT"],
  ["say #nowhere Hello", "no room #nowhere"],
  ["msg ann", "say what to whom? msg NAME TEXT"],
  ["msg nobody Hello", "no account nobody"],
])("%j is not done, and says why", (words, why) => {
  const chat = new Chat();
  expect(chat.operatorSays(words)).toEqual([why]);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([false]);
});

test("accounts are listed by state, and no more than the limit", () => {
  const chat = new Chat({ limits: { accountsListedMax: 2 } });
  for (const name of ["ann", "bob", "cem"]) chat.hasAccount(name);
  chat.hasAccount("dan", "disabled");
  expect(chat.operatorSays("accounts active")).toEqual([
    "ann active member",
    "bob active member",
    "… and more than 2",
  ]);
  expect(chat.operatorSays("accounts disabled")).toEqual(["dan disabled member"]);
});

test("an operator of the server is operator of its rooms, and is not when unmade", () => {
  const chat = new Chat({ settings: { rooms: ["#general"] } });
  const ann = chat.member("ann");
  ann.sends("JOIN #general");
  ann.sees();
  expect(chat.operatorSays("role ann operator")).toEqual(["ann is an operator now"]);
  expect(ann.sees()).toEqual([":server MODE #general +o ann"]);
  expect(chat.operatorSays("role ann member")).toEqual(["ann is a member now"]);
  expect(ann.sees()).toEqual([":server MODE #general -o ann"]);
});

test("a role is kept", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.operatorSays("role ann operator");
  expect(chat.restarts().operatorSays("accounts")).toEqual(["ann active operator"]);
});

test("who is connected is listed with their addresses", () => {
  const chat = new Chat();
  expect(chat.operatorSays("who")).toEqual(["nobody is connected"]);
  chat.member("ann");
  chat.member("ann");
  chat.operatorSays("role ann operator");
  expect(chat.operatorSays("who")).toEqual(["ann (operator) from 127.0.0.1, 127.0.0.1"]);
});

test("the server speaks in a room, in the first one by itself", () => {
  const chat = new Chat({ settings: { rooms: ["#general"] } });
  const ann = chat.member("ann");
  ann.sends("JOIN #general,#room");
  ann.sees();
  chat.operatorSays("say Tea is ready");
  chat.operatorSays("say #ROOM Here too");
  expect(ann.sees()).toEqual([
    ":server PRIVMSG #general :Tea is ready",
    ":server PRIVMSG #room :Here too",
  ]);
});

test("the server answers a member, who finds it later when they are away", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  expect(chat.operatorSays("msg ann Hello you")).toEqual([]);
  expect(ann.sees()).toEqual([":server PRIVMSG ann :Hello you"]);
  ann.drops();
  expect(chat.operatorSays("msg ann Later")).toEqual(["ann is not connected; it waits for them"]);
});

test("who waits for a decision is not written to", () => {
  const chat = new Chat();
  chat.hasAccount("ann", "pending");
  expect(chat.operatorSays("msg ann Hello")).toEqual(["ann is not a member yet"]);
});

test.each([
  ["msg ann one\ntwo", "that is more than one line"],
  [`msg ann ${"x".repeat(500)}`, "that is too long for one line"],
  ["say #room one\r\ntwo", "that is more than one line"],
])("what is no line of the wire is not said", (words, why) => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  expect(chat.operatorSays(words)).toEqual([why]);
  expect(ann.sees()).toEqual([]);
});

test("stop asks the program to end", () => {
  const chat = new Chat();
  chat.operatorSays("stop");
  expect(chat.notes.at(-1)).toEqual({ event: "stop.asked", by: "console" });
});

test.each(["approve ann", "pending", "say #room Hello", "role ann operator"])(
  "what cannot be looked up in time is not done: %s",
  (words) => {
    const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
    chat.holdsQuestions();
    chat.operatorSays(words);
    chat.passes(1_000);
    expect(chat.answers).toEqual([
      { isDone: false, lines: ["this cannot be done now; try again later"] },
    ]);
  },
);
