/**
 * The simulated outside of a server: the real machine and the real store, everything else from the seed.
 *
 * A `SimServer` lives from a start to a crash; the next one opens the same file. Its store can lose a turn before,
 * inside and after the transaction, and with the power what is written and not on the disk yet; it can answer late, and
 * its answerer can be slow, fail, or crash between a verifier and its account.
 */
import { type MessagePlace } from "../../src/protocol/message-ids.ts";
import { parseLoginName } from "../../src/auth/login-name.ts";
import { type ConnectionId, type QuestionId } from "../../src/base/ids.ts";
import { below, chance, type Random, SeededRandom } from "../../src/base/random.ts";
import { type ElapsedMs, elapsedMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import {
  type Answer,
  type ChannelRow,
  type EntryRecord,
  type Input,
  type KeptRecord,
  type Line,
  type OperatorAnswer,
  type Outside,
  type Place,
  type Question,
  type QuestionKind,
} from "../../src/server/outside.ts";
import { type ProvenAccount } from "../../src/server/proofs.ts";
import { Server } from "../../src/server/server.ts";
import { type ServerSettings } from "../../src/server/settings.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { type NewVerifier, Verifiers } from "../../src/storage/verifiers.ts";
import { keep as kept } from "../storage/records.ts";
import { storedAnswer } from "./chat.ts";
import { PlainPasswords } from "./plain-passwords.ts";
import { type SimClock } from "./sim-clock.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimulatedSearch } from "./simulated-search.ts";

export interface ServerFaults {
  /** Probabilities, for each turn that keeps something. */
  readonly crashBeforeCommit: number;
  readonly crashInsideCommit: number;
  /** While it is on its way to the disk: it is there all the same. */
  readonly crashAfterCommit: number;
  /** As that, but the power is lost, and it is not there. */
  readonly powerLoss: number;
  readonly lateSync: number;
  /** The disk is full then, for a while; the store has its ballast. */
  readonly fullDisk: number;
  /** Someone else has the database. */
  readonly busyDatabase: number;
  /** For each question. */
  readonly failedAnswer: number;
  readonly slowAnswer: number;
  /** For each question about history, besides: so slow that much is said before it is answered. */
  readonly slowHistory: number;
  /** For each registration: the verifier is written, the account never is. */
  readonly crashAfterVerifier: number;
}

export const soundServer: ServerFaults = {
  crashBeforeCommit: 0,
  crashInsideCommit: 0,
  crashAfterCommit: 0,
  powerLoss: 0,
  lateSync: 0,
  fullDisk: 0,
  busyDatabase: 0,
  failedAnswer: 0,
  slowAnswer: 0,
  slowHistory: 0,
  crashAfterVerifier: 0,
};

const ofHistory: ReadonlySet<QuestionKind> = new Set(["history", "targets"] as const);
/** Less than the server waits for an answer, and much longer than a page takes. */
const slowHistoryMsMax = 8_000;

/** A rule broken on purpose, to see its checker fail. */
export type Sabotage =
  | "show-unkept"
  | "show-unsynced"
  | "forget-nonce"
  | "lose-member"
  | "wall-deadlines"
  | "swap-lines"
  | "lose-line"
  | "long-line"
  | "answer-twice"
  | "answer-never"
  | "never-pause"
  | "bad-line"
  | "drop-pong"
  | "say-twice"
  | "swap-labels"
  | "page-twice"
  | "page-hole"
  | "page-swap"
  | "page-beyond"
  | "page-early-end"
  | "live-lost"
  | "repeat-anew"
  | "mark-back"
  | "full-is-kept"
  | "forget-seen"
  | "lose-missed";

export interface SimServerHost {
  readonly clock: SimClock;
  readonly random: Random;
  /** When the power is lost. Of its own: else a seed would mean something else with every such question. */
  readonly power: Random;
  readonly settings: ServerSettings;
  readonly faults: () => ServerFaults;
  readonly sabotage: Sabotage | undefined;
  write(connection: ConnectionId, lines: readonly Line[]): void;
  pause(connection: ConnectionId, isPaused: boolean): void;
  close(connection: ConnectionId): void;
  kept(place: Place, record: EntryRecord): void;
  /** What was said there is no more. */
  erased(place: MessagePlace): void;
  /** Something of this kind is kept while the disk is full and everyone has been told. */
  keptOnFullDisk(record: KeptRecord): void;
  crashed(): void;
  checkQueues(server: Server): void;
}

export class SimServer {
  readonly #host: SimServerHost;
  readonly #database: Database;
  readonly store: SqliteStore;
  readonly search: SimulatedSearch;
  readonly #verifiers: Verifiers;
  readonly #server: Server;
  /** What is proven otherwise than by a password: of this process, and forgotten with it. */
  readonly #proofs = new PlainPasswords();
  readonly #answers = new Map<number, (answer: OperatorAnswer) => void>();
  #ports = 0;
  #isDead = false;
  #isTurnDue = false;
  #wakeAt: ElapsedMs | undefined;
  /** How long what many are sent is held back, of its own: else a seed would mean something else with every such question. */
  readonly #holds = new SeededRandom(1);
  readonly #disk: SimDisk;

  constructor(file: string, host: SimServerHost) {
    this.#host = host;
    this.#database = openDatabase(file);
    this.search = new SimulatedSearch(file);
    this.store = new SqliteStore(this.#database, (problem) => {
      throw new Error(problem);
    });
    this.#disk = new SimDisk(file, this.store, host, {
      isDead: () => this.#isDead,
      crash: (restored) => this.#end(restored),
      take: (input) => this.take(input),
    });
    this.#verifiers = new Verifiers(this.#database);
    this.#verifiers.removeOrphans();
    this.#server = new Server({
      settings: host.settings,
      random: host.random,
      outside: this.#outside(),
      opening: this.store.opening(),
      throwsBugs: true,
    });
    this.#turnSoon();
  }

  take(input: Input): void {
    if (this.#isDead) return;
    this.#server.take(input);
    this.#turnSoon();
  }

  /** An operator's words; the answer comes when it comes. */
  instruct(words: string, then: (answer: OperatorAnswer) => void): void {
    this.#ports += 1;
    this.#answers.set(this.#ports, then);
    this.take({ kind: "words", port: this.#ports, by: "console", words });
  }

  /** An account made before anything happens, with its password, in `#general`. */
  putAccount(name: string, password: string): void {
    const { wall } = this.#host.clock;
    const { nextAccount: id, nextChannel } = this.store.opening();
    const account = {
      id,
      name,
      state: "active",
      role: "member",
      createdAt: wall,
      isStrict: false,
      expiresAt: undefined,
    } as const;
    const known = this.store.answer("channel", { by: fold("#general") });
    const channel = known.outcome === "found" ? known.channel.id : nextChannel;
    const records: KeptRecord[] = [{ kind: "account", account }];
    if (known.outcome !== "found")
      records.push({ kind: "channel", channel: general(channel, wall) });
    records.push({ kind: "member", channel, account: id, prefixes: "", joinedAt: wall });
    kept(this.store, records, wall);
    this.#verifiers.put(id, plainly(Buffer.from(password)), wall);
  }

  /** The process is gone; what is on disk stays. */
  crash(): void {
    if (this.#isDead) return;
    this.#disk.comesToDisk();
    this.#end(() => undefined);
  }

  /** `closed`: what happens to the files then. */
  #end(closed: () => void): void {
    this.#isDead = true;
    this.search.close();
    this.store.close();
    closed();
    this.#host.crashed();
  }

  #turnSoon(): void {
    if (this.#isTurnDue || this.#isDead) return;
    this.#isTurnDue = true;
    this.#host.clock.after(0.01 * below(this.#host.random, 50), () => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    if (this.#isDead) return;
    const { clock, sabotage } = this.#host;
    const elapsed = sabotage === "wall-deadlines" ? elapsedMs(clock.wall) : clock.elapsed;
    this.#server.turn(clock.wall, elapsed);
    this.#host.checkQueues(this.#server);
  }

  /** Lines that wait for the meter, or behind a question. */
  heldLines(connection: ConnectionId): number {
    return this.#server.heldLines(connection);
  }

  #outside(): Outside {
    const host = this.#host;
    return {
      store: { keep: (records, now, keeping) => this.#disk.keep(records, now, keeping) },
      transport: {
        write: (connection, lines) => {
          if (!this.#isDead) host.write(connection, lines);
        },
        heldForMs: () => (chance(this.#holds, 0.3) ? below(this.#holds, 5) : 0),
        pause: (connection) => {
          if (!this.#isDead && host.sabotage !== "never-pause") host.pause(connection, true);
        },
        resume: (connection) => {
          if (!this.#isDead) host.pause(connection, false);
        },
        close: (connection) => {
          if (!this.#isDead) host.close(connection);
        },
      },
      questions: { ask: (id, question) => this.#ask(id, question), abandon: () => undefined },
      operators: {
        answer: (port, answer) => {
          this.#answers.get(port)?.(answer);
          this.#answers.delete(port);
        },
      },
      wakeAt: (at) => this.#wake(at),
      note: (note) => {
        if (note.event === "store.failed") throw new Error(`the store failed: ${note.reason}`);
      },
    };
  }

  #wake(at: ElapsedMs | undefined): void {
    this.#wakeAt = at;
    if (at === undefined || this.#isDead) return;
    // Whoever takes the wall clock for the other is late or early with everything: here, never late.
    const isWall = this.#host.sabotage === "wall-deadlines";
    this.#host.clock.at(isWall ? this.#host.clock.elapsed + 1_000 : at, () => {
      if (this.#wakeAt === at) this.#turnSoon();
    });
  }

  // --- Answering -----------------------------------------------------------------------------------------------

  #ask(id: QuestionId, question: Question): void {
    const { clock, random, faults } = this.#host;
    const { failedAnswer, slowAnswer, slowHistory } = faults();
    let delayMs = chance(random, slowAnswer) ? below(random, 2_000) : below(random, 5);
    if (slowHistory > 0 && ofHistory.has(question.kind) && chance(random, slowHistory)) {
      delayMs += below(random, slowHistoryMsMax);
    }
    const mayFail = question.kind !== "forget";
    clock.after(delayMs, () => {
      if (this.#isDead) return;
      const answer: Answer<QuestionKind> | undefined =
        mayFail && chance(random, failedAnswer)
          ? { outcome: "unavailable" }
          : this.#answer(question);
      if (answer !== undefined) this.take({ kind: "answer", id, answer });
    });
  }

  /** Undefined: the server is no more. */
  #answer(question: Question): Answer<QuestionKind> | undefined {
    switch (question.kind) {
      case "authenticate":
        return this.#authenticate(Buffer.from(question.ask.response.bytes()).toString());
      case "enrol": {
        const { account, name, password } = question.ask;
        this.#verifiers.put(account, plainly(password.copy().bytes()), this.#host.clock.wall);
        this.#disk.comesToDisk();
        if (chance(this.#host.random, this.#host.faults().crashAfterVerifier)) {
          this.crash();
          return undefined;
        }
        return { outcome: "enrolled", account: proven(account, name) };
      }
      case "reload":
        return { outcome: "read", settings: this.#host.settings, lines: [] };
      case "missed": {
        const answer = this.store.answer("missed", question.ask);
        const isLost = this.#host.sabotage === "lose-missed" && answer.outcome === "found";
        return isLost ? { ...answer, entries: answer.entries.slice(1) } : answer;
      }
      case "forget":
        this.#verifiers.remove(question.ask.account);
        this.#disk.comesToDisk();
        return { outcome: "forgotten" };
      default:
        return this.#proofs.answer(question) ?? storedAnswer(this, question);
    }
  }

  #authenticate(response: string): Answer<"authenticate"> {
    const [, said = "", password = ""] = response.split("\0");
    const { name, device } = parseLoginName(said);
    const account = this.#verifiers.findAccountByName(fold(name));
    const verifier = account === undefined ? undefined : this.#verifiers.find(account.id);
    if (account === undefined || verifier === undefined)
      return { outcome: "refused", name: undefined };
    if (Buffer.from(verifier.data).toString() !== password)
      return { outcome: "refused", name: undefined };
    return { outcome: "proven", account: { ...proven(account.id, account.name), device } };
  }
}

function general(id: ChannelRow["id"], createdAt: ChannelRow["createdAt"]): ChannelRow {
  const bare = {
    founder: undefined,
    topic: undefined,
    key: undefined,
    limit: undefined,
    forward: undefined,
    keepDays: undefined,
  };
  return {
    id,
    name: "#general",
    createdAt,
    flags: "nt",
    bans: [],
    banExceptions: [],
    inviteExceptions: [],
    ...bare,
  };
}

function proven(id: ProvenAccount["id"], name: string): ProvenAccount {
  // Stands for `auth`, which alone makes these in the program.
  return { id, name, mechanism: "PLAIN" } as unknown as ProvenAccount;
}

/** The password as it is, for a verifier. */
function plainly(data: Uint8Array): NewVerifier {
  return { form: "plain", seal: () => data };
}
