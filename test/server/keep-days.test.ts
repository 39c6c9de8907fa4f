/** Keep-days: how long a room keeps what is said, as its operators set it and its members see it. */
import { expect, test } from "bun:test";
import { dayMs, elapsedMs, hourMs, wallMs } from "../../src/base/time.ts";
import { keepDaysMax, keptDays } from "../../src/server/keep-days.ts";
import { Chat } from "../support/chat.ts";

const newYear2026 = 1_767_225_600;

test("an operator says how long a room keeps what is said, and all of it see that", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +H 30");
  const line = ":ann!ann@server MODE #room +H 30";
  expect([ann.sees(), bob.sees()]).toEqual([[line], [line]]);
  bob.sends("MODE #room");
  expect(bob.sees()).toEqual([
    ":server 324 bob #room +ntH 30",
    `:server 329 bob #room ${newYear2026}`,
  ]);
  ann.sends("MODE #room +H 30", "MODE #room -H");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room -H"]);
});

test("it is kept with the room over a restart", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +H 7");
  const again = chat.restarts().member("ann");
  again.sends("MODE #room");
  expect(again.sees()[0]).toBe(":server 324 ann #room +ntH 7");
});

test("482: who is no operator, or a half-operator only, cannot say so", () => {
  const [ann, bob, cat] = new Chat().inChannel("#room", "ann", "bob", "cat");
  ann.sends("MODE #room +h cat");
  for (const person of [bob, cat]) {
    person.sees();
    person.sends("MODE #room +H 1");
    expect(person.sees().at(-1)).toContain(" 482 ");
  }
});

test.each([
  ["0", 0],
  ["-1", 0],
  ["7d", 0],
  ["007", 0],
  [String(keepDaysMax + 1), 0],
  ["31", 30],
])("696: %s is no number of days here, where the server keeps for %i", (days, keepDays) => {
  const [ann] = new Chat({ settings: { keepDays } }).inChannel("#room", "ann");
  ann.sends(`MODE #room +H ${days}`);
  const most = keepDays === 0 ? keepDaysMax : keepDays;
  expect(ann.sees()).toEqual([
    `:server 696 ann #room H ${days} :keeping is for a number of days from 1 to ${most}`,
  ]);
});

test("324 shows what holds: the server's days too, and never more than those", () => {
  const chat = new Chat({ settings: { keepDays: 30 } });
  const [ann] = chat.inChannel("#room", "ann");
  const shown = (): string => {
    ann.sees();
    ann.sends("MODE #room");
    return ann.sees()[0] ?? "";
  };
  expect(shown()).toBe(":server 324 ann #room +ntH 30");
  ann.sends("MODE #room +H 7");
  expect(shown()).toBe(":server 324 ann #room +ntH 7");
  expect(keptDays(5, 7)).toBe(5);
  expect(keptDays(0, 7)).toBe(7);
  expect(keptDays(0, undefined)).toBeUndefined();
});

test("who comes in is told in the room, on each of their connections, and nobody else is", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +H 1");
  ann.sees();
  const [bob, other] = [chat.member("bob"), chat.member("bob")];
  bob.sends("JOIN #room");
  const notice = ":server NOTICE #room :What is said here is kept for a day";
  expect(bob.sees()).toContain(notice);
  expect(other.sees()).toContain(notice);
  expect(ann.sees()).toEqual([":bob!bob@server JOIN #room"]);
  const cat = chat.member("cat");
  cat.sends("JOIN #free");
  expect(cat.sees().join()).not.toContain("NOTICE");
});

test("what was said longer ago is read by nobody any more, and the rest is", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +H 1", "PRIVMSG #room :early", "PRIVMSG bob :private");
  chat.passes(3 * dayMs);
  const [again] = [chat.member("bob")];
  chat.member("ann").sends("PRIVMSG #room :late");
  const now = {
    wall: wallMs(newYear2026 * 1_000 + 3 * dayMs),
    elapsed: elapsedMs(hourMs),
    keepDays: 0,
  };
  while (chat.store.clean(now).hasMore);
  again.sees();
  again.sends("CHATHISTORY LATEST #room * 10", "CHATHISTORY LATEST ann * 10");
  const seen = again.sees().join("\n");
  expect(seen).not.toContain("early");
  expect(seen).toContain("PRIVMSG #room :late");
  expect(seen).toContain("PRIVMSG bob :private");
  expect(bob.isClosed).toBe(true);
});
