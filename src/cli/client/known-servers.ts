/**
 * Known servers: which key each server has shown, as the user once trusted it (trust on first use).
 *
 * What is remembered is the SHA-256 of the key (SPKI), which survives a renewed certificate. In the file
 * `known_servers.json`, by `host:port`. A file that cannot be read as that is an error and never written over:
 * forgetting whom one trusts is not a way out of a typing mistake.
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
}

const serversMax = 10_000;

export class KnownServers {
  readonly path: string;
  readonly #servers: Map<string, KnownServer>;

  private constructor(path: string, servers: Map<string, KnownServer>) {
    this.path = path;
    this.#servers = servers;
  }

  /** Reads the file in that folder. @throws Fault when it is not what it should be. */
  static open(folder: string): KnownServers {
    const path = join(folder, "known_servers.json");
    const text = readClientFile(path);
    const servers = text === undefined ? new Map<string, KnownServer>() : parseServers(text);
    if (servers === undefined) {
      throw new Fault(
        exitCodes.failure,
        `${path} cannot be understood`,
        "Mend it, or remove it: you are then asked again whether to trust each server.",
      );
    }
    return new KnownServers(path, servers);
  }

  find(place: string): KnownServer | undefined {
    return this.#servers.get(place);
  }

  /** By place, in alphabetical order. */
  list(): readonly (readonly [string, KnownServer])[] {
    return [...this.#servers].sort(([left], [right]) => (left < right ? -1 : 1));
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
  remember(place: string, what: Partial<Pick<KnownServer, "account" | "seenAt">>): void {
    const text = readClientFile(this.path);
    for (const [name, server] of parseServers(text ?? "") ?? []) this.#servers.set(name, server);
    const known = this.#servers.get(place);
    if (known === undefined) return;
    const isSomeoneElse = what.account !== undefined && what.account !== known.account;
    const { seenAt, ...rest } = known;
    const next = { ...rest, ...(isSomeoneElse || seenAt === undefined ? {} : { seenAt }), ...what };
    if (next.account === known.account && next.seenAt === known.seenAt) return;
    this.#servers.set(place, next);
    this.#save();
  }

  forget(place: string): boolean {
    const wasKnown = this.#servers.delete(place);
    if (wasKnown) this.#save();
    return wasKnown;
  }

  #save(): void {
    const servers = Object.fromEntries(this.list());
    writeClientFile(this.path, `${JSON.stringify({ version: 1, servers }, undefined, 2)}\n`);
  }
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

function parseServers(text: string): Map<string, KnownServer> | undefined {
  const whole = parseJson(text);
  if (!isRecord(whole) || whole["version"] !== 1 || !isRecord(whole["servers"])) return undefined;
  const servers = new Map<string, KnownServer>();
  for (const [place, entry] of Object.entries(whole["servers"])) {
    const server = parseServer(entry);
    if (server === undefined || servers.size >= serversMax) return undefined;
    servers.set(place, server);
  }
  return servers;
}

function parseServer(entry: unknown): KnownServer | undefined {
  if (!isRecord(entry)) return undefined;
  const { spkiSha256, since, account, seenAt } = entry;
  if (typeof spkiSha256 !== "string" || typeof since !== "string") return undefined;
  const fingerprint = parseFingerprint(spkiSha256);
  if (fingerprint === undefined) return undefined;
  return {
    spkiSha256: fingerprint,
    since,
    ...(typeof account === "string" ? { account } : {}),
    ...(typeof seenAt === "number" ? { seenAt } : {}),
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
