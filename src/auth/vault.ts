/**
 * Vault: what proves accounts besides their passwords, sealed in its rows.
 *
 * Each row's content is bound to its account, its kind and its number: who can only write to the
 * database can neither make one nor give one account's to another. What does not open is like none;
 * what has expired is none. What a kind's content is says the file of its mechanism.
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
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
  | "list"
  | "page"
  | "remove"
  | "removeAll"
  | "removeExpired"
  | "removeOf"
  | "replace"
  | "replaceAll"
  | "touch"
>;

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

/** Rows in one transaction: some milliseconds, during which nobody is served. */
const resealedAtOnce = 256;

export class Vault {
  readonly #rows: CredentialRows;
  readonly #keyring: Keyring;
  readonly #wall: () => WallMs;

  constructor(rows: CredentialRows, keyring: Keyring, wall: () => WallMs) {
    this.#rows = rows;
    this.#keyring = keyring;
    this.#wall = wall;
  }

  /** Answers its number. */
  async add(keeping: Keeping): Promise<number> {
    const { ring } = await this.#keyring.ready();
    const { account, kind, lookup, label, lastsMs, content } = keeping;
    const now = this.#wall();
    const expiresAt = lastsMs === undefined ? undefined : wallMs(now + lastsMs);
    const sealed = (id: number): Uint8Array => sealContent(ring, { account, kind, id }, content);
    return this.#rows.add({ account, kind, lookup, label, expiresAt, seal: sealed }, now);
  }

  async find(kind: CredentialKind, lookup: Uint8Array): Promise<Kept | undefined> {
    const { ring } = await this.#keyring.ready();
    const row = this.#rows.findByLookup(kind, lookup);
    return row === undefined ? undefined : this.#opened(ring, row);
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

  /** It was used just now. */
  touch(id: number): void {
    this.#rows.touch(id, this.#wall());
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

  #opened(ring: KeyRing, row: StoredCredential): Kept | undefined {
    if (row.expiresAt !== undefined && row.expiresAt <= this.#wall()) return undefined;
    const opened = open(ring, row.data, { headerBytes: keyIdBytes, ...boundTo(row) });
    if (opened === undefined) return undefined;
    const { data: _, ...rest } = row;
    return { ...rest, content: opened.content };
  }
}

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
