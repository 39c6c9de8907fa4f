/**
 * Known servers: which key each server has shown, as the user once trusted it (trust on first use).
 *
 * What is remembered is the SHA-256 of the key (SPKI), which survives a renewed certificate. In the file
 * `known_servers.json`, by `host:port`. A file that cannot be read as that is an error and never written over:
 * forgetting whom one trusts is not a way out of a typing mistake.
 *
 * Besides, for each place where a login by OPAQUE came to its end, the key by which the server proved itself: who
 * has it here offers OPAQUE, and by no other key. That is so whether an authority vouches for the server or not. And
 * the floor: how it had the password stretched, at the most. A record that is cheaper to guess at is not made for it
 * any more. A login with less is no harm, since nothing is sent unless the envelope opens, and accounts whose records
 * are older have less; it is allowed, said, and does not lower the floor.
 */
import { join } from "node:path";
import { areEqual, areSane, type Argon2Settings } from "../../auth/argon2-settings.ts";
import { readClientFile, writeClientFile } from "./client-files.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";

export interface KnownServer {
  /** SHA-256 of the SubjectPublicKeyInfo, base64 without padding. */
  readonly spkiSha256: string;
  /** The day it was trusted, as ISO time. */
  readonly since: string;
  /** Who logged in there last. */
  readonly account?: string;
  /** Up to which server time (ms) this machine has shown what was said. */
  readonly seenAt?: number;
  /** By which invitation that account came to be, or got its password (`inviteMark`). */
  readonly invited?: string;
}

/** What a login by OPAQUE has shown of a server. */
export interface ServerProof {
  /** Base64. */
  readonly opaqueKey: string;
  /** Undefined: of a login before there were floors. */
  readonly floor: Argon2Settings | undefined;
}

const serversMax = 10_000;

interface Contents {
  readonly servers: Map<string, KnownServer>;
  /** Base64, by place. */
  readonly opaqueKeys: Map<string, string>;
  readonly floors: Map<string, Argon2Settings>;
}

export class KnownServers {
  readonly path: string;
  readonly #servers: Map<string, KnownServer>;
  readonly #opaqueKeys: Map<string, string>;
  readonly #floors: Map<string, Argon2Settings>;

  private constructor(path: string, { servers, opaqueKeys, floors }: Contents) {
    this.path = path;
    this.#servers = servers;
    this.#opaqueKeys = opaqueKeys;
    this.#floors = floors;
  }

  /** Reads the file in that folder. @throws Fault when it is not what it should be. */
  static open(folder: string): KnownServers {
    const path = join(folder, "known_servers.json");
    const text = readClientFile(path);
    const contents = text === undefined ? noContents() : parseContents(text);
    if (contents === undefined) {
      throw new Fault(
        exitCodes.failure,
        `${path} cannot be understood`,
        "Mend it, or remove it: you are then asked again whether to trust each server.",
      );
    }
    return new KnownServers(path, contents);
  }

  find(place: string): KnownServer | undefined {
    return this.#servers.get(place);
  }

  /** By place, in alphabetical order; some are known by their proof alone. */
  list(): readonly Listed[] {
    const places = new Set([...this.#servers.keys(), ...this.#opaqueKeys.keys()]);
    return [...places].sort().map((place) => ({
      place,
      server: this.find(place),
      proof: this.proof(place),
    }));
  }

  /** Trusts this key from now on, in the place of any other. */
  trust(place: string, spkiSha256: string, now: Date): void {
    if (this.#servers.size >= serversMax && !this.#servers.has(place)) {
      throw new Fault(exitCodes.failure, `${this.path} is full: forget some servers first`);
    }
    this.#servers.set(place, { spkiSha256, since: now.toISOString() });
    this.#save();
  }

  /** Remembers who was there, and how far they have read. Read anew first: others may have written meanwhile. */
  remember(
    place: string,
    what: Partial<Pick<KnownServer, "account" | "seenAt" | "invited">>,
  ): void {
    this.#readAnew();
    const known = this.#servers.get(place);
    if (known === undefined) return;
    const isSomeoneElse = what.account !== undefined && what.account !== known.account;
    const { seenAt, ...rest } = known;
    const next = { ...rest, ...(isSomeoneElse || seenAt === undefined ? {} : { seenAt }), ...what };
    const isSame =
      next.account === known.account &&
      next.seenAt === known.seenAt &&
      next.invited === known.invited;
    if (isSame) return;
    this.#servers.set(place, next);
    this.#save();
  }

  /** Once a login has shown it. */
  proof(place: string): ServerProof | undefined {
    const opaqueKey = this.#opaqueKeys.get(place);
    return opaqueKey === undefined ? undefined : { opaqueKey, floor: this.#floors.get(place) };
  }

  /** The floor only rises, memory and passes each. */
  pinProof(place: string, { opaqueKey, floor }: ServerProof): void {
    this.#readAnew();
    if (!this.#opaqueKeys.has(place) && this.#opaqueKeys.size >= serversMax) return;
    const before = this.#floors.get(place);
    const next = floor === undefined ? before : higher(before, floor);
    const isSameFloor = next === undefined || (before !== undefined && areEqual(before, next));
    if (this.#opaqueKeys.get(place) === opaqueKey && isSameFloor) return;
    this.#opaqueKeys.set(place, opaqueKey);
    if (next !== undefined) this.#floors.set(place, next);
    this.#save();
  }

  forget(place: string): boolean {
    const wasTrusted = this.#servers.delete(place);
    const wasKnown = this.#opaqueKeys.delete(place) || wasTrusted;
    this.#floors.delete(place);
    if (wasKnown) this.#save();
    return wasKnown;
  }

  /** What others have written meanwhile. */
  #readAnew(): void {
    const contents = parseContents(readClientFile(this.path) ?? "");
    for (const [place, server] of contents?.servers ?? []) this.#servers.set(place, server);
    for (const [place, key] of contents?.opaqueKeys ?? []) this.#opaqueKeys.set(place, key);
    for (const [place, floor] of contents?.floors ?? []) this.#floors.set(place, floor);
  }

  #save(): void {
    const servers = Object.fromEntries(inOrder(this.#servers));
    const opaqueKeys = Object.fromEntries(inOrder(this.#opaqueKeys));
    const floors = Object.fromEntries(inOrder(this.#floors));
    const contents = { version: 1, servers, opaqueKeys, floors };
    writeClientFile(this.path, `${JSON.stringify(contents, undefined, 2)}\n`);
  }
}

/** By which an invitation is known again; the token itself is not kept. */
export function inviteMark(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex").slice(0, 32);
}

interface Listed {
  readonly place: string;
  readonly server: KnownServer | undefined;
  readonly proof: ServerProof | undefined;
}

function higher(before: Argon2Settings | undefined, now: Argon2Settings): Argon2Settings {
  if (before === undefined) return now;
  return {
    memoryKib: Math.max(before.memoryKib, now.memoryKib),
    passes: Math.max(before.passes, now.passes),
    lanes: now.lanes,
  };
}

/** `yoqM XkCy …`: the fingerprint in groups of four, to be compared by eye. */
export function groupedFingerprint(spkiSha256: string): string {
  return (withoutPadding(spkiSha256).match(/.{1,4}/g) ?? []).join(" ");
}

/** Reads `sha256:…`, `SHA256:…` or the bare base64 (with or without padding) of a SHA-256. */
export function parseFingerprint(text: string): string | undefined {
  const base64 = withoutPadding(text.replace(/^sha-?256:/i, "").replaceAll(" ", ""));
  if (!/^[A-Za-z0-9+/]{43}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return withoutPadding(bytes.toString("base64")) === base64 ? base64 : undefined;
}

export function withoutPadding(base64: string): string {
  return base64.replace(/=+$/, "");
}

function inOrder<T>(byPlace: ReadonlyMap<string, T>): [string, T][] {
  return [...byPlace].sort(([left], [right]) => (left < right ? -1 : 1));
}

function noContents(): Contents {
  return { servers: new Map(), opaqueKeys: new Map(), floors: new Map() };
}

function parseContents(text: string): Contents | undefined {
  const whole = parseJson(text);
  if (!isRecord(whole) || whole["version"] !== 1 || !isRecord(whole["servers"])) return undefined;
  const { servers, opaqueKeys, floors } = noContents();
  for (const [place, entry] of Object.entries(whole["servers"])) {
    const server = parseServer(entry);
    if (server === undefined || servers.size >= serversMax) return undefined;
    servers.set(place, server);
  }
  const keys = whole["opaqueKeys"] ?? {}; // older files have none
  if (!isRecord(keys)) return undefined;
  for (const [place, key] of Object.entries(keys)) {
    // Damaged, it is an error as well: without it the server may leave OPAQUE out.
    if (typeof key !== "string" || parseFingerprint(key) === undefined) return undefined;
    opaqueKeys.set(place, key);
  }
  const settings = whole["floors"] ?? {};
  if (!isRecord(settings)) return undefined;
  for (const [place, entry] of Object.entries(settings)) {
    const floor = parseFloor(entry);
    if (floor === undefined) return undefined;
    floors.set(place, floor);
  }
  return { servers, opaqueKeys, floors };
}

function parseFloor(entry: unknown): Argon2Settings | undefined {
  if (!isRecord(entry)) return undefined;
  const { memoryKib, passes, lanes } = entry;
  if (!isCount(memoryKib) || !isCount(passes) || !isCount(lanes)) return undefined;
  const floor = { memoryKib, passes, lanes };
  return areSane(floor) ? floor : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value);
}

function parseServer(entry: unknown): KnownServer | undefined {
  if (!isRecord(entry)) return undefined;
  const { spkiSha256, since, account, seenAt, invited } = entry;
  if (typeof spkiSha256 !== "string" || typeof since !== "string") return undefined;
  const fingerprint = parseFingerprint(spkiSha256);
  if (fingerprint === undefined) return undefined;
  return {
    spkiSha256: fingerprint,
    since,
    ...(typeof account === "string" ? { account } : {}),
    ...(typeof seenAt === "number" ? { seenAt } : {}),
    ...(typeof invited === "string" ? { invited } : {}),
  };
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
