/** Reads the counts out of what `bun test` says. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * The counts of the summary, the last thing it says. A run that ends badly without a failed test (a crash, an error
 * between tests, a file that cannot be loaded) counts as one failure.
 */
export function testCounts(output: string, exitCode: number): Counts {
  const passed = lastCount(output, "pass");
  const failed = lastCount(output, "fail");
  return { passed, failed: exitCode !== 0 && failed === 0 ? 1 : failed };
}

function lastCount(output: string, word: string): number {
  // Colours may be around the number; the words stand alone in their line.
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const counts = [...plain.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))];
  return Number(counts.at(-1)?.[1] ?? 0);
}
