/**
 * Standard input of a client command that is no terminal: perhaps a password in its first line, the rest for the
 * front end.
 */
import { Secret } from "../../base/secret.ts";

const passwordBytesMax = 4_096;

export class StandardInput implements AsyncIterable<Uint8Array> {
  readonly #open: () => AsyncIterable<Uint8Array>;
  #opened: AsyncIterator<Uint8Array> | undefined;
  #ahead: Uint8Array | undefined;

  /** Opened when it is first read: on a terminal others may read it instead. */
  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  get #chunks(): AsyncIterator<Uint8Array> {
    this.#opened ??= this.#open()[Symbol.asyncIterator]();
    return this.#opened;
  }

  /** The first line as a secret; undefined when it is too long. What follows stays for the iterator. */
  async firstLine(): Promise<Secret | undefined> {
    const line = new Uint8Array(passwordBytesMax);
    let length = 0;
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return secretOf(line, length);
      const bytes = next.value;
      const end = bytes.indexOf(10);
      const piece = end < 0 ? bytes : bytes.subarray(0, end);
      if (length + piece.length > passwordBytesMax) return undefined;
      line.set(piece, length);
      length += piece.length;
      if (end < 0) continue;
      this.#ahead = Uint8Array.from(bytes.subarray(end + 1));
      piece.fill(0);
      return secretOf(line, length);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#ahead !== undefined) yield this.#ahead;
    this.#ahead = undefined;
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
}

/** The line without its CR; the buffer it was put together in is wiped. */
export function secretOf(buffer: Uint8Array, length: number): Secret {
  const end = length > 0 && buffer[length - 1] === 13 ? length - 1 : length;
  const secret = new Secret(Uint8Array.from(buffer.subarray(0, end)));
  buffer.fill(0);
  return secret;
}
