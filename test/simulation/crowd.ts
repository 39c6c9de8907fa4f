/**
 * The crowd: connections that say every command at random, many at once, and read nothing but what they must. Some
 * label what they say, some change their capabilities, some have no account, one runs the server.
 *
 * They answer PING, end each piece with a counted PING of their own, and come back when they are closed.
 */
import { below, chance, pick, type Random } from "../../src/base/random.ts";
import { nonceTag } from "../../src/protocol/capabilities.ts";
import { clientTagsBytesMax, lineBytesMax } from "../../src/protocol/limits.ts";
import { type Peer, type World } from "../support/world.ts";
import { Pools } from "./pools.ts";
import { speech } from "./speech.ts";

const password = "a long enough password";

/** Who of them runs the server. */
const operator = "wild0";

/** What is not said as often as the rest: it ends connections. */
const rarely: ReadonlyMap<string, number> = new Map([
  ["QUIT", 0.05],
  ["KILL", 0.1],
  ["AUTHENTICATE", 0.2],
]);
const commands: readonly string[] = [...speech.keys()];
/** How often what is likely to be said in a chat is said instead. */
const usually = ["PRIVMSG", "JOIN", "MODE", "NICK", "TAGMSG", "BATCH", "CHATHISTORY", "WHO"];

export class Crowd {
  readonly #world: World;
  readonly #wild: Wild[] = [];
  readonly #size: number;

  constructor(world: World, size: number) {
    this.#world = world;
    this.#size = size;
  }

  begin(): void {
    if (this.#size === 0) return;
    const world = this.#world;
    const names = Array.from({ length: this.#size }, (_none, index) => `wild${index}`);
    const devices = world.devices.map(({ account }) => account);
    const pools = new Pools(world.random, names, devices);
    for (const name of names) {
      const isOperator = name === operator;
      if (isOperator || chance(world.random, 0.8)) world.server?.putAccount(name, password);
      this.#wild.push(new Wild(world, name, pools));
    }
    world.restartServer();
    world.server?.instruct(`role ${operator} operator`, () => undefined);
    for (const wild of this.#wild)
      world.clock.after(below(world.random, 2_000), () => wild.connect());
  }
}

class Wild implements Peer {
  readonly #world: World;
  readonly #random: Random;
  readonly #pools: Pools;
  readonly #name: string;
  readonly isLeaving = true;
  /** It keeps its capabilities, and labels what it says. */
  readonly #labels: boolean;
  #number = 0;
  #isOpen = false;
  #count = 0;
  #rest = "";
  /** What it has said with a nonce of its own, since it is known by its account. */
  #said: string | undefined;
  #isProven = false;
  /** It has asked for its capabilities. */
  #hasBegun = false;

  constructor(world: World, name: string, pools: Pools) {
    this.#world = world;
    this.#random = world.random;
    this.#pools = pools;
    this.#name = name;
    this.#labels = chance(world.random, 0.5);
  }

  connect(): void {
    this.#number += 1;
    this.#world.connect(this, this.#number);
  }

  opened(number: number): void {
    if (number !== this.#number) return;
    this.#isOpen = true;
    this.#rest = "";
    this.#said = undefined;
    this.#isProven = false;
    this.#hasBegun = false;
    this.#send([...this.#nonsense(0.3), ...this.#login()]);
    this.#hasBegun = true;
    this.#goOn(number);
  }

  received(number: number, bytes: Uint8Array): void {
    if (number !== this.#number || !this.#isOpen) return;
    // Cut characters do not matter to what is looked for.
    const lines = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#hear(line);
  }

  closed(number: number): void {
    if (number !== this.#number) return;
    this.#isOpen = false;
    this.#world.clock.after(100 + below(this.#random, 3_000), () => {
      if (number === this.#number) this.connect();
    });
  }

  #hear(line: string): void {
    const [, tags = "", command = "", rest = ""] =
      /^(?:@(\S+) )?(?::\S+ )?(\S+)(.*)/.exec(line) ?? [];
    const id = /(?:^|;)msgid=([^;]+)/.exec(tags)?.[1];
    if (id !== undefined) this.#pools.hears(id);
    // Who does not answer for what they have missed is told nothing more until they are closed: no answer comes either.
    const answers = rest.includes("seen-") || chance(this.#random, 0.98);
    if (command === "PING" && answers) this.#send([`PONG${rest}`]);
    if (command === "900") this.#isProven = true;
    // No such account, or no more: it asks for it, and goes on without.
    if (command === "904") this.#send([`REGISTER * * :${password}`, "CAP END"]);
  }

  #login(): string[] {
    const pools = this.#pools;
    const fixed = "message-tags batch labeled-response";
    const more = "batch server-time account-tag echo-message draft/multiline draft/metadata-2";
    const wanted = this.#labels
      ? `${fixed} ${pools.oneOf("standard-replies", more, "multi-prefix extended-join setname")}`
      : pools.oneOf(more, "sasl", "message-tags away-notify", "no-such-thing");
    const response = Buffer.from(`\0${this.#name}\0${password}`).toString("base64");
    const hasAccount = this.#name === operator || pools.is(0.9);
    return [
      "CAP LS 302",
      `CAP REQ :${wanted}`,
      `NICK ${pools.is(0.9) ? this.#name : pools.victim()}`,
      `USER ${this.#name} 0 * :${pools.text()}`,
      ...(hasAccount ? ["AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`] : []),
      "CAP END",
      `JOIN ${pools.list(() => pools.room())}`,
    ];
  }

  #nonsense(probability: number): string[] {
    return this.#pools.is(probability) ? Array.from({ length: 5 }, () => this.#line()) : [];
  }

  #goOn(number: number): void {
    if (number !== this.#number || !this.#isOpen || this.#world.isHealed) return;
    const count = 1 + below(this.#random, chance(this.#random, 0.05) ? 150 : 20);
    const lines = Array.from({ length: count }, () => this.#line());
    this.#count += 1;
    this.#send([...lines, `PING count${this.#count}`]);
    this.#world.clock.after(200 + below(this.#random, 2_500), () => this.#goOn(number));
  }

  #send(lines: readonly string[]): void {
    const text = lines
      .map((line) => `${line}${chance(this.#random, 0.05) ? "\n" : "\r\n"}`)
      .join("");
    this.#world.send(this, this.#number, Buffer.from(text));
  }

  #line(): string {
    const pools = this.#pools;
    if (pools.is(0.02)) return this.#garbage();
    if (this.#said !== undefined && pools.is(0.02)) return this.#said;
    const command = this.#command();
    const ways = speech.get(command) ?? [];
    const params = pools.is(0.07) ? pools.junk() : pick(this.#random, ways)(pools);
    const isLoud = pools.is(0.9);
    const line = `${isLoud ? command : command.toLowerCase()} ${params}`.trimEnd();
    const nonce = this.#isProven && command === "PRIVMSG" && !this.#labels && pools.is(0.2);
    if (nonce) {
      this.#count += 1;
      this.#said = `@${nonceTag}=n${this.#name}.${this.#count} ${line}`;
      return this.#said;
    }
    const tags = this.#tags(command);
    if (this.#mayLabel(line)) {
      this.#count += 1;
      tags.push(`label=l${this.#count}`);
    }
    return `${tags.length === 0 ? "" : `@${tags.join(";")} `}${pools.is(0.02) ? ":me " : ""}${line}`;
  }

  #command(): string {
    const pools = this.#pools;
    for (;;) {
      const command = pools.is(0.4) ? pick(this.#random, usually) : pick(this.#random, commands);
      // Who labels keeps the capabilities that this takes.
      if (this.#labels && command === "CAP") continue;
      if (pools.is(rarely.get(command) ?? 1)) return command;
    }
  }

  /** A line that is too long is refused without being read. */
  #mayLabel(line: string): boolean {
    const fits = Buffer.byteLength(line) <= lineBytesMax - 8;
    return this.#labels && this.#hasBegun && fits && this.#pools.is(0.5);
  }

  #tags(command: string): string[] {
    const pools = this.#pools;
    const tags: string[] = [];
    if (pools.is(0.15)) tags.push(`+reply=${pools.messageId()}`);
    if (pools.is(0.1))
      tags.push(pools.oneOf("+typing=active", "+draft/react=👍", "+draft/unreact=x"));
    if (pools.is(0.05)) tags.push(pools.oneOf("+constructor", "time=x", "+a=\\:\\s\\", "msgid"));
    // With a tag that is none the others count for nothing either.
    if (!this.#labels && pools.is(0.02)) tags.push(pools.oneOf("+__proto__=x", "=", "+"));
    if (command === "PRIVMSG" && pools.is(0.1)) tags.push(`batch=b${pools.number(2)}`);
    if (command === "PRIVMSG" && pools.is(0.05)) tags.push("draft/multiline-concat");
    return tags;
  }

  /** No command of anyone. */
  #garbage(): string {
    const pools = this.#pools;
    return pools.oneOf(
      ...["", " ", ":", "@", "@x", "@=;;= ", ":a", "\0", "\xff\xfe", "CAP\0LS", "a\rb"],
      ...[
        "12 x",
        "001 you are :welcome",
        "__proto__ x",
        "constructor",
        "PRIV MSG a :b",
        "@a=b;a=c PING x",
      ],
      `PRIVMSG #general :${"x".repeat(pools.number(1_200))}`,
      `@+x=${"y".repeat(pools.number(clientTagsBytesMax))} TAGMSG #general`,
      `${"z".repeat(pools.number(600))} ${pools.junk()}`,
    );
  }
}
