/**
 * Upkeep: what is looked after while a server runs, besides what it is asked for: that the database is still the
 * file that is there, that it is sound, and that the disk has room.
 */
import { statSync } from "node:fs";
import { DatabaseCare, type CareReport } from "../../storage/care.ts";
import { secondMs } from "../../base/time.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { type DataFolder } from "./data-folder.ts";
import { DiskSpace } from "./disk-space.ts";
import { restoreHint } from "./loss-fault.ts";

export interface UpkeepOptions {
  readonly folder: DataFolder;
  readonly problem: (sentence: string) => void;
  readonly failed: (failure: unknown) => void;
  /** The disk is full, or has room again. */
  readonly storage: (isReadOnly: boolean, reason: string) => void;
}

const everyMs = 5 * secondMs;

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #space: DiskSpace;
  /** Files that SQLite has open, as they were. */
  readonly #identities: ReadonlyMap<string, string>;
  #timer: NodeJS.Timeout | undefined;
  #care: DatabaseCare | undefined;

  /** The database is open, so that its files are there. */
  constructor(options: UpkeepOptions) {
    this.#options = options;
    const { database, path, ballast } = options.folder;
    const { storage: changed, problem } = options;
    this.#space = new DiskSpace({ folder: path, ballast, changed, problem });
    const files = [database, `${database}-wal`];
    this.#identities = new Map(files.map((file) => [file, identityOf(file)]));
  }

  /** A commit found no room; answers whether there is some now. */
  makeRoom(reason: string): boolean {
    return this.#space.makeRoom(reason);
  }

  /** From now on, and every few seconds. */
  begin(): void {
    this.#care = new DatabaseCare(this.#options.folder.database, (report) => this.#hear(report));
    this.#timer = setInterval(() => {
      this.lookAtFiles();
      void this.#space.look();
    }, everyMs);
    void this.#space.look();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#care?.end();
  }

  /** Ends the server when they are others: SQLite would go on writing to a file that is gone, without an error. */
  lookAtFiles(): void {
    const gone = this.#whatIsGone();
    if (gone !== undefined)
      this.#fail(`${gone} was replaced or removed while the server was running`);
  }

  #whatIsGone(): string | undefined {
    for (const [file, identity] of this.#identities) {
      if (identityOf(file) !== identity) return file;
    }
    return undefined;
  }

  #hear(report: CareReport): void {
    const { folder, problem } = this.#options;
    if (report.kind === "problem") problem(report.text);
    else if (report.problems.length > 0) {
      this.lookAtFiles(); // of a file that is gone nothing is sound
      this.#fail(`${folder.database} is damaged: ${report.problems.join("; ")}`);
    }
  }

  #fail(reason: string): void {
    this.#options.failed(new Fault(exitCodes.inputOutput, reason, restoreHint));
  }
}

function identityOf(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? "gone" : `${status.dev} ${status.ino}`;
}
