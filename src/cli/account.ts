/**
 * `authchat account`: decides about accounts from the shell.
 *
 * The words go to the running server through the socket in its data folder. When none is running, the same machine
 * is started here on the same files, without a network, for this one instruction.
 */
import { userInfo } from "node:os";
import { printable } from "../protocol/text.ts";
import { type OperatorAnswer, type Transport } from "../server/outside.ts";
import { askServer, controlPathProblem } from "./server/control.ts";
import { type DataFolder, dataFolderPath, existingDataFolder } from "./server/data-folder.ts";
import { Engine } from "./server/engine.ts";
import { exitCodes, Fault } from "./command-line/exit.ts";
import { standardError, standardOut } from "./terminal/out.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";
import { type ServeSettings } from "./server/serve-settings.ts";
import { type Arguments, type Subcommand, usageFault } from "./command-line/strict.ts";

export const accountCommand: Subcommand = {
  name: "account",
  summary: "List accounts, and decide about those who ask for one",
  options: [
    ...folderOptions,
    {
      kind: "choice",
      name: "state",
      choices: ["pending", "active", "disabled"],
      summary: "With list: only these",
    },
    { kind: "flag", name: "status", summary: "With rekey: only say what is of older keys" },
    { kind: "flag", name: "finish", summary: "With rekey: remove older keys that nobody needs" },
    { kind: "flag", name: "force", summary: "With --finish: also those that passwords still need" },
  ],
  positionals: [
    {
      name: "action",
      summary: "list, approve, reject, role or rekey",
      isRequired: true,
      choices: ["list", "approve", "reject", "role", "rekey"],
    },
    { name: "name", summary: "The account", isRequired: false },
    {
      name: "role",
      summary: "member or operator",
      isRequired: false,
      choices: ["member", "operator"],
    },
  ],
  async run(args) {
    const words = wordsOf(args);
    const settings = folderSettings(args);
    const folder = existingDataFolder(dataFolderPath(settings.dataFolder));
    const { isDone, lines } = await instruct(folder, settings, words);
    const out = isDone ? standardOut : standardError;
    for (const line of lines) out.line(printable(isDone ? line : `authchat: ${line}`));
    return isDone ? exitCodes.ok : exitCodes.failure;
  },
};

/** What the server is told. */
function wordsOf(args: Arguments): string {
  const action = args.positional("action") ?? "";
  const name = args.positional("name");
  const role = args.positional("role");
  const state = args.text("state");
  if (state !== undefined && action !== "list")
    throw usageFault("--state goes with list", "account");
  const given = [name, role].filter((word) => word !== undefined);
  const keyWords = keyWordsOf(args, action);
  const wanted = { list: 0, rekey: 0, role: 2 }[action] ?? 1;
  if (given.length > wanted) throw usageFault(`account ${action} takes fewer words`, "account");
  if (given.length < wanted) {
    throw usageFault(
      `account ${action} needs ${wanted === 1 ? "a NAME" : "a NAME and a ROLE"}`,
      "account",
    );
  }
  if (given.some((word) => /[\s\p{Cc}]/u.test(word)))
    throw usageFault("a name is one word", "account");
  if (action === "list") return state === undefined ? "accounts" : `accounts ${state}`;
  return [action, ...given, ...keyWords].join(" ");
}

function keyWordsOf(args: Arguments, action: string): string[] {
  const words = ["status", "finish", "force"].filter((name) => args.flag(name));
  const [first] = words;
  if (first === undefined) return [];
  if (action !== "rekey") throw usageFault(`--${first} goes with rekey`, "account");
  if (first === "force") throw usageFault("--force goes with --finish", "account");
  if (first === "status" && words.length > 1) throw usageFault("--status goes alone", "account");
  return words;
}

async function instruct(
  folder: DataFolder,
  settings: ServeSettings,
  words: string,
): Promise<OperatorAnswer> {
  const by = ownName();
  const answer = await askServer(folder.controlSocket, { words, by });
  if (answer.ok) return answer.value;
  if (answer.error !== "not-running") {
    throw new Fault(exitCodes.failure, `${folder.controlSocket}: ${answer.error.problem}`);
  }
  return onFiles(folder, settings, { words, by });
}

/** Who says it. Bun knows the name only from the environment. */
function ownName(): string {
  const { username, uid } = userInfo();
  if (username !== "unknown") return username;
  return uid === 0 ? "root" : `user ${uid}`;
}

/** No server is running: the machine works on the files, here and now. */
function onFiles(
  folder: DataFolder,
  settings: ServeSettings,
  { words, by }: { readonly words: string; readonly by: string },
): Promise<OperatorAnswer> {
  return new Promise((resolve, reject) => {
    const engine = openEngine(folder, settings, reject);
    engine.start(noTransport);
    engine.instructions.give(by, words, (answer) => {
      // The answer comes with its turn, after what it says has been kept; the turn is not over before this returns.
      setImmediate(() => {
        engine.close();
        resolve(answer);
      });
    });
  });
}

function openEngine(
  folder: DataFolder,
  settings: ServeSettings,
  failed: (failure: unknown) => void,
): Engine {
  try {
    return new Engine({
      folder,
      settings,
      failed,
      note: () => undefined,
      problem: (sentence) => standardError.line(`authchat: ${printable(sentence)}`),
    });
  } catch (error) {
    const problem = controlPathProblem(folder.controlSocket);
    const isTaken = error instanceof Fault && error.code === exitCodes.unavailable;
    if (!isTaken) throw error;
    throw new Fault(
      exitCodes.unavailable,
      `a server is running on ${folder.path} and cannot be spoken to`,
      problem ?? "It has no control socket: say it at its console, or in the chat to NickServ.",
    );
  }
}

/** Nobody is connected. */
const noTransport: Transport = {
  write: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  close: () => undefined,
};
