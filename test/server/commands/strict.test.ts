/** Strict accounts: set by their owner or an operator, and kept. */
import { expect, test } from "bun:test";
import { fold } from "../../../src/protocol/names.ts";
import { Chat, type Person } from "../../support/chat.ts";

function asks(person: Person, words: string): readonly string[] {
  person.sends(`PRIVMSG NickServ :${words}`);
  return person.sees().map((line) => line.replace(/^:NickServ!NickServ@server NOTICE \S+ :/, ""));
}

function isStrict(chat: Chat): boolean {
  const answer = chat.store.answer("account", { by: fold("ann") });
  return answer.outcome === "found" && answer.account.isStrict;
}

test("an owner turns it on and is told what it means for how they logged in, and off", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  expect(asks(ann, "set strict on")).toEqual([
    "ann logs in by OPAQUE now, and with app passwords: the server refuses to be told",
    "the password. Clients that know no OPAQUE need one: app-password add LABEL",
    "Yours told it on this connection: it cannot come back without an app password.",
  ]);
  expect(isStrict(chat)).toBe(true);
  expect(chat.notes.at(-1)).toEqual({
    event: "account.strict",
    account: "ann",
    isStrict: true,
    by: "ann",
  });
  expect(asks(ann, "set strict OFF")).toEqual([
    "ann may log in with the password by every mechanism",
  ]);
  expect(isStrict(chat)).toBe(false);
});

test("an operator turns it on and off, and it is kept", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  expect(chat.operatorSays("strict ANN on")).toHaveLength(2);
  expect(isStrict(chat.restarts())).toBe(true);
  chat.operatorSays("strict ann off");
  expect(isStrict(chat)).toBe(false);
});

test.each([
  ["strict ann", "strict NAME on, or strict NAME off"],
  ["strict ann perhaps", "strict NAME on, or strict NAME off"],
  ["strict nobody on", "no account nobody"],
])("%j is not done, and says why", (words, why) => {
  const chat = new Chat();
  chat.hasAccount("ann");
  expect(chat.operatorSays(words)).toEqual([why]);
  expect(isStrict(chat)).toBe(false);
});

test("an owner has to say what they want, and says nothing about others", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const bob = chat.member("bob");
  expect(asks(bob, "set strict")).toEqual(["set strict on, or set strict off"]);
  expect(asks(bob, "strict ann on")[0]).toContain(" 481 bob ");
  expect(isStrict(chat)).toBe(false);
});
