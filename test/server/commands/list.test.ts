/** LIST: which channels there are, and the conditions of ELIST. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("LIST tells all channels with members and topic, in order of their names", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  ann.sends("JOIN #Annex", "TOPIC #room :Tea");
  ann.sees();
  ann.sends("LIST");
  expect(ann.sees()).toEqual([
    ":server 321 ann Channel :Users  Name",
    ":server 322 ann #Annex 1 :",
    ":server 322 ann #room 2 :Tea",
    ":server 323 ann :End of /LIST",
  ]);
});

test("LIST with masks tells the channels that match one", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN #a,#b,#cc");
  ann.sees();
  ann.sends("LIST #A,#c*");
  expect(listed(ann.sees())).toEqual(["#a", "#cc"]);
});

test("tooManyTargets: LIST has so many conditions", () => {
  const ann = new Chat({ limits: { targetsMax: 2 } }).member("ann");
  ann.sends("JOIN #a");
  ann.sees();
  ann.sends("LIST #a,>0", "LIST #a,>0,!#b");
  const lines = ann.sees();
  expect(listed(lines)).toEqual(["#a"]);
  expect(lines.at(-1)).toBe(":server 407 ann !#b :Too many targets");
});

test("LIST holds no mask against all channels that is longer or has more stars than one that is kept", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN #aaaa");
  ann.sees();
  for (const mask of [`#${"*a".repeat(20)}*`, `#${"*".repeat(200)}`]) {
    ann.sends(`LIST ${mask}`);
    expect(listed(ann.sees())).toEqual([]);
  }
  ann.sends("LIST #a*a*");
  expect(listed(ann.sees())).toEqual(["#aaaa"]);
});

test("LIST tells no more channels than the limit", () => {
  const ann = new Chat({ limits: { listedMax: 2 } }).member("ann");
  ann.sends("JOIN #a,#b,#c");
  ann.sees();
  ann.sends("LIST");
  expect(listed(ann.sees())).toEqual(["#a", "#b"]);
});

test("LIST finds a channel by its name however many stand before it", () => {
  const ann = new Chat({ limits: { listedMax: 2 } }).member("ann");
  ann.sends("JOIN #a,#b,#c,#d,#e");
  ann.sees();
  ann.sends("LIST #e");
  expect(listed(ann.sees())).toEqual(["#e"]);
});

test("LIST shows a secret channel to its members alone", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +s");
  ann.sees();
  const bob = chat.member("bob");
  ann.sends("LIST");
  bob.sends("LIST");
  expect([listed(ann.sees()), listed(bob.sees())]).toEqual([["#room"], []]);
});

test("a long topic is cut in LIST", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`TOPIC #room :${"t".repeat(380)}`);
  ann.sees();
  ann.sends("LIST");
  expect(ann.sees()[1]).toBe(`:server 322 ann #room 1 :${"t".repeat(300)}`);
});

test("temporarilyUnavailable: LIST says so when it is not answered in time", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("LIST");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL LIST TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
});

test("of several masks one is enough, and those with ! are left out", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN #alpha,#beta,#album");
  ann.sees();
  ann.sends("LIST #al*,#b*,!#*um");
  expect(listed(ann.sees())).toEqual(["#alpha", "#beta"]);
});

test("channels are listed by how many are there, guests among them", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const [ann] = chat.inChannel("#two", "ann");
  ann.sends("JOIN #one");
  const gus = chat.stranger();
  gus.sends("NICK gus", "USER gus 0 * :Gus", "JOIN #two");
  ann.sees();
  ann.sends("LIST >1", "LIST <2", "LIST >1,<2");
  const lines = ann.sees();
  expect(listed(lines)).toEqual(["#two", "#one"]);
  expect(lines).toContain(":server 322 ann #two 2 :");
});

test("channels are listed by the minutes since they were made, and since their topic was set", () => {
  const chat = new Chat({ limits: { pingAfterMs: 3_600_000 } });
  const ann = chat.member("ann");
  ann.sends("JOIN #old");
  chat.passes(10 * 60_000);
  ann.sends("JOIN #new", "TOPIC #new :Tea");
  chat.passes(60_000);
  ann.sees();
  ann.sends("LIST C>5", "LIST C<5", "LIST T<5", "LIST T>5");
  expect(listed(ann.sees())).toEqual(["#old", "#new", "#new"]);
});

function listed(lines: readonly string[]): (string | undefined)[] {
  return lines.filter((line) => line.includes(" 322 ")).map((line) => line.split(" ")[3]);
}
