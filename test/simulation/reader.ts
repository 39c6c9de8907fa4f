/**
 * The reader: a member with a client of another kind, that reads `#general` by pages of CHATHISTORY while live lines
 * come, and goes on live where history ends.
 *
 *     connected → paging AFTER the last it has ── an empty page ──→ live
 *                   live lines are held meanwhile, and those that a page had are left out
 *
 * It speaks too, with nonces: what was not answered before a drop it says again, and now and then also what was. It
 * looks back into history, marks how far it has read, and what it saw of the room is one list, over all its
 * connections: `checkers.ts` knows what that has to be.
 */
import { below, chance, type Random } from "../../src/base/random.ts";
import { nonceTag, repeatTag } from "../../src/protocol/capabilities.ts";
import { type Message, parseMessage } from "../../src/protocol/message.ts";
import { type Peer, type World } from "../support/world.ts";

const password = "a long enough password";
const room = "#general";
const pageMost = 12;
/** Asked again, when history could not be read. */
const againMs = 700;

/** What was asked of history; the page's ids come in their order. */
interface Page {
  readonly kind: "after" | "before";
  readonly bound: string | undefined;
  readonly limit: number;
  readonly ids: string[];
}

interface Saying {
  readonly text: string;
  readonly nonce: string;
}

export class Reader implements Peer {
  readonly isLeaving = false;
  readonly isReader = true;
  readonly account: string;
  readonly #world: World;
  readonly #random: Random;
  #number = 0;
  /** The last connection that has ended. */
  #ended = 0;
  #state: "away" | "coming" | "paging" | "live" = "away";
  #rest = "";
  /** The newest it has seen, over all its connections. */
  #last: string | undefined;
  #lastTime: string | undefined;
  /** Live lines that came while it was paging: id and time. */
  #held: { readonly id: string; readonly time: string | undefined }[] = [];
  #labels = 0;
  #pages = new Map<string, Page>();
  /** References of open batches. */
  #batches = new Map<string, Page>();
  #outermost = new Map<string, Page>();
  /** Of this connection: what a page had, and may come live once besides. */
  #paged = new Set<string>();
  #said = 0;
  #outbox: Saying[] = [];
  #answered: Saying[] = [];
  #sayings = new Map<string, Saying>();

  constructor(world: World, account: string) {
    this.#world = world;
    this.#random = world.random;
    this.account = account;
  }

  get isSettled(): boolean {
    return this.#state === "live" && this.#outbox.length === 0 && this.#pages.size === 0;
  }

  start(): void {
    this.#number += 1;
    this.#world.connect(this, this.#number);
  }

  opened(number: number): void {
    if (number !== this.#number) return;
    this.#state = "coming";
    const response = Buffer.from(`\0${this.account}\0${password}`).toString("base64");
    this.#send(
      "CAP REQ :sasl message-tags batch labeled-response server-time echo-message draft/chathistory",
      "CAP REQ :draft/read-marker",
      `NICK ${this.account}`,
      `USER ${this.account} 0 * :a reader`,
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${response}`,
    );
  }

  received(number: number, bytes: Uint8Array): void {
    if (number !== this.#number) return;
    const lines = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parseMessage(Buffer.from(line, "latin1").toString());
      if (message.ok) this.#hear(message.value);
    }
  }

  closed(number: number): void {
    // Who hangs up is told so once more by the link.
    if (number !== this.#number || number === this.#ended) return;
    this.#ended = number;
    this.#state = "away";
    this.#rest = "";
    this.#held = [];
    this.#pages = new Map();
    this.#batches = new Map();
    this.#outermost = new Map();
    this.#paged = new Set();
    this.#sayings = new Map();
    this.#world.clock.after(100 + below(this.#random, 1_500), () => this.start());
  }

  #hear(message: Message): void {
    const { command, params, tags } = message;
    const label = tags.get("label");
    switch (command) {
      case "PING":
        return this.#send(`PONG :${params.at(-1) ?? ""}`);
      case "903":
        return this.#send("CAP END");
      case "904":
        // A failed answer: the connection is of no use.
        return this.#again();
      case "001":
        return this.#online();
      case "BATCH":
        return this.#batch(params, tags);
      case "PRIVMSG":
      case "NOTICE":
        return this.#hearSaid(message);
      default:
        if (label !== undefined) this.#hearAnswer(message, label);
    }
  }

  #again(): void {
    const number = this.#number;
    this.#world.disconnect(this, number);
    this.closed(number);
  }

  #online(): void {
    this.#state = "paging";
    for (const saying of this.#outbox) this.#say(saying);
    this.#goOnReading();
    const number = this.#number;
    this.#world.clock.after(below(this.#random, 1_000), () => this.#goOn(number));
  }

  // --- Reading ---------------------------------------------------------------------------------------------------

  #goOnReading(): void {
    this.#ask({ kind: "after", bound: this.#last, limit: this.#limit(), ids: [] });
  }

  #limit(): number {
    return 1 + below(this.#random, pageMost);
  }

  #ask(page: Page): void {
    const label = this.#label();
    this.#pages.set(label, page);
    const { kind, bound, limit } = page;
    const reference = bound === undefined ? "timestamp=1970-01-01T00:00:00.000Z" : `msgid=${bound}`;
    this.#send(`@label=${label} CHATHISTORY ${kind.toUpperCase()} ${room} ${reference} ${limit}`);
  }

  /** A page comes in one batch, or in batches in batches: the outermost has the label. */
  #batch([reference = ""]: readonly string[], tags: ReadonlyMap<string, string>): void {
    const name = reference.slice(1);
    const label = tags.get("label") ?? "";
    const asked = this.#pages.get(label);
    const page = asked ?? this.#batches.get(tags.get("batch") ?? "");
    if (reference.startsWith("+")) {
      if (page === undefined) return;
      this.#pages.delete(label);
      this.#batches.set(name, page);
      if (asked !== undefined) this.#outermost.set(name, page);
      return;
    }
    this.#batches.delete(name);
    const whole = this.#outermost.get(name);
    this.#outermost.delete(name);
    if (whole !== undefined) this.#read(whole);
  }

  #read(page: Page): void {
    const { checkers } = this.#world;
    checkers.page(this, page);
    if (page.kind === "before") return;
    for (const id of page.ids) {
      this.#see(id, undefined);
      this.#paged.add(id);
    }
    if (page.ids.length > 0) {
      this.#goOnReading();
      return;
    }
    this.#state = "live";
    const held = this.#held;
    this.#held = [];
    for (const { id, time } of held) this.#hearLive(id, time);
  }

  #hearLive(id: string, time: string | undefined): void {
    if (!this.#paged.delete(id)) this.#see(id, time);
  }

  #hearSaid({ tags, params }: Message): void {
    const id = tags.get("msgid");
    if (id === undefined || params[0]?.toLowerCase() !== room) return;
    const page = this.#batches.get(tags.get("batch") ?? "");
    if (page !== undefined) {
      page.ids.push(id);
      return;
    }
    const label = tags.get("label");
    if (label !== undefined) this.#acknowledged(label, id);
    if (tags.has(repeatTag)) return;
    if (this.#state === "live") this.#hearLive(id, tags.get("time"));
    else this.#held.push({ id, time: tags.get("time") });
  }

  #see(id: string, time: string | undefined): void {
    this.#world.checkers.read(this, id);
    this.#last = id;
    this.#lastTime = time ?? this.#lastTime;
  }

  /** What could not be answered is asked again, if there is no going on without it. */
  #hearAnswer({ command, params }: Message, label: string): void {
    const page = this.#pages.get(label);
    if (page !== undefined) {
      this.#pages.delete(label);
      if (page.kind === "before") return;
      const number = this.#number;
      this.#world.clock.after(againMs, () => {
        if (number === this.#number && this.#state === "paging") this.#goOnReading();
      });
      return;
    }
    const saying = this.#sayings.get(label);
    if (saying === undefined) return;
    if (command === "FAIL" && params[1] === "TEMPORARILY_UNAVAILABLE") {
      this.#say(saying);
    } else if (command === "FAIL" && params[1] === "STORAGE_FULL") {
      // It is writable again some time; nothing of it was kept.
      const number = this.#number;
      this.#world.clock.after(againMs, () => {
        if (number === this.#number && this.#outbox.includes(saying)) this.#say(saying);
      });
    } else if (/^[45]\d\d$/.test(command)) {
      this.#outbox = this.#outbox.filter((one) => one !== saying);
      this.#world.checkers.refused(saying.text);
    }
  }

  // --- Speaking ---------------------------------------------------------------------------------------------------

  #goOn(number: number): void {
    if (number !== this.#number || this.#state === "away" || this.#world.isHealed) return;
    this.#act();
    this.#world.clock.after(100 + below(this.#random, 2_000), () => this.#goOn(number));
  }

  #act(): void {
    const random = this.#random;
    const draw = below(random, 100);
    const answered = this.#answered[below(random, Math.max(1, this.#answered.length))];
    if (draw < 50) this.#sayNew();
    else if (draw < 60 && answered !== undefined) this.#say(answered);
    else if (draw < 75 && this.#last !== undefined) {
      this.#ask({ kind: "before", bound: this.#last, limit: this.#limit(), ids: [] });
    } else if (draw < 90 && this.#lastTime !== undefined) this.#mark(this.#lastTime);
    else if (draw < 95) this.#again();
  }

  /** Often the newest, and sometimes an older one: it must not run back. */
  #mark(time: string): void {
    const isOlder = chance(this.#random, 0.4);
    const marked = isOlder ? new Date(Date.parse(time) - 5_000).toISOString() : time;
    this.#send(`MARKREAD ${room} timestamp=${marked}`);
  }

  #sayNew(): void {
    this.#said += 1;
    const text = `${this.account} says ${this.#said} to all`;
    const saying = { text, nonce: `${this.account}-${this.#said}` };
    this.#outbox.push(saying);
    this.#say(saying);
  }

  #say(saying: Saying): void {
    const label = this.#label();
    this.#sayings.set(label, saying);
    this.#send(`@label=${label};${nonceTag}=${saying.nonce} PRIVMSG ${room} :${saying.text}`);
  }

  #acknowledged(label: string, id: string): void {
    const saying = this.#sayings.get(label);
    if (saying === undefined) return;
    this.#sayings.delete(label);
    this.#world.checkers.answered(saying.text, id);
    if (!this.#outbox.includes(saying)) return;
    this.#outbox = this.#outbox.filter((one) => one !== saying);
    this.#answered.push(saying);
  }

  #label(): string {
    this.#labels += 1;
    return `r${this.#labels}`;
  }

  #send(...lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
    this.#world.send(this, this.#number, bytes);
  }
}
