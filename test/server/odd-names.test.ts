/**
 * Names that are not what they seem, wherever a command takes one: two are the same exactly as CASEMAPPING=ascii says,
 * and one that an object of the language has is like any other.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Chat, type Person } from "../support/chat.ts";

/** What rfc1459 folds into each other, with some letters. */
const nickCharacters = [..."aAkK[]{}|\\^_`"];
/** In channels also what is in no nick. */
const channelCharacters = [
  ...nickCharacters,
  "~",
  "é",
  "É",
  "İ",
  "ı",
  "ß",
  "ẞ",
  "\u212a",
  "а",
  "😀",
];
const ofObjects = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "prototype",
];

function names(characters: readonly string[]): fc.Arbitrary<string> {
  const drawn = fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    drawn.map((each) => each.join("")),
    fc.constantFrom(...ofObjects),
  );
}

/** Two names, of which many are the same, and many more nearly so. */
function pairs(characters: readonly string[]): fc.Arbitrary<readonly [string, string]> {
  const pairsOf1459 = new Map(
    [..."[{", ..."]}", ..."\\|", ..."^~"].map((one, at, all) => [one, all[at ^ 1]]),
  );
  const swapped = (name: string): string =>
    [...name].map((one) => pairsOf1459.get(one) ?? one).join("");
  return names(characters).chain((name) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        names(characters),
        fc.constantFrom(
          ...[name, name.toUpperCase(), name.toLowerCase(), swapped(name)].filter((one) =>
            [...one].every((character) => /\w/.test(character) || characters.includes(character)),
          ),
        ),
      ),
    ),
  );
}

/** CASEMAPPING=ascii, written down once more: "the characters between a and z … A and Z". */
function isSame([left, right]: readonly [string, string]): boolean {
  const lower = (name: string): string =>
    [...name].map((one) => (one >= "A" && one <= "Z" ? one.toLowerCase() : one)).join("");
  return lower(left) === lower(right);
}

function freeChat(): Chat {
  return new Chat({ settings: { accountsRequired: false, nicks: "free" } });
}

function guest(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, "USER guest 0 * :Guest");
  return person;
}

/** The commands and numerics among the lines. */
function kinds(lines: readonly string[]): string[] {
  return lines.map((line) => line.split(" ")[1] ?? "");
}

test("NICK, WHOIS, PRIVMSG, MONITOR and MODE take two nicks for one exactly where CASEMAPPING says so", () => {
  fc.assert(
    fc.property(pairs(nickCharacters), ([name, other]) => {
      const chat = freeChat();
      const [ann, bob] = [chat.member("watcher"), chat.member("founder")];
      ann.sends(`MONITOR + ${other}`);
      ann.sees();
      const named = guest(chat, name);
      expect(kinds(named.sees())).toContain("001");
      const same = isSame([name, other]);
      expect(kinds(ann.sees()).includes("730")).toBe(same);

      const taker = guest(chat, other);
      expect(kinds(taker.sees()).includes("433")).toBe(same);
      taker.sends("QUIT");
      ann.sees();

      ann.sends(`WHOIS ${other}`, `PRIVMSG ${other} :Hello`);
      const answers = kinds(ann.sees());
      if (same) expect(answers).toContain("311");
      else expect(answers).toEqual(["401", "318", "401"]);
      expect(kinds(named.sees()).includes("PRIVMSG")).toBe(same);

      bob.sends("JOIN #room", `MODE #room +b ${other}!*@*`);
      named.sends("JOIN #room");
      expect(kinds(named.sees())).toContain(same ? "474" : "JOIN");
      bob.sends(`MODE #room -b ${other}!*@*`);
      named.sends("JOIN #room");
      bob.sees();
      bob.sends(`MODE #room +v ${other}`);
      expect(kinds(bob.sees())).toEqual([same ? "MODE" : "401"]);
    }),
    { numRuns: 60 },
  );
});

test("JOIN, PRIVMSG, TOPIC and MODE take two channels for one exactly where CASEMAPPING says so", () => {
  fc.assert(
    fc.property(pairs(channelCharacters), ([name, other]) => {
      const chat = freeChat();
      const [ann, bob] = [chat.member("ann"), chat.member("bob")];
      ann.sends(`JOIN #${name}`);
      expect(kinds(ann.sees())).toContain("JOIN");
      bob.sends(`JOIN #${other}`);
      expect(kinds(bob.sees())).toContain("JOIN");
      const same = isSame([name, other]);
      expect(kinds(ann.sees())).toEqual(same ? ["JOIN"] : []);
      bob.sends(`PRIVMSG #${other} :Hello`);
      expect(kinds(ann.sees())).toEqual(same ? ["PRIVMSG"] : []);
      ann.sends(`MODE #${other} +i`);
      expect(kinds(bob.sees())).toEqual(same ? ["MODE"] : []);
      expect(kinds(ann.sees())).toEqual([same ? "MODE" : "442"]);
      ann.sends(`PART #${other}`);
      expect(kinds(ann.sees())).toEqual([same ? "PART" : "442"]);
    }),
    { numRuns: 60 },
  );
});

test("REGISTER takes two accounts for one exactly where CASEMAPPING says so", () => {
  const letters = [..."aAbBkK0-_"];
  const named = names(letters).map((name) => (/^[A-Za-z]/.test(name) ? name : `x${name}`));
  const either = named.chain((name) =>
    fc.tuple(fc.constant(name), fc.oneof(named, fc.constantFrom(name, name.toUpperCase()))),
  );
  fc.assert(
    fc.property(either, ([name, other]) => {
      const chat = new Chat({ settings: { registration: "open" } });
      const answers = [name, other].map((account) => {
        const person = chat.stranger();
        person.sends("CAP REQ draft/account-registration", `NICK ${account}`, "USER x 0 * :X");
        person.sends(`REGISTER ${account} * :a long enough password`);
        return person.sees().find((line) => line.includes(" REGISTER ")) ?? "";
      });
      expect(answers[0]).toContain("REGISTER SUCCESS");
      const isTaken = isSame([name, other]);
      expect(answers[1]).toContain(isTaken ? "FAIL REGISTER ACCOUNT_EXISTS" : "REGISTER SUCCESS");
    }),
    { numRuns: 60 },
  );
});

const noNicks = [
  "~",
  "a~b",
  "é",
  "аnn",
  "ｎick",
  "😀",
  "1up",
  "-dash",
  "a.b",
  "a!b",
  "a@b",
  "a*",
  "#a",
  "x".repeat(33),
];
const services = ["NickServ", "nickserv", "ChanServ", "server", "Console", "root"];

test.each([...noNicks, ...services])("%s is nobody's nick and nobody's account", (name) => {
  const chat = freeChat();
  const person = guest(chat, name);
  expect(kinds(person.sees())).toContain("432");
  const member = chat.member("ann");
  member.sends(`NICK ${name}`);
  expect(kinds(member.sees())).toEqual(["432"]);
  const registering = new Chat({ settings: { registration: "open" } }).stranger();
  registering.sends(
    "CAP REQ draft/account-registration",
    `REGISTER ${name} * :a long enough password`,
  );
  expect(registering.sees().at(-1)).toContain("FAIL REGISTER BAD_ACCOUNT_NAME");
});

test.each(ofObjects)("nobody is %s, and no channel goes by it, until somebody does", (name) => {
  const chat = freeChat();
  const ann = chat.member("ann");
  ann.sends(
    `WHOIS ${name}`,
    `PRIVMSG ${name} :Hello`,
    `TOPIC #${name}`,
    `ISON ${name}`,
    `WHO ${name}`,
  );
  expect(kinds(ann.sees())).toEqual(["401", "318", "401", "403", "303", "315"]);
  ann.sends(
    name,
    `HELP ${name}`,
    `CAP REQ ${name}`,
    `MODE ann +${name}`,
    `INVITE ${name} #${name}`,
  );
  const answers = kinds(ann.sees());
  expect(answers[0]).toBe(/^[A-Za-z][\w-]*$/.test(name) ? "421" : "FAIL");
  expect(answers.filter((kind) => /^[23]/.test(kind))).toEqual([]);
  const there = guest(chat, name);
  expect(kinds(there.sees())).toContain("001");
  ann.sends(`ISON ${name}`, `PRIVMSG ${name} :Hello`);
  expect(ann.sees()).toContain(`:server 303 ann ${name}`);
  expect(there.sees()).toEqual([`:ann!ann@server PRIVMSG ${name} :Hello`]);
});
