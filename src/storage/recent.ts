/**
 * A map that remembers what was set last and forgets what was set longest ago, so that it never
 * grows over its limit. For what can be read from disk again.
 */
export class RecentMap<K, V> {
  readonly #max: number;
  readonly #values = new Map<K, V>(); // in the order in which they were set

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#values.size;
  }

  find(key: K): V | undefined {
    return this.#values.get(key);
  }

  delete(key: K): void {
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }

  set(key: K, value: V): void {
    this.#values.delete(key); // so that it moves to the end
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#max) return;
      this.#values.delete(oldest);
    }
  }
}
