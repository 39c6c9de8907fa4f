/**
 * Instructions from the shell: an operator's words for the running server, through the socket in its data folder.
 *
 * When none is running, the same machine is started here on the same files, without a network, for this one
 * instruction.
 */
import { userInfo } from "node:os";
import { type Secret } from "../../base/secret.ts";
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { printable } from "../../protocol/text.ts";
import { type OperatorAnswer, type Transport } from "../../server/outside.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { standardError } from "../terminal/out.ts";
import { askServer, controlPathProblem, type ControlRequest } from "./control.ts";
import { dataFolderPath, type DataFolder, existingDataFolder } from "./data-folder.ts";
import { Engine } from "./engine.ts";
import { lastJoinAddress } from "./join-address.ts";
import { type ServeSettings } from "./serve-settings.ts";

export interface Instruction {
  readonly words: string;
  /** A password that they are about, apart from them. */
  readonly secret?: Secret | undefined;
  /** The answer is a link, so it has to be known where links lead. */
  readonly isForLink?: boolean;
}

/** @throws Fault */
export async function instruct(
  settings: ServeSettings,
  { words, secret, isForLink = false }: Instruction,
): Promise<OperatorAnswer> {
  const folder = existingDataFolder(dataFolderPath(settings.dataFolder));
  const request = { words, by: ownName(), secret };
  const answer = await askServer(folder.controlSocket, request);
  if (answer.ok) return answer.value;
  if (answer.error !== "not-running") {
    throw new Fault(exitCodes.failure, `${folder.controlSocket}: ${answer.error.problem}`);
  }
  const join = isForLink ? lastJoinAddress(folder, settings) : undefined;
  return onFiles({ folder, settings, join }, request);
}

/** Who says it. Bun knows the name only from the environment. */
function ownName(): string {
  const { username, uid } = userInfo();
  if (username !== "unknown") return username;
  return uid === 0 ? "root" : `user ${uid}`;
}

/** No server is running: the machine works on the files, here and now. */
function onFiles(
  files: {
    readonly folder: DataFolder;
    readonly settings: ServeSettings;
    readonly join: JoinAddress | undefined;
  },
  { words, by, secret }: ControlRequest,
): Promise<OperatorAnswer> {
  const { folder, settings, join } = files;
  return new Promise((resolve, reject) => {
    const engine = openEngine(folder, settings, reject);
    engine.start(noTransport, join);
    const answered = (answer: OperatorAnswer): void => {
      // The answer comes with its turn, after what it says has been kept; the turn is not over before this returns.
      setImmediate(() => {
        engine.finishErasing();
        engine.close();
        resolve(answer);
      });
    };
    engine.instructions.give(by, words, answered, secret);
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
  heldForMs: () => 0,
  resume: () => undefined,
  close: () => undefined,
};
