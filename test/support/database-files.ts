/** The files of a closed or resting database as they are at a moment, to put them back as they were. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

export class DatabaseFiles {
  readonly #file: string;
  readonly #contents: ReadonlyMap<string, Uint8Array>;

  constructor(file: string) {
    this.#file = file;
    const there = [file, `${file}-wal`].filter(
      (name) => statSync(name, { throwIfNoEntry: false }) !== undefined,
    );
    this.#contents = new Map(there.map((name) => [name, readFileSync(name)]));
  }

  /** Nobody has it open. */
  putBack(): void {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${this.#file}${suffix}`, { force: true });
    for (const [name, content] of this.#contents) writeFileSync(name, content, { mode: 0o600 });
  }
}
