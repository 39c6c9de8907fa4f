/**
 * Someone who comes in: capabilities, login where there is one, nick, rooms. Lines are read only while this is under
 * way; then whoever measures takes the connection's bytes.
 */
import { type ResumeToken, resumeKeysOf } from "../../../src/auth/resume.ts";
import { fold } from "../../../src/protocol/names.ts";
import { logIn, type LoginAs } from "../bench-login.ts";
import { type Place, Wire } from "./wire.ts";

/** Nobody waits longer for one line. */
const patienceMs = 60_000;
/** Between two tries of who was sent away because the server was busy, and how often. */
const busyMs = 100;
const busyMax = 200;

/** What a modern client asks for, as far as it is offered. */
export const dressedCapabilities = ["server-time", "message-tags", "account-tag", "echo-message"];

export interface Coming {
  readonly nick: string;
  readonly isDressed?: boolean;
  /** Logs in to the account with the nick's name. */
  readonly password?: string;
  /** By account, the tokens by which those log in who have logged in before; left out: by PLAIN. */
  readonly tokens?: Map<string, ResumeToken>;
}

const opaque = "OPAQUE-R255-EXPR";
const byToken = "HT-SHA-256-EXPR";

function isBusy(answer: string): boolean {
  return / TEMPORARILY_UNAVAILABLE |is busy/.test(answer);
}

export class Guest {
  readonly wire: Wire;
  readonly nick: string;
  /** Capabilities that the server gave. */
  readonly held = new Set<string>();
  /** As the server has named them. */
  #mechanisms: readonly string[] = [];
  #text = "";
  #busy = 0;
  #wanted: { readonly pattern: RegExp; readonly found: (line: string) => void } | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(wire: Wire, nick: string) {
    this.wire = wire;
    this.nick = nick;
    wire.data = (bytes) => this.#take(bytes);
    wire.closed = () => this.#failed?.(new Error(`${nick} was closed: ${this.#text.slice(-200)}`));
  }

  get exporter(): Uint8Array | undefined {
    return this.wire.exporter;
  }

  /** No mechanism that is used here is bound to the certificate. */
  readonly endPoint = undefined;

  /** Connects and is welcomed. */
  static async comes(place: Place, coming: Coming): Promise<Guest> {
    const guest = new Guest(await Wire.opens(place), coming.nick);
    if (coming.isDressed === true || coming.password !== undefined) await guest.#negotiates(coming);
    guest.sends(`NICK ${coming.nick}`, `USER ${coming.nick} 0 * :${coming.nick}`);
    if (coming.password !== undefined) {
      if (coming.tokens === undefined) await guest.#logsIn(coming.nick, coming.password);
      else await guest.#comesAgain(coming.nick, coming.password, coming.tokens);
    }
    if (coming.isDressed === true || coming.password !== undefined) guest.sends("CAP END");
    await guest.#isWelcomed();
    return guest;
  }

  /** Makes the account, unless there is one of that name. */
  static async registers(place: Place, name: string, password: string): Promise<void> {
    const guest = new Guest(await Wire.opens(place), name);
    guest.sends("CAP LS 302");
    const answer = await guest.#untilNotBusy(
      [`REGISTER ${name} * :${password}`],
      / REGISTER SUCCESS |FAIL REGISTER /,
    );
    if (!/ REGISTER (?:SUCCESS|ACCOUNT_EXISTS) /.test(answer)) throw new Error(answer);
    guest.wire.drops();
  }

  sends(...lines: readonly string[]): void {
    this.wire.sends(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** In the room, its members told. */
  async joins(room: string): Promise<void> {
    this.sends(`JOIN ${room}`);
    await this.isIn(room);
  }

  /** Its members are told, asked for or not. */
  async isIn(room: string): Promise<void> {
    await this.until(new RegExp(` 366 \\S+ ${room} `, "i"));
  }

  /** The next line that matches; those before it are passed over. @throws when it does not come. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (then: () => void): void => {
        clearTimeout(timer);
        this.#wanted = undefined;
        this.#failed = undefined;
        then();
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`${this.nick}: no ${String(pattern)}`))),
        patienceMs,
      );
      this.#wanted = { pattern, found: (line) => end(() => resolve(line)) };
      this.#failed = (error) => end(() => reject(error));
      if (this.wire.isClosed) this.#failed(new Error(`${this.nick} is closed`));
      else this.#look();
    });
  }

  /** What has come and nobody has looked at. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.#text, "latin1");
    this.#text = "";
    return rest;
  }

  async #negotiates({ isDressed, password }: Coming): Promise<void> {
    this.sends("CAP LS 302");
    let offered = "";
    for (;;) {
      const line = await this.until(/ CAP \S+ LS /);
      offered += ` ${line.slice(line.indexOf(" :") + 2)}`;
      if (!/ CAP \S+ LS \* /.test(line)) break;
    }
    this.#mechanisms = /(?:^| )sasl=(\S+)/.exec(offered)?.[1]?.split(",") ?? [];
    const names = new Set(offered.split(" ").map((entry) => entry.replace(/=.*/, "")));
    const wanted = [
      ...(isDressed === true ? dressedCapabilities : []),
      ...(password === undefined ? [] : ["sasl"]),
    ].filter((name) => names.has(name));
    if (wanted.length === 0) return;
    this.sends(`CAP REQ :${wanted.join(" ")}`);
    const answer = await this.until(/ CAP \S+ (?:ACK|NAK) /);
    if (answer.includes(" ACK ")) for (const name of wanted) this.held.add(name);
  }

  async #logsIn(name: string, password: string): Promise<void> {
    const message = Buffer.from(`\0${name}\0${password}`).toString("base64");
    const lines = ["AUTHENTICATE PLAIN", `AUTHENTICATE ${message}`];
    const line = await this.#untilNotBusy(lines, / (?:903|904) /);
    if (!line.includes(" 903 ")) throw new Error(line);
  }

  /** By the token that is left from before, or by OPAQUE, which leaves the first. */
  async #comesAgain(name: string, password: string, tokens: Map<string, ResumeToken>) {
    const resume = tokens.get(name);
    const keeps = (token: ResumeToken): boolean => tokens.set(name, token).has(name);
    const how: Omit<LoginAs, "name" | "password"> =
      resume === undefined
        ? {
            mechanism: opaque,
            known: { remember: "bench" },
            met: ({ sessionKey }) =>
              keeps({ ...resumeKeysOf(sessionKey, fold(name)), from: undefined }),
          }
        : {
            mechanism: byToken,
            known: { password: undefined, resume },
            resumes: keeps,
          };
    for (;;) {
      try {
        await logIn(this, this.#mechanisms, { name, password, ...how });
        return;
      } catch (error) {
        this.#busy += 1;
        if (!isBusy(String(error)) || this.#busy > busyMax) throw error;
        await Bun.sleep(busyMs);
      }
    }
  }

  /** Only so many passwords are worked on at a time: who is sent away comes again. */
  async #untilNotBusy(lines: readonly string[], pattern: RegExp): Promise<string> {
    for (;;) {
      this.sends(...lines);
      const answer = await this.until(pattern);
      if (!isBusy(answer)) return answer;
      this.#busy += 1;
      if (this.#busy > busyMax) throw new Error(answer);
      await Bun.sleep(busyMs);
    }
  }

  /** Whoever had the nick in what was measured before may not be gone yet: it is asked for again. */
  async #isWelcomed(): Promise<void> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const line = await this.until(/^:\S+ (?:376|422|433|465) |^ERROR /);
      if (/^:\S+ (?:376|422) /.test(line)) return;
      if (!/^:\S+ 433 /.test(line) || performance.now() > end) throw new Error(line);
      await Bun.sleep(20);
      this.sends(`NICK ${this.nick}`);
    }
  }

  #take(bytes: Buffer): void {
    this.#text += bytes.toString("latin1");
    this.#look();
  }

  #look(): void {
    while (this.#wanted !== undefined) {
      const end = this.#text.indexOf("\n");
      if (end < 0) return;
      // Some put the time before every line, numerics too: who waits for a line means what follows its tags.
      const line = this.#text
        .slice(0, end)
        .replace(/^@\S+ /, "")
        .replace(/\r$/, "");
      this.#text = this.#text.slice(end + 1);
      if (line.startsWith("PING ")) this.sends(`PONG ${line.slice(5)}`);
      if (this.#wanted.pattern.test(line)) this.#wanted.found(line);
    }
  }
}

/** Does it for each, so many at a time; in order. */
export async function manyAtOnce<T, R>(
  items: readonly T[],
  atOnce: number,
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item === undefined) return;
      results[index] = await run(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
