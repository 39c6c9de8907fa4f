/**
 * authchat: hands the command line to a subcommand, and ends with its exit code.
 *
 * A subcommand's code is loaded when it is called for. What is thrown on the way ends here: a fault as a line and
 * its code, anything else as a bug (70).
 */
import { endOnUncaught, endProgram, reportFailure } from "./cli/command-line/ending.ts";
import { exitCodes } from "./cli/command-line/exit.ts";
import { hardenProcess } from "./cli/command-line/hardening.ts";
import { standardOut } from "./cli/terminal/out.ts";
import { parseArguments, quoted, type Subcommand, usageFault } from "./cli/command-line/strict.ts";
import { suggestion } from "./cli/command-line/suggest.ts";

const summary = "A private chat in one file: nobody gets in without a proven password";

/** Every subcommand, in the order of the help. */
const subcommands: ReadonlyMap<string, () => Promise<Subcommand>> = new Map([
  ["serve", async () => (await import("./cli/serve.ts")).serveCommand],
  ["connect", async () => (await import("./cli/connect.ts")).connectCommand],
  ["passwd", async () => (await import("./cli/passwd.ts")).passwdCommand],
  ["logout", async () => (await import("./cli/logout.ts")).logoutCommand],
  ["invite", async () => (await import("./cli/invite.ts")).inviteCommand],
  ["backup", async () => (await import("./cli/backup.ts")).backupCommand],
  ["restore", async () => (await import("./cli/restore.ts")).restoreCommand],
  ["account", async () => (await import("./cli/account.ts")).accountCommand],
  ["room", async () => (await import("./cli/room.ts")).roomCommand],
  ["servers", async () => (await import("./cli/servers.ts")).serversCommand],
  ["version", async () => (await import("./cli/version.ts")).versionCommand],
]);

hardenProcess();
endOnUncaught();
void end(process.argv.slice(2));

async function end(words: readonly string[]): Promise<never> {
  let code: number;
  try {
    code = await run(words);
  } catch (error) {
    code = reportFailure(error);
  }
  return endProgram(code);
}

async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  switch (name) {
    case undefined:
      throw usageFault(`a command is missing: ${[...subcommands.keys()].join(", ")}`);
    case "--help":
    case "-h":
      return showHelp();
    case "help":
      return showHelp(...rest);
    case "--version":
      return runSubcommand(await load("version"), rest);
    default:
      return runSubcommand(await load(name), rest);
  }
}

async function runSubcommand(subcommand: Subcommand, words: readonly string[]): Promise<number> {
  const parsed = parseArguments(subcommand, words);
  switch (parsed.kind) {
    case "help":
      return showHelp(subcommand.name);
    case "version":
      return runSubcommand(await load("version"), []);
    case "run":
      return subcommand.run(parsed.args);
  }
}

async function load(name: string): Promise<Subcommand> {
  const loading = subcommands.get(name);
  if (loading !== undefined) return loading();
  const kind = name.startsWith("-") ? "option" : "command";
  const known = [...subcommands.keys(), "help"];
  throw usageFault(`unknown ${kind} ${quoted(name)}${suggestion(name, known)}`);
}

async function showHelp(name?: string, surplus?: string): Promise<number> {
  if (surplus !== undefined) throw usageFault(`unexpected argument ${quoted(surplus)}`);
  const { programHelp, subcommandHelp } = await import("./cli/command-line/help.ts");
  const style = { hasColours: await hasColours() };
  const text =
    name === undefined
      ? await programHelp(summary, await Promise.all([...subcommands.keys()].map(load)), style)
      : await subcommandHelp(await load(name), style);
  standardOut.line(text.trimEnd());
  return exitCodes.ok;
}

/** https://no-color.org: "when present and not an empty string (regardless of its value)". */
async function hasColours(): Promise<boolean> {
  const { NO_COLOR: noColour, TERM: terminal } = process.env;
  if ((noColour !== undefined && noColour !== "") || terminal === "dumb") return false;
  const { isatty } = await import("node:tty"); // it brings sockets and streams along: only here
  return isatty(1);
}
