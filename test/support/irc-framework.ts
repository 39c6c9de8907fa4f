/**
 * A client made of irc-framework, the library of bots and web clients from npm: what it understands of the server is
 * kept as one object per event, and looked for in order.
 *
 * The library checks a certificate against authorities or not at all. As the server's is its own, it is told not to,
 * and the key is compared here, over the library's socket, before anything counts.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TLSSocket } from "node:tls";
import { onTestFinished } from "bun:test";
// @ts-expect-error: the package declares no types; those below are what is used of it.
import library from "irc-framework";
import { type Fields, password } from "./client-process.ts";
import { type ServerProcess } from "./server-process.ts";

interface LibraryClient {
  readonly user: { readonly nick: string; readonly away: boolean };
  readonly network: {
    readonly name: string;
    readonly options: Fields;
    readonly cap: { readonly enabled: readonly string[] };
  };
  readonly connection: { readonly transport: { readonly socket: TLSSocket } };
  on(event: string, listener: (fields?: unknown) => void): void;
  requestCap(names: readonly string[]): void;
  connect(options?: Fields): void;
  quit(message: string): void;
  say(target: string, text: string): void;
  notice(target: string, text: string): void;
  action(target: string, text: string): void;
  join(channel: string): void;
  part(channel: string, message: string): void;
  mode(channel: string, mode?: string, params?: readonly string[]): void;
  ban(channel: string, mask: string): void;
  banlist(channel: string): void;
  invite(channel: string, nick: string): void;
  setTopic(channel: string, text: string): void;
  whois(nick: string): void;
  who(target: string): void;
  raw(...words: readonly string[]): void;
  tagmsg(target: string, tags: Fields): void;
  list(): void;
}

/** What is looked for; the library has more. */
const eventNames = [
  ...["registered", "server options", "loggedin", "sasl failed", "socket close", "close"],
  ...["join", "part", "kick", "quit", "nick", "invite", "invited", "topic", "topicsetby", "mode"],
  ...["privmsg", "notice", "action", "tagmsg", "away", "back", "account", "user updated"],
  ...["userlist", "banlist", "channel info", "whois", "wholist", "motd", "channel list"],
  ...["irc error", "unknown command", "batch end labeled-response"],
];

/** Longer, nobody would wait either. */
const patienceMs = 15_000;
const comeBackMs = 100;

export class FrameworkClient {
  readonly does: LibraryClient;
  /** Every line in and out. */
  readonly lines: string[] = [];
  /** Every event, in order; `event` is its name. */
  readonly events: Fields[] = [];
  /** Those that nobody has looked for yet. */
  #unseen: Fields[] = [];
  #arrived: () => void = () => undefined;
  readonly #fingerprint: string;
  #isLeaving = false;

  /** `capabilities`: those asked for besides what the library wants by itself. */
  constructor(server: ServerProcess, name: string, ...capabilities: readonly string[]) {
    const certificate = readFileSync(join(server.data, "certificate.pem"));
    this.#fingerprint = new X509Certificate(certificate).fingerprint256;
    const { Client } = library as { readonly Client: new () => LibraryClient }; // See above.
    this.does = new Client();
    this.does.requestCap(capabilities);
    for (const name of eventNames) this.does.on(name, (fields) => this.#happened(name, fields));
    this.does.on("raw", (fields) => this.#line(fields));
    this.does.on("socket connected", () => this.#checkKey());
    // The library tries again by itself only what has been there for some seconds.
    this.does.on("close", () => this.#comeBack());
    onTestFinished(() => this.leaves());
    this.does.connect({
      host: "127.0.0.1",
      port: server.port(),
      tls: true,
      rejectUnauthorized: false,
      nick: name,
      username: name,
      gecos: `${name} of the library`,
      account: { account: name, password },
      sasl_disconnect_on_fail: true,
      auto_reconnect: false,
      enable_setname: true,
      enable_chghost: true,
    });
  }

  leaves(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.does.quit("Goodbye");
  }

  /**
   * The first event of that name with these fields among those that were not looked for before; it is not found again.
   * @throws when it does not come.
   */
  async sees(event: string, fields: Fields = {}): Promise<Fields> {
    for (;;) {
      const wanted = { event, ...fields };
      const index = this.#unseen.findIndex((each) => has(each, wanted));
      const [found] = index < 0 ? [] : this.#unseen.splice(index, 1);
      if (found !== undefined) return found;
      if (!(await this.#more())) {
        throw new Error(`no ${JSON.stringify(wanted)} came:\n  ${this.lines.join("\n  ")}`);
      }
    }
  }

  /** The numerics and FAILs that say that something was wrong; that there is no message of the day is not. */
  get complaints(): readonly string[] {
    const wrong = /^< (?:@\S+ )?(?::\S+ )?(?:(?!422)[45]\d\d|FAIL) /;
    return this.lines.filter((line) => wrong.test(line));
  }

  #happened(event: string, fields: unknown): void {
    const happened = { event, ...fieldsOf(fields) };
    this.events.push(happened);
    this.#unseen.push(happened);
    this.#arrived();
  }

  #line(fields: unknown): void {
    const { line, from_server: isReceived } = fieldsOf(fields);
    this.lines.push(`${isReceived === true ? "<" : ">"} ${String(line).trimEnd()}`);
  }

  #checkKey(): void {
    const { fingerprint256 } = this.does.connection.transport.socket.getPeerCertificate();
    if (fingerprint256 !== this.#fingerprint) throw new Error("this is another server");
  }

  #comeBack(): void {
    if (this.#isLeaving) return;
    setTimeout(() => {
      if (!this.#isLeaving) this.does.connect();
    }, comeBackMs);
  }

  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve(false), patienceMs);
      this.#arrived = () => {
        clearTimeout(deadline);
        resolve(true);
      };
    });
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" ? { ...value } : { value };
}

function has(event: Fields, fields: Fields): boolean {
  return Object.entries(fields).every(([key, value]) => Bun.deepEquals(event[key], value));
}
