/**
 * Remembered sessions: the tokens by which servers remember this machine, in the file `sessions.json` (0600), by
 * `host:port` and account; what a token is says `auth/resume.ts`.
 *
 *     { "version": 1, "sessions": { "host:6697": { "ann": { "id", "device", "token", "from"?, "label", "since" } } } }
 *
 * Several programs may come and go with the same token. Each change reads the file anew, with a lock file beside it
 * for as long as that takes, so that of two that come in at once one is told that it was not the first. A file that
 * cannot be read as that is an error and not written over; without it passwords are asked for.
 */
import { closeSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Remembered } from "../../auth/remembered.ts";
import { deviceIdBytes, resumeKeyBytes, type ResumeToken } from "../../auth/resume.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import { describeError, errorCode, exitCodes, Fault } from "../command-line/exit.ts";
import { readClientFile, writeClientFile } from "./client-files.ts";

export interface RememberedSession {
  readonly place: string;
  readonly account: string;
  readonly label: string;
  /** ISO time. */
  readonly since: string;
}

interface Entry extends Omit<RememberedSession, "place"> {
  readonly token: ResumeToken;
}

type Entries = Map<string, Map<Folded, Entry>>;

const sessionsMax = 10_000;
/** A change takes a millisecond or two; a lock this old was left by a program that was killed. */
const lockMsMax = 2_000;
const lockPollMs = 5;

export class RememberedSessions {
  readonly path: string;
  readonly #warn: (line: string) => void;

  /** `warn` is told what could not be kept, and need not be. */
  constructor(folder: string, warn: (line: string) => void) {
    this.path = join(folder, "sessions.json");
    this.#warn = warn;
  }

  /** All there are, in the order of places and accounts. @throws Fault when the file is not what it should be. */
  list(): readonly RememberedSession[] {
    return [...this.#read()].flatMap(([place, accounts]) =>
      [...accounts.values()].map(({ account, label, since }) => ({ place, account, label, since })),
    );
  }

  has(place: string, account: string): boolean {
    return this.#read().get(place)?.has(fold(account)) === true;
  }

  /** The token of that account there; `label` is what the server calls this machine. */
  of(place: string, account: string, label: string): Remembered {
    const key = fold(account);
    const find = (entries = this.#read()): Entry | undefined => entries.get(place)?.get(key);
    return {
      find: () => this.#tried(find, undefined)?.token,
      put: (token) => {
        const since = new Date().toISOString();
        const put = (entries: Entries): boolean => {
          if (count(entries) >= sessionsMax) return false;
          const accounts = entries.get(place) ?? new Map<Folded, Entry>();
          entries.set(place, accounts.set(key, { account, label, since, token }));
          return true;
        };
        return this.#tried(() => this.#change(put), false);
      },
      replace: (before, after) =>
        this.#change((entries) => {
          const entry = find(entries);
          if (entry === undefined || !isSame(entry.token, before)) return false;
          entries.get(place)?.set(key, { ...entry, token: after });
          return true;
        }),
      remove: (token) => {
        const remove = (entries: Entries): boolean => {
          const entry = find(entries);
          return entry !== undefined && isSame(entry.token, token) && removed(entries, place, key);
        };
        this.#tried(() => this.#change(remove), false);
      },
    };
  }

  /** Of one account there, or of all. False: there was none. */
  forget(place: string, account?: string): boolean {
    return this.#change((entries) =>
      account === undefined ? entries.delete(place) : removed(entries, place, fold(account)),
    );
  }

  #tried<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      this.#warn(`authchat: warning: this machine is not remembered: ${describeError(error)}`);
      return otherwise;
    }
  }

  /** Writes what `change` made of it, if it says that it is something else now. */
  #change(change: (entries: Entries) => boolean): boolean {
    return withLock(`${this.path}.lock`, () => {
      const entries = this.#read();
      if (!change(entries)) return false;
      writeClientFile(this.path, textOf(entries));
      return true;
    });
  }

  #read(): Entries {
    const text = readClientFile(this.path);
    const entries = text === undefined ? new Map<string, Map<Folded, Entry>>() : parse(text);
    if (entries !== undefined) return entries;
    throw new Fault(
      exitCodes.failure,
      `${this.path} cannot be understood`,
      "Remove it: passwords are then asked for again.",
    );
  }
}

function isSame(left: ResumeToken, right: ResumeToken): boolean {
  return Buffer.compare(left.id, right.id) === 0 && Buffer.compare(left.token, right.token) === 0;
}

function removed(entries: Entries, place: string, account: Folded): boolean {
  const accounts = entries.get(place);
  const wasThere = accounts?.delete(account) === true;
  if (accounts?.size === 0) entries.delete(place);
  return wasThere;
}

function count(entries: Entries): number {
  return [...entries.values()].reduce((sum, accounts) => sum + accounts.size, 0);
}

/** @throws Fault when it cannot be had at all. */
function withLock<T>(path: string, work: () => T): T {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  while (!taken(path)) Bun.sleepSync(lockPollMs);
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function taken(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") {
      throw new Fault(exitCodes.inputOutput, `cannot write ${path}: ${describeError(error)}`);
    }
  }
  const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (since !== undefined && Date.now() - since > lockMsMax) rmSync(path, { force: true });
  return false;
}

function textOf(entries: Entries): string {
  const places = [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
  const sessions = places.map(([place, accounts]) => [place, accountsOf(accounts)] as const);
  const whole = { version: 1, sessions: Object.fromEntries(sessions) };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

function accountsOf(accounts: ReadonlyMap<Folded, Entry>): Record<string, unknown> {
  return Object.fromEntries(
    [...accounts.values()].map(({ account, label, since, token }) => {
      const { id, device, token: secret, from } = token;
      const keys = { id: base64(id), device: base64(device), token: base64(secret) };
      const last = from === undefined ? {} : { from: base64(from) };
      return [account, { ...keys, ...last, label, since }];
    }),
  );
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function parse(text: string): Entries | undefined {
  const whole = parseJson(text);
  if (!isRecord(whole) || whole["version"] !== 1 || !isRecord(whole["sessions"])) return undefined;
  const entries: Entries = new Map();
  for (const [place, accounts] of Object.entries(whole["sessions"])) {
    if (!isRecord(accounts)) return undefined;
    const parsed = new Map<Folded, Entry>();
    for (const [account, value] of Object.entries(accounts)) {
      const entry = parseEntry(account, value);
      if (entry === undefined) return undefined;
      parsed.set(fold(account), entry);
    }
    entries.set(place, parsed);
  }
  return entries;
}

function parseEntry(account: string, value: unknown): Entry | undefined {
  if (!isRecord(value)) return undefined;
  const { label, since } = value;
  const id = bytesOf(value["id"], deviceIdBytes);
  const device = bytesOf(value["device"], resumeKeyBytes);
  const token = bytesOf(value["token"], resumeKeyBytes);
  const from = value["from"] === undefined ? undefined : bytesOf(value["from"], resumeKeyBytes);
  if (typeof label !== "string" || typeof since !== "string") return undefined;
  if (id === undefined || device === undefined || token === undefined) return undefined;
  if (from === undefined && value["from"] !== undefined) return undefined;
  return { account, label, since, token: { id, device, token, from } };
}

function bytesOf(value: unknown, length: number): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = Uint8Array.from(Buffer.from(value, "base64"));
  return bytes.length === length ? bytes : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
