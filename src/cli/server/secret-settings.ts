/**
 * What the settings hold of secrets: the hashes of `[[operator]]`, and the server's password in a file of its own.
 */
import {
  hashServerPassword,
  type OperatorEntry,
  parsePasswordHash,
} from "../../auth/server-secrets.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { Secret } from "../../base/secret.ts";
import { isSameName } from "../../protocol/names.ts";
import { Fault } from "../command-line/exit.ts";
import { readKey } from "./secret-files.ts";
import { type TableReader } from "./settings-reader.ts";

const operatorsMax = 100;
/** So that `PASS :password` is one line. */
const serverPasswordBytesMax = 400;

/** `[[operator]]`: name and hash of each. */
export function operatorsOf(tables: readonly TableReader[]): readonly OperatorEntry[] {
  const operators: OperatorEntry[] = [];
  for (const table of tables) {
    const name = table.parsed("name", operatorName);
    const password = table.parsed("password", (text) => {
      const hash = parsePasswordHash(text);
      return hash === undefined
        ? failed("is no argon2id hash ($argon2id$…), as `authchat account hash` makes them")
        : ok(hash);
    });
    table.finish();
    for (const key of ["name", "password"]) if (!table.has(key)) table.problem(key, "is missing");
    if (name === undefined || password === undefined) continue;
    if (operators.some((other) => isSameName(other.name, name))) {
      table.problem("name", "is there twice");
    }
    if (operators.length === operatorsMax) {
      table.problem("name", `there are at most ${operatorsMax} operators`);
      break;
    }
    operators.push({ name, password });
  }
  return operators;
}

function operatorName(text: string): Result<string> {
  return /^[\x21-\x39\x3b-\x7e]{1,32}$/.test(text)
    ? ok(text)
    : failed("must be one word without a colon, up to 32 letters, digits and marks");
}

/** SHA-256 of the first line of a file that nobody else may read. */
export function serverPasswordFrom(file: string): Result<Uint8Array> {
  try {
    const password = readKey(file).replace(/\r?\n$/, "");
    const bytes = Buffer.byteLength(password);
    if (bytes === 0) return failed(`${file} is empty`);
    if (bytes > serverPasswordBytesMax) {
      return failed(`${file} has more than ${serverPasswordBytesMax} bytes`);
    }
    if (/[\r\n\0]/.test(password)) return failed(`${file} has more than one line`);
    const secret = Secret.fromText(password);
    const hash = hashServerPassword(secret);
    secret.wipe();
    return ok(hash);
  } catch (error) {
    if (error instanceof Fault) return failed(error.message);
    throw error;
  }
}
