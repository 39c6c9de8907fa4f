/**
 * Lines in bytes: whole ones, that end with a line feed.
 */

const lineFeed = 0x0a;

/** Whole lines, one by one, each with its end. */
export function linesIn(lines: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  let start = 0;
  while (start < lines.length) {
    const end = lines.indexOf(lineFeed, start);
    found.push(lines.subarray(start, end < 0 ? lines.length : end + 1));
    start = end < 0 ? lines.length : end + 1;
  }
  return found;
}
