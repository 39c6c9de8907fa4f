/** Channel mode u: an auditorium, whose members without a rank do not see each other. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

interface House {
  readonly chat: Chat;
  /** The founder. */
  readonly fou: Person;
  /** With a voice. */
  readonly voi: Person;
  readonly ann: Person;
  readonly bob: Person;
}

function house(options: ConstructorParameters<typeof Chat>[0] = {}): House {
  const chat = new Chat(options);
  const [fou, voi, ann, bob] = chat.inChannel("#hall", "fou", "voi", "ann", "bob");
  fou.sends("MODE #hall +uv voi");
  for (const person of [fou, voi, ann, bob]) person.sees();
  return { chat, fou, voi, ann, bob };
}

/** What each has seen since the last look: founder, voiced, and the two without a rank. */
function views({ fou, voi, ann, bob }: House): string[][] {
  return [fou, voi, ann, bob].map((person) => person.sees());
}

test("NAMES, WHO and WHOIS show members without a rank to themselves and to who has one", () => {
  const { ann, voi, chat } = house();
  const stranger = chat.member("stranger");
  const seen = (person: Person): string => {
    person.sends("NAMES #hall", "WHO #hall", "WHOIS bob");
    const lines = person.sees();
    const names =
      lines
        .find((line) => line.includes(" 353 "))
        ?.split(":")
        .at(-1) ?? "";
    const who = lines.filter((line) => line.includes(" 352 ")).map((line) => line.split(" ")[7]);
    const hall = lines.some((line) => line.includes(" 319 ")) ? "hall" : "none";
    return `${names} | ${who.join(" ")} | ${hall}`;
  };
  expect(seen(ann)).toBe("~fou +voi ann | fou voi ann | none");
  expect(seen(voi)).toBe("~fou +voi ann bob | fou voi ann bob | hall");
  expect(seen(stranger)).toBe("~fou +voi | fou voi | none");
});

test("who comes and goes is in no log, and has an id all the same", () => {
  const { chat } = house();
  const voi = chat.member("voi", "message-tags");
  const cem = chat.member("cem");
  cem.sends("JOIN #hall", "PART #hall");
  const [joined = "", left = ""] = voi.sees();
  expect(joined).toMatch(/^@msgid=t\S+ :cem!cem@server JOIN #hall$/);
  expect(left).toMatch(/^@msgid=t\S+ :cem!cem@server PART :#hall$/);
});

test("who comes and goes is seen by who has a rank", () => {
  const all = house();
  const cem = all.chat.member("cem");
  cem.sends("JOIN #hall");
  const joined = ":cem!cem@server JOIN #hall";
  expect(views(all)).toEqual([[joined], [joined], [], []]);
  expect(cem.sees()).toEqual([
    joined,
    ":server 353 cem = #hall :~fou +voi cem",
    ":server 366 cem #hall :End of /NAMES list",
  ]);
  cem.sends("PART #hall :Bye");
  const left = ":cem!cem@server PART #hall :Bye";
  expect(views(all)).toEqual([[left], [left], [], []]);
  expect(cem.sees()).toEqual([left]);
});

test("that someone is put out is seen by who saw them", () => {
  const all = house();
  all.fou.sends("KICK #hall bob :Out", "KICK #hall voi :Out");
  const bob = ":fou!fou@server KICK #hall bob :Out";
  const voi = ":fou!fou@server KICK #hall voi :Out";
  expect(views(all)).toEqual([[bob, voi], [bob, voi], [voi], [bob]]);
});

test("a nick changes for who sees its owner, and so does a quit", () => {
  const all = house({ settings: { nicks: "free", alwaysOn: "never" } });
  all.bob.sends("NICK rob");
  const renamed = ":bob!bob@server NICK rob";
  expect(views(all)).toEqual([[renamed], [renamed], [], [renamed]]);
  all.bob.sends("QUIT :Gone");
  const quit = ":rob!bob@server QUIT :Quit: Gone";
  expect(views(all).slice(0, 3)).toEqual([[quit], [quit], []]);
});

test("who shares another channel sees the nick change there", () => {
  const all = house({ settings: { nicks: "free" } });
  for (const person of [all.ann, all.bob]) person.sends("JOIN #side");
  views(all);
  all.bob.sends("NICK rob");
  expect(all.ann.sees()).toEqual([":bob!bob@server NICK rob"]);
});

test("what is said in the hall is heard by all", () => {
  const all = house();
  all.bob.sends("PRIVMSG #hall :Hello");
  const line = ":bob!bob@server PRIVMSG #hall :Hello";
  expect(views(all)).toEqual([[line], [line], [line], []]);
});

test("who gets a first rank comes into sight before it, and is told who is there", () => {
  const all = house();
  all.fou.sends("MODE #hall +v bob");
  const mode = ":fou!fou@server MODE #hall +v bob";
  expect(views(all)).toEqual([
    [mode],
    [mode],
    [":bob!bob@server JOIN #hall", mode],
    [
      mode,
      ":server 353 bob = #hall :~fou +voi ann +bob",
      ":server 366 bob #hall :End of /NAMES list",
    ],
  ]);
  all.fou.sends("MODE #hall +o bob", "MODE #hall -v bob");
  expect(all.ann.sees()).toEqual([
    ":fou!fou@server MODE #hall +o bob",
    ":fou!fou@server MODE #hall -v bob",
  ]);
});

test("who loses the last rank goes out of sight after it", () => {
  const all = house();
  all.fou.sends("MODE #hall -v voi");
  const mode = ":fou!fou@server MODE #hall -v voi";
  const gone = ":voi!voi@server PART :#hall";
  expect(views(all)).toEqual([[mode], [mode], [mode, gone], [mode, gone]]);
});

test("a rank that is given and taken in one line shows nobody", () => {
  const all = house();
  all.fou.sends("MODE #hall +v-v bob bob");
  expect(all.ann.sees()).toEqual([":fou!fou@server MODE #hall +v-v bob bob"]);
});

test("the JOIN of who comes into sight has their account, with extended-join", () => {
  const all = house();
  const device = all.chat.member("ann", "extended-join");
  all.fou.sends("MODE #hall +v bob");
  expect(device.sees()[0]).toBe(":bob!bob@server JOIN #hall bob :Real Name");
});

test("comings and goings of an auditorium are not in its log", () => {
  const { chat, fou } = house();
  const cem = chat.member("cem");
  const device = chat.member("fou", "message-tags");
  cem.sends("JOIN #hall", "PART #hall");
  fou.sends("MODE #hall -u");
  cem.sends("JOIN #hall");
  const shown = device.sees().map((line) => line.replace(/^@msgid=t\S+/, "@msgid=t"));
  expect(shown.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "@msgid=t :cem!cem@server JOIN",
    "@msgid=t :cem!cem@server PART",
    "@msgid=c1-6 :fou!fou@server MODE",
    "@msgid=c1-7 :cem!cem@server JOIN",
  ]);
});

test("that someone is away, comes back or names themselves otherwise is told to who sees them", () => {
  const { chat, bob } = house();
  const voi = chat.member("voi", "away-notify", "setname");
  const ann = chat.member("ann", "away-notify", "setname");
  const cem = chat.member("cem");
  bob.sends("AWAY :Lunch", "AWAY", "SETNAME :Robert");
  cem.sends("AWAY :Busy", "JOIN #hall");
  expect(voi.sees()).toEqual([
    ":bob!bob@server AWAY :Lunch",
    ":bob!bob@server AWAY",
    ":bob!bob@server SETNAME Robert",
    ":cem!cem@server JOIN #hall",
    ":cem!cem@server AWAY :Busy",
  ]);
  expect(ann.sees()).toEqual([]);
});
