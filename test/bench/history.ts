/**
 * `bun bench history`: a server with a million messages in 200 rooms: how it starts, pages, searches, and what that does
 * to who talks meanwhile.
 *
 * Everything is measured from outside, at a client, but for the server's time of a page. Pages and searches of one
 * client come one after the other. Of the many, each of 100 clients asks for a page every half second, and each of ten
 * searches again as soon as it has its answer.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { below, SeededRandom } from "../../src/base/random.ts";
import { BenchLine } from "./bench-line.ts";
import { logIn, offeredOn } from "./bench-login.ts";
import { BenchServer } from "./bench-server.ts";
import { percentile } from "./figures.ts";
import { fillHistory, type HistoryScale, indexIn, progressOf, type Words } from "./history-data.ts";

export interface HistoryBenchScale extends HistoryScale {
  readonly pages: number;
  /** Of each kind. */
  readonly searches: number;
  readonly phaseMs: number;
}

export const historyScale: HistoryBenchScale = {
  rooms: 200,
  messages: 1_000_000,
  pages: 500,
  searches: 200,
  phaseMs: 10_000,
};

export const shortHistoryScale: HistoryBenchScale = {
  rooms: 5,
  messages: 2_000,
  pages: 10,
  searches: 5,
  phaseMs: 500,
};

export interface Spread {
  readonly name: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface HistoryFigures {
  readonly startMs: number;
  readonly indexSeconds: number;
  readonly indexMib: number;
  readonly pageCpuMs: number;
  readonly page: Spread;
  readonly searches: readonly Spread[];
  readonly live: readonly Spread[];
  /** While 5,000 messages a second are said. */
  readonly saidASecond: number;
  readonly behindMost: number;
  readonly caughtUpAfterMs: number;
}

const settings = `
[auth]
argon2 = { memory-kib = 19456, passes = 2, lanes = 1 }
password-length = 0
throttle = false
[limits]
flood = false
`;
const password = "as everyone here";
const pagers = 100;
const sessionsEach = 20;
const searchers = 10;
const pageEveryMs = 500;
const messageEveryMs = 10;
const offeredASecond = 5_000;
const speakEveryMs = 20;
const restMs = 1_000;
const restWithinMs = 120_000;

/** @throws when an answer does not come, or a message is lost. */
export async function benchHistory(
  scale: HistoryBenchScale,
  parent: string,
): Promise<HistoryFigures> {
  const folder = mkdtempSync(join(parent, "authchat-history-"));
  const data = join(folder, "data");
  try {
    await makeAccounts(data);
    const words = fillHistory(data, scale);
    const began = performance.now();
    const server = await BenchServer.starts({ settings, core: undefined, data });
    const startMs = performance.now() - began;
    try {
      return { startMs, ...(await measure(server, data, { scale, words })) };
    } finally {
      await server.ends();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Material {
  readonly scale: HistoryBenchScale;
  readonly words: Words;
}

async function measure(
  server: BenchServer,
  data: string,
  material: Material,
): Promise<Omit<HistoryFigures, "startMs">> {
  const { scale } = material;
  const { port } = server;
  const ann = await comesIn(port, "ann");
  const indexSeconds = await indexMade(data, ann);
  const indexMib = statSync(indexIn(data)).size / 2 ** 20;
  await atRest(server);
  await timed(scale.pages / 2, () => pages(ann, scale));
  const cpuBefore = server.cpuMs();
  const page = spread("a page of 100, anywhere", await timed(scale.pages, () => pages(ann, scale)));
  const pageCpuMs = (server.cpuMs() - cpuBefore) / scale.pages;
  const searches: Spread[] = [];
  for (const [name, attributes] of searchKinds(material)) {
    const times = await timed(scale.searches, () => asks(ann, `SEARCH ${attributes()}`));
    searches.push(spread(name, times));
  }
  const live = await livePair(port, material);
  const told = await saysMuch(port, data, scale.phaseMs);
  return { indexSeconds, indexMib, pageCpuMs, page, searches, live, ...told };
}

/** The whole of the database is looked through after the start: that is no page's time. */
async function atRest(server: BenchServer): Promise<void> {
  for (let waited = 0; waited < restWithinMs; waited += restMs) {
    const before = server.cpuMs();
    await Bun.sleep(restMs);
    if (server.cpuMs() - before <= restMs / 50) return;
  }
  throw new Error("the server does not come to rest");
}

// --- One client ----------------------------------------------------------------------------------------------

const random = new SeededRandom(2);

function pages(line: BenchLine, { rooms, messages }: HistoryScale): Promise<string> {
  const sequence = 1 + below(random, Math.floor(messages / rooms));
  const room = below(random, rooms);
  return asks(line, `CHATHISTORY AROUND #room${room} msgid=${idIn(room, sequence)} 100`);
}

/** `#general` is the first channel, and the rooms come after it. */
function idIn(room: number, sequence: number): string {
  return `c${(room + 2).toString(36)}-${sequence.toString(36)}`;
}

function searchKinds({ scale, words }: Material): readonly (readonly [string, () => string])[] {
  const drawn = (from: number, to: number): string => words.word(from + below(random, to - from));
  const room = (): string => `#room${below(random, scale.rooms)}`;
  const inARow = (count: number): string =>
    Array.from({ length: count }, () => drawn(0, 9)).join("\\s");
  return [
    ["a search for a word, everywhere", () => `text=${drawn(0, 20_000)}`],
    ["for a frequent word, everywhere", () => `text=${drawn(0, 20)}`],
    ["for a word, in one room", () => `text=${drawn(0, 20_000)};in=${room()}`],
    ["for two frequent words in a row", () => `text=${drawn(0, 50)}\\s${drawn(0, 50)}`],
    ["for three frequent words in a row", () => `text=${inARow(3)}`],
    ["for six, which nobody has said", () => `text=${inARow(6)}`],
    ["for two letters, everywhere", () => `text=${drawn(0, 20_000).slice(0, 2)}`],
  ];
}

async function timed(count: number, ask: () => Promise<string>): Promise<number[]> {
  const times: number[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  return times;
}

/** @throws when it is refused. */
async function asks(line: BenchLine, command: string): Promise<string> {
  line.sends(command);
  const answer = await line.until(/ BATCH -\S+$| FAIL /);
  if (answer.includes(" FAIL ")) throw new Error(`${command}: ${answer}`);
  return answer;
}

async function indexMade(data: string, line: BenchLine): Promise<number> {
  const began = performance.now();
  await asks(line, "SEARCH limit=1");
  for (;;) {
    const { kept, indexed } = progressOf(data);
    if (indexed >= kept) return (performance.now() - began) / 1_000;
    await Bun.sleep(50);
  }
}

// --- Many ----------------------------------------------------------------------------------------------------

/** What a message between two takes: alone, while many page, while ten search. */
async function livePair(port: number, material: Material): Promise<readonly Spread[]> {
  const { scale } = material;
  const pair = new Pair(await comesIn(port, "ann"), await comesIn(port, "bob"));
  const live = [spread("a message between two, alone", await pair.talks(scale.phaseMs))];
  const paging = await allOf(pagers, (each) =>
    comesIn(port, `p${Math.floor(each / sessionsEach)}`),
  );
  const pageAll = new Repeated(paging, (line) => pages(line, scale), pageEveryMs);
  live.push(spread("the same, while 100 page", await pair.talks(scale.phaseMs)));
  await pageAll.ends();
  const searching = await allOf(searchers, (each) => comesIn(port, `s${each}`));
  const kinds = searchKinds(material);
  const search = (line: BenchLine): Promise<string> =>
    asks(line, `SEARCH ${kinds[below(random, kinds.length)]?.[1]() ?? ""}`);
  const searchAll = new Repeated(searching, search, 0);
  live.push(spread("the same, while ten search", await pair.talks(scale.phaseMs)));
  live.push(spread("a search, while ten search", await searchAll.ends()));
  for (const line of [...paging, ...searching]) line.ends();
  return live;
}

async function allOf<T>(count: number, make: (each: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let each = 0; each < count; each += 1) made.push(await make(each));
  return made;
}

/** Clients that ask again and again, until it ends. */
class Repeated {
  readonly #times: number[] = [];
  readonly #running: Promise<unknown>;
  #hasEnded = false;

  constructor(
    lines: readonly BenchLine[],
    ask: (line: BenchLine) => Promise<unknown>,
    everyMs: number,
  ) {
    this.#running = Promise.all(lines.map((line) => this.#repeat(() => ask(line), everyMs)));
  }

  /** What each took. */
  async ends(): Promise<readonly number[]> {
    this.#hasEnded = true;
    await this.#running;
    return this.#times;
  }

  async #repeat(ask: () => Promise<unknown>, everyMs: number): Promise<void> {
    await Bun.sleep(below(random, everyMs + 1)); // each at a moment of its own
    while (!this.#hasEnded) {
      const began = performance.now();
      await ask();
      this.#times.push(performance.now() - began);
      await Bun.sleep(Math.max(0, everyMs - (performance.now() - began)));
    }
  }
}

/** Two members, one of whom talks to the other. */
class Pair {
  readonly #from: BenchLine;
  readonly #sentAt = new Map<string, number>();
  #times: number[] = [];
  #last = 0;

  constructor(from: BenchLine, to: BenchLine) {
    this.#from = from;
    from.heard = () => undefined;
    to.heard = (text) => this.#heard(text);
  }

  async talks(ms: number): Promise<readonly number[]> {
    this.#times = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      this.#last += 1;
      this.#sentAt.set(String(this.#last), performance.now());
      this.#from.sends(`PRIVMSG bob :message ${this.#last}`);
      await Bun.sleep(messageEveryMs);
    }
    for (let waits = 0; this.#sentAt.size > 0 && waits < 500; waits += 1) await Bun.sleep(10);
    if (this.#sentAt.size > 0) throw new Error(`${this.#sentAt.size} messages were lost`);
    return this.#times;
  }

  #heard(text: string): void {
    const number = / PRIVMSG bob :message (\d+)$/.exec(text)?.[1] ?? "";
    const sentAt = this.#sentAt.get(number);
    if (sentAt === undefined) return;
    this.#sentAt.delete(number);
    this.#times.push(performance.now() - sentAt);
  }
}

/** Ten say 5,000 messages a second to each other; the index follows. */
async function saysMuch(
  port: number,
  data: string,
  ms: number,
): Promise<Pick<HistoryFigures, "saidASecond" | "behindMost" | "caughtUpAfterMs">> {
  const lines = await allOf(searchers, (each) => comesIn(port, `s${each}`));
  const counted = { arrived: 0 };
  for (const line of lines) {
    line.heard = (text) => {
      if (text.includes(" PRIVMSG ")) counted.arrived += 1;
    };
  }
  const began = performance.now();
  let said = 0;
  let behindMost = 0;
  while (performance.now() - began < ms) {
    const due = ((performance.now() - began) * offeredASecond) / 1_000;
    while (said < due) {
      const from = said % lines.length;
      lines[from]?.sends(`PRIVMSG s${(from + 1) % lines.length} :said as number ${said}`);
      said += 1;
    }
    const { kept, indexed } = progressOf(data);
    behindMost = Math.max(behindMost, kept - indexed);
    await Bun.sleep(speakEveryMs);
  }
  while (counted.arrived < said) await Bun.sleep(1);
  const end = performance.now();
  while (progressOf(data).indexed < progressOf(data).kept) await Bun.sleep(5);
  const caughtUpAfterMs = performance.now() - end;
  for (const line of lines) line.ends();
  return { saidASecond: (said * 1_000) / (end - began), behindMost, caughtUpAfterMs };
}

// --- People --------------------------------------------------------------------------------------------------

async function makeAccounts(data: string): Promise<void> {
  const server = await BenchServer.starts({ settings, core: undefined, data });
  const names = [
    ...["ann", "bob"],
    ...Array.from({ length: Math.ceil(pagers / sessionsEach) }, (_, each) => `p${each}`),
    ...Array.from({ length: searchers }, (_, each) => `s${each}`),
  ];
  try {
    for (const name of names) {
      const line = await BenchLine.connect(server.port);
      line.sends("CAP LS 302", `REGISTER ${name} * :${password}`);
      await line.until(/ REGISTER SUCCESS /);
      line.ends();
    }
  } finally {
    await server.ends();
  }
}

async function comesIn(port: number, name: string): Promise<BenchLine> {
  const line = await BenchLine.connect(port);
  const offered = await offeredOn(line);
  line.sends(`NICK ${name}`, `USER ${name} 0 * :${name}`);
  line.sends("CAP REQ :batch draft/search draft/chathistory");
  await line.until(/ CAP \S+ ACK /);
  await logIn(line, offered, { mechanism: "PLAIN", name, password });
  line.sends("CAP END", "PING in");
  await line.until(/ PONG .*in$/);
  return line;
}

function spread(name: string, times: readonly number[]): Spread {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(times, share));
  return { name, count: times.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
