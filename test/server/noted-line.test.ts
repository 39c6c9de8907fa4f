/** Noted lines: whatever a line looks like, no password is in its note. */
import { expect, test } from "bun:test";
import { Chat } from "../support/chat.ts";

test("no password is in a note, however the line is spaced and whatever comes before the command", () => {
  const chat = new Chat({ settings: { notesLines: true } });
  const ann = chat.member("ann");
  const eve = chat.stranger();
  eve.sends("  REGISTER eve * :hunter2");
  eve.sends(
    "@ PASS hunter2",
    ": PASS :hunter2",
    "@label=1  :x   pass   hunter2",
    "@!bad PASS hunter2",
    "PASS eve:hunter2",
    "PASS :eve:hunter2",
  );
  eve.sends("REGISTER eve * :hunter2\u2028", "REGISTER eve * :\u2029hunter2");
  eve.sends(
    "NS IDENTIFY hunter2",
    "nickserv register hunter2",
    "OPER root hunter2",
    "PASS1 hunter2",
  );
  eve.sends("hunter2 my password", "NICK hunter2", "USER hunter2 0 * :hunter2");
  eve.sends("swordfish");
  ann.sends(
    "PRIVMSG nickserv,ann :hunter2",
    "NOTICE #room,NickServ, :hunter2",
    "MSG NickServ hunter2",
  );
  const lines = chat.notes
    .filter(({ event }) => event === "line")
    .map((note) => JSON.stringify(note));
  expect(lines.length).toBeGreaterThan(12);
  expect(lines.filter((line) => /hunter2|swordfish/i.test(line))).toEqual([]);
});

test("what can hold no password is noted as it came", () => {
  const chat = new Chat({ settings: { notesLines: true } });
  const ann = chat.member("ann");
  ann.sends("@label=1  JOIN  #room", "NOTICE #mainserv :hello");
  const lines = chat.notes.flatMap((note) => (note.event === "line" ? [note.line] : []));
  expect(lines.slice(-2)).toEqual(["@label=1  JOIN  #room", "NOTICE #mainserv :hello"]);
});
