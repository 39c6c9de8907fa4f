/**
 * What the crowd has to say things with: names, channels, masks, modes and texts, likely ones and ones that somebody
 * may have forgotten. Every text has a number of its own, so that it is known again wherever it is kept.
 */
import { below, chance, pick, type Random } from "../../src/base/random.ts";

/** Names that are not what they seem: of objects, of services, by folding, by look. */
export const oddNames: readonly string[] = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"],
  ...["NickServ", "nickserv", "ChanServ", "server", "SERVER", "console", "authchat"],
  // rfc1459 would fold these into each other; CASEMAPPING=ascii does not.
  ...[
    "a[b]",
    "a{b}",
    "A[B]",
    "A{B}",
    "p|q",
    "p\\q",
    "P|Q",
    "x^y",
    "x~y",
    "X^Y",
    "~",
    "^",
    "[]",
    "{}",
  ],
  // Nothing here is shown as U+FFFD (`printable`), so that where it is seen a character was cut.
  // Greek, Cyrillic and full-width look-alikes, and letters whose other case is longer.
  ...["wіld1", "ѡild1", "ｗild1", "user０", "İ", "ı", "ß", "ẞ", "\u212a", "é", "e\u0301", "😀"],
  ...[
    "*",
    "?",
    "0",
    "-",
    "_",
    "@",
    "!",
    "#",
    "a!b@c",
    "a.b",
    "a:b",
    "$server",
    "@#wild1",
    "a\u3000b",
  ],
  ...["x".repeat(32), "x".repeat(33), "x".repeat(300), "1up", "-dash", "`tick`"],
];

const oddChannels: readonly string[] = [
  ...["#__proto__", "#constructor", "#a[b]", "#a{b}", "#A[B]", "#p|q", "#p\\q", "#x^y", "#x~y"],
  ...[
    "#İ",
    "#ß",
    "#😀",
    "#wіld1",
    "#e\u0301",
    "#é",
    "##",
    "#",
    "&local",
    "+plain",
    "!safe",
    "#a\u0007b",
  ],
  ...["#with:colon", "#a*b", `#${"x".repeat(63)}`, `#${"x".repeat(64)}`, "#1,#2", "#\u3000", "#0"],
];

/** Rooms of the crowd alone: their modes may be anything. */
const wildRooms = ["#wild1", "#wild2", "#wild3", "#wild4", "#WILD1"];
/** Where devices are too. */
const sharedRooms = ["#general", "#general", "#ants", "#bees", "#cats"];

const characters = [
  "a",
  " ",
  "ż",
  "😀",
  "\u0301",
  "\x01",
  "\x02",
  "\x03",
  "\u200d",
  ":",
  "%",
  "\\",
];

export class Pools {
  readonly random: Random;
  /** Nicks of the crowd. */
  readonly #wild: readonly string[];
  readonly #devices: readonly string[];
  #texts = 0;
  /** Ids of messages that the crowd has seen, the newest. */
  readonly #ids: string[] = [];

  constructor(random: Random, wild: readonly string[], devices: readonly string[]) {
    this.random = random;
    this.#wild = wild;
    this.#devices = devices;
  }

  hears(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length > 50) this.#ids.shift();
  }

  is(probability: number): boolean {
    return chance(this.random, probability);
  }

  /** Up to `most`. */
  number(most: number): number {
    return below(this.random, most + 1);
  }

  oneOf<T>(...items: readonly T[]): T {
    return pick(this.random, items);
  }

  /** Of the crowd, of whom it may do anything to: never a device's. */
  victim(): string {
    return this.is(0.75) ? pick(this.random, this.#wild) : pick(this.random, oddNames);
  }

  nick(): string {
    return this.is(0.2) && this.#devices.length > 0
      ? pick(this.random, this.#devices)
      : this.victim();
  }

  /** A channel in which the crowd may do anything. */
  ownRoom(): string {
    return this.is(0.8) ? pick(this.random, wildRooms) : pick(this.random, oddChannels);
  }

  room(): string {
    return this.is(0.35) ? pick(this.random, sharedRooms) : this.ownRoom();
  }

  target(): string {
    const prefix = this.is(0.1) ? this.oneOf("@", "+", "~", "&", "%", "@+", "!") : "";
    return this.is(0.6) ? `${prefix}${this.room()}` : this.nick();
  }

  /** One or several, none twice. */
  list(one: () => string): string {
    const names = new Map<string, string>();
    const count = this.is(0.75) ? 1 : 1 + this.number(11);
    for (let index = 0; index < count; index += 1) {
      const name = one();
      // What the service has to ask holds up the echo of what is said to others.
      if (count > 1 && name.toLowerCase() === "nickserv") continue;
      names.set(name.replace(/^[~&@%+]+/, "").toLowerCase(), name);
    }
    return [...names.values()].join(",");
  }

  text(): string {
    this.#texts += 1;
    const said = `wild ${this.#texts} ${this.#filling()}`;
    return this.is(0.05) ? `\x01${this.oneOf("ACTION", "VERSION", "x")} ${said}\x01` : said;
  }

  #filling(): string {
    const length = this.is(0.1) ? this.number(500) : this.number(12);
    return pick(this.random, characters).repeat(length).trim();
  }

  mask(): string {
    const part = (): string => this.oneOf("*", "?*", this.nick(), "*.x", "127.0.0.1", "server");
    return this.oneOf(
      `${part()}!${part()}@${part()}`,
      `~a:${part()}`,
      `~m:${part()}`,
      `~m:~a:${part()}`,
      `~${part()}`,
      part(),
      "*".repeat(20),
      `${"*a".repeat(9)}*`,
      "a".repeat(200),
    );
  }

  /** Channel modes with what they take, and what they do not. */
  modes(): string {
    let letters = "";
    const params: string[] = [];
    for (let count = 1 + this.number(this.is(0.1) ? 20 : 3); count > 0; count -= 1) {
      const letter = pick(this.random, [..."beIklfimnstuCMRUqaohvxZ_é0"]);
      if (this.is(0.6)) letters += this.oneOf("+", "-");
      letters += letter;
      if (this.is(0.9)) params.push(...this.#modeParams(letter));
    }
    return [letters, ...params].join(" ");
  }

  #modeParams(letter: string): string[] {
    if ("beI".includes(letter)) return [this.mask()];
    if ("qaohv".includes(letter)) return [this.nick()];
    if (letter === "k") return [this.oneOf("sesame", "a,b", "x".repeat(40), "é")];
    if (letter === "l") return [this.oneOf("5", "0", "-1", "1e3", "99999999999999999999", "x")];
    return letter === "f" ? [this.room()] : [];
  }

  userModes(): string {
    const letters = pick(this.random, ["i", "w", "B", "o", "R", "T", "Z", "x", "iwB", "RT"]);
    return `${this.oneOf("+", "-")}${letters}`;
  }

  messageId(): string {
    const known = this.#ids;
    return known.length > 0 && this.is(0.7)
      ? pick(this.random, known)
      : this.oneOf("c1-1", "p1-1", "c0-0", "cz-zzzzzzzzzz", "nothing", "é", "__proto__");
  }

  reference(): string {
    const time = ["2026-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "2026-13-99", "tomorrow"];
    return this.is(0.7) ? `msgid=${this.messageId()}` : `timestamp=${pick(this.random, time)}`;
  }

  /** Words in no order. */
  junk(): string {
    const words: string[] = [];
    for (let count = this.number(this.is(0.1) ? 20 : 4); count > 0; count -= 1) {
      const word = [
        () => this.nick(),
        () => this.ownRoom(),
        () => this.mask(),
        () => "+x",
        () => ":",
      ];
      words.push(pick(this.random, word)());
    }
    return words.join(" ");
  }
}
