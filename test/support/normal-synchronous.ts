/**
 * Loaded before the server's source (`--preload`), it makes SQLite sync less than the server wants: with
 * `synchronous=NORMAL` a commit is acknowledged before it is on the disk. Power-loss tests have to see that.
 */
import { Database } from "bun:sqlite";

const run = Reflect.get(Database.prototype, "run");

Reflect.set(
  Database.prototype,
  "run",
  function relaxed(this: Database, sql: string, ...bindings: unknown[]): unknown {
    const words = sql.replace("synchronous=FULL", "synchronous=NORMAL");
    return Reflect.apply(run, this, [words, ...bindings]);
  },
);
