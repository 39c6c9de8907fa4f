/**
 * What readline takes for the terminal: it writes to an `Out`, so that a prompt never makes anyone wait either.
 */
import { Writable } from "node:stream";
import { type Out } from "./out.ts";

export class PromptOutput extends Writable {
  readonly isTTY = true;
  readonly #out: Out;
  readonly #columns: () => number;

  constructor(out: Out, columns: () => number) {
    super({ decodeStrings: false });
    this.#out = out;
    this.#columns = columns;
  }

  get columns(): number {
    return this.#columns();
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.#out.write(String(chunk));
    done();
  }
}
