/** LOG and UNLOCK: an operator reads what happened, and ends a lock. */
import { expect, test } from "bun:test";
import { type Answer, type Question, type QuestionKind } from "../../../src/server/outside.ts";
import { Chat } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

const newYear = "2026-01-01T00:00:00.000Z";

test("what happened is told as in any log, the newest last", () => {
  const chat = new Chat();
  chat.member("ann");
  chat.passes(1_500);
  chat.stranger({ address: "192.0.2.1" }).logsIn("ann", "wrong");
  chat.operatorSays("role ann operator");
  expect(chat.operatorSays("log")).toEqual([
    `${newYear} login.ok ann from 127.0.0.1: PLAIN`,
    "2026-01-01T00:00:01.500Z login.refused - from 192.0.2.1: PLAIN: not proven",
    "2026-01-01T00:00:01.500Z account.role ann by console: operator",
  ]);
});

test("of one account, and so many", () => {
  const chat = new Chat();
  for (const name of ["ann", "bob", "ann", "ann"]) chat.member(name);
  expect(chat.operatorSays("log ANN").length).toBe(3);
  expect(chat.operatorSays("log ann 2").length).toBe(2);
  expect(chat.operatorSays("log 3").length).toBe(3);
  expect(chat.operatorSays("log 2 bob").length).toBe(1);
  expect(chat.operatorSays("log carl")).toEqual(["nothing is in the log"]);
});

test("as objects for programs, one a line", () => {
  const chat = new Chat();
  chat.member("ann");
  const lines = chat.operatorSays("log ann 5 --json").map((line): unknown => JSON.parse(line));
  const rest = { account: "ann", address: "127.0.0.1", actor: "", detail: "PLAIN" };
  expect(lines).toEqual([{ id: 1, time: newYear, event: "login.ok", ...rest }]);
  expect(chat.operatorSays("log carl --json")).toEqual([]);
});

test.each([
  ["log 0", "a count is from 1 to 1000"],
  ["log 1001", "a count is from 1 to 1000"],
  ["log 1 2", "log [NAME] [COUNT] [--json]"],
  ["log ann bob", "log [NAME] [COUNT] [--json]"],
  ["log a!b", "no account a!b"],
])("%s is not done", (words, why) => {
  const chat = new Chat();
  expect(chat.operatorSays(words)).toEqual([why]);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([false]);
});

test("what was said in the place of names is found under *", () => {
  const chat = new Chat();
  expect(chat.operatorSays("log *")).toEqual(["nothing is in the log"]);
});

test("noPrivileges: who is no operator reads nothing and unlocks nothing", () => {
  const ann = new Chat().member("ann");
  ann.sends("PRIVMSG NickServ :log", "PRIVMSG NickServ :unlock ann");
  const denied = ":server 481 ann :Permission Denied- You're not an operator of this server";
  expect(ann.sees()).toEqual([denied, denied]);
});

/** Locks so many accounts have. */
class Locks extends PlainPasswords {
  count: number | undefined = 1;

  override answer(question: Question): Answer<QuestionKind> | undefined {
    if (question.kind !== "credentials") return super.answer(question);
    const { count } = this;
    return count === undefined ? { outcome: "unavailable" } : { outcome: "removed", count };
  }
}

test("a lock is ended once, and that is noted", () => {
  const passwords = new Locks();
  const chat = new Chat({ passwords });
  chat.hasAccount("Ann");
  expect(chat.operatorSays("unlock ann")).toEqual(["Ann is unlocked"]);
  expect(chat.notes.at(-1)).toEqual({ event: "account.unlocked", account: "Ann", by: "console" });
  expect(chat.questions.at(-1)).toMatchObject({ ask: { action: { of: "lock", which: "all" } } });
  passwords.count = 0;
  expect(chat.operatorSays("unlock ann")).toEqual(["Ann was not locked"]);
  passwords.count = undefined;
  expect(chat.operatorSays("unlock ann")).toEqual(["this cannot be done now; try again later"]);
  expect(chat.operatorSays("unlock bob")).toEqual(["no account bob"]);
});
