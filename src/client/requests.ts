/**
 * Requests: commands whose answer is awaited, by their label, so that an answer finds the one who asked.
 */
import { type ClientLimits } from "./limits.ts";

export interface Asked {
  readonly ref: string | undefined;
  /** The room whose history is shown as it comes (`older`). */
  readonly historyOf?: string;
  /** As many messages of it; events come besides. */
  readonly historyLimit?: number;
  /** A channel to be joined. */
  readonly channel?: string;
}

export interface Request extends Asked {
  hasFailed: boolean;
  /** Something of the history asked for was shown. */
  hasShown: boolean;
}

export class Requests {
  readonly #open = new Map<string, Request>();
  readonly #limits: ClientLimits;
  #next = 0;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The label to send with it; undefined when too many answers are awaited already. */
  add(asked: Asked): string | undefined {
    if (this.#open.size >= this.#limits.requestsMax) return undefined;
    this.#next += 1;
    const label = `c${this.#next.toString(36)}`;
    this.#open.set(label, { ...asked, hasFailed: false, hasShown: false });
    return label;
  }

  byLabel(label: string | undefined): Request | undefined {
    return label === undefined ? undefined : this.#open.get(label);
  }

  complete(label: string): Request | undefined {
    const request = this.#open.get(label);
    this.#open.delete(label);
    return request;
  }

  /** The connection is gone: no answer comes any more. */
  takeAll(): Request[] {
    const requests = [...this.#open.values()];
    this.#open.clear();
    return requests;
  }
}
