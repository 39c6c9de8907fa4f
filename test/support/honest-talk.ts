/**
 * The honest neighbours, as a process of their own: members who write to each other in pairs, so often as people may
 * and no oftener, and measure how long it takes until what is said is heard. What else the machine is doing to its
 * server, and who does it, costs them nothing but what it costs the server.
 *
 *     bun honest-talk.ts PORT PASSWORD ann bob cat dan
 *
 * `ready` is printed when all are in; then, for a line `begin` and a line `end` on standard input, what was seen
 * between the two, as JSON.
 */
import { connect, type Socket } from "node:net";
import { everyMs, type Figures } from "./honest-pair.ts";

/** What is not heard for so long is lost. */
const lostAfterMs = 5_000;

class Honest {
  readonly #name: string;
  readonly #socket: Socket;
  readonly ready: Promise<void>;
  isConnected = true;
  #rest = "";

  constructor(name: string, given: { readonly port: number; readonly password: string }) {
    this.#name = name;
    this.#socket = connect({ host: "127.0.0.1", port: given.port, noDelay: true });
    this.#socket.setEncoding("utf8");
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.isConnected = false;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    const response = Buffer.from(`\0${name}\0${given.password}`).toString("base64");
    this.#write(`CAP REQ :sasl`, `NICK ${name}`, `USER ${name} 0 * :${name}`);
    this.#write("AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`);
    this.#socket.on("data", (chunk) => {
      const lines = (this.#rest + String(chunk)).split("\r\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        if (/^:\S+ 903 /.test(line)) this.#write("CAP END");
        else if (/^:\S+ 376 |^:\S+ 422 /.test(line)) resolve();
        else if (line.startsWith("PING ")) this.#write(`PONG ${line.slice(5)}`);
        else this.#hear(line);
      }
    });
  }

  says(to: string, text: string): void {
    this.#write(`PRIVMSG ${to} :${text}`);
  }

  #hear(line: string): void {
    const text = /^:([^!]+)!\S+ PRIVMSG (\S+) :(\d+)$/.exec(line);
    // Attackers may write to them too.
    if (text?.[2] !== this.#name || !names.includes(text[1] ?? "")) return;
    const number = Number(text[3]);
    const at = saidAt.get(number);
    if (at === undefined) doubled += 1;
    else took.push(performance.now() - at);
    saidAt.delete(number);
  }

  #write(...lines: readonly string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }
}

const saidAt = new Map<number, number>();
let took: number[] = [];
let doubled = 0;
let count = 0;
let talking: NodeJS.Timeout | undefined;

const [port = "", password = "", ...names] = process.argv.slice(2);
const people = names.map((name) => new Honest(name, { port: Number(port), password }));
await Promise.all(people.map(({ ready }) => ready));
process.stdout.write("ready\n");

/** One after the other says something to the other of the pair. */
function say(): void {
  const index = count % people.length;
  const other = names[index ^ 1];
  count += 1;
  if (other === undefined) return;
  saidAt.set(count, performance.now());
  people[index]?.says(other, String(count));
}

async function figures(): Promise<Figures> {
  const end = performance.now() + lostAfterMs;
  const mayCome = (): boolean => people.some(({ isConnected }) => isConnected);
  while (saidAt.size > 0 && mayCome() && performance.now() < end) await Bun.sleep(5);
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Infinity;
  return {
    heard: sorted.length,
    lost: saidAt.size,
    doubled,
    closed: people.filter(({ isConnected }) => !isConnected).length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

for await (const line of console) {
  clearInterval(talking);
  if (line === "begin") {
    [took, doubled] = [[], 0];
    talking = setInterval(say, everyMs / people.length);
  } else process.stdout.write(`${JSON.stringify(await figures())}\n`);
}
