/** NAMES: who is where, as far as one may know. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("a channel's names are told, to those outside too", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +v bob");
  const cem = chat.member("cem");
  cem.sends("NAMES #ROOM");
  expect(cem.sees()).toEqual([
    ":server 353 cem = #room :~ann +bob",
    ":server 366 cem #room :End of /NAMES list",
  ]);
});

test("with multi-prefix every prefix is shown, without it the highest", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob", "multi-prefix");
  bob.sends("NAMES #room");
  expect(bob.sees()[0]).toBe(":server 353 bob = #room :~@ann");
});

test("with userhost-in-names the whole source is shown", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob", "userhost-in-names");
  bob.sends("NAMES #room");
  expect(bob.sees()[0]).toBe(":server 353 bob = #room :~ann!ann@server");
});

test("a secret channel is marked, to its members", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #room +s");
  ann.sees();
  ann.sends("NAMES #room");
  expect(ann.sees()[0]).toBe(":server 353 ann @ #room :~ann");
});

test("who is away is still a name in the channel", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.drops();
  ann.sends("NAMES #room");
  expect(ann.sees()[0]).toBe(":server 353 ann = #room :~ann bob");
});

test("many names take several lines, and none is lost", () => {
  const chat = new Chat();
  const names = Array.from({ length: 20 }, (_, index) => `member${index}`.padEnd(32, "x"));
  chat.inChannel("#room", ...names);
  const ann = chat.member("ann");
  ann.sends("NAMES #room");
  const lines = ann.sees().filter((line) => line.includes(" 353 "));
  const shown = lines.flatMap((line) => line.slice(line.lastIndexOf(":") + 1).split(" "));
  expect(lines.length).toBeGreaterThan(1);
  expect(shown.map((name) => name.replace("~", ""))).toEqual(names);
});

test("a channel that does not exist has no names", () => {
  const ann = new Chat().member("ann");
  ann.sends("NAMES #room", "NAMES");
  expect(ann.sees()).toEqual([
    ":server 366 ann #room :End of /NAMES list",
    ":server 366 ann * :End of /NAMES list",
  ]);
});

test("tooManyTargets: NAMES of no more channels than TARGMAX says", () => {
  const ann = new Chat({ limits: { targetsMax: 1 } }).member("ann");
  ann.sends("NAMES #a,#b");
  expect(ann.sees()).toEqual([":server 407 ann #b :Too many targets"]);
});
