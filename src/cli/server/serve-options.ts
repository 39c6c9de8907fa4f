/**
 * What `serve` is told on the command line, laid over what the settings file says.
 */
import { type Result } from "../../base/result.ts";
import { type RegistrationPolicy } from "../../server/settings.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { isLoopbackHost, parseListenAddress } from "./listen-address.ts";
import { type LogForm } from "./log.ts";
import {
  defaultServeSettings,
  listenerAt,
  type ListenerSettings,
  parseRegistration,
  parseServerName,
  type ServeSettings,
} from "./serve-settings.ts";
import { stsPolicy } from "./sts.ts";
import { readSettings } from "./settings-file.ts";
import { type Arguments, type Option, quoted, usageFault } from "../command-line/strict.ts";

/** Which data folder: every command of the operator takes these two. */
export const folderOptions: readonly Option[] = [
  { kind: "text", name: "config", value: "FILE", summary: "The settings file (TOML)" },
  { kind: "text", name: "data", value: "DIR", summary: "The data folder" },
];

export const serveOptions: readonly Option[] = [
  ...folderOptions,
  {
    kind: "text",
    name: "listen",
    value: "HOST:PORT",
    isRepeatable: true,
    summary: "Listen there with TLS; port 0 takes a free one",
  },
  {
    kind: "text",
    name: "plain",
    value: "HOST:PORT",
    isRepeatable: true,
    summary: "Listen there in plain text, on a loopback address",
  },
  { kind: "text", name: "name", value: "NAME", summary: "The server's name" },
  {
    kind: "text",
    name: "registration",
    value: "open|approval|invite|closed",
    summary: "Who may make an account",
  },
  {
    kind: "number",
    name: "password-length",
    value: "N",
    min: 0,
    max: 128,
    summary: "Least number of characters in a password",
  },
  { kind: "flag", name: "log-messages", summary: "Write the text of room messages to the log" },
  { kind: "choice", name: "log", choices: ["info", "debug"], summary: "How much is logged" },
  {
    kind: "choice",
    name: "log-format",
    choices: ["auto", "text", "json"],
    summary: "auto: text on a terminal, otherwise JSON",
  },
  {
    kind: "flag",
    name: "accept-loss",
    summary: "Go on although something that was kept is lost from the database",
  },
  { kind: "flag", name: "no-console", summary: "No prompt for commands" },
];

export interface LogSettings {
  readonly level: "debug" | "info";
  readonly form: LogForm;
  /** What is said in rooms, and to the server, is shown as text. */
  readonly showsText: boolean;
  readonly hasConsole: boolean;
}

/** @throws Fault */
export function serveSettings(args: Arguments): ServeSettings {
  const file = folderSettings(args);
  const listeners = [
    ...args.texts("listen").map((text) => listener("--listen", text, true)),
    ...args.texts("plain").map((text) => listener("--plain", text, false)),
  ];
  const settings = {
    ...file,
    server: {
      ...file.server,
      name: parsed("--name", args.text("name"), parseServerName) ?? file.server.name,
      registration: registration(args) ?? file.server.registration,
      notesLines: args.text("log") === "debug",
    },
    listeners: listeners.length > 0 ? listeners : file.listeners,
    passwords: {
      ...file.passwords,
      lengthMin: args.number("password-length") ?? file.passwords.lengthMin,
    },
  };
  return { ...settings, server: { ...settings.server, sts: stsPolicy(settings) } };
}

/** The settings of the file, and the data folder of the command line. @throws Fault */
export function folderSettings(args: Arguments): ServeSettings {
  const config = args.text("config");
  const file = config === undefined ? defaultServeSettings : readSettings(config);
  return { ...file, dataFolder: args.text("data") ?? file.dataFolder };
}

export function logSettings(
  args: Arguments,
  terminal: { readonly isInput: boolean; readonly isOutput: boolean },
): LogSettings {
  const format = args.text("log-format") ?? "auto";
  const isText = format === "text" || (format === "auto" && terminal.isOutput);
  return {
    level: args.text("log") === "debug" ? "debug" : "info",
    form: isText ? "text" : "json",
    showsText: args.flag("log-messages") || (isText && terminal.isOutput),
    hasConsole: isText && terminal.isInput && terminal.isOutput && !args.flag("no-console"),
  };
}

function registration(args: Arguments): RegistrationPolicy | undefined {
  return parsed("--registration", args.text("registration"), parseRegistration);
}

function listener(option: string, text: string, isTls: boolean): ListenerSettings {
  const address = parsed(option, text, parseListenAddress);
  if (address === undefined) throw usageFault(`${option} needs a value`, "serve");
  if (!isTls && !isLoopbackHost(address.host)) {
    throw new Fault(
      exitCodes.settings,
      `--plain ${text}: plain text is for loopback addresses only`,
      "Use --listen for TLS, or 127.0.0.1 and [::1] with --plain.",
    );
  }
  return listenerAt(address, isTls);
}

function parsed<T>(
  option: string,
  text: string | undefined,
  parse: (text: string) => Result<T>,
): T | undefined {
  if (text === undefined) return undefined;
  const result = parse(text);
  if (!result.ok) throw usageFault(`${option} ${quoted(text)}: ${result.error}`, "serve");
  return result.value;
}
