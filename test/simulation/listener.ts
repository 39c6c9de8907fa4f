/**
 * A listener: a client without history, as irssi is. It comes and goes, by QUIT or without a word, and says nothing.
 *
 * Over all of its connections it must be told everything that is said where it is, in its order; what it was shown
 * before a QUIT not again; what it was shown before a lost connection may be told once more, but nothing between that
 * and what comes may be missing.
 */
import { below, chance, type Random } from "../../src/base/random.ts";
import { parseMessageId } from "../../src/protocol/message-ids.ts";
import { type Peer, type World } from "../support/world.ts";
import { Violation } from "./violation.ts";

const password = "a long enough password";

/** Of one log. */
interface Heard {
  /** The newest of all connections. */
  newest: number;
  /** On this connection; 0: nothing. */
  last: number;
}

/** How the last connection has ended. */
type Ending = "first" | "quit" | "lost" | "unsure";

export class Listener implements Peer {
  readonly name: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #heard = new Map<number, Heard>();
  #number = 0;
  #isOpen = false;
  #rest = "";
  #ending: Ending = "first";
  #hasQuit = false;
  #hasError = false;
  /** It was said that what was missed cannot be read: it is told all of it the next time. */
  #isGivenUp = false;
  /** What was told of the past, over all connections. */
  told = 0;
  isLeaving = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#random = world.random;
    this.name = name;
  }

  static put(world: World, name: string): void {
    world.server?.putAccount(name, password);
  }

  connect(): void {
    this.#number += 1;
    this.#world.connect(this, this.#number);
  }

  opened(number: number): void {
    if (number !== this.#number) return;
    this.#isOpen = true;
    this.isLeaving = false;
    [this.#rest, this.#hasQuit, this.#hasError, this.#isGivenUp] = ["", false, false, false];
    for (const heard of this.#heard.values()) heard.last = 0;
    const response = Buffer.from(`\0${this.name}@tty\0${password}`).toString("base64");
    this.#send(
      ...["CAP REQ :message-tags server-time batch", `NICK ${this.name}`, "USER x 0 * :x"],
      ...["AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`, "CAP END"],
    );
    this.#world.clock.after(1_000 + below(this.#random, 6_000), () => this.#leave(number));
  }

  received(number: number, bytes: Uint8Array): void {
    if (number !== this.#number || !this.#isOpen) return;
    const lines = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#hear(line);
  }

  closed(number: number): void {
    if (number !== this.#number) return;
    this.#isOpen = false;
    // What was on its way when it was lost behind a QUIT nobody has read.
    if (this.#isGivenUp) this.#ending = "lost";
    else if (this.#hasQuit && this.#hasError) {
      // Who quits before they were told anything is where they were before.
      const hasHeard = [...this.#heard.values()].some(({ last }) => last > 0);
      const wasSure = this.#ending === "first" || this.#ending === "quit";
      if (hasHeard || wasSure) this.#ending = "quit";
    } else if (this.#hasQuit) this.#ending = "unsure";
    else if (this.#ending !== "first" || this.#heard.size > 0) this.#ending = "lost";
    this.#world.clock.after(100 + below(this.#random, 3_000), () => {
      if (number === this.#number) this.connect();
    });
  }

  /** Nobody leaves any more: it has heard the newest. */
  checkCaughtUp(log: number, newest: number): void {
    const heard = this.#heard.get(log)?.newest ?? 0;
    if (heard < newest) {
      throw new Violation("catching up", `${this.name} heard ${heard} of ${newest} in ${log}`);
    }
  }

  #leave(number: number): void {
    if (number !== this.#number || !this.#isOpen || this.#world.isHealed) return;
    this.isLeaving = true;
    if (chance(this.#random, 0.5)) {
      this.#hasQuit = true;
      this.#send("QUIT");
    } else {
      this.#isOpen = false;
      this.#world.disconnect(this, number);
      this.closed(number);
    }
  }

  #hear(line: string): void {
    const [, tags = "", command = "", rest = ""] =
      /^(?:@(\S+) )?(?::\S+ )?(\S+)(.*)/.exec(line) ?? [];
    if (command === "PING") this.#send(`PONG${rest}`);
    if (command === "ERROR") this.#hasError = true;
    if (rest.includes(":What you have missed cannot be read now")) this.#isGivenUp = true;
    const place = parseMessageId(/(?:^|;)msgid=([^;]+)/.exec(tags)?.[1] ?? "");
    if (command !== "PRIVMSG" || place?.log === undefined) return;
    this.#hearSaid(place.log, place.sequence);
  }

  #hearSaid(log: number, sequence: number): void {
    let heard = this.#heard.get(log);
    if (heard === undefined) {
      heard = { newest: 0, last: 0 };
      this.#heard.set(log, heard);
    }
    const isFirst = heard.last === 0;
    if (!isFirst && sequence <= heard.last) {
      throw new Violation("one order", `${this.name} heard ${sequence} after ${heard.last}`);
    }
    if (isFirst && sequence <= heard.newest && this.#ending === "quit") {
      throw new Violation("told once", `${this.name} heard ${sequence} of ${log} again`);
    }
    // What was said before it was ever there is not for it.
    const after = isFirst ? heard.newest : heard.last;
    const isKnown = after > 0 && !this.#isGivenUp && !(isFirst && this.#ending === "unsure");
    const missing = isKnown ? this.#world.checkers.saidBetween(log, after, sequence) : undefined;
    if (missing !== undefined) {
      throw new Violation("nothing missing", `${this.name} heard ${sequence}, not ${missing}`);
    }
    if (isFirst) this.told += 1;
    heard.last = sequence;
    heard.newest = Math.max(heard.newest, sequence);
  }

  #send(...lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\r\n`).join("");
    this.#world.send(this, this.#number, Buffer.from(text));
  }
}
