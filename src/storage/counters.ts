/**
 * Counters: numbers that only grow, whatever is removed, and one that may also go back.
 *
 * `account` and `channel` are the highest numbers ever given, so that none is given twice; `latest`
 * is the time of the last change to anything but a log (a log keeps its own time). `retention` is the time by which
 * old messages were last removed (`retention.ts`), which goes back with the clock.
 */
import { type Change, type Database, type Query } from "./database.ts";
import { integer } from "./rows.ts";

export type CounterName = "account" | "channel" | "latest" | "retention";

export class Counters {
  readonly #raise: Change;
  readonly #set: Change;
  readonly #value: Query<number>;

  constructor(database: Database) {
    this.#raise = database.change(
      `INSERT INTO counter (name, value) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > value`,
    );
    this.#set = database.change(
      `INSERT INTO counter (name, value) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#value = database.query("SELECT value FROM counter WHERE name = ?1", (row) =>
      integer(row, "value"),
    );
  }

  /** Makes the counter at least that much. Part of the transaction that uses the number. */
  raise(name: CounterName, value: number): void {
    this.#raise.run(name, value);
  }

  /** Makes the counter that, also where it is less. */
  set(name: CounterName, value: number): void {
    this.#set.run(name, value);
  }

  /** 0 when it was never raised. */
  value(name: CounterName): number {
    return this.#value.first(name) ?? 0;
  }
}
