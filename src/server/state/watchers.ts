/**
 * Watchers: which sessions want to know of whom, by nick (MONITOR).
 *
 * Nothing of it is kept: a watch lasts as long as its session.
 */
import { type Folded, fold } from "../../protocol/names.ts";
import { type Session } from "../session.ts";

export class Watchers {
  readonly #byNick = new Map<Folded, Set<Session>>();
  readonly #bySession = new Map<Session, Map<Folded, string>>();

  /** The nicks that the session watches, as it wrote them, in the order in which it did. */
  watchedBy(session: Session): readonly string[] {
    return [...(this.#bySession.get(session)?.values() ?? [])];
  }

  countOf(session: Session): number {
    return this.#bySession.get(session)?.size ?? 0;
  }

  isWatching(session: Session, nick: string): boolean {
    return this.#bySession.get(session)?.has(fold(nick)) === true;
  }

  of(nick: string): readonly Session[] {
    return [...(this.#byNick.get(fold(nick)) ?? [])];
  }

  add(session: Session, nick: string): void {
    const folded = fold(nick);
    const own = this.#bySession.get(session) ?? new Map<Folded, string>();
    own.set(folded, nick);
    this.#bySession.set(session, own);
    const watching = this.#byNick.get(folded) ?? new Set();
    watching.add(session);
    this.#byNick.set(folded, watching);
  }

  remove(session: Session, nick: string): void {
    const folded = fold(nick);
    this.#bySession.get(session)?.delete(folded);
    const watching = this.#byNick.get(folded);
    watching?.delete(session);
    if (watching?.size === 0) this.#byNick.delete(folded);
  }

  removeAll(session: Session): void {
    for (const nick of this.watchedBy(session)) this.remove(session, nick);
    this.#bySession.delete(session);
  }
}
