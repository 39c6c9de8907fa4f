/**
 * MODE lines, whatever is asked for: who follows them knows the channel's modes and ranks, as the server does.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { channelModes, isPrefixLetter, parseModeChanges } from "../../src/protocol/modes.ts";
import { Chat } from "../support/chat.ts";

const names = ["fou", "adm", "ope", "hal", "voi", "mem"] as const;

const letter = fc.constantFrom(..."+-", ...channelModes.map((mode) => mode.letter), ..."xyß");
const param = fc.constantFrom(
  ...names,
  ...["#lobby", "#room", "sesame", "5", "0", "a,b", "*", "mem!*@*", "~a:mem", "~m:~a:x", "~z:x"],
);
const line = fc.record({
  by: fc.nat(names.length - 1),
  letters: fc.array(letter, { minLength: 1, maxLength: 8 }).map((all) => all.join("")),
  params: fc.array(param, { maxLength: 8 }),
});

/** The modes and ranks as a client knows them that has seen the lines. */
class Follower {
  readonly flags = new Set(["n", "t"]);
  readonly settings = new Map<string, string>();
  readonly lists = new Map<string, string[]>();
  readonly ranks = new Map<string, Set<string>>();

  take(text: string): void {
    const [, command, , letters = "", ...params] = text.split(" ");
    if (command !== "MODE") return;
    for (const { isSet, letter: mode, param: given = "" } of parseModeChanges(letters, params)) {
      const kind = channelModes.find((known) => known.letter === mode)?.kind;
      if (kind === "flag") setIn(this.flags, mode, isSet);
      else if (kind === "list") this.#list(mode, given, isSet);
      else if (isPrefixLetter(mode)) {
        const held = this.ranks.get(given) ?? new Set();
        setIn(held, mode, isSet);
        this.ranks.set(given, held);
      } else if (isSet) this.settings.set(mode, given);
      else this.settings.delete(mode);
    }
  }

  #list(mode: string, mask: string, isSet: boolean): void {
    const others = (this.lists.get(mode) ?? []).filter((other) => other !== mask);
    this.lists.set(mode, isSet ? [...others, mask] : others);
  }
}

function setIn(set: Set<string>, item: string, isSet: boolean): void {
  if (isSet) set.add(item);
  else set.delete(item);
}

test("who follows the MODE lines knows all modes, lists and ranks; the founder stays it", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const chat = new Chat({ limits: { listEntriesMax: 4 } });
      const people = chat.inChannel("#room", ...names);
      const [fou] = people;
      const reader = chat.member("fou", "multi-prefix");
      const follower = new Follower();
      follower.ranks.set("fou", new Set("qo"));
      fou.sends("JOIN #lobby", "MODE #room +aohv adm ope hal voi");
      for (const { by, letters, params } of lines) {
        people[by]?.sends(`MODE #room ${[letters, ...params].join(" ")}`);
      }
      for (const seen of fou.sees()) follower.take(seen);
      reader.sees();
      reader.sends("MODE #room", "MODE #room beI", "NAMES #room");
      const told = reader.sees();
      expect(modesIn(told)).toEqual(modesOf(follower));
      expect(listsIn(told)).toEqual(listsOf(follower));
      expect(listsIn(told).length).toBeLessThanOrEqual(4);
      expect(ranksIn(told)).toEqual(ranksOf(follower));
      expect(follower.ranks.get("fou")?.has("q")).toBe(true);
    }),
    { numRuns: 60 },
  );
}, 60_000);

function modesIn(told: readonly string[]): readonly string[] {
  const [, , , , letters = "", ...params] =
    told.find((text) => text.includes(" 324 "))?.split(" ") ?? [];
  return [[...letters.slice(1)].sort().join(""), ...params.sort()];
}

function modesOf({ flags, settings }: Follower): readonly string[] {
  return [[...flags, ...settings.keys()].sort().join(""), ...[...settings.values()].sort()];
}

function listsIn(told: readonly string[]): string[] {
  const letters = new Map([
    ["367", "b"],
    ["348", "e"],
    ["346", "I"],
  ]);
  return told
    .map((text) => text.split(" "))
    .filter(([, code = ""]) => letters.has(code))
    .map(([, code = "", , , mask = ""]) => `${letters.get(code) ?? ""} ${mask}`)
    .sort();
}

function listsOf({ lists }: Follower): string[] {
  return [...lists].flatMap(([mode, masks]) => masks.map((mask) => `${mode} ${mask}`)).sort();
}

function ranksIn(told: readonly string[]): string[] {
  const listed = told.find((text) => text.includes(" 353 "));
  return (listed ?? "")
    .slice((listed ?? "").indexOf(" :") + 2)
    .split(" ")
    .sort();
}

function ranksOf({ ranks }: Follower): string[] {
  const signs = [...["q~", "a&", "o@", "h%", "v+"]];
  return names
    .map((name) => {
      const held = ranks.get(name) ?? new Set();
      const shown = signs.filter(([mode = ""]) => held.has(mode)).map(([, sign = ""]) => sign);
      return `${shown.join("")}${name}`;
    })
    .sort();
}
