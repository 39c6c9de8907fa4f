/**
 * REKEY: what is asked of the keys, and what the operator is told. The keys themselves: test/auth/rekeying.test.ts.
 */
import { expect, test } from "bun:test";
import { type Answer } from "../../../src/server/outside.ts";
import { Chat } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

function told(words: string, rekeyed: Answer<"rekey">): readonly [Chat, string, boolean] {
  const passwords = new PlainPasswords();
  passwords.rekeyed = rekeyed;
  const chat = new Chat({ passwords });
  const lines = chat.operatorSays(words).join("\n");
  return [chat, lines, chat.answers[0]?.isDone ?? false];
}

function figures(keys: number, older: number, dropped = 0, lost = 0): Answer<"rekey"> {
  return { outcome: "rekeyed", keys, older, dropped, lost };
}

test.each([
  [
    "rekey",
    figures(2, 3),
    "a new key is in use; back the key file up, apart from the data\n" +
      "3 passwords of an older key: each is moved to the new one at its next login",
  ],
  [
    "rekey status",
    figures(2, 1),
    "1 password of an older key: each is moved to the new one at its next login",
  ],
  [
    "REKEY  status",
    figures(2, 0),
    "no password is of an older key: rekey finish removes what is left of them",
  ],
  [
    "rekey finish",
    figures(1, 0, 1),
    "an older key is removed\nall passwords are of the key in use; there is no older one",
  ],
  [
    "rekey finish force",
    figures(1, 0, 2, 4),
    "2 older keys are removed\n4 passwords went with it: these accounts need a new one\n" +
      "all passwords are of the key in use; there is no older one",
  ],
])("%s: %j", (words, rekeyed, lines) => {
  const [, seen, isDone] = told(words, rekeyed);
  expect([seen, isDone]).toEqual([lines, true]);
});

test("a key that passwords need is not removed, and how many they are is said", () => {
  const [, lines, isDone] = told("rekey finish", figures(2, 2));
  expect([lines, isDone]).toEqual([
    "2 passwords of an older key: until their next login, which moves them\n" +
      "rekey finish force removes the key and these passwords",
    false,
  ]);
});

test.each([
  [{ outcome: "full" }, "there are as many keys as there may be: rekey finish removes older ones"],
  [{ outcome: "busy" }, "this is being done already"],
  [{ outcome: "unavailable" }, "this cannot be done now; try again later"],
] as const)("%j is no new key", (answer, line) => {
  const [chat, lines, isDone] = told("rekey", answer);
  expect([lines, isDone]).toEqual([line, false]);
  expect(chat.notes).toEqual([]);
});

test("what was done to the keys is noted; what was looked at is not", () => {
  const [changed] = told("rekey", figures(2, 3));
  const note = { event: "keys.changed", by: "console", keys: 2, older: 3, lost: 0 } as const;
  expect(changed.notes).toEqual([note]);
  expect(told("rekey status", figures(2, 3))[0].notes).toEqual([]);
});

test("other words are no rekeying, and nothing is asked", () => {
  const [chat, lines] = told("rekey now", figures(2, 3));
  expect(lines).toBe("it is used like this: rekey [status|finish]");
  expect(chat.questions.some(({ kind }) => kind === "rekey")).toBe(false);
});

test("noPrivileges: the keys are for the console, not for the chat", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG NickServ :rekey");
  expect(ann.sees().join("\n")).toContain("481 ann :Permission Denied");
  chat.operatorSays("role ann operator");
  ann.sees();
  ann.sends("PRIVMSG NickServ :rekey");
  expect(ann.sees().join("\n")).toContain("rekey is for the console");
  expect(chat.questions.some(({ kind }) => kind === "rekey")).toBe(false);
});
