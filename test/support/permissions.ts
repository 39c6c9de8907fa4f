/**
 * The table of permissions: what each role gets for each command in a channel with each mode, found by trying.
 *
 * One stage has one channel with a mode and everyone in it. A role says a line; what it is answered, and whether an
 * admin and a plain member see anything of it, is the cell. Then the channel is put back as it was, by commands of its
 * founder, and it is checked that it is.
 */
import { assert, present } from "../../src/base/assert.ts";
import { isPrefixLetter, prefixModes } from "../../src/protocol/modes.ts";
import { fold } from "../../src/protocol/names.ts";
import { Chat, type Person } from "./chat.ts";

/** Who tries, by nick: some are not in the channel. */
export const roles = {
  stranger: "sam",
  guest: "gus",
  member: "mem",
  muted: "mut",
  banned: "ban",
  voice: "voi",
  "half-operator": "hal",
  operator: "ope",
  admin: "adm",
  founder: "fou",
  "server operator": "ops",
} as const;

export type Role = keyof typeof roles;

/** Modes of the channel, by the name of their column; `none` is a channel that is +n. */
export const columns = {
  none: "",
  m: "+m",
  "-n": "-n",
  s: "+s",
  i: "+i",
  k: "+k sesame",
  l: "+l 1",
  M: "+M",
  R: "+R",
  U: "+U",
  Um: "+Um",
  u: "+u",
  C: "+C",
  t: "+t",
  b: "+b *!*@*",
  be: "+be *!*@* *!*@*",
  f: "+if #lobby",
} as const;

export type Column = keyof typeof columns;

/** Ranks in the channel; who is not here has none. Names that end in 2 are those things are done to. */
const ranks: ReadonlyMap<string, string> = new Map([
  ["voi", "v"],
  ["hal", "h"],
  ["ope", "o"],
  ["adm", "a"],
  ["fou", "qo"],
  ["voi2", "v"],
  ["hal2", "h"],
  ["ope2", "o"],
  ["adm2", "a"],
]);
const inside = [
  ...["fou", "gus", "mem", "mut", "ban", "voi", "hal", "ope", "adm"],
  ...["mem2", "voi2", "hal2", "ope2", "adm2"],
];
const outside = ["sam", "ops", "out"];

interface State {
  /** All of the channel but its topic and metadata, which nothing here goes by. */
  readonly row: string;
  readonly ranks: ReadonlyMap<string, string>;
}

export class Stage {
  readonly #chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  readonly #people = new Map<string, Person>();
  readonly #modes: string;
  readonly #before: State;

  constructor(column: Column) {
    this.#modes = columns[column];
    for (const name of [...inside, ...outside]) {
      this.#people.set(name, name === "gus" ? this.#guest(name) : this.#member(name));
    }
    this.#chat.operatorSays("role ops operator");
    this.#says("fou", "JOIN #lobby");
    for (const name of inside) this.#says(name, "JOIN #room");
    this.#says("fou", "PRIVMSG #room :Welcome", "MODE #room -t+b ban", "MODE #room +b ~m:mut");
    this.#rankAll(new Map());
    this.#says("fou", `MODE #room ${this.#modes}`);
    this.#before = this.#state();
    this.#forget();
  }

  /** What the role gets for the line, and who sees it. */
  try(role: Role, line: string): string {
    const name = roles[role];
    const person = this.#person(name);
    if (line.startsWith("JOIN ") && inside.includes(name)) this.#says(name, "PART #room");
    const filled = line.includes("MSGID") ? line.replace("MSGID", this.#founderSays()) : line;
    this.#forget();
    person.sends(filled);
    const answer = summary(person.sees());
    const seers = ["adm2", "mem2"].filter((other) => this.#person(other).sees().length > 0);
    this.#putBack(name, line);
    return `${answer}${seers.length === 0 ? "" : `>${seers.map(seerName).join("+")}`}` || "nothing";
  }

  #member(name: string): Person {
    return this.#chat.member(name, "message-tags", "draft/message-redaction", "draft/search");
  }

  #guest(name: string): Person {
    const person = this.#chat.stranger();
    person.sends(
      "CAP REQ :message-tags draft/message-redaction draft/search",
      `NICK ${name}`,
      `USER ${name} 0 * :Guest`,
      "CAP END",
    );
    return person;
  }

  /** The id of what they said. */
  #founderSays(): string {
    this.#forget();
    this.#chat.passes(1); // guests read nothing of the millisecond in which they came
    this.#says("fou", "PRIVMSG #room :Hello");
    const [line = ""] = this.#person("adm2").sees();
    return /msgid=([^; ]+)/.exec(line)?.[1] ?? "";
  }

  #person(name: string): Person {
    return present(this.#people.get(name), `${name} is on the stage`);
  }

  #says(name: string, ...lines: readonly string[]): void {
    this.#person(name).sends(...lines);
  }

  #forget(): void {
    for (const person of this.#people.values()) person.sees();
  }

  /** Undoes what may have been done: nicks, invitations, memberships, modes, ranks. */
  #putBack(name: string, line: string): void {
    if (line.startsWith("RENAME ")) this.#says("fou", "RENAME #hall #room");
    if (line.startsWith("NICK ")) this.#says(name, `NICK ${name}`);
    if (line.startsWith("INVITE ")) this.#says("out", "JOIN #room", "PART #room", "PART #lobby");
    if (line.startsWith("JOIN ") && name !== "fou") this.#says(name, "PART #lobby");
    if (outside.includes(name)) this.#says(name, "PART #room");
    // Of whatever changes a channel there is a note.
    const isTouched = this.#chat.notes.some(({ event }) => event.startsWith("channel."));
    this.#chat.notes.length = 0;
    if (!isTouched) return;
    // Guests' memberships are not kept, so that what is kept does not tell whether they are there.
    const isGuestThere = name !== "gus" || this.#namesInside().includes(name);
    if (isGuestThere && isSame(this.#state(), this.#before)) return;
    this.#says("fou", "JOIN #room");
    const names = this.#namesInside();
    for (const missing of inside.filter((other) => !names.includes(other))) {
      this.#says("fou", `INVITE ${missing} #room`);
      this.#says(missing, "JOIN #room");
    }
    this.#says("fou", "MODE #room -kmsb sesame new!*@*", `MODE #room ${this.#modes}`);
    this.#rankAll(this.#state().ranks);
    assert(isSame(this.#state(), this.#before), `the stage is as it was before ${name}: ${line}`);
  }

  /** Members' names in the network, who are in memory alone when they are guests. */
  #namesInside(): string[] {
    const founder = this.#person("fou");
    founder.sees();
    founder.sends("NAMES #room");
    return founder
      .sees()
      .filter((line) => line.includes(" 353 "))
      .flatMap((line) => line.slice(line.indexOf(" :") + 2).split(" "))
      .map((name) => name.replace(/^[~&@%+]+/, ""));
  }

  #rankAll(now: ReadonlyMap<string, string>): void {
    for (const name of inside) {
      if (name === "fou") continue;
      const [is, wanted] = [now.get(name) ?? "", ranks.get(name) ?? ""];
      for (const { letter } of prefixModes) {
        if (is.includes(letter) === wanted.includes(letter)) continue;
        assert(isPrefixLetter(letter), "a rank is a mode");
        this.#says("fou", `MODE #room ${is.includes(letter) ? "-" : "+"}${letter} ${name}`);
      }
    }
  }

  #state(): State {
    const found = this.#chat.store.answer("channel", { by: fold("#room") });
    assert(found.outcome === "found", "the channel is kept");
    const {
      bans,
      banExceptions,
      inviteExceptions,
      topic: _topic,
      metadata: _metadata,
      ...row
    } = found.channel;
    const lists = [bans, banExceptions, inviteExceptions].map((list) =>
      list.map(({ mask }) => mask).sort(),
    );
    const held = found.members.map(({ account, prefixes }) => [account.name, prefixes] as const);
    return { row: JSON.stringify([row, lists]), ranks: new Map(held) };
  }
}

function isSame(left: State, right: State): boolean {
  const isLike = [...left.ranks].every(([name, prefixes]) => right.ranks.get(name) === prefixes);
  return left.row === right.row && left.ranks.size === right.ranks.size && isLike;
}

function seerName(name: string): string {
  return name === "adm2" ? "admin" : "member";
}

/** Numerics and commands in order, those in a row counted once; of names and members how many. */
function summary(lines: readonly string[]): string {
  const words: string[] = [];
  let count = 0;
  for (const line of lines) {
    const [, , command = "", code = ""] = /^(@\S+ )?:\S+ (\S+) (?:\S+ )?(\S*)/.exec(line) ?? [];
    const word = command === "FAIL" ? `FAIL ${code}` : command;
    if (word === "352") count += 1;
    if (word === "353") count += line.slice(line.indexOf(" :") + 2).split(" ").length;
    if (words.at(-1) !== word) words.push(word);
  }
  return words.map((word) => (/^35[23]$/.test(word) ? `${word}(${count})` : word)).join(" ");
}
