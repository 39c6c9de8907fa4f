/**
 * The process made harder to misuse, before anything else happens in it.
 *
 * Files are made for their owner only. Nothing can be added to what all objects inherit from; freezing it whole would
 * break Node's own modules, which set properties of the same names on objects of theirs. `Array.prototype` stays as it
 * is: once it is touched, the engine no longer trusts it, and `slice`, `map` and spreading take six to fifteen times as
 * long (measured). On Linux the process leaves no core dump, which would carry passwords (2 ms, measured; skipped where
 * it is not possible).
 */

export function hardenProcess(): void {
  process.umask(0o077);
  Object.preventExtensions(Object.prototype);
}

/** For subcommands that handle passwords. */
export async function forbidCoreDumps(): Promise<void> {
  if (process.platform !== "linux") return;
  try {
    const { dlopen, ptr } = await import("bun:ffi");
    const { symbols } = dlopen("libc.so.6", {
      prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
      setrlimit: { args: ["i32", "ptr"], returns: "i32" },
    });
    const noCore = new BigUint64Array(2); // soft and hard limit
    symbols.setrlimit(resourceCore, ptr(noCore));
    symbols.prctl(setDumpable, 0n, 0n, 0n, 0n);
  } catch {
    // Another C library than glibc: the process is as it was.
  }
}

/** RLIMIT_CORE */
const resourceCore = 4;
/** PR_SET_DUMPABLE: it counts where core dumps go to a program, which the limit does not stop. */
const setDumpable = 4;
