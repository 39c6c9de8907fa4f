/**
 * RecentMap: a map that holds so many and no more; beyond that the least recently used goes.
 *
 * What strangers can fill has to have an end. A Map keeps the order in which keys were set, so what
 * is used is set anew, and the first key is the one that was not used for the longest time.
 */
export class RecentMap<K, V> {
  readonly #values = new Map<K, V>();
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#values.size;
  }

  /** It is used by that. */
  find(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#sizeMax) return;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined) this.#values.delete(oldest);
  }

  /** What is there, or what is made now. */
  of(key: K, make: () => V): V {
    const known = this.find(key);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }

  delete(key: K): void {
    this.#values.delete(key);
  }
}
