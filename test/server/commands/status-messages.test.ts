/** STATUSMSG: what is said to those of a channel with a rank. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";
import { withoutPassingIds } from "../../support/passing-id.ts";

/** One member of each rank, and one without. */
function everyRank(...capabilities: readonly string[]): [Chat, Map<string, Person>] {
  const chat = new Chat();
  const names = ["fou", "adm", "opi", "hal", "voi", "mem"] as const;
  const people = chat.inChannel("#room", ...names);
  people[0].sends("MODE #room +aohv adm opi hal voi");
  for (const person of people) person.sends(`CAP REQ :${capabilities.join(" ")}`);
  for (const person of people) person.sees();
  return [chat, new Map(names.map((name, index) => [name, people[index] ?? people[0]]))];
}

function whoSee(people: ReadonlyMap<string, Person>, line: string): string {
  return [...people]
    .flatMap(([name, person]) => (person.sees().includes(line) ? [name] : []))
    .join();
}

test.each([
  ["~#room", "~#room", "fou"],
  ["&#room", "&#room", "fou,adm"],
  ["@#room", "@#room", "fou,adm,opi"],
  ["%#room", "%#room", "fou,adm,opi,hal"],
  ["@%#ROOM", "%#room", "fou,adm,opi,hal"],
  ["+#room", "+#room", "fou,adm,opi,hal,voi"],
])("what is said to %s is seen as to %s by %s", (target, shown, seers) => {
  for (const verb of ["PRIVMSG", "NOTICE"]) {
    const [, people] = everyRank();
    people.get("mem")?.sends(`${verb} ${target} :Help`);
    expect(whoSee(people, `:mem!mem@server ${verb} ${shown} :Help`)).toBe(seers);
  }
});

test("tags go to a rank too", () => {
  const [, people] = everyRank("message-tags");
  people.get("mem")?.sends("@+typing=active TAGMSG @#room");
  const line = "@+typing=active :mem!mem@server TAGMSG @#room";
  const seers = [...people].filter(([, person]) => withoutPassingIds(person.sees()).includes(line));
  expect(seers.map(([name]) => name)).toEqual(["fou", "adm", "opi"]);
});

test("who says it gets its echo, on all devices, and it is in nobody's history", () => {
  const [chat, people] = everyRank("echo-message", "message-tags");
  const mem = people.get("mem");
  const phone = chat.member("mem");
  mem?.sends("PRIVMSG @#room :Help");
  const line = ":mem!mem@server PRIVMSG @#room :Help";
  expect([mem?.sees(), phone.sees()]).toEqual([[line], [line]]);
  people.get("fou")?.sees();
  people.get("fou")?.sends("CHATHISTORY LATEST #room * 10");
  expect(people.get("fou")?.sees()).toEqual([]);
});

test("cannotSend: who may not speak in the channel may not speak to its operators either", () => {
  const [chat, people] = everyRank();
  people.get("fou")?.sends("MODE #room +b mem");
  people.get("mem")?.sees();
  people.get("mem")?.sends("PRIVMSG @#room :Help");
  expect(people.get("mem")?.sees()).toEqual([
    ":server 404 mem #room :You are banned from this channel",
  ]);
  const stranger = chat.member("stranger");
  stranger.sends("PRIVMSG @#room :Help");
  expect(stranger.sees()).toEqual([":server 404 stranger #room :You are not in this channel"]);
});

test("with +U those see it who would by the channel and by the target", () => {
  const [, people] = everyRank();
  people.get("fou")?.sends("MODE #room +Um");
  for (const person of people.values()) person.sees();
  people.get("mem")?.sends("PRIVMSG +#room :Help");
  expect(whoSee(people, ":mem!mem@server PRIVMSG +#room :Help")).toBe("fou,adm,opi,hal");
  people.get("mem")?.sends("PRIVMSG &#room :Help");
  expect(whoSee(people, ":mem!mem@server PRIVMSG &#room :Help")).toBe("fou,adm");
});

test("noSuchChannel: a prefix before what is no channel of theirs is no way to find it", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#hidden", "ann");
  ann.sends("MODE #hidden +s-n");
  ann.sees();
  const bob = chat.member("bob");
  bob.sends("PRIVMSG @#hidden :Hello", "PRIVMSG @#none :Hello", "PRIVMSG @ann :Hello");
  expect(bob.sees()).toEqual([
    ":server 403 bob #hidden :No such channel",
    ":server 403 bob #none :No such channel",
    ":server 401 bob @ann :No such nick/channel",
  ]);
  expect(ann.sees()).toEqual([]);
});
