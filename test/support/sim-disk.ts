/**
 * The disk of a simulated server: the real store on real files, which keeps what it is given, or fails as the seed says.
 *
 * A turn can be lost before, inside and after its transaction, and with the power what is written and not on the disk yet;
 * the disk can be slow, be full, or belong to someone else for a while.
 */
import { below, chance } from "../../src/base/random.ts";
import { type WallMs } from "../../src/base/time.ts";
import {
  type EntryOutcome,
  type Input,
  type Keeping,
  type KeptRecord,
  type Place,
} from "../../src/server/outside.ts";
import { EnduringStore, type KeepAttempt } from "../../src/storage/enduring.ts";
import { type SqliteStore } from "../../src/storage/store.ts";
import { DatabaseFiles } from "./database-files.ts";
import { type Sabotage, type SimServerHost } from "./sim-server.ts";

/** The server whose disk it is. */
export interface DiskOwner {
  isDead(): boolean;
  /** Its process ends; `closed` is called when its files are closed. */
  crash(closed: () => void): void;
  take(input: Input): void;
}

export class SimDisk {
  readonly #file: string;
  readonly #store: SqliteStore;
  readonly #host: SimServerHost;
  readonly #server: DiskOwner;
  readonly #enduring: EnduringStore;
  /** What is on the disk while something written is on its way there, if it is to be lost. */
  #onDisk: DatabaseFiles | undefined;
  /** Says that it is kept after all. */
  #notLost: (() => void) | undefined;
  #room: "has room" | "is full" | "is known to be full" = "has room";

  constructor(file: string, store: SqliteStore, host: SimServerHost, server: DiskOwner) {
    this.#file = file;
    this.#store = store;
    this.#host = host;
    this.#server = server;
    this.#enduring = new EnduringStore({
      attempt: (records, now) => this.#attempt(records, now),
      sync: (_place, synced) => this.#sync(() => synced(undefined)),
      makeRoom: () => this.#makeRoom(),
      kept: () => undefined,
      later: (ms, run) =>
        host.clock.after(ms, () => {
          if (server.isDead()) return;
          run();
        }),
    });
  }

  /** What is written is on the disk now, because something after it is, or because it was only the process that ended. */
  comesToDisk(): void {
    this.#onDisk = undefined;
    this.#notLost?.();
    this.#notLost = undefined;
  }

  /** As the server's store does, or as badly as the seed says. */
  keep(records: readonly KeptRecord[], now: WallMs, keeping: Keeping): void {
    const { random, faults, sabotage, clock } = this.#host;
    const { crashBeforeCommit, crashInsideCommit } = faults();
    if (chance(random, crashBeforeCommit)) {
      if (sabotage === "show-unkept") {
        keeping.written(guessed(records));
        keeping.kept();
        clock.after(500, () => this.#crash());
        return;
      }
      this.#crash();
      return;
    }
    if (chance(random, crashInsideCommit)) {
      // The last record cannot be read: the transaction has begun, and is undone.
      this.#store.attempt([...records, unreadable], now);
      this.#crash();
      return;
    }
    this.#enduring.keep(sabotaged(records, sabotage), now, {
      written: (outcomes) => {
        const tell = (): void => this.#tellKept(records, outcomes);
        if (this.#onDisk === undefined) tell();
        else this.#notLost = tell;
        keeping.written(outcomes);
      },
      kept: () => keeping.kept(),
      failed: (reason) => {
        throw new Error(`not kept: ${reason}`);
      },
    });
  }

  /** What is written takes its time to the disk, or never gets there. */
  #sync(synced: () => void): void {
    const { random, power, faults, sabotage, clock } = this.#host;
    const { crashAfterCommit, lateSync } = faults();
    if (this.#onDisk !== undefined) {
      const isShown = sabotage === "show-unsynced";
      if (isShown) synced();
      clock.after(isShown ? 500 : below(power, 40), () => this.#losesPower());
    } else if (chance(random, crashAfterCommit)) {
      clock.after(below(power, 40), () => this.#crash());
    } else if (chance(random, lateSync)) {
      clock.after(1 + below(random, 40), () => {
        if (this.#server.isDead()) return;
        synced();
      });
    } else synced();
  }

  /** The disk may be full just now, or someone else may have the database. */
  #attempt(records: readonly KeptRecord[], now: WallMs): KeepAttempt {
    const { random, power, faults } = this.#host;
    const { fullDisk, busyDatabase, powerLoss } = faults();
    if (chance(random, busyDatabase)) return { kind: "busy", reason: "someone else has it" };
    if (this.#room === "has room" && chance(random, fullDisk)) {
      this.#room = "is full";
      return { kind: "full", reason: "no room" };
    }
    if (this.#room === "is known to be full") {
      for (const record of records) this.#host.keptOnFullDisk(record);
    }
    this.#onDisk = chance(power, powerLoss) ? new DatabaseFiles(this.#file) : undefined;
    return this.#store.attempt(records, now);
  }

  /** There is ballast; after a while there is room again. */
  #makeRoom(): boolean {
    const { clock, random, sabotage } = this.#host;
    if (sabotage !== "full-is-kept") {
      this.#server.take({ kind: "storage", isReadOnly: true, reason: "no room" });
    }
    // The turn that takes it in comes at once; what arrived before it may still be in that one.
    clock.after(100, () => {
      if (this.#room === "is full") this.#room = "is known to be full";
    });
    clock.after(200 + below(random, 4_000), () => {
      if (this.#server.isDead()) return;
      this.#room = "has room";
      this.#server.take({ kind: "storage", isReadOnly: false, reason: "there is room" });
    });
    return true;
  }

  #tellKept(records: readonly KeptRecord[], outcomes: readonly EntryOutcome[]): void {
    let index = 0;
    for (const record of records) {
      if (record.kind === "erased") this.#host.erased(record.place);
      if (record.kind !== "entry") continue;
      const outcome = outcomes[index];
      index += 1;
      if (outcome?.isFirst === true) this.#host.kept(outcome.place, record);
    }
  }

  #crash(): void {
    if (this.#server.isDead()) return;
    this.comesToDisk();
    this.#server.crash(() => undefined);
  }

  /** The process is gone, and what was not on the disk yet with it. */
  #losesPower(): void {
    if (this.#server.isDead()) return;
    const onDisk = this.#onDisk;
    if (onDisk === undefined) {
      this.#crash();
      return;
    }
    this.#notLost = undefined;
    this.#server.crash(() => onDisk.putBack());
  }
}

const unreadable: KeptRecord = {
  kind: "channel-removed",
  get id(): never {
    throw new Error("the process ends here");
  },
};

function sabotaged(
  records: readonly KeptRecord[],
  sabotage: Sabotage | undefined,
): readonly KeptRecord[] {
  if (sabotage === "forget-nonce") {
    return records.map((record) =>
      record.kind === "entry" ? { ...record, nonce: undefined } : record,
    );
  }
  if (sabotage === "forget-seen") return records.filter(({ kind }) => kind !== "device-seen");
  if (sabotage === "lose-member") return records.filter(({ kind }) => kind !== "member");
  return records;
}

/** What a store would say that keeps nothing. */
function guessed(records: readonly KeptRecord[]): EntryOutcome[] {
  const entries = records.filter((record) => record.kind === "entry");
  return entries.map((record, index) => {
    const log = record.log.kind === "channel" ? Number(record.log.channel) : -1;
    const place = { log, sequence: 1_000_000 + index, time: 0 } as unknown as Place; // a place that is none
    return { place, isFirst: true, id: 0 };
  });
}
