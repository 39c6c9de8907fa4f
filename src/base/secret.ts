/**
 * Secret: bytes that must not be shown.
 *
 * A password is a `Secret` from the byte it arrives in. It prints as `[secret]` wherever it ends up by mistake
 * (a string, JSON, the inspector), is read only through `bytes()`, and is wiped after use. JavaScript cannot erase
 * strings, so a secret is made from bytes where the source allows it; `fromText` is for the wire, where the line
 * itself was text already.
 */
import { assert } from "./assert.ts";

export class Secret {
  readonly #bytes: Uint8Array;
  #isWiped = false;

  /** Takes the bytes over: the caller's array becomes this secret's, and is wiped with it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static fromText(text: string): Secret {
    const buffer = Buffer.from(text, "utf8");
    // A copy of its own: small Buffers share a pool, where no wipe would reach this one's bytes.
    const bytes = Uint8Array.from(buffer);
    buffer.fill(0);
    return new Secret(bytes);
  }

  /** The bytes themselves, not a copy. @throws AssertionError after `wipe`. */
  bytes(): Uint8Array {
    assert(!this.#isWiped, "a wiped secret is not read");
    return this.#bytes;
  }

  /** A copy with a life of its own, wiped on its own. */
  copy(): Secret {
    return new Secret(Uint8Array.from(this.bytes()));
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Overwrites the bytes; may be called more than once. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#isWiped = true;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
