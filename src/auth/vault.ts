/**
 * Vault: what proves accounts besides their passwords, sealed in its rows.
 *
 * Each row's content is bound to its account, its kind and its number: who can only write to the
 * database can neither make one nor give one account's to another. What does not open is like none;
 * what has expired is none. What a kind's content is says the file of its mechanism. What is looked
 * for in vain costs what is found: a decoy is opened in its place.
 */
import { type AccountId, serverAccount } from "../base/ids.ts";
import { minuteMs, type WallMs, wallMs } from "../base/time.ts";
import { type CredentialKind } from "../server/proofs.ts";
import { type Credentials, type StoredCredential } from "../storage/credentials.ts";
import { type Keyring } from "./keyring.ts";
import { keyIdBytes, type KeyRing } from "./keys.ts";
import { open, seal } from "./sealing.ts";

export type CredentialRows = Pick<
  Credentials,
  | "add"
  | "findById"
  | "findByLookup"
  | "has"
  | "list"
  | "page"
  | "remove"
  | "removeAll"
  | "removeExpired"
  | "removeOf"
  | "renew"
  | "replace"
  | "replaceAll"
  | "touch"
>;

const usedEveryMs = 60_000;

/** A row, opened. */
export interface Kept extends Omit<StoredCredential, "data"> {
  readonly content: Uint8Array;
}

export interface Keeping {
  readonly account: AccountId;
  readonly kind: CredentialKind;
  /** By which it is found without its account; unique among its kind. */
  readonly lookup?: Uint8Array;
  readonly label: string;
  /** Undefined: it stays. */
  readonly lastsMs?: number;
  readonly content: Uint8Array;
}

/** Twice what Linux lets pass before it writes by itself (`dirty_expire_centisecs`). */
const settledMs = minuteMs;
/** Rows in one transaction: some milliseconds, during which nobody is served. */
const resealedAtOnce = 256;

export class Vault {
  readonly #rows: CredentialRows;
  readonly #keyring: Keyring;
  readonly #wall: () => WallMs;
  readonly #decoys = new Map<CredentialKind, StoredCredential>();

  constructor(rows: CredentialRows, keyring: Keyring, wall: () => WallMs) {
    this.#rows = rows;
    this.#keyring = keyring;
    this.#wall = wall;
  }

  /** Answers its number. */
  async add(keeping: Keeping): Promise<number> {
    const { ring } = await this.#keyring.ready();
    return this.#insert(ring, keeping);
  }

  /** Adds it, unless its kind has that lookup already: then undefined. */
  async addUnique(keeping: Keeping & { readonly lookup: Uint8Array }): Promise<number | undefined> {
    const { ring } = await this.#keyring.ready();
    const isThere = this.#rows.findByLookup(keeping.kind, keeping.lookup) !== undefined;
    return isThere ? undefined : this.#insert(ring, keeping);
  }

  /** Undefined: the account has as many of that kind as it may have. */
  async addUpTo(max: number, keeping: Keeping): Promise<number | undefined> {
    const { ring } = await this.#keyring.ready();
    const now = this.#wall();
    const rows = this.#rows.list(keeping.account, keeping.kind);
    const lasting = rows.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
    return lasting.length < max ? this.#insert(ring, keeping) : undefined;
  }

  async find(kind: CredentialKind, lookup: Uint8Array): Promise<Kept | undefined> {
    const { ring } = await this.#keyring.ready();
    const row = this.#rows.findByLookup(kind, lookup);
    // What comes from the disk is memory that nobody has touched: so is what is opened in its place.
    const decoy = this.#decoyOf(ring, kind);
    const opened = this.#opened(ring, row ?? { ...decoy, data: decoy.data.slice() });
    return row === undefined ? undefined : opened;
  }

  /** Without opening it: its lookup is all there is to know. */
  isThere(kind: CredentialKind, lookup: Uint8Array): boolean {
    return this.#rows.findByLookup(kind, lookup) !== undefined;
  }

  /** Without opening them. */
  hasAny(account: AccountId, kind: CredentialKind): boolean {
    return this.#rows.list(account, kind).length > 0;
  }

  async list(account: AccountId, kind: CredentialKind): Promise<Kept[]> {
    const { ring } = await this.#keyring.ready();
    const rows = this.#rows.list(account, kind);
    return rows.flatMap((row) => this.#opened(ring, row) ?? []);
  }

  /** Puts other content in its place. */
  async replace(kept: Pick<Kept, "account" | "kind" | "id">, content: Uint8Array): Promise<void> {
    const { ring } = await this.#keyring.ready();
    this.#rows.replace(kept.id, sealContent(ring, kept, content));
  }

  /**
   * It was used just now: other content in its place, and its time runs anew. False, and nothing is
   * done, when it is not any more what was found. A loss of power may undo one such step, and never
   * two: when the one before may not be on disk yet, this one waits for it.
   */
  async renew(
    found: Kept,
    { content, lastsMs }: { readonly content: Uint8Array; readonly lastsMs: number },
  ): Promise<boolean> {
    const { ring } = await this.#keyring.ready();
    const row = this.#rows.findById(found.id); // from here on nobody comes between
    const kept = row === undefined ? undefined : this.#opened(ring, row);
    if (kept === undefined || Buffer.compare(kept.content, found.content) !== 0) return false;
    const now = this.#wall();
    const sealed = sealContent(ring, found, content);
    const mayBeLost = now - (kept.usedAt ?? kept.createdAt) >= settledMs;
    const expiresAt = wallMs(now + lastsMs);
    this.#rows.renew(found.id, { data: sealed, usedAt: now, expiresAt, mayBeLost });
    return true;
  }

  /**
   * Puts other content in the place of the first one for which `change` answers some, and says
   * whether there was one: in one go, so that nobody else reads what is about to be written over.
   */
  async change(
    account: AccountId,
    kind: CredentialKind,
    change: (content: Uint8Array) => Uint8Array | undefined,
  ): Promise<boolean> {
    const { ring } = await this.#keyring.ready();
    for (const row of this.#rows.list(account, kind)) {
      const kept = this.#opened(ring, row);
      const content = kept === undefined ? undefined : change(kept.content);
      if (content === undefined) continue;
      this.#rows.replace(row.id, sealContent(ring, row, content));
      return true;
    }
    return false;
  }

  /**
   * Whether the account has any of that kind, also such as do not open: what keeps others out must
   * not be made to vanish by damaging it.
   */
  has(account: AccountId, kind: CredentialKind): boolean {
    return this.#rows.has(account, kind);
  }

  /** It was used just now. */
  touch(id: number): void {
    this.#rows.touch(id, this.#wall());
  }

  /** It was used just now. Written down once a minute at most: some log in all the time. */
  used({ id, usedAt }: Pick<Kept, "id" | "usedAt">): void {
    if (usedAt === undefined || this.#wall() - usedAt >= usedEveryMs) this.touch(id);
  }

  /** False when the account has none of that kind and number. */
  remove(account: AccountId, kind: CredentialKind, id: number): boolean {
    const row = this.#rows.findById(id);
    if (row?.account !== account || row.kind !== kind) return false;
    return this.#rows.remove(id);
  }

  /** Answers how many there were. */
  removeOf(account: AccountId, kind: CredentialKind): number {
    return this.#rows.removeOf(account, kind);
  }

  /** All but that one. Answers how many there were. */
  removeOthers(account: AccountId, kind: CredentialKind, own: number | undefined): number {
    const others = this.#rows.list(account, kind).filter(({ id }) => id !== own);
    return others.filter(({ id }) => this.#rows.remove(id)).length;
  }

  removeAll(account: AccountId): void {
    this.#rows.removeAll(account);
  }

  /** Seals with the newest key what older ones have sealed, and says how many rows there were. */
  async reseal(): Promise<number> {
    const { ring } = await this.#keyring.ready();
    let [after, count] = [0, 0];
    for (;;) {
      const rows = this.#rows.page(after, resealedAtOnce);
      const last = rows.at(-1);
      if (last === undefined) return count;
      const sealed = rows.flatMap((row) => resealed(ring, row) ?? []);
      this.#rows.replaceAll(sealed); // in the same breath: nobody has written to them meanwhile
      count += sealed.length;
      after = last.id;
      await new Promise((next) => setImmediate(next));
    }
  }

  #insert(ring: KeyRing, keeping: Keeping): number {
    const { account, kind, lookup, label, lastsMs, content } = keeping;
    const now = this.#wall();
    this.#rows.removeExpired(now);
    const expiresAt = lastsMs === undefined ? undefined : wallMs(now + lastsMs);
    const sealed = (id: number): Uint8Array => sealContent(ring, { account, kind, id }, content);
    return this.#rows.add({ account, kind, lookup, label, expiresAt, seal: sealed }, now);
  }

  /** A row of nobody's, as large as one is. */
  #decoyOf(ring: KeyRing, kind: CredentialKind): StoredCredential {
    const known = this.#decoys.get(kind);
    if (known !== undefined) return known;
    const place = { account: serverAccount, kind, id: 0 };
    const data = sealContent(ring, place, new Uint8Array(decoyBytes));
    const never = { createdAt: wallMs(0), usedAt: undefined, expiresAt: undefined };
    // As the disk hands data out: with a Buffer, opening it takes half a microsecond longer or shorter.
    const decoy = { ...place, ...never, label: "", data: Uint8Array.from(data) };
    this.#decoys.set(kind, decoy);
    return decoy;
  }

  #opened(ring: KeyRing, row: StoredCredential): Kept | undefined {
    if (row.expiresAt !== undefined && row.expiresAt <= this.#wall()) return undefined;
    const opened = open(ring, row.data, { headerBytes: keyIdBytes, ...boundTo(row) });
    if (opened === undefined) return undefined;
    const { data: _, ...rest } = row;
    return { ...rest, content: opened.content };
  }
}

/** SCRAM's verifiers, the longest there are. */
const decoyBytes = 92;

/** Undefined: it is of the newest key, or of none. */
function resealed(
  ring: KeyRing,
  row: StoredCredential,
): { readonly id: number; readonly data: Uint8Array } | undefined {
  const opened = open(ring, row.data, { headerBytes: keyIdBytes, ...boundTo(row) });
  if (opened === undefined || opened.keys === ring.newest) return undefined;
  const data = sealContent(ring, row, opened.content);
  opened.content.fill(0);
  return { id: row.id, data };
}

type Place = Pick<StoredCredential, "account" | "kind" | "id">;

function sealContent(ring: KeyRing, place: Place, content: Uint8Array): Uint8Array {
  const { newest } = ring;
  return seal(newest, [content], { header: newest.id, ...boundTo(place) });
}

function boundTo({ account, kind, id }: Place): { what: string; numbers: number[] } {
  return { what: `authchat credential v1 ${kind}`, numbers: [account, id] };
}
