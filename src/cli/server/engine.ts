/**
 * The engine: the server's machine on its real store, without any network yet.
 *
 * `serve` adds listeners to it; `instruct.ts` gives it one instruction when no server is running. It takes the folder's
 * lock first and gives it back last, so that there is never a second one on the same data.
 */
import { statSync } from "node:fs";
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
import { secondMs, type WallMs } from "../../base/time.ts";
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { type Note } from "../../server/notes.ts";
import {
  type Answer,
  type Input,
  type KeepAnswer,
  type KeptRecord,
  type Opening,
  type Outside,
  type Store,
  type Transport,
} from "../../server/outside.ts";
import { Server } from "../../server/server.ts";
import { Credentials } from "../../storage/credentials.ts";
import { openDatabase } from "../../storage/database.ts";
import { type FolderLock, lockFolder } from "../../storage/lock.ts";
import { SqliteStore } from "../../storage/store.ts";
import { Verifiers } from "../../storage/verifiers.ts";
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
import { reloaded } from "./reloading.ts";
import { SearchDesk } from "./search-desk.ts";
import { type ServeSettings } from "./serve-settings.ts";

export interface EngineOptions {
  readonly folder: DataFolder;
  readonly settings: ServeSettings;
  /** Reads the settings again, whole. @throws Fault when they are wrong. */
  readonly reread?: () => ServeSettings;
  readonly note: (note: Note) => void;
  /** What is wrong with the database, in a sentence. */
  readonly problem: (sentence: string) => void;
  /** The engine cannot go on: its disk has failed, or a turn has thrown (a bug). */
  readonly failed: (failure: unknown) => void;
}

/** How often the database is looked after. */
const careEveryMs = 5 * secondMs;

export class Engine {
  readonly loop: EventLoop;
  readonly instructions: Instructions;
  readonly opening: Opening;
  /** Verifiers without an account, left by a crash between the two, and now removed. */
  readonly orphansRemoved: number;
  readonly #options: EngineOptions;
  readonly #lock: FolderLock;
  readonly #store: WatchedStore;
  readonly #database: SqliteStore;
  readonly #verifiers: Verifiers;
  readonly #credentials: Credentials;
  readonly #authKey: AuthKey;
  readonly #databaseIdentity: string;
  readonly #serverSecrets: ServerSecrets;
  readonly #search: SearchDesk;
  /** Where others reach it. */
  #join: JoinAddress | undefined;
  /** In force now. */
  #settings: ServeSettings;
  #care: NodeJS.Timeout | undefined;
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
      const database = openDatabase(folder.database);
      this.#database = new SqliteStore(database, problem);
      this.#store = new WatchedStore(this.#database, () => this.#search.kept());
      this.#verifiers = new Verifiers(database);
      this.#credentials = new Credentials(database);
      this.orphansRemoved = this.#verifiers.removeOrphans();
      this.#credentials.removeOrphans();
      this.#authKey = authKey(folder.authKey, this.#verifiers);
      this.opening = this.#database.opening();
      this.#databaseIdentity = fileIdentity(folder.database);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
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
    this.#care = setInterval(() => this.lookAfter(), careEveryMs);
    this.#search.beginSoon();
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

  /** Looks after the database: it must still be the file that is there; while nothing is kept its log is emptied. */
  lookAfter(): void {
    const { folder, failed } = this.#options;
    if (fileIdentity(folder.database) !== this.#databaseIdentity) {
      // SQLite would go on writing to the file that is gone, without an error.
      const reason = `${folder.database} was replaced or removed while the server was running`;
      failed(new Fault(exitCodes.inputOutput, reason));
      return;
    }
    if (this.#store.isQuiet()) this.#database.checkpoint();
  }

  /** Turns no more, closes the database, lets the next one in. */
  close(): void {
    if (!this.#isOpen) return;
    clearInterval(this.#care);
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
      passwords: new Passwords({ keyring, settings: { memoryKib, passes, lanes }, rows, report }),
      passwordLengthMin: lengthMin,
      serverNames: [server.name, server.network],
      wall,
      answer: (id, answer) => this.loop.take({ kind: "answer", id, answer }),
      report,
    });
  }
}

/** Knows when there is nothing to do. */
class WatchedStore implements Store {
  readonly #store: Store;
  readonly #kept: () => void;
  #keptSinceLook = 0;
  #keptSinceQuiet = 0;

  /** `kept` is told each time. */
  constructor(store: Store, kept: () => void) {
    this.#store = store;
    this.#kept = kept;
  }

  keep(records: readonly KeptRecord[], now: WallMs, answer: (answer: KeepAnswer) => void): void {
    this.#keptSinceLook += 1;
    this.#keptSinceQuiet += 1;
    this.#store.keep(records, now, answer);
    this.#kept();
  }

  /** Once after something was kept: nothing has been kept since the last look. */
  isQuiet(): boolean {
    const isQuiet = this.#keptSinceLook === 0 && this.#keptSinceQuiet > 0;
    this.#keptSinceLook = 0;
    if (isQuiet) this.#keptSinceQuiet = 0;
    return isQuiet;
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

function fileIdentity(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? "gone" : `${status.dev} ${status.ino}`;
}

function sentenceOf({ text, hint, cause }: Problem): string {
  const why = describeError(cause).replace(/\.+$/, "");
  return `${text}: ${why}${hint === undefined ? "" : `. ${hint}`}`;
}
