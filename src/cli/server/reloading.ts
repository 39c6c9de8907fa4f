/**
 * The settings read again while the server runs: what changes now, and what only a restart changes.
 *
 * What is bound to open sockets, to the files the server holds, or to what was computed with it stays as it is until
 * then, and is named. A file with a problem changes nothing at all (`readSettings` throws).
 */
import { type Limits, type ServerSettings, type StsPolicy } from "../../server/settings.ts";
import { type ServeSettings } from "./serve-settings.ts";

export interface Reloaded {
  /** Those in force from now on. */
  readonly settings: ServeSettings;
  /** For people. */
  readonly lines: readonly string[];
}

type When = "now" | "restart";

/** What each setting of the core is called in the file, and when a change of it counts. */
const ofServer: Readonly<Record<keyof ServerSettings, readonly [name: string, when: When]>> = {
  name: ["server.name", "restart"],
  network: ["server.network", "now"],
  description: ["server.description", "now"],
  version: ["version", "restart"],
  motd: ["server.motd-file", "now"],
  icon: ["server.icon", "now"],
  hasPassword: ["server.password-file", "now"],
  registration: ["accounts.registration", "now"],
  beforeConnect: ["accounts.before-connect", "now"],
  emailRequired: ["accounts.email-required", "now"],
  accountsRequired: ["accounts.required", "now"],
  nicks: ["accounts.nick", "now"],
  rooms: ["accounts.rooms", "now"],
  // Of the listeners, which stay; the engine has put it there.
  join: ["listen", "restart"],
  defaultModes: ["accounts.default-modes", "now"],
  alwaysOn: ["sessions.always-on", "now"],
  keepDays: ["history.keep-days", "now"],
  mechanisms: ["auth.mechanisms", "restart"],
  sts: ["tls.sts-days", "now"],
  notesLines: ["--log", "restart"],
  // Each of them is looked at by itself.
  limits: ["limits", "now"],
};

/** Limits that the queues and clocks of the loop were made with. */
const limitsOfTheLoop: ReadonlySet<keyof Limits> = new Set<keyof Limits>([
  "answerWithinMs",
  "flood",
  "floodAccountBurstLines",
  "floodAccountLinesPerSecond",
  "floodBurstLines",
  "floodLinesPerSecond",
  "heldLinesCloseMax",
  "heldLinesMax",
  "pingAfterMs",
  "pongWithinMs",
  "registrationMs",
  "strangerHeldBytesMax",
]);

const aroundServer: readonly (readonly [keyof ServeSettings, string])[] = [
  ["dataFolder", "server.data-dir"],
  ["listeners", "listen"],
  ["trustedProxies", "server.trusted-proxies"],
  ["certificate", "tls"],
  ["passwords", "auth"],
  ["connections", "limits (of connections)"],
];

export function reloaded(current: ServeSettings, wanted: ServeSettings): Reloaded {
  const changed: string[] = [];
  const kept: string[] = [];
  // Left out where it was on: clients that are told nothing would come by TLS only for as long as they were told to.
  const sts = wanted.server.sts ?? ended(current.server.sts);
  const server = merged(current.server, { ...wanted.server, sts }, (key) => {
    const [name, when] = ofServer[key];
    if (key === "limits") return "now";
    (when === "now" ? changed : kept).push(name);
    return when;
  });
  const limits = merged(current.server.limits, wanted.server.limits, (key) => {
    const when = limitsOfTheLoop.has(key) ? "restart" : "now";
    (when === "now" ? changed : kept).push(`limits.${keyOf(key)}`);
    return when;
  });
  for (const [key, name] of aroundServer) {
    if (!isSame(current[key], wanted[key])) kept.push(name);
  }
  const { secrets, stsDays } = wanted;
  if (!isSame(current.secrets.operators, secrets.operators)) changed.push("operator");
  const isOtherPassword = !isSame(current.secrets.serverPassword, secrets.serverPassword);
  if (isOtherPassword && !changed.includes("server.password-file")) {
    changed.push("server.password-file");
  }
  return {
    settings: { ...current, server: { ...server, limits }, secrets, stsDays },
    lines: linesOf(changed, kept),
  };
}

function ended(sts: StsPolicy | undefined): StsPolicy | undefined {
  return sts === undefined ? undefined : { ...sts, durationSeconds: 0 };
}

function linesOf(changed: readonly string[], kept: readonly string[]): readonly string[] {
  if (changed.length + kept.length === 0) return ["the settings are as they were"];
  const lines: string[] = [];
  if (changed.length > 0) lines.push(`changed: ${changed.join(", ")}`);
  if (kept.length > 0) lines.push(`changes only with a restart: ${kept.join(", ")}`);
  return lines;
}

/** The settings as they are, with those of `wanted` for which `when`, asked for each that differs, says "now". */
function merged<T extends object>(current: T, wanted: T, when: (key: keyof T) => When): T {
  const result = { ...current };
  // The keys of a value are its keys.
  for (const key of Object.keys(wanted) as (keyof T)[]) {
    if (!isSame(current[key], wanted[key]) && when(key) === "now") result[key] = wanted[key];
  }
  return result;
}

/** Settings are plain data. */
function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** As the file has it: `held-lines-max`. */
function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
