/**
 * Outbox: lines per connection, collected over a turn.
 */
import { type ConnectionId } from "../base/ids.ts";
import { type Line } from "./outside.ts";
import { type Session } from "./session.ts";

/** Where lines go. */
export interface Sink {
  /** `mayWait`: nobody waits for it as for an answer. */
  add(session: Session, line: Line, mayWait: boolean): void;
}

/** What one connection is shown in a turn. */
export interface Parcel {
  lines: Line[];
  /** Others are shown the same: the list is theirs as well. */
  isShared: boolean;
  /** There is nothing in it but what is said in rooms: nobody waits for that as for an answer. */
  mayWait: boolean;
}

export class Outbox implements Sink {
  readonly #parcels = new Map<ConnectionId, Parcel>();

  add(session: Session, line: Line, mayWait: boolean): void {
    const parcel = this.#parcels.get(session.id);
    if (parcel === undefined) {
      this.#parcels.set(session.id, { lines: [line], isShared: false, mayWait });
      return;
    }
    ownLines(parcel).push(line);
    parcel.mayWait &&= mayWait;
  }

  /** Of rooms: the list is not changed from then on. */
  addShared(session: Session, lines: Line[]): void {
    if (lines.length === 0) return;
    const parcel = this.#parcels.get(session.id);
    if (parcel === undefined) {
      this.#parcels.set(session.id, { lines, isShared: true, mayWait: true });
    } else ownLines(parcel).push(...lines);
  }

  entries(): IterableIterator<[ConnectionId, Readonly<Parcel>]> {
    return this.#parcels.entries();
  }
}

function ownLines(parcel: Parcel): Line[] {
  if (parcel.isShared) {
    parcel.lines = parcel.lines.slice();
    parcel.isShared = false;
  }
  return parcel.lines;
}
