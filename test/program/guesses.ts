/**
 * Guesses: everything that a thief of a database could compute of a password and of what else is in it, to look for it
 * in there: hashes, keyed and stretched ones, with any of its fields for a salt, as a key, or not at all.
 *
 * That includes what this program would keep if it had no key file: argon2id, as it kept passwords at first, and
 * OPAQUE's masking key of a password that no OPRF has gone over.
 */
import { type Database } from "bun:sqlite";
import { createHash, createHmac, pbkdf2Sync, scryptSync } from "node:crypto";
import { loadArgon2 } from "../../src/auth/argon2.ts";
import { type Argon2Settings } from "../../src/auth/argon2-settings.ts";
import { maskingKeyOf, randomize } from "../../src/auth/opaque/envelope.ts";
import { loadGroup } from "../../src/auth/opaque/group.ts";
import { evaluate } from "../../src/auth/opaque/oprf.ts";
import { identifierOf, inputOf } from "../../src/auth/opaque/profile.ts";
import { oprfKey } from "../../src/auth/opaque/registration.ts";
import { stretchBy } from "../../src/auth/opaque/stretch.ts";
import { fold } from "../../src/protocol/names.ts";

type Fields = readonly {
  readonly table: string;
  readonly column: string;
  readonly bytes: Buffer;
}[];

/** Every value of every table, as bytes: those first that are bytes, which a salt or a key would be. */
export function fieldsOf(database: Database): Fields {
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  const rank = (value: unknown): number => (value instanceof Uint8Array ? 0 : 1);
  return tables
    .flatMap(({ name: table }) =>
      database
        .query<Record<string, unknown>, []>(`SELECT * FROM "${table}"`)
        .all()
        .flatMap((row) => Object.entries(row))
        .map(([column, value]) => ({ table, column, value })),
    )
    .toSorted((left, right) => rank(left.value) - rank(right.value))
    .map(({ value, ...where }) => ({ ...where, bytes: bytesOf(value) }));
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

export interface Guess {
  readonly how: string;
  readonly output: Uint8Array;
}

/** Argon2's settings that are tried: the server's in these tests. */
const settingsOfGuesses: readonly Argon2Settings[] = [
  { memoryKib: 19_456, passes: 2, lanes: 1 },
  { memoryKib: 8, passes: 1, lanes: 1 },
];

const hashes = ["md5", "sha1", "sha256", "sha512"] as const;
/** Shorter than any of them, so that a hash that is cut is found. */
const comparedBytes = 16;
/** Parts of a field that could be a salt or a key: it is tried from these places on. */
const starts = [0, 4, 7, 11, 12, 23];
const saltBytes = 16;

export async function guesses(
  { name, password }: { readonly name: string; readonly password: string | Uint8Array },
  fields: readonly Buffer[],
): Promise<Guess[]> {
  const secret = Buffer.from(password);
  const salts = distinct([Buffer.from(name), Buffer.alloc(saltBytes), ...fields.flatMap(partsOf)]);
  const quick = hashes.flatMap((hash) => [
    { how: hash, output: createHash(hash).update(secret).digest() },
    ...salts.flatMap((salt) => saltedBy(hash, secret, salt)),
  ]);
  const slow = salts.filter(({ length }) => length === saltBytes).slice(0, slowSaltsMax);
  const stretched = await Promise.all(slow.map((salt) => stretchedBy(secret, salt)));
  const opaque = await opaqueOf(name, secret, salts.slice(0, seedsMax));
  return [...quick, ...stretched.flat(), ...opaque].map(({ how, output }) => ({
    how,
    output: Buffer.from(output).subarray(0, comparedBytes),
  }));
}

/** Of these the first few: each takes milliseconds. */
const slowSaltsMax = 32;
const seedsMax = 12;

function partsOf(field: Buffer): Buffer[] {
  const parts = starts
    .map((start) => field.subarray(start, start + saltBytes))
    .filter(({ length }) => length === saltBytes);
  return field.length <= 64 ? [field, ...parts] : parts;
}

function distinct(all: readonly Buffer[]): Buffer[] {
  return [...new Map(all.map((each) => [each.toString("hex"), each])).values()];
}

function saltedBy(hash: string, secret: Buffer, salt: Buffer): Guess[] {
  return [
    { how: `${hash}, salt first`, output: createHash(hash).update(salt).update(secret).digest() },
    { how: `${hash}, salt last`, output: createHash(hash).update(secret).update(salt).digest() },
    { how: `HMAC ${hash} by the password`, output: createHmac(hash, secret).update(salt).digest() },
    { how: `HMAC ${hash} by the salt`, output: createHmac(hash, salt).update(secret).digest() },
  ];
}

async function stretchedBy(secret: Buffer, salt: Buffer): Promise<Guess[]> {
  const argon2 = await loadArgon2();
  const byArgon2 = settingsOfGuesses.map(async (settings) => {
    const output = await argon2(Uint8Array.from(secret), salt, settings, 32);
    return { how: `argon2id ${JSON.stringify(settings)}`, output };
  });
  return [
    { how: "PBKDF2-SHA-256, 4096", output: pbkdf2Sync(secret, salt, 4_096, 32, "sha256") },
    { how: "PBKDF2-SHA-512, 4096", output: pbkdf2Sync(secret, salt, 4_096, 64, "sha512") },
    { how: "scrypt", output: scryptSync(secret, salt, 32, { cost: 1_024 }) },
    ...(await Promise.all(byArgon2)),
  ];
}

/** The masking key of a record, with a field in the place of the OPRF's seed. */
async function opaqueOf(name: string, secret: Buffer, seeds: readonly Buffer[]): Promise<Guess[]> {
  const [group, argon2] = [await loadGroup(), await loadArgon2()];
  const folded = fold(name);
  const input = inputOf(folded, secret);
  const [settings = { memoryKib: 8, passes: 1, lanes: 1 }] = settingsOfGuesses;
  const made = seeds.map(async (seed) => {
    const output = evaluate(group, oprfKey(group, seed, identifierOf(folded)), input);
    const randomized = await randomize(output, stretchBy(argon2, settings));
    return randomized === undefined
      ? []
      : [{ how: "OPAQUE's masking key", output: maskingKeyOf(randomized) }];
  });
  return (await Promise.all(made)).flat();
}
