/**
 * Lines of standard input, for front ends that are no terminal: as they come, each bounded.
 *
 * A line that is too long or not UTF-8 comes as undefined, so that it can be refused by its number. The reader is
 * held up while the lines before are worked on: a large file does not become a large queue.
 */
import { decodeUtf8 } from "../../protocol/text.ts";

const lineBytesMax = 256 * 1024;

export async function readInputLines(
  input: AsyncIterable<Uint8Array>,
  take: (line: string | undefined) => Promise<void>,
): Promise<void> {
  let pending: Buffer[] = [];
  let length = 0;
  for await (const bytes of input) {
    const chunk = Buffer.from(bytes);
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      if (end < 0) break;
      const tail = chunk.subarray(start, end);
      const line =
        length + tail.length > lineBytesMax ? undefined : Buffer.concat([...pending, tail]);
      await take(line === undefined ? undefined : textOf(line));
      pending = [];
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length <= lineBytesMax && rest.length > 0) pending.push(rest);
    else if (length > lineBytesMax) pending = [];
  }
  if (length > lineBytesMax) await take(undefined);
  else if (length > 0) await take(textOf(Buffer.concat(pending)));
}

function textOf(line: Buffer): string | undefined {
  return decodeUtf8(line.at(-1) === 13 ? line.subarray(0, -1) : line);
}
