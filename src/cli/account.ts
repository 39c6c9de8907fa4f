/**
 * `authchat account`: decides about accounts from the shell.
 *
 * Each action is an operator's word, for the running server or, when there is none, for its files (`instruct.ts`). A
 * password goes apart from the words. `hash` needs no server: it makes what the settings file wants.
 */
import { checkPassword } from "../auth/password-rules.ts";
import { phcHash } from "../auth/phc.ts";
import { type Secret } from "../base/secret.ts";
import { printable } from "../protocol/text.ts";
import { exitCodes, Fault } from "./command-line/exit.ts";
import { type Arguments, quoted, type Subcommand, usageFault } from "./command-line/strict.ts";
import { exportRecords } from "./server/export.ts";
import { givenPassword, passwordOptions, wantedPassword } from "./server/given-password.ts";
import { instruct } from "./server/instruct.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";
import { type ServeSettings } from "./server/serve-settings.ts";
import { standardError, standardOut } from "./terminal/out.ts";
import { EndOfInput, Interrupted, Prompt } from "./terminal/prompt.ts";

interface Action {
  /** Besides the account's name. */
  readonly value?: "ROLE" | "DAYS" | "NUMBER" | "FILE" | "on or off";
  readonly isValueOptional?: boolean;
  readonly isNameless?: boolean;
  readonly isNameOptional?: boolean;
  readonly isForLink?: boolean;
  /** Reads the data folder, and is no word for the server. */
  readonly isExport?: true;
  /** Where its password comes from; left out: it has none. */
  password?(args: Arguments, name: string): Promise<Secret | undefined>;
}

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["list", { isNameless: true }],
  ["add", { isForLink: true, password: (args) => givenPassword(args) }],
  ["approve", {}],
  ["reject", {}],
  ["role", { value: "ROLE" }],
  ["passwd", { password: wantedPassword }],
  ["reset", { isForLink: true }],
  ["disable", {}],
  ["enable", {}],
  ["expire", { value: "DAYS" }],
  ["delete", {}],
  ["export", { value: "FILE", isValueOptional: true, isExport: true }],
  ["sessions", {}],
  ["logout", { value: "NUMBER", isValueOptional: true }],
  ["strict", { value: "on or off" }],
  ["app-passwords", {}],
  ["totp-off", {}],
  ["rekey", { isNameless: true }],
  ["log", { isNameOptional: true }],
  ["unlock", {}],
  ["hash", { isNameless: true, password: (args) => wantedPassword(args, "") }],
]);

const names = [...actions.keys()];

export const accountCommand: Subcommand = {
  name: "account",
  summary: "List accounts, make them, and decide about them",
  options: [
    ...folderOptions,
    {
      kind: "choice",
      name: "state",
      choices: ["pending", "active", "disabled"],
      summary: "With list: only these",
    },
    ...passwordOptions,
    {
      kind: "number",
      name: "count",
      value: "N",
      min: 1,
      max: 1_000,
      summary: "With log: so many, the newest",
    },
    { kind: "flag", name: "messages", summary: "With delete: all that it said goes too" },
    { kind: "flag", name: "yes", summary: "With delete: it is not asked once more" },
    { kind: "flag", name: "json", summary: "With log: each as an object on a line" },
    { kind: "flag", name: "status", summary: "With rekey: only say what is of older keys" },
    { kind: "flag", name: "finish", summary: "With rekey: remove older keys that nobody needs" },
    { kind: "flag", name: "force", summary: "With --finish: also those that passwords still need" },
  ],
  positionals: [
    { name: "action", summary: names.join(", "), isRequired: true, choices: names },
    { name: "name", summary: "The account", isRequired: false },
    {
      name: "value",
      summary:
        "role: member or operator; strict: on or off; expire: days, or never; logout: a number; export: a file",
      isRequired: false,
    },
  ],
  async run(args) {
    const words = wordsOf(args);
    const settings = folderSettings(args);
    const action = actions.get(args.positional("action") ?? "");
    if (action?.isExport === true) return exportAccount(args, settings);
    if (args.positional("action") === "delete") await confirmDeletion(args);
    const secret = await action?.password?.(args, args.positional("name") ?? "");
    if (words === "hash") return printHash(secret, settings.passwords);
    const isForLink = action?.isForLink === true;
    const { isDone, lines } = await instruct(settings, { words, secret, isForLink });
    secret?.wipe();
    const out = isDone ? standardOut : standardError;
    for (const line of lines) out.line(printable(isDone ? line : `authchat: ${line}`));
    return isDone ? exitCodes.ok : exitCodes.failure;
  },
};

/** What the server is told. */
function wordsOf(args: Arguments): string {
  const name = args.positional("action") ?? "";
  const action = actions.get(name);
  const state = args.text("state");
  if (state !== undefined && name !== "list") throw fault("--state goes with list");
  for (const flag of ["messages", "yes"]) {
    if (args.flag(flag) && name !== "delete") throw fault(`--${flag} goes with delete`);
  }
  const count = args.number("count");
  const isJson = args.flag("json");
  if ((count !== undefined || isJson) && name !== "log") {
    throw fault("--count and --json go with log");
  }
  const isGiven = args.text("password-file") !== undefined || args.flag("password-stdin");
  if (isGiven && action?.password === undefined) throw fault(`account ${name} has no password`);
  const given = [args.positional("name"), args.positional("value")].filter(
    (word) => word !== undefined,
  );
  checkNumber(name, given.length);
  const words = action?.isExport === true ? given.slice(0, 1) : given;
  if (words.some((word) => /[\s\p{Cc}]/u.test(word))) throw fault("a name is one word");
  const [, said = ""] = given;
  if (action?.value === "ROLE" && said !== "member" && said !== "operator") {
    throw fault(`ROLE cannot be ${quoted(said)}: member or operator`);
  }
  const keyWords = keyWordsOf(args, name);
  if (name === "list") return state === undefined ? "accounts" : `accounts ${state}`;
  const erases = args.flag("messages") ? "messages" : undefined;
  const choices = [count?.toString(), isJson ? "--json" : undefined, erases];
  return [name, ...given, ...keyWords, ...choices].filter((word) => word !== undefined).join(" ");
}

/** @throws Fault */
function keyWordsOf(args: Arguments, action: string): string[] {
  const words = ["status", "finish", "force"].filter((name) => args.flag(name));
  const [first] = words;
  if (first === undefined) return [];
  if (action !== "rekey") throw fault(`--${first} goes with rekey`);
  if (first === "force") throw fault("--force goes with --finish");
  if (first === "status" && words.length > 1) throw fault("--status goes alone");
  return words;
}

/** That there are as many words as the action takes. @throws Fault */
function checkNumber(name: string, given: number): void {
  const { value, isValueOptional, isNameless, isNameOptional } = actions.get(name) ?? {};
  const most = isNameless === true ? 0 : value === undefined ? 1 : 2;
  const least = isNameOptional === true ? 0 : isValueOptional === true ? most - 1 : most;
  if (given > most) throw fault(`account ${name} takes fewer words`);
  if (given < least) {
    throw fault(`account ${name} needs ${least === 1 ? "a NAME" : `a NAME and ${value}`}`);
  }
}

function exportAccount(args: Arguments, settings: ServeSettings): Promise<number> {
  const name = args.positional("name") ?? "";
  return exportRecords(settings, {
    records: (from) => from.account(name),
    missing: `no account ${printable(name)}`,
    file: args.positional("value"),
  });
}

/** Where there is someone to ask. @throws Fault when they think better of it. */
async function confirmDeletion(args: Arguments): Promise<void> {
  if (args.flag("yes") || !process.stdin.isTTY) return;
  const prompt = Prompt.open();
  if (prompt === undefined) return;
  const name = printable(args.positional("name") ?? "");
  const what = args.flag("messages") ? `${name}, and all that ${name} said,` : name;
  try {
    const answer = await prompt.ask(`Delete ${what} for good? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    if (error instanceof Interrupted) throw new Fault(exitCodes.interrupted, "interrupted");
    if (!(error instanceof EndOfInput)) throw error;
  } finally {
    prompt.close();
  }
  throw new Fault(exitCodes.failure, "nothing is deleted");
}

/** For `[[operator]]` in the settings file. */
async function printHash(
  password: Secret | undefined,
  settings: Parameters<typeof phcHash>[1] & { readonly lengthMin: number },
): Promise<number> {
  if (password === undefined) throw fault("account hash needs a password");
  const checked = checkPassword(password, { name: "", lengthMin: settings.lengthMin });
  if (!checked.ok) {
    password.wipe();
    throw new Fault(exitCodes.failure, checked.error);
  }
  standardOut.line(await phcHash(password, settings));
  return exitCodes.ok;
}

function fault(message: string): Error {
  return usageFault(message, "account");
}
