/**
 * The allocator's patience: how long memory that is free stays with the program before the system has it back.
 *
 * A busy server frees the same megabytes and takes them again several times a second. The runtime's allocator (mimalloc)
 * gives them back after a second: that, and getting them again page by page, is a tenth of its time. With ten seconds
 * rooms at full speed have 8 % more, a login takes 8 % less, and after a rush the memory is back a little later.
 *
 * The allocator reads this from the environment when the program begins, and nowhere else. So the server begins anew, in
 * the same process (execve(2), 30 ms), before it has opened anything. Who has set it is left alone, which is also how
 * the second beginning is known.
 */
import { isBuilt } from "../../base/built.ts";

const variable = "MIMALLOC_PURGE_DELAY";
const patienceMs = 10_000;

/** Does not return where it begins anew; where that cannot be, all is as it was. */
export function giveAllocatorPatience(): void {
  if (!isBuilt || process.execve === undefined || process.env[variable] !== undefined) return;
  try {
    process.execve(process.execPath, [process.execPath, ...process.argv.slice(2)], {
      ...process.env,
      [variable]: String(patienceMs),
    });
  } catch {
    // Not allowed, or the file is gone: it is about speed alone.
  }
}
