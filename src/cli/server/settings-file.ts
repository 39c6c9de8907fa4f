/**
 * The settings file: TOML, every key optional, unknown keys and bad values refused all at once.
 *
 * It says what `serve` is to do, in `ServeSettings`; the command line may say otherwise (`serve-options.ts`). Paths in
 * the file are relative to the folder it is in. Every problem names file, line and key.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { failed, ok, type Result } from "../../base/result.ts";
import { mechanismNames } from "../../auth/mechanisms.ts";
import { defaultNetLimits, type NetLimits } from "../../net/limits.ts";
import { userModes } from "../../protocol/modes.ts";
import { parseChannelName } from "../../protocol/names.ts";
import { decodeUtf8, hasControls } from "../../protocol/text.ts";
import { keepDaysMax } from "../../server/keep-days.ts";
import { defaultLimits, type ServerSettings } from "../../server/settings.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import { isLoopbackHost, parseListenAddress } from "./listen-address.ts";
import { parseNetwork } from "./proxies.ts";
import { operatorsOf, serverPasswordFrom } from "./secret-settings.ts";
import { lineOf, oneOf, type Problem, TableReader, writePath } from "./settings-reader.ts";
import {
  type CertificateFiles,
  defaultServeSettings,
  type ListenerSettings,
  type PasswordSettings,
  parseRegistration,
  parseServerName,
  type ServeSettings,
} from "./serve-settings.ts";

/** Larger, it is not a settings file. */
const fileBytesMax = 64 * 1024;
const motdBytesMax = 64 * 1024;
const motdLinesMax = 500;

/** @throws Fault with all problems of the file. */
export function readSettings(file: string): ServeSettings {
  const path = resolve(file);
  const text = readText(path);
  const problems: Problem[] = [];
  const settings = settingsOf(parseToml(text, path), dirname(path), problems);
  if (problems.length > 0) throw problemsFault(path, text, problems);
  return settings;
}

function settingsOf(value: unknown, folder: string, problems: Problem[]): ServeSettings {
  const file = new TableReader(value, [], problems);
  const { passwords, mechanisms } = authOf(file.table("auth"));
  const limits = file.table("limits");
  const { motd, dataFolder, trustedProxies, serverPassword, ...names } = serverOf(
    file.table("server"),
    folder,
  );
  const tls = file.table("tls");
  const settings = {
    server: {
      ...defaultServeSettings.server,
      ...names,
      ...accountsOf(file.table("accounts")),
      ...sessionsOf(file.table("sessions")),
      ...historyOf(file.table("history")),
      motd,
      mechanisms,
      hasPassword: serverPassword !== undefined,
      limits: limitsOf(limits, defaultLimits),
    },
    connections: limitsOf(limits, defaultNetLimits),
    dataFolder,
    trustedProxies: trustedProxies ?? defaultServeSettings.trustedProxies,
    listeners: file.has("listen")
      ? file.tables("listen").flatMap(listenerOf)
      : defaultServeSettings.listeners,
    // A century, at the most; 0 ends what clients were told.
    stsDays: tls.integer("sts-days", 0, 36_500),
    certificate: certificateOf(tls, folder),
    passwords,
    secrets: { operators: operatorsOf(file.tables("operator")), serverPassword },
  };
  limits.finish();
  file.finish();
  return settings;
}

function serverOf(
  table: TableReader,
  folder: string,
): Pick<ServerSettings, "name" | "network" | "description" | "motd" | "icon"> & {
  readonly serverPassword: Uint8Array | undefined;
  readonly dataFolder: string | undefined;
  readonly trustedProxies: readonly string[] | undefined;
} {
  const defaults = defaultServeSettings.server;
  const settings = {
    name: table.parsed("name", parseServerName) ?? defaults.name,
    network: table.parsed("network", networkName) ?? defaults.network,
    description: table.parsed("description", oneLine) ?? defaults.description,
    dataFolder: table.parsed("data-dir", pathFrom(folder)),
    trustedProxies: table.list("trusted-proxies", parseNetwork),
    icon: table.parsed("icon", iconUrl),
    serverPassword: table.parsed("password-file", (text) =>
      serverPasswordFrom(resolve(folder, text)),
    ),
    motd: table.parsed("motd-file", (text) => motdFrom(resolve(folder, text))) ?? defaults.motd,
  };
  table.finish();
  return settings;
}

function listenerOf(table: TableReader): ListenerSettings[] {
  const address = table.parsed("address", parseListenAddress);
  const isTls = table.boolean("tls") ?? true;
  const isInsecure = table.boolean("insecure") ?? false;
  const isWebSocket = table.boolean("websocket") ?? false;
  const hasProxyProtocol = table.boolean("proxy-protocol") ?? false;
  table.finish();
  if (!table.has("address")) table.problem("address", "is missing");
  if (address === undefined) return [];
  if (!isTls && !isInsecure && !isLoopbackHost(address.host)) {
    table.problem("tls", "plain text is for loopback addresses; insecure = true lets it out");
  }
  if (isTls && hasProxyProtocol) {
    table.problem("proxy-protocol", "comes before TLS and is for listeners with tls = false");
  }
  return [{ address, isTls, isWebSocket, hasProxyProtocol }];
}

function certificateOf(table: TableReader, folder: string): CertificateFiles | undefined {
  const certFile = table.parsed("cert-file", pathFrom(folder));
  const keyFile = table.parsed("key-file", pathFrom(folder));
  table.finish();
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== undefined) table.problem("key-file", "is missing: a certificate has its key");
  if (keyFile !== undefined) table.problem("cert-file", "is missing: a key has its certificate");
  return undefined;
}

type AccountSettings = Pick<
  ServerSettings,
  | "registration"
  | "beforeConnect"
  | "emailRequired"
  | "rooms"
  | "accountsRequired"
  | "nicks"
  | "defaultModes"
>;

function accountsOf(table: TableReader): AccountSettings {
  const defaults = defaultServeSettings.server;
  const settings = {
    accountsRequired: table.boolean("required") ?? defaults.accountsRequired,
    nicks: table.parsed("nick", oneOf(["account", "free"] as const)) ?? defaults.nicks,
    defaultModes: table.parsed("default-modes", parseDefaultModes) ?? defaults.defaultModes,
    registration: table.parsed("registration", parseRegistration) ?? defaults.registration,
    beforeConnect: table.boolean("before-connect") ?? defaults.beforeConnect,
    emailRequired: table.boolean("email-required") ?? defaults.emailRequired,
    rooms: table.list("rooms", (text) => parseChannelName(text)) ?? defaults.rooms,
  };
  if (!settings.beforeConnect && settings.accountsRequired) {
    table.problem(
      "before-connect",
      "false is for required = false: otherwise nobody without an account could ask for one",
    );
  }
  if (settings.rooms.length > defaultLimits.channelsPerUserMax) {
    table.problem("rooms", `has at most ${defaultLimits.channelsPerUserMax} rooms`);
  }
  table.finish();
  return settings;
}

function sessionsOf(table: TableReader): Pick<ServerSettings, "alwaysOn"> {
  const words = ["opt-out", "opt-in", "never"] as const;
  const alwaysOn = table.parsed("always-on", oneOf(words)) ?? defaultServeSettings.server.alwaysOn;
  table.finish();
  return { alwaysOn };
}

function historyOf(table: TableReader): Pick<ServerSettings, "keepDays"> {
  const keepDays =
    table.integer("keep-days", 0, keepDaysMax) ?? defaultServeSettings.server.keepDays;
  table.finish();
  return { keepDays };
}

/** `+i`, or `i`: letters of user modes that anyone may set. */
function parseDefaultModes(text: string): Result<string> {
  const letters = text.replace(/^\+/, "");
  const settable = userModes.filter(({ isSettable }) => isSettable).map(({ letter }) => letter);
  return [...letters].every((letter) => settable.includes(letter))
    ? ok([...new Set(letters)].sort().join(""))
    : failed(`is letters of user modes: ${settable.join(", ")}`);
}

function authOf(table: TableReader): {
  readonly passwords: PasswordSettings;
  readonly mechanisms: readonly string[];
} {
  const defaults = defaultServeSettings.passwords;
  const mechanisms = table.list("mechanisms", oneOf(mechanismNames));
  if (mechanisms?.length === 0) table.problem("mechanisms", "must name one at least");
  const argon2 = table.table("argon2");
  const lanes = argon2.integer("lanes", 1, 64) ?? defaults.lanes;
  const passwords = {
    lanes,
    // RFC 9106 §3.1: "Memory size m MUST be an integer number of kibibytes from 8*p to 2^(32)-1".
    memoryKib: argon2.integer("memory-kib", 8 * lanes, 4_194_304) ?? defaults.memoryKib,
    passes: argon2.integer("passes", 1, 100) ?? defaults.passes,
    lengthMin: table.integer("password-length", 0, 128) ?? defaults.lengthMin,
    isThrottled: table.boolean("throttle") ?? defaults.isThrottled,
  };
  argon2.finish();
  table.finish();
  return { passwords, mechanisms: mechanisms ?? defaultServeSettings.server.mechanisms };
}

/** Limits that may be 0: then there is none. */
const mayBeNone: ReadonlySet<string> = new Set<keyof NetLimits>(["flushHoldMs"]);

/** Every limit has the key of its name: `heldLinesMax` is `held-lines-max`. */
function limitsOf<T extends object>(table: TableReader, defaults: T): T {
  const entries = Object.entries(defaults).map(([name, standard]): [string, unknown] => {
    const key = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const min = mayBeNone.has(name) ? 0 : 1;
    const value =
      typeof standard === "boolean" ? table.boolean(key) : table.integer(key, min, 2_147_483_647);
    return [name, value ?? standard];
  });
  // The entries are those of the defaults, each with a value of the same type.
  return Object.fromEntries(entries) as T;
}

function oneLine(text: string): Result<string> {
  const isFine = text !== "" && !hasControls(text) && Buffer.byteLength(text) <= 200;
  return isFine ? ok(text) : failed("must be one line of text, up to 200 bytes");
}

/** One word: it stands in a token of ISUPPORT and in the welcome. */
function networkName(text: string): Result<string> {
  return /^[\x21-\x3c\x3e-\x7e]{1,50}$/.test(text)
    ? ok(text)
    : failed("must be one word, up to 50 letters, digits and marks");
}

/** network-icon: "the value MUST be a URL to an image. The URL SHOULD use the "https" scheme". */
function iconUrl(text: string): Result<string> {
  const isFine = /^https:\/\/[\x21-\x7e]+$/.test(text) && text.length <= 200 && URL.canParse(text);
  return isFine
    ? ok(text)
    : failed("must be a URL that begins with https://, up to 200 characters");
}

function pathFrom(folder: string): (text: string) => Result<string> {
  return (text) => (text === "" ? failed("must be a path") : ok(resolve(folder, text)));
}

function motdFrom(file: string): Result<readonly string[]> {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > motdBytesMax) return failed(`${file} is larger than ${motdBytesMax} bytes`);
    const text = decodeUtf8(bytes);
    if (text === undefined) return failed(`${file} is not UTF-8`);
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
    if (lines.length > motdLinesMax) return failed(`${file} has more than ${motdLinesMax} lines`);
    return ok(lines);
  } catch (error) {
    return failed(describeError(error));
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > fileBytesMax) throw new Error("it is too large");
    const text = decodeUtf8(readFileSync(path));
    if (text === undefined) throw new Error("it is not UTF-8");
    return text;
  } catch (error) {
    throw new Fault(exitCodes.settings, `cannot read ${path}: ${describeError(error)}`);
  }
}

function parseToml(text: string, path: string): unknown {
  const parsed = tomlOf(text);
  if (parsed.ok) return parsed.value;
  throw new Fault(exitCodes.settings, `${path}:${syntaxErrorLine(text)}: ${parsed.error}`);
}

function tomlOf(text: string): Result<unknown> {
  try {
    return ok(Bun.TOML.parse(text));
  } catch (error) {
    return failed(describeError(error).replace(/^TOML Parse error: /, ""));
  }
}

/** Bun does not say where: it is the line after the longest beginning of the file that can be read. */
function syntaxErrorLine(text: string): number {
  const lines = text.split("\n");
  for (let count = lines.length - 1; count > 0; count -= 1) {
    if (tomlOf(lines.slice(0, count).join("\n")).ok) return count + 1;
  }
  return 1;
}

function problemsFault(path: string, text: string, problems: readonly Problem[]): Fault {
  const lines = problems
    .map((problem) => ({ ...problem, line: lineOf(text, problem.path) }))
    .sort((left, right) => left.line - right.line)
    .map(({ line, path: key, message }) => `${path}:${line}: ${writePath(key)}: ${message}`);
  const count = lines.length === 1 ? "a problem" : `${lines.length} problems`;
  return new Fault(exitCodes.settings, `the settings have ${count}`, lines.join("\n"));
}
