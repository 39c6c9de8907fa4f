/**
 * Chat: people send lines and see lines, with the real server and a real store in memory, and nobody waits.
 *
 *     const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
 *     bob.sends("TOPIC #room :Mine");
 *     expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
 *
 * Every `sends` runs turns until nothing is left to do; questions are answered at once, passwords compared as they
 * are. Time stands still unless `passes` moves it.
 */
import { linesIn } from "../../src/base/lines.ts";
import { join } from "node:path";
import { assert } from "../../src/base/assert.ts";
import { accountId, connectionId, type ConnectionId, type QuestionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { elapsedMs, type ElapsedMs, wallMs } from "../../src/base/time.ts";
import { lineBytesMax, tagsBytesMax } from "../../src/protocol/limits.ts";
import { type Note } from "../../src/server/notes.ts";
import {
  type AccountRow,
  type AccountState,
  type Answer,
  type ConnectionFacts,
  type Input,
  type Keeping,
  type Line,
  type OperatorAnswer,
  type Outside,
  type Question,
  type QuestionKind,
} from "../../src/server/outside.ts";
import { Server } from "../../src/server/server.ts";
import { defaultLimits, defaultSettings, type Limits } from "../../src/server/settings.ts";
import { type ServerSettings } from "../../src/server/settings.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { keep } from "../storage/records.ts";
import { freshFolder } from "./folder.ts";
import { PlainPasswords } from "./plain-passwords.ts";
import { SimulatedSearch } from "./simulated-search.ts";

/** What everyone's password is, unless they register with another. */
export const password = "correct horse battery";

const loopback: ConnectionFacts = {
  address: "127.0.0.1",
  isLoopback: true,
  listener: "test",
  tls: undefined,
};

export interface ChatOptions {
  readonly settings?: Partial<ServerSettings>;
  readonly limits?: Partial<Limits>;
  readonly store?: SqliteStore;
  /** What is searched is the store's. */
  readonly search?: SimulatedSearch;
  readonly passwords?: PlainPasswords;
  /** Where its files are; left out: a folder that goes with the test. */
  readonly folder?: string;
  /** False: a bug costs its connection, as in the program, instead of the test. */
  readonly throwsBugs?: boolean;
}

/** As many people as there are names. */
export type PeopleNamed<N extends readonly string[]> = { readonly [K in keyof N]: Person };

/** Numbers of accounts that are made past the server keep clear of those it gives meanwhile. */
const accountNumbersApart = 1_000;

export class Chat {
  /** How long what many are sent is kept back. */
  heldForMs = 0;
  readonly notes: Note[] = [];
  readonly answers: OperatorAnswer[] = [];
  /** What the server has asked, answered or not. */
  readonly questions: Question[] = [];
  /** Connections that were let go, and how many questions had been asked by then. */
  readonly abandoned = new Map<ConnectionId, number>();
  readonly store: SqliteStore;
  readonly search: SimulatedSearch;
  readonly #server: Server;
  readonly #settings: ServerSettings;
  readonly #options: ChatOptions;
  readonly #passwords: PlainPasswords;
  readonly #people = new Map<ConnectionId, Person>();
  #inputs: Input[] = [];
  #held: Input[] | undefined;
  #keeping: (() => void)[] | undefined;
  #syncing: Keeping[] | undefined;
  #elapsed: ElapsedMs = elapsedMs(0);
  #wall = wallMs(Date.UTC(2026, 0, 1));
  #wakeAt: ElapsedMs | undefined;
  #connections = 0;
  #ports = 0;

  constructor(options: ChatOptions = {}) {
    const { settings, limits, store, search, passwords, throwsBugs = true } = options;
    const file = join(options.folder ?? freshFolder(), "authchat.db");
    this.#options = options;
    this.#passwords = passwords ?? new PlainPasswords();
    this.store = store ?? new SqliteStore(openDatabase(file), unreported);
    this.search = search ?? new SimulatedSearch(file);
    this.#settings = {
      ...defaultSettings,
      name: "server",
      rooms: [],
      ...settings,
      limits: { ...defaultLimits, flood: false, ...limits },
    };
    this.#server = new Server({
      settings: this.#settings,
      random: new SeededRandom(1),
      outside: this.#outside(),
      opening: this.store.opening(),
      throwsBugs,
    });
    this.#run();
  }

  /** The server is gone with all its connections; another starts on what was kept. */
  restarts(): Chat {
    const { store, search } = this;
    return new Chat({ ...this.#options, store, search, passwords: this.#passwords });
  }

  /** A connection that has sent nothing yet. */
  stranger(facts: Partial<ConnectionFacts> = {}): Person {
    this.#connections += 1;
    const connection = connectionId(this.#connections);
    const person = new Person(this, connection);
    this.#people.set(connection, person);
    this.gives({ kind: "opened", connection, facts: { ...loopback, ...facts } });
    return person;
  }

  /** A member with that account, logged in once more, with these capabilities; the welcome is not seen. */
  member(name: string, ...capabilities: readonly string[]): Person {
    this.hasAccount(name);
    const person = this.stranger();
    person.sends("CAP LS 302");
    if (capabilities.length > 0) person.sends(`CAP REQ :${capabilities.join(" ")}`);
    person.sends(`NICK ${name}`, "USER x 0 * :Real Name");
    person.logsIn(name, password);
    person.sends("CAP END");
    person.sees();
    return person;
  }

  /** Members in one channel, the first its founder. Nothing of it is seen. */
  inChannel<N extends readonly string[]>(channel: string, ...names: N): PeopleNamed<N> {
    const people = names.map((name) => this.member(name));
    for (const person of people) person.sends(`JOIN ${channel}`);
    for (const person of people) person.sees();
    return people as unknown as PeopleNamed<N>; // one for each name
  }

  /** Makes the account, with the password, unless it is there; in that state, or with more that is different. */
  hasAccount(name: string, being: AccountState | Partial<AccountRow> = "active"): void {
    const different = typeof being === "string" ? { state: being } : being;
    if (this.#passwords.has(name)) return;
    const id = accountId(this.store.opening().nextAccount + accountNumbersApart);
    const account: AccountRow = {
      id,
      name,
      state: "active",
      role: "member",
      createdAt: this.#wall,
      isStrict: false,
      expiresAt: undefined,
      ...different,
    };
    keep(this.store, [{ kind: "account", account }], this.#wall);
    this.#passwords.put({ id, name }, password);
  }

  /** What the settings are when they are read again. */
  reread: () => Answer<"reload"> = () => ({ outcome: "unavailable" });

  /** An operator says it at the console. */
  operatorSays(words: string, secret?: string): readonly string[] {
    this.#ports += 1;
    this.answers.length = 0;
    const apart = secret === undefined ? {} : { secret: Secret.fromText(secret) };
    this.gives({ kind: "words", port: this.#ports, by: "console", words, ...apart });
    return this.answers.flatMap(({ lines }) => lines);
  }

  gives(input: Input): void {
    this.#server.take(input);
    this.#run();
  }

  /** Time passes on both clocks, and what is due happens. */
  passes(ms: number): void {
    const end = this.#elapsed + ms;
    while (this.#wakeAt !== undefined && this.#wakeAt <= end) {
      this.#wall = wallMs(this.#wall + (this.#wakeAt - this.#elapsed));
      this.#elapsed = elapsedMs(Math.max(this.#wakeAt, this.#elapsed + 1));
      this.#run();
    }
    this.#wall = wallMs(this.#wall + Math.max(0, end - this.#elapsed));
    this.#elapsed = elapsedMs(Math.max(end, this.#elapsed));
    this.#run();
  }

  /** The wall clock alone is set, forward or back. */
  wallJumps(ms: number): void {
    this.#wall = wallMs(this.#wall + ms);
  }

  /** From now on answers take their time: what was true when it was asked comes back by `answers…`. */
  holdsQuestions(): void {
    this.#held ??= [];
  }

  /** The answers held so far come; further ones are held. */
  answersHeld(order: "first first" | "last first" = "first first"): void {
    const held = this.#held ?? [];
    this.#held = [];
    this.#inputs.push(...(order === "first first" ? held : held.toReversed()));
    this.#run();
  }

  answersAll(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#inputs.push(...held);
    this.#run();
  }

  /** From now on the store takes its time, until `keepsAll`. */
  holdsKeeping(): void {
    this.#keeping = [];
  }

  keepsAll(): void {
    const keeping = this.#keeping ?? [];
    this.#keeping = undefined;
    for (const keep of keeping) keep();
    this.#run();
  }

  /** From now on what is written does not get to the disk, until `syncsAll`. */
  holdsSync(): void {
    this.#syncing = [];
  }

  syncsAll(): void {
    const syncing = this.#syncing ?? [];
    this.#syncing = undefined;
    for (const keeping of syncing) keeping.kept();
    this.#runIfDue();
  }

  /** The disk fails under what is held. */
  syncFails(reason: string): void {
    for (const keeping of this.#syncing ?? []) keeping.failed(reason);
    this.#syncing = undefined;
  }

  #outside(): Outside {
    return {
      store: {
        keep: (records, now, keeping) => {
          const kept = () => {
            if (this.#syncing === undefined) keeping.kept();
            else this.#syncing.push(keeping);
          };
          const ask = () => this.store.keep(records, now, { ...keeping, kept });
          if (this.#keeping === undefined) ask();
          else this.#keeping.push(ask);
        },
      },
      transport: {
        write: (connection, lines) => this.#people.get(connection)?.shown(lines.flatMap(linesIn)),
        heldForMs: () => this.heldForMs,
        pause: (connection) => this.#people.get(connection)?.paused(true),
        resume: (connection) => this.#people.get(connection)?.paused(false),
        close: (connection) => this.#people.get(connection)?.closed(),
      },
      questions: {
        ask: (id, question) => {
          this.questions.push(question);
          (this.#held ?? this.#inputs).push(this.#answer(id, question));
        },
        abandon: (connection) => this.abandoned.set(connection, this.questions.length),
      },
      operators: { answer: (_port, answer) => this.answers.push(answer) },
      wakeAt: (at) => {
        this.#wakeAt = at;
      },
      note: (note) => this.notes.push(note),
    };
  }

  #answer(id: QuestionId, question: Question): Input {
    const answer =
      question.kind === "reload"
        ? this.reread()
        : (this.#passwords.answer(question) ?? storedAnswer(this, question));
    return { kind: "answer", id, answer };
  }

  /** As in the program: what it does not ask for does not come. */
  #runIfDue(): void {
    while (this.#wakeAt !== undefined && this.#wakeAt <= this.#elapsed) {
      this.#wakeAt = undefined;
      this.#run();
    }
  }

  #run(): void {
    do {
      const inputs = this.#inputs;
      this.#inputs = [];
      for (const input of inputs) this.#server.take(input);
      this.#server.turn(this.#wall, this.#elapsed);
    } while (this.#inputs.length > 0);
  }
}

/** The questions that are answered from what is kept. @throws for those of `auth`. */
export function storedAnswer(
  { store, search }: { readonly store: SqliteStore; readonly search: SimulatedSearch },
  { kind, ask }: Question,
): Answer<QuestionKind> {
  switch (kind) {
    case "search":
      return search.answer(ask);
    case "account":
      return store.answer(kind, ask);
    case "accounts":
      return store.answer(kind, ask);
    case "channel":
      return store.answer(kind, ask);
    case "channels":
      return store.answer(kind, ask);
    case "history":
      return store.answer(kind, ask);
    case "targets":
      return store.answer(kind, ask);
    case "message":
      return store.answer(kind, ask);
    case "said":
      return store.answer(kind, ask);
    case "audit":
      return store.answer(kind, ask);
    case "reading":
      return store.answer(kind, ask);
    case "missed":
      return store.answer(kind, ask);
    case "authenticate":
    case "change":
    case "claim":
    case "credentials":
    case "mint":
    case "recognise":
    case "totp":
    case "rekey":
    case "operate":
    case "enter":
    case "reload":
    case "enrol":
    case "evaluate":
    case "forget":
      throw new Error(`${kind} is not for the store`);
  }
}

function unreported(problem: string): never {
  throw new Error(problem);
}

export class Person {
  readonly connection: ConnectionId;
  readonly #chat: Chat;
  #unseen: string[] = [];
  isClosed = false;
  isPaused = false;

  constructor(chat: Chat, connection: ConnectionId) {
    this.#chat = chat;
    this.connection = connection;
  }

  sends(...lines: readonly string[]): void {
    for (const line of lines) this.sendsBytes(Buffer.from(`${line}\r\n`));
  }

  sendsBytes(bytes: Uint8Array): void {
    this.#chat.gives({ kind: "bytes", connection: this.connection, bytes });
  }

  logsIn(name: string, secret: string): void {
    const response = Buffer.from(`\0${name}\0${secret}`).toString("base64");
    this.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`);
  }

  /** The lines since the last look. */
  sees(): string[] {
    const lines = this.#unseen;
    this.#unseen = [];
    return lines;
  }

  /** The same lines, which stay to be seen. */
  looks(): readonly string[] {
    return this.#unseen;
  }

  /** The connection is lost. */
  drops(): void {
    this.#chat.gives({ kind: "closed", connection: this.connection, reason: "reset" });
  }

  shown(lines: readonly Line[]): void {
    for (const line of lines) this.#unseen.push(checkedLine(Buffer.from(line)));
  }

  paused(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  closed(): void {
    this.isClosed = true;
  }
}

/** The line without its end. Whatever the test: no line is broken or over the limits of the wire. */
function checkedLine(line: Buffer): string {
  const text = line.toString();
  assert(/^[^\r\n\0]+\r\n$/.test(text), `one line is shown: ${JSON.stringify(text)}`);
  const tagsLength = text.startsWith("@") ? line.indexOf(" ") + 1 : 0;
  assert(tagsLength <= tagsBytesMax, `tags are within their limit: ${text}`);
  assert(line.length - tagsLength <= lineBytesMax, `a line is within its limit: ${text}`);
  return text.slice(0, -2);
}
