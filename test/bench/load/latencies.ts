/**
 * Many latencies in little memory: counted in steps of 2 %, from a microsecond to a minute.
 */

const step = Math.log(1.02);
const steps = 1_000;

export class Latencies {
  readonly #counts = new Float64Array(steps);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const at = Math.log(Math.max(1, ms * 1_000)) / step;
    const index = Math.min(steps - 1, Math.trunc(at));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  addAll(others: Latencies): void {
    for (const [index, count] of others.#counts.entries()) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
    }
    this.#count += others.#count;
    this.#max = Math.max(this.#max, others.#max);
  }

  /** In milliseconds; the upper end of the step it is in. */
  percentile(share: number): number {
    const rank = Math.ceil(share * this.#count);
    let passed = 0;
    for (const [index, count] of this.#counts.entries()) {
      passed += count;
      if (passed >= rank && count > 0) {
        return Math.min(this.#max, Math.exp((index + 1) * step) / 1_000);
      }
    }
    return Number.NaN;
  }

  get max(): number {
    return this.#max;
  }
}
