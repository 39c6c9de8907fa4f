/** MONITOR: being told when someone comes and goes. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("targets that are added are told at once, there or not", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("bob");
  chat.hasAccount("cem");
  ann.sends("MONITOR + bob,CEM,nobody,not*valid");
  expect(ann.sees()).toEqual([":server 730 ann bob!bob@server", ":server 731 ann CEM,nobody"]);
});

test("coming and going is told to who watches, with the first and the last session only", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("MONITOR + bob");
  ann.sees();
  const [laptop, phone] = [chat.member("bob"), chat.member("bob")];
  laptop.drops();
  phone.drops();
  expect(ann.sees()).toEqual([":server 730 * bob!bob@server", ":server 731 * bob"]);
});

test("a nick that is taken and given up comes and goes", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const ann = chat.member("ann");
  ann.sends("MONITOR + gus,gustav");
  ann.sees();
  const gus = chat.stranger();
  gus.sends("NICK gus", "USER gus 0 * :Gus", "NICK gustav", "QUIT");
  expect(ann.sees()).toEqual([
    ":server 730 * gus!~gus@127.0.0.1",
    ":server 731 * gus",
    ":server 730 * gustav!~gus@127.0.0.1",
    ":server 731 * gustav",
  ]);
});

test("the list is told, cleared, and made smaller in silence", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("MONITOR + bob,cem", "MONITOR - CEM");
  ann.sees();
  ann.sends("MONITOR L", "MONITOR S", "MONITOR C", "MONITOR L");
  expect(ann.sees()).toEqual([
    ":server 732 ann bob",
    ":server 733 ann :End of MONITOR list",
    ":server 731 ann bob",
    ":server 733 ann :End of MONITOR list",
  ]);
  chat.member("bob");
  expect(ann.sees()).toEqual([]);
});

test("monitorListFull: what does not fit is refused by name, the rest is watched", () => {
  const ann = new Chat({ limits: { monitoredMax: 2 } }).member("ann");
  ann.sends("MONITOR + a,b,c,d", "MONITOR L", "MONITOR + A");
  expect(ann.sees()).toEqual([
    ":server 731 ann a,b",
    ":server 734 ann 2 c,d :Monitor list is full.",
    ":server 732 ann a,b",
    ":server 733 ann :End of MONITOR list",
    ":server 731 ann A",
  ]);
});

test("needMoreParams: MONITOR wants a modifier it knows, and + wants targets", () => {
  const ann = new Chat().member("ann");
  ann.sends("MONITOR", "MONITOR X bob", "MONITOR +");
  const refused = ":server 461 ann MONITOR :Not enough parameters";
  expect(ann.sees()).toEqual([refused, refused, refused]);
});

test("a list longer than a line is told in several", () => {
  const ann = new Chat().member("ann");
  const names = Array.from({ length: 40 }, (_, index) => `${"n".repeat(20)}${index}`);
  ann.sends(`MONITOR + ${names.slice(0, 20).join(",")}`, `MONITOR + ${names.slice(20).join(",")}`);
  ann.sees();
  ann.sends("MONITOR L");
  const lines = ann.sees();
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.every((line) => line.length <= 510)).toBe(true);
});

test("with extended-monitor who watches is told what neighbours are told", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "extended-monitor", "away-notify", "setname");
  const old = chat.member("old", "away-notify");
  const bob = chat.member("bob");
  for (const person of [ann, old]) {
    person.sends("MONITOR + bob");
    person.sees();
  }
  bob.sends("AWAY :Out", "SETNAME :Bobby");
  expect(ann.sees()).toEqual([":bob!bob@server AWAY :Out", ":bob!bob@server SETNAME Bobby"]);
  expect(old.sees()).toEqual([]);
});

test("watching ends with the session", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("MONITOR + bob");
  ann.drops();
  const bob = chat.member("bob");
  bob.sends("QUIT");
  expect(chat.member("ann").sees()).toEqual([]);
});
