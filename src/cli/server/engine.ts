/**
 * The engine: the server's machine on its real store, without any network yet.
 *
 * `serve` adds listeners to it; `instruct.ts` gives it one instruction when no server is running. It takes the folder's
 * lock first and gives it back last, so that there is never a second one on the same data.
 */
import { Authenticator } from "../../auth/authenticator.ts";
import { KnownSources } from "../../auth/known-sources.ts";
import { Keyring } from "../../auth/keyring.ts";
import { Passwords } from "../../auth/passwords.ts";
import { CountedRows } from "../../auth/population.ts";
import { Rekeying } from "../../auth/rekeying.ts";
import { type Problem, type Report } from "../../auth/report.ts";
import { ScramVerifiers } from "../../auth/scram-verifiers.ts";
import { ServerSecrets } from "../../auth/server-secrets.ts";
import { Throttle } from "../../auth/throttle.ts";
import { Vault } from "../../auth/vault.ts";
import { VerifiedPasswords } from "../../auth/verified-passwords.ts";
import { secondMs } from "../../base/time.ts";
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { type Note } from "../../server/notes.ts";
import {
  type Answer,
  type Input,
  type Opening,
  type Outside,
  type Transport,
} from "../../server/outside.ts";
import { Server } from "../../server/server.ts";
import { Credentials } from "../../storage/credentials.ts";
import { type Database } from "../../storage/database.ts";
import { openDatabase } from "../../storage/opening.ts";
import { EnduringStore } from "../../storage/enduring.ts";
import { type FolderLock, lockFolder } from "../../storage/lock.ts";
import { acceptLoss, lossIn } from "../../storage/loss.ts";
import { SqliteStore } from "../../storage/store.ts";
import { Verifiers } from "../../storage/verifiers.ts";
import { testimonyIn, Witness } from "../../storage/witness.ts";
import { type AuthKey, authKey, keyFileAt } from "./auth-key.ts";
import { type DataFolder } from "./data-folder.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import {
  EventLoop,
  Instructions,
  QuestionRouter,
  type StoredAnswers,
  SystemRandom,
  systemClocks,
  wait,
} from "./outside.ts";
import { halfRestoredFault, lossFault } from "./loss-fault.ts";
import { reloaded } from "./reloading.ts";
import { SearchDesk } from "./search-desk.ts";
import { exists } from "./secret-files.ts";
import { type ServeSettings } from "./serve-settings.ts";
import { Cleaning } from "./cleaning.ts";
import { Upkeep } from "./upkeep.ts";

export interface EngineOptions {
  readonly folder: DataFolder;
  readonly settings: ServeSettings;
  /** Reads the settings again, whole. @throws Fault when they are wrong. */
  readonly reread?: () => ServeSettings;
  readonly note: (note: Note) => void;
  /** What was kept and is gone is passed over. */
  readonly acceptsLoss?: boolean;
  /** What is wrong with the database, in a sentence. */
  readonly problem: (sentence: string) => void;
  /** The engine cannot go on: its disk has failed, or a turn has thrown (a bug). */
  readonly failed: (failure: unknown) => void;
}

/** So long the audit may wait for a commit: ten in a second at most are its own. */
const auditWaitsMs = 100;
/** How often it is looked whether there is something to clean away. */
const cleanEveryMs = 5 * secondMs;

export class Engine {
  readonly loop: EventLoop;
  readonly instructions: Instructions;
  readonly opening: Opening;
  /** Verifiers without an account, left by a crash between the two, and now removed. */
  readonly orphansRemoved: number;
  readonly #options: EngineOptions;
  readonly #lock: FolderLock;
  readonly #store: EnduringStore;
  readonly #database: SqliteStore;
  readonly #verifiers: Verifiers;
  readonly #credentials: Credentials;
  readonly #authKey: AuthKey;
  readonly #upkeep: Upkeep;
  /** Changes that were kept, are gone, and have been passed over just now. */
  readonly changesLost: number;
  readonly #serverSecrets: ServerSecrets;
  readonly #search: SearchDesk;
  /** Where others reach it. */
  #join: JoinAddress | undefined;
  /** In force now. */
  #settings: ServeSettings;
  readonly #cleaning: Cleaning;
  #cleaningTimer: NodeJS.Timeout | undefined;
  #isOpen = true;

  /** Locks the folder and opens what is in it. @throws Fault, StorageFault */
  constructor(options: EngineOptions) {
    const { folder, failed } = options;
    const problem = (sentence: string): void => this.#problem(sentence);
    this.#options = options;
    this.#settings = options.settings;
    this.#serverSecrets = new ServerSecrets(options.settings.secrets);
    this.#search = new SearchDesk({
      database: folder.database,
      index: folder.searchIndex,
      problem,
    });
    this.#lock = lockOf(folder);
    try {
      checkWhole(options);
      const database = openDatabase(folder.database);
      this.changesLost = witness(database, options);
      const store = new SqliteStore(database, problem, {
        auditLater: (flush) => setTimeout(flush, auditWaitsMs),
      });
      this.#database = store;
      this.#store = new EnduringStore({
        attempt: (records, now) => store.attempt(records, now),
        sync: (place, synced) => store.sync(place, (failure) => this.#guard(() => synced(failure))),
        makeRoom: (reason) => this.#upkeep.makeRoom(reason),
        kept: () => this.#search.kept(),
        later: (ms, run) => setTimeout(() => this.#guard(run), ms),
      });
      this.#verifiers = new Verifiers(database);
      this.#credentials = new Credentials(database);
      this.orphansRemoved = this.#verifiers.removeOrphans();
      this.#credentials.removeOrphans();
      this.#authKey = authKey(folder.authKey, this.#verifiers);
      this.opening = this.#database.opening();
      this.#upkeep = new Upkeep({
        folder,
        problem,
        failed,
        storage: (isReadOnly, reason) => this.loop.take({ kind: "storage", isReadOnly, reason }),
      });
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#cleaning = new Cleaning({
      store: this.#database,
      clocks: systemClocks,
      keepDays: () => this.#settings.server.keepDays,
      keptCount: () => this.#database.keptCount,
      note: options.note,
      problem,
    });
    this.loop = new EventLoop(systemClocks, failed);
    this.instructions = new Instructions((input) => this.loop.take(input));
  }

  /** The key of the passwords was made just now. */
  get isAuthKeyNew(): boolean {
    return this.#authKey.isNew;
  }

  take(input: Input): void {
    this.loop.take(input);
  }

  /** Begins to turn, on this transport; `join`: where others reach it. */
  start(transport: Transport, join?: JoinAddress): void {
    const { settings, note, failed } = this.#options;
    const outside: Outside = {
      store: this.#store,
      transport,
      questions: new QuestionRouter(
        this.#authenticator(),
        this.#answers(),
        (input) => this.loop.take(input),
        { reload: () => this.#reload(), search: this.#search },
      ),
      operators: this.instructions,
      wakeAt: (at) => this.loop.wakeAt(at),
      note: (each) => {
        note(each);
        if (each.event === "store.failed") failed(new Fault(exitCodes.inputOutput, each.reason));
      },
    };
    const { opening } = this;
    const random = new SystemRandom();
    this.#join = join;
    const server = { ...settings.server, join };
    this.loop.drive(new Server({ settings: server, random, outside, opening }));
  }

  /** From now on it is looked after, while a server runs on it. */
  beginUpkeep(): void {
    this.#upkeep.begin();
    this.#cleaning.begin();
    this.#cleaningTimer = setInterval(() => this.#cleaning.begin(), cleanEveryMs);
    this.#search.beginSoon();
  }

  /** Erases all that is still to be erased of people who are gone; nobody is served meanwhile. */
  finishErasing(): void {
    this.#cleaning.finishErasing();
  }

  #reload(): Answer<"reload"> {
    const { reread } = this.#options;
    if (reread === undefined) return { outcome: "refused", lines: ["no server is running"] };
    try {
      const { settings, lines } = reloaded(this.#settings, reread());
      this.#settings = settings;
      this.#serverSecrets.replace(settings.secrets);
      return { outcome: "read", settings: { ...settings.server, join: this.#join }, lines };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const details = (error.hint ?? "").split("\n").filter((line) => line !== "");
      return { outcome: "refused", lines: [`nothing is changed: ${error.message}`, ...details] };
    }
  }

  /** Turns no more, closes the database, lets the next one in. */
  close(): void {
    if (!this.#isOpen) return;
    clearInterval(this.#cleaningTimer);
    this.#cleaning.stop();
    this.#upkeep.end();
    this.loop.stop();
    this.#search.close();
    this.#database.close();
    this.#isOpen = false;
    this.#lock.release();
  }

  #problem(sentence: string): void {
    // What is still under way when the database is closed is no problem: nobody waits for it.
    if (this.#isOpen) this.#options.problem(sentence);
  }

  /** What the loop does when the store answers is a turn's: a bug in it ends the program. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (bug) {
      this.#options.failed(bug);
    }
  }

  #answers(): StoredAnswers {
    return {
      answer: (kind, ask) =>
        this.#isOpen ? this.#database.answer(kind, ask) : { outcome: "unavailable" },
    };
  }

  #authenticator(): Authenticator {
    const { passwords, server } = this.#options.settings;
    const { memoryKib, passes, lanes, lengthMin, isThrottled } = passwords;
    const report: Report = (problem) => this.#problem(sentenceOf(problem));
    const { wall, elapsed } = systemClocks;
    const keyring = new Keyring(this.#authKey);
    const rows = new CountedRows(this.#verifiers);
    const vault = new Vault(this.#credentials, keyring, wall);
    const keyFile = keyFileAt(this.#options.folder.authKey);
    const knownSources = new KnownSources({ vault, keyring, wall });
    const { mechanisms } = server;
    return new Authenticator({
      rows,
      vault,
      serverSecrets: this.#serverSecrets,
      rekeying: new Rekeying({ keyring, keyFile, rows, vault }),
      scram: new ScramVerifiers({ rows, vault, keyring, mechanisms, report }),
      throttle: new Throttle({ isOn: isThrottled, elapsed, wait, knownSources }),
      passwords: new Passwords({
        keyring,
        settings: { memoryKib, passes, lanes },
        rows,
        verified: new VerifiedPasswords(),
        report,
      }),
      passwordLengthMin: lengthMin,
      serverNames: [server.name, server.network],
      wall,
      elapsed,
      answer: (id, answer) => this.loop.take({ kind: "answer", id, answer }),
      report,
    });
  }
}

function lockOf(folder: DataFolder): FolderLock {
  const lock = lockFolder(folder.path);
  if (lock.ok) return lock.value;
  throw new Fault(
    exitCodes.unavailable,
    lock.error,
    "There is one server for each data folder. Stop the other one, or choose another folder with --data DIR.",
  );
}

/** Before anything is written. @throws Fault when a restore has not ended, or something is lost that nobody accepts. */
function checkWhole({ folder, acceptsLoss = false }: EngineOptions): void {
  if (exists(folder.restoreBegun)) throw halfRestoredFault(folder.path);
  const lost = lossIn(folder.database, testimonyIn(folder.witness));
  if (lost > 0 && !acceptsLoss) throw lossFault(folder.database, lost);
}

/** Sets the database under its witness; answers how much of what was kept is gone, and now passed over. */
function witness(database: Database, { folder, settings, problem }: EngineOptions): number {
  const watching = new Witness(folder.witness);
  const lost = (watching.found ?? 0) - database.kept;
  if (lost > 0) {
    acceptLoss(database, {
      changes: lost,
      words: "What was said here last is lost: the server's disk has lost it",
      source: settings.server.name,
      now: systemClocks.wall(),
    });
    problem(`${lost} changes that were acknowledged are lost; what comes now is above them`);
  }
  database.isWitnessedBy(watching);
  return Math.max(lost, 0);
}

function sentenceOf({ text, hint, cause }: Problem): string {
  const why = describeError(cause).replace(/\.+$/, "");
  return `${text}: ${why}${hint === undefined ? "" : `. ${hint}`}`;
}
