/**
 * Known servers: which key each server has shown, as the user once trusted it (trust on first use).
 *
 * What is remembered is the SHA-256 of the key (SPKI), which survives a renewed certificate. In the file
 * `known_servers.json`, by `host:port`. A file that cannot be read as that is an error and never written over:
 * forgetting whom one trusts is not a way out of a typing mistake.
 *
 * Besides, for each place where a login by OPAQUE came to its end, the key by which the server proved itself: who
 * has it here offers OPAQUE, and by no other key. That is so whether an authority vouches for the server or not.
 */
import { join } from "node:path";
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

const serversMax = 10_000;

interface Contents {
  readonly servers: Map<string, KnownServer>;
  /** Base64, by place. */
  readonly opaqueKeys: Map<string, string>;
}

export class KnownServers {
  readonly path: string;
  readonly #servers: Map<string, KnownServer>;
  readonly #opaqueKeys: Map<string, string>;

  private constructor(path: string, { servers, opaqueKeys }: Contents) {
    this.path = path;
    this.#servers = servers;
    this.#opaqueKeys = opaqueKeys;
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

  /** By place, in alphabetical order. */
  list(): readonly (readonly [string, KnownServer])[] {
    return inOrder(this.#servers);
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

  /** The server's OPAQUE key, base64, once a login has shown it. */
  opaqueKey(place: string): string | undefined {
    return this.#opaqueKeys.get(place);
  }

  pinOpaqueKey(place: string, key: string): void {
    this.#readAnew();
    if (this.#opaqueKeys.get(place) === key || this.#opaqueKeys.size >= serversMax) return;
    this.#opaqueKeys.set(place, key);
    this.#save();
  }

  forget(place: string): boolean {
    const wasTrusted = this.#servers.delete(place);
    const wasKnown = this.#opaqueKeys.delete(place) || wasTrusted;
    if (wasKnown) this.#save();
    return wasKnown;
  }

  /** What others have written meanwhile. */
  #readAnew(): void {
    const contents = parseContents(readClientFile(this.path) ?? "");
    for (const [place, server] of contents?.servers ?? []) this.#servers.set(place, server);
    for (const [place, key] of contents?.opaqueKeys ?? []) this.#opaqueKeys.set(place, key);
  }

  #save(): void {
    const servers = Object.fromEntries(this.list());
    const opaqueKeys = Object.fromEntries(inOrder(this.#opaqueKeys));
    const contents = { version: 1, servers, opaqueKeys };
    writeClientFile(this.path, `${JSON.stringify(contents, undefined, 2)}\n`);
  }
}

/** By which an invitation is known again; the token itself is not kept. */
export function inviteMark(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex").slice(0, 32);
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
  return { servers: new Map(), opaqueKeys: new Map() };
}

function parseContents(text: string): Contents | undefined {
  const whole = parseJson(text);
  if (!isRecord(whole) || whole["version"] !== 1 || !isRecord(whole["servers"])) return undefined;
  const { servers, opaqueKeys } = noContents();
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
  return { servers, opaqueKeys };
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
