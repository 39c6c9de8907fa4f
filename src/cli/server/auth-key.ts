/**
 * The file of master keys (`auth/keys.ts`), in the data folder, made when there is none and none is
 * missing.
 *
 * It is not in the database, so that a copy of either alone is worth nothing; and so both have to be
 * in a backup, in different places. A database whose passwords were sealed with a key that is gone
 * is not started on: a new key would not open them, and nobody would know why.
 */
import { makeKeyFile, type MasterKeys, parseKeyFile } from "../../auth/keys.ts";
import { type KeyFile } from "../../auth/rekeying.ts";
import { type Verifiers } from "../../storage/verifiers.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { exists, readKey, write } from "./secret-files.ts";

export interface AuthKey extends MasterKeys {
  readonly isNew: boolean;
}

/** @throws Fault when it cannot be read, others can read it, or it is missing. */
export function authKey(file: string, verifiers: Pick<Verifiers, "hasForm">): AuthKey {
  const isNew = !exists(file);
  if (isNew) {
    if (verifiers.hasForm("opaque")) throw missing(file);
    write(file, makeKeyFile(verifiers.hasForm("argon2id")));
  }
  const keys = parseKeyFile(readKey(file));
  if (keys !== undefined) return { ...keys, isNew };
  throw new Fault(
    exitCodes.inputOutput,
    `${file} is no file of keys`,
    "Without the right one no password works: restore it from a backup.",
  );
}

/** The file of a running server, which is to be given other keys. */
export function keyFileAt(file: string): KeyFile {
  return { read: () => readKey(file), write: (text) => write(file, text) };
}

function missing(file: string): Fault {
  return new Fault(
    exitCodes.inputOutput,
    `the key of the passwords, ${file}, is missing`,
    "Without it no password in the database works: restore it from a backup.",
  );
}
