/**
 * Contenders: the servers that are measured beside each other: the built one, ngircd and InspIRCd where they are
 * installed (Debian: `apt-get install ngircd inspircd`), and any other at an address.
 *
 * All run on one core, each with TLS and without, without limits on how fast anyone speaks, and without names being
 * looked up. Ours keeps history, and has flushed it to the disk before it answers; the others keep nothing. People may
 * come in without an account, as they do elsewhere. While one is measured the others are stopped.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable } from "../support/server-process.ts";
import { BenchServer, pinned } from "./bench-server.ts";
import { type Place } from "./load/wire.ts";
import { inspircdSettings, ngircdSettings } from "./rivals.ts";

export interface Contender {
  readonly name: string;
  readonly version: string;
  readonly pid: number | undefined;
  /** Undefined: it has none such. */
  place(tls: boolean): Place | undefined;
  /** Connections that may come at once. */
  readonly atOnce: number;
  /** What people say to each other is kept when they have accounts. */
  readonly hasAccounts: boolean;
  ends(): Promise<void>;
}

export interface ContenderKind {
  readonly name: string;
  /** Where more connections are to come, it is not tried: it takes minutes to let them in. */
  readonly connectionsMax?: number | undefined;
  /** The same with TLS, where that is another number. */
  readonly tlsConnectionsMax?: number | undefined;
  starts(core: number | undefined): Promise<Contender>;
}

const startsWithinMs = 15_000;
const host = "127.0.0.1";

/**
 * Guests, no flood control; nobody is asked whether they are there while something is measured, or closed because the
 * generator took its time.
 */
const ourSettings = `
[accounts]
required = false
nick = "free"
rooms = []
[auth]
mechanisms = ["OPAQUE-R255-EXPR", "HT-SHA-256-EXPR", "EXTERNAL", "PLAIN"]
argon2 = { memory-kib = 8, passes = 1, lanes = 1 }
throttle = false
[limits]
flood = false
ping-after-ms = 3600000
registration-ms = 120000
handshake-ms-max = 60000
members-per-channel-max = 20000
`;

export function ours(options: {
  readonly parent: string;
  readonly profileIn: string | undefined;
}): ContenderKind {
  return {
    name: "authchat",
    async starts(core) {
      const server = await BenchServer.starts({
        settings: ourSettings,
        core,
        hasPlain: true,
        ...options,
      });
      return {
        name: "authchat",
        version: await ourVersion(),
        pid: server.pid,
        place: (tls) => ({ host, port: tls ? server.port : server.plainPort, tls }),
        atOnce: 64,
        hasAccounts: true,
        ends: () => server.ends(),
      };
    },
  };
}

export function ourVersion(): Promise<string> {
  return versionOf([executable, "version"], /\d\S*/);
}

/** Some server that runs already, on whatever core. */
export function at(address: string, tlsAddress: string | undefined): ContenderKind {
  const places = [address, tlsAddress].map((text, index): Place | undefined => {
    const found = /^(.+):(\d+)$/.exec(text ?? "");
    if (found === null) return undefined;
    return { host: found[1] ?? "", port: Number(found[2]), tls: index === 1 };
  });
  return {
    name: address,
    starts: () =>
      Promise.resolve({
        name: address,
        version: "?",
        pid: undefined,
        place: (tls) => places[tls ? 1 : 0],
        atOnce: 16,
        hasAccounts: false,
        ends: () => Promise.resolve(),
      }),
  };
}

interface Rival {
  readonly name: string;
  readonly command: string;
  readonly words: (config: string) => readonly string[];
  readonly settings: (ports: RivalPorts, folder: string) => string;
  readonly version: RegExp;
  readonly atOnce: number;
  readonly connectionsMax?: number;
  readonly tlsConnectionsMax?: number;
}

export interface RivalPorts {
  readonly plain: number;
  readonly tls: number;
}

/** Its backlog is 10: more at once would wait for second SYNs, and that is not what is measured. */
const ngircd: Rival = {
  name: "ngircd",
  command: "ngircd",
  words: (config) => ["-n", "-f", config],
  settings: ngircdSettings,
  version: /\d+\.\d+(?:\.\d+)?/,
  atOnce: 8,
  connectionsMax: 1_000,
};

const inspircd: Rival = {
  name: "InspIRCd",
  command: "inspircd",
  words: (config) => ["--nofork", "--runasroot", "--nopid", `--config=${config}`],
  settings: inspircdSettings,
  version: /\d+\.\d+\.\d+/,
  atOnce: 64,
  connectionsMax: 5_000,
  tlsConnectionsMax: 1_000,
};

/** Those that are installed; of the others it is said aloud that they are not. */
export function installedRivals(say: (text: string) => void): ContenderKind[] {
  return [inspircd, ngircd].flatMap((rival) => {
    const { name, connectionsMax, tlsConnectionsMax } = rival;
    const takes = { connectionsMax, tlsConnectionsMax };
    if (commandOf(rival) !== undefined) return [{ name, ...takes, starts: startOf(rival) }];
    say(`SKIPPED: ${rival.name} is not installed: apt-get install ${rival.command}`);
    return [];
  });
}

function commandOf({ command }: Rival): string | undefined {
  const places = [Bun.which(command), `/usr/sbin/${command}`];
  return places.find((path): path is string => path !== null && existsSync(path));
}

function startOf(rival: Rival): (core: number | undefined) => Promise<Contender> {
  return async (core) => {
    const command = commandOf(rival) ?? rival.command;
    const folder = mkdtempSync(join(tmpdir(), `authchat-bench-${rival.command}-`));
    makeCertificate(folder);
    const ports = { plain: freePort(), tls: freePort() };
    const config = join(folder, "config");
    writeFileSync(config, rival.settings(ports, folder));
    const child = Bun.spawn([...pinned(core), command, ...rival.words(config)], {
      cwd: folder, // what one that crashes leaves behind goes with it
      stdin: "ignore",
      stdout: Bun.file(join(folder, "out")),
      stderr: Bun.file(join(folder, "errors")),
    });
    const ends = async (): Promise<void> => {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    };
    if (!(await answers(ports.plain)) || !(await answers(ports.tls))) {
      const said = await Bun.file(join(folder, "out")).text();
      await ends();
      throw new Error(`${rival.name} does not listen: ${said.slice(-1_000)}`);
    }
    return {
      name: rival.name,
      version: await versionOf([command, "--version"], rival.version),
      pid: child.pid,
      place: (tls) => ({ host, port: tls ? ports.tls : ports.plain, tls }),
      atOnce: rival.atOnce,
      hasAccounts: false,
      ends,
    };
  };
}

/** ECDSA P-256, as ours. */
function makeCertificate(folder: string): void {
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30";
  const subject = ["-subj", "/CN=bench", "-keyout", join(folder, "key.pem")];
  const out = ["-out", join(folder, "cert.pem")];
  const made = Bun.spawnSync(["openssl", ...words.split(" "), ...subject, ...out]);
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
}

function freePort(): number {
  const listener = Bun.listen({ hostname: host, port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function answers(port: number): Promise<boolean> {
  const end = performance.now() + startsWithinMs;
  while (performance.now() < end) {
    try {
      const socket = await Bun.connect({ hostname: host, port, socket: { data: () => undefined } });
      socket.end();
      return true;
    } catch {
      await Bun.sleep(50);
    }
  }
  return false;
}

async function versionOf(words: readonly string[], pattern: RegExp): Promise<string> {
  const child = Bun.spawn([...words], { stdout: "pipe", stderr: "ignore" });
  return pattern.exec(await child.stdout.text())?.[0] ?? "?";
}
