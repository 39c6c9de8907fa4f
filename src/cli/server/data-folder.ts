/**
 * The data folder: where it is, that it is ours alone, and what the files in it are called.
 *
 * Every command finds the same one: `--data`, else the settings, else the place the system has for it. The folder
 * is made with mode 0700. One that belongs to someone else is refused, and so is one that others may look into: who
 * opened it to others has to know, so it is said and not silently mended.
 */
import { mkdirSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { describeError, errorCode, exitCodes, Fault } from "../command-line/exit.ts";

export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /** How much was kept (`storage/witness.ts`). */
  readonly witness: string;
  /** There while a backup takes the place of what is here (`restoring.ts`). */
  readonly restoreBegun: string;
  /** Room on the disk, for when it is full. */
  readonly ballast: string;
  /** Made from the database, and made again when it is not there. */
  readonly searchIndex: string;
  readonly certificate: string;
  readonly key: string;
  /** The master key of the passwords. */
  readonly authKey: string;
  readonly controlSocket: string;
  /** Where others were last told to join. */
  readonly address: string;
}

/** What the place depends on. */
export interface Surroundings {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home folder by the user database. */
  readonly home: () => string;
}

export const realSurroundings: Surroundings = {
  platform: process.platform,
  environment: process.env,
  home: () => userInfo().homedir,
};

/** The folder that is meant; it need not exist. */
export function dataFolderPath(
  chosen: string | undefined,
  { platform, environment, home }: Surroundings = realSurroundings,
): string {
  if (chosen !== undefined) return resolve(chosen);
  const homeFolder = (): string => {
    const set = environment[platform === "win32" ? "USERPROFILE" : "HOME"];
    return set === undefined || set === "" ? home() : set;
  };
  if (platform === "win32") {
    return join(environment["LOCALAPPDATA"] ?? join(homeFolder(), "AppData", "Local"), "authchat");
  }
  const xdg = environment["XDG_DATA_HOME"];
  // XDG Base Directory: "All paths set in these environment variables must be absolute."
  if (xdg?.startsWith("/") === true) return join(xdg, "authchat");
  const place = platform === "darwin" ? ["Library", "Application Support"] : [".local", "share"];
  return join(homeFolder(), ...place, "authchat");
}

/** Makes the folder when there is none, and checks that it is ours alone. @throws Fault */
export function openDataFolder(path: string): DataFolder {
  make(path);
  check(path);
  return filesIn(path);
}

/** As `openDataFolder`, for a folder that a server has used already. @throws Fault */
export function existingDataFolder(path: string): DataFolder {
  const folder = filesIn(path);
  if (statSync(folder.database, { throwIfNoEntry: false }) === undefined) {
    throw new Fault(
      exitCodes.failure,
      `there is no server's data in ${path}`,
      "Start the server once (authchat serve), or name its data folder with --data.",
    );
  }
  check(path);
  return folder;
}

function filesIn(path: string): DataFolder {
  return {
    path,
    database: join(path, "authchat.db"),
    witness: join(path, "witness"),
    restoreBegun: join(path, "restore-begun"),
    ballast: join(path, "ballast"),
    searchIndex: join(path, "search.db"),
    certificate: join(path, "certificate.pem"),
    key: join(path, "key.pem"),
    authKey: join(path, "auth.key"),
    controlSocket: join(path, "control"),
    address: join(path, "address"),
  };
}

function make(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const isForbidden = ["EACCES", "EPERM", "EROFS"].includes(errorCode(error));
    throw new Fault(
      isForbidden ? exitCodes.noPermission : exitCodes.inputOutput,
      `cannot make the data folder ${path}: ${describeError(error)}`,
      "Choose another one with --data DIR.",
    );
  }
}

function check(path: string): void {
  const status = statSync(path);
  if (!status.isDirectory()) {
    throw new Fault(exitCodes.noPermission, `${path} is not a folder`);
  }
  const user = process.geteuid?.();
  if (user === undefined) return; // Windows: the user's own folders are the user's by inheritance
  if (status.uid !== user) {
    throw new Fault(
      exitCodes.noPermission,
      `the data folder ${path} belongs to another user (${status.uid})`,
      "Run authchat as that user, or choose another folder with --data DIR.",
    );
  }
  if ((status.mode & 0o077) !== 0) {
    throw new Fault(
      exitCodes.noPermission,
      `others may use the data folder ${path} (mode ${(status.mode & 0o777).toString(8)})`,
      `If that is not meant to be:  chmod 700 '${path}'`,
    );
  }
}
