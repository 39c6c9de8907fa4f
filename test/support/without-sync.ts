/**
 * Loaded before the server's source (`--preload`), it answers at once that what was written is on the disk, and does
 * nothing: messages are acknowledged that a loss of power takes. Power-loss tests have to see that.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";

// Its properties can be set, those of an imported module cannot.
const fileSystem = createRequire(import.meta.url)("node:fs") as Record<string, unknown>;

fileSystem["fdatasync"] = (_descriptor: number, answered: (failure: null) => void): void => {
  setImmediate(() => answered(null));
};
fileSystem["fdatasyncSync"] = (): void => undefined;
syncBuiltinESMExports();
