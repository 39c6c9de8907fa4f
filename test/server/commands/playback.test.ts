/** znc.in/playback: asking *playback for what was said. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const newYear = 1_767_225_600;

/** ann has said one to five in #room, a second apart, and something to bob in between. */
function talk(limits = {}): { readonly chat: Chat; readonly ann: Person; readonly bob: Person } {
  const chat = new Chat({ limits });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  for (const word of ["one", "two", "three", "four", "five"]) {
    ann.sends(`PRIVMSG #room :${word}`);
    if (word === "three") ann.sends("PRIVMSG bob :privately");
    chat.passes(1_000);
  }
  ann.sees();
  bob.sees();
  return { chat, ann, bob };
}

function played(person: Person, words: string): string[] {
  person.sends(`PRIVMSG *playback :${words}`);
  return person.sees().map((line) => line.replace(/^.* (?:PRIVMSG|NOTICE) \S+ :(?:\[\S+\] )?/, ""));
}

test("a target is played whole, from a time, and up to one, both exclusive", () => {
  const { bob } = talk();
  expect(played(bob, "play #room")).toEqual(["one", "two", "three", "four", "five"]);
  expect(played(bob, `PLAY #room ${newYear + 2}.5`)).toEqual(["four", "five"]);
  expect(played(bob, `play #room ${newYear} ${newYear + 3}`)).toEqual(["two", "three"]);
  expect(played(bob, `play ANN ${newYear}`)).toEqual(["privately"]);
});

test("several targets are played one after the other, and * is all of one's own", () => {
  const { bob } = talk();
  expect(played(bob, "play ann,#room 0 1767225601.5")).toEqual(["one", "two"]);
  expect(played(bob, "play * 1767225601.5").sort()).toEqual(["five", "four", "privately", "three"]);
});

test("with batch a target's lines are in one, with time and id", () => {
  const { chat } = talk();
  const phone = chat.member("bob", "batch", "server-time", "message-tags", "znc.in/playback");
  phone.sends("PRIVMSG *playback :play ann");
  expect(phone.sees()).toEqual([
    ":server BATCH +1 znc.in/playback ann",
    "@batch=1;time=2026-01-01T00:00:02.000Z;msgid=p1-1 :ann!ann@server PRIVMSG bob :privately",
    ":server BATCH -1",
  ]);
});

test("of each target the newest are played, over as many pages of history as it takes", () => {
  const { bob } = talk({ playedMax: 3, historyMax: 2 });
  expect(played(bob, "play #room")).toEqual(["three", "four", "five"]);
  expect(played(talk({ historyMax: 2 }).bob, "play #room")).toHaveLength(5);
  expect(played(talk({ playedBytesMax: 400 }).bob, "play #room")).toEqual(["four", "five"]);
});

test("who may not read it is told that nothing can be read, as of what does not exist", () => {
  const { chat } = talk();
  const cem = chat.member("cem");
  expect(played(cem, "play #room")).toEqual(["nothing of #room can be read"]);
  expect(played(cem, "play #none")).toEqual(["nothing of #none can be read"]);
  expect(played(cem, "play *")).toEqual([]);
});

test("when history cannot be read now, that is said", () => {
  const { chat, bob } = talk({ answerWithinMs: 1_000 });
  chat.holdsQuestions();
  bob.sends("PRIVMSG *playback :play #room", "PRIVMSG *playback :play *");
  chat.passes(1_000);
  chat.passes(1_000);
  const notNow = ":*playback!znc@server NOTICE bob :this cannot be done now; try again later";
  expect(bob.sees().filter((line) => !line.startsWith("PING"))).toEqual([notNow, notNow]);
});

test("what is no request is answered by how to ask, and shown to nobody", () => {
  const { chat, ann, bob } = talk();
  const phone = chat.member("bob");
  expect(played(bob, "list")[0]).toStartWith("play TARGET");
  expect(played(bob, "play")[0]).toStartWith("play TARGET");
  expect([ann.sees(), phone.sees()]).toEqual([[], []]);
});
