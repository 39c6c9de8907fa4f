/**
 * A client that makes load: over plain text on this machine it says, while it `talks`, one text after the other in
 * `#general`, always so many of them on their way, each with a nonce and a label of its own. When the connection ends
 * it comes back by itself and says again, with its nonce, whatever was not answered.
 *
 * It notes what was answered how, and of each connection what it saw in which order. What it saw of others while it
 * was away is not its business: who wants to know reads history.
 */
import { connect, type Socket } from "node:net";
import { onTestFinished } from "bun:test";
import { nonceTag, repeatTag } from "../../src/protocol/capabilities.ts";
import { type Message, parseMessage } from "../../src/protocol/message.ts";
import { password } from "./client-process.ts";

export interface LoadOptions {
  readonly port: number;
  readonly name: string;
  /** How many texts may be on their way at once. */
  readonly inFlight: number;
  /** So many texts and no more; undefined: until it `pauses`. */
  readonly textsMax?: number;
  /** It need not ask for its account. */
  readonly hasAccount?: boolean;
}

/** Between two attempts to come back. */
const againMs = 30;
const wanted = "sasl echo-message message-tags labeled-response batch server-time";

export class LoadClient {
  readonly name: string;
  /** By text: the id it was acknowledged with. */
  readonly acknowledged = new Map<string, string>();
  /** Texts that the server has refused. */
  readonly refused = new Set<string>();
  /** By connection: the ids of all that was said in the room, in the order it was seen. */
  readonly views: string[][] = [];
  /** By connection: the times it was shown with, in the same order. */
  readonly times: string[][] = [];
  /** Answers to texts that had been kept before, and were said again. */
  repeats = 0;
  readonly #options: LoadOptions;
  /** Said, and not answered yet, in order. */
  readonly #waiting = new Set<string>();
  /** Of this connection: texts by their labels. */
  #labels = new Map<string, string>();
  #socket: Socket | undefined;
  #rest = "";
  #count = 0;
  #labelCount = 0;
  #hasAccount: boolean;
  #isOnline = false;
  #isTalking = false;
  #isGone = false;
  #changed: () => void = () => undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.name = options.name;
    this.#hasAccount = options.hasAccount ?? false;
    this.#connect();
    onTestFinished(() => this.leaves());
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Everything it said has been answered, and it says no more. */
  get isDone(): boolean {
    return this.#waiting.size === 0 && !this.#mayGoOn();
  }

  get sent(): number {
    return this.#count;
  }

  /** Says what it has to say, from now on. */
  talks(): void {
    this.#isTalking = true;
    this.#goOn();
  }

  /** Says nothing new until it is to talk again. */
  pauses(): void {
    this.#isTalking = false;
    this.#changed();
  }

  /** The connection is gone, with all that was on its way to it. */
  drops(): void {
    this.#socket?.destroy();
  }

  leaves(): void {
    this.#isGone = true;
    this.#socket?.destroy();
  }

  /** Waits until it is so; false when that takes longer. */
  async until(isSo: (client: this) => boolean, withinMs = 30_000): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (!isSo(this)) {
      const restMs = end - performance.now();
      if (restMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  #mayGoOn(): boolean {
    const { textsMax = Number.POSITIVE_INFINITY } = this.#options;
    return this.#isTalking && this.#count < textsMax;
  }

  #connect(): void {
    const socket = connect({ host: "127.0.0.1", port: this.#options.port });
    this.#socket = socket;
    this.#rest = "";
    this.#labels = new Map();
    this.views.push([]);
    this.times.push([]);
    socket.setEncoding("utf8");
    socket.on("connect", () => this.#begin());
    socket.on("data", (chunk) => this.#take(String(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isOnline = false;
      this.#changed();
      if (!this.#isGone) setTimeout(() => this.#comeBack(), againMs);
    });
  }

  #comeBack(): void {
    if (!this.#isGone) this.#connect();
  }

  #begin(): void {
    const { name } = this;
    const lines = [`CAP REQ :${wanted}`, `NICK ${name}`, `USER ${name} 0 * :${name}`];
    this.#write(lines);
    if (this.#hasAccount) this.#write(["AUTHENTICATE PLAIN"]);
    else this.#write([`REGISTER * * :${password}`]);
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parseMessage(line);
      if (message.ok) this.#hear(message.value);
    }
    this.#goOn();
    this.#changed();
  }

  #hear(message: Message): void {
    const { command, params, tags } = message;
    const label = tags.get("label");
    const text = label === undefined ? undefined : this.#labels.get(label);
    switch (command) {
      case "PING":
        return this.#write([`PONG :${params.at(-1) ?? ""}`]);
      case "AUTHENTICATE": {
        const response = Buffer.from(`\0${this.name}\0${password}`).toString("base64");
        return this.#write([`AUTHENTICATE ${response}`]);
      }
      case "REGISTER":
      case "903":
        return this.#write(["CAP END"]);
      case "FAIL":
        // The account was made, and the answer to that was lost.
        if (params[1] === "ACCOUNT_EXISTS") this.#write(["AUTHENTICATE PLAIN"]);
        else if (!this.#isOnline) this.#socket?.destroy(); // too many at once, perhaps: it comes again
        if (text !== undefined) this.#answered(text, () => this.refused.add(text));
        return undefined;
      case "904":
        this.#socket?.destroy();
        return undefined;
      case "001":
        this.#hasAccount = true;
        this.#isOnline = true;
        return this.#sayAgain();
      case "PRIVMSG":
        return this.#hearSaid(message, text);
      default:
        return undefined;
    }
  }

  #hearSaid({ tags, params }: Message, own: string | undefined): void {
    if (params[0] !== "#general") return;
    const id = tags.get("msgid") ?? "";
    if (tags.has(repeatTag)) this.repeats += 1;
    else {
      this.views.at(-1)?.push(id);
      this.times.at(-1)?.push(tags.get("time") ?? "");
    }
    if (own !== undefined) this.#answered(own, () => this.acknowledged.set(own, id));
  }

  #answered(text: string, note: () => void): void {
    if (this.#waiting.delete(text)) note();
  }

  #sayAgain(): void {
    this.#write([...this.#waiting].map((text) => this.#line(text)));
  }

  #goOn(): void {
    if (!this.#isOnline) return;
    const lines: string[] = [];
    while (this.#waiting.size < this.#options.inFlight && this.#mayGoOn()) {
      this.#count += 1;
      const text = `${this.name} ${this.#count}`;
      this.#waiting.add(text);
      lines.push(this.#line(text));
    }
    this.#write(lines);
  }

  #line(text: string): string {
    this.#labelCount += 1;
    const label = `l${this.#labelCount}`;
    this.#labels.set(label, text);
    return `@label=${label};${nonceTag}=${text.replace(" ", "-")} PRIVMSG #general :${text}`;
  }

  #write(lines: readonly string[]): void {
    if (lines.length > 0) this.#socket?.write(lines.map((line) => `${line}\r\n`).join(""));
  }
}
