/**
 * Loaded before the server's source (`--preload`), it makes SQLite sync less than the server wants: with
 * `synchronous=NORMAL` a commit is acknowledged before it is on the disk. Power-loss tests have to see that.
 */
import { Database } from "bun:sqlite";

type Run = (this: Database, sql: string, ...bindings: unknown[]) => unknown;

// Its overloads are of no interest here: everything is handed on.
const run = Reflect.get(Database.prototype, "run") as Run;

Reflect.set(Database.prototype, "run", function relaxed(this: Database, sql, ...bindings) {
  return run.call(this, sql.replace("synchronous=FULL", "synchronous=NORMAL"), ...bindings);
} satisfies Run);
