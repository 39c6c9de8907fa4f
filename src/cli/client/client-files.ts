/**
 * The client's own files: where they are, and how they are read and written.
 *
 * All in one folder (0700): `--home DIR`, else `$XDG_STATE_HOME/authchat`, else `~/.local/state/authchat`, with the
 * home from the user database where there is no HOME; `%APPDATA%\authchat` on Windows. A file (0600) is written
 * whole beside the old one, which it then replaces: it is never half there.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { realSurroundings, type Surroundings } from "../server/data-folder.ts";
import { describeError, errorCode, exitCodes, Fault } from "../command-line/exit.ts";

/** More than any file of ours; what is larger is none of ours. */
const fileBytesMax = 4 * 1024 * 1024;

export function clientFolder(
  chosen: string | undefined,
  { platform, environment, home }: Surroundings = realSurroundings,
): string {
  if (chosen !== undefined) return resolve(chosen);
  const appData = environment["APPDATA"];
  if (platform === "win32" && appData !== undefined) return join(appData, "authchat");
  const xdg = environment["XDG_STATE_HOME"];
  if (xdg?.startsWith("/") === true) return join(xdg, "authchat");
  const set = environment["HOME"];
  return join(set === undefined || set === "" ? home() : set, ".local", "state", "authchat");
}

/** The file's text, or undefined when there is none. @throws Fault */
export function readClientFile(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > fileBytesMax) throw new Error("it is too large");
    return bytes.toString("utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new Fault(exitCodes.inputOutput, `cannot read ${path}: ${describeError(error)}`);
  }
}

/** @throws Fault */
export function writeClientFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new Fault(
      exitCodes.inputOutput,
      `cannot write ${path}: ${describeError(error)}`,
      "Choose another folder for the client's files with --home DIR.",
    );
  }
}
