/**
 * Newest: the newest page of logs, in memory as it was read last. When everybody comes back at once, most ask for just
 * that, and of the same channels.
 *
 * It promises: what it gives is what would be read now. Whoever changes what stands in a log says so (`changed`, or
 * `changedAll` where it is not known in which), after the commit. A page serves another reader only when this one may
 * read all of it too, and something beyond it.
 */
import { type LogId } from "../base/ids.ts";
import { type PageEntry } from "./pages.ts";
import { RecentMap } from "./recent.ts";

/** With pages of a hundred short messages some 3 MB. */
export const newestLogsMax = 64;

/** What was found of a page, oldest first. */
export interface Found {
  readonly rows: readonly PageEntry[];
  readonly start: number;
  readonly hasMore: boolean;
  /** Of a page that was read downwards, where the first stands that has no room on it. */
  readonly beyond?: number | undefined;
}

/** What is asked for alike gives alike. */
interface Alike {
  readonly commands: readonly string[] | undefined;
  readonly limit: number;
}

interface Kept extends Alike {
  readonly found: Found;
}

export class Newest {
  readonly #kept = new RecentMap<LogId, Kept>(newestLogsMax);

  /** Of what may be read, from `from` on; undefined: it has to be looked for. */
  find(log: LogId, from: number, ask: Alike): Found | undefined {
    const kept = this.#kept.find(log);
    if (kept === undefined || !areAlike(kept, ask)) return undefined;
    const { beyond } = kept.found;
    return beyond !== undefined && from <= beyond ? kept.found : undefined;
  }

  keep(log: LogId, { commands, limit }: Alike, found: Found): void {
    if (found.beyond !== undefined) this.#kept.set(log, { commands, limit, found });
  }

  changed(log: LogId): void {
    this.#kept.delete(log);
  }

  changedAll(): void {
    this.#kept.clear();
  }
}

function areAlike(one: Alike, other: Alike): boolean {
  return one.limit === other.limit && one.commands?.join(" ") === other.commands?.join(" ");
}
