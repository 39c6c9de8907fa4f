/**
 * Rows: the one place where what SQLite hands out becomes typed values.
 *
 * Every reader checks what it finds, so a column of the wrong type, or a word that is none of the
 * known ones, is a `DamagedRow` and never a wrong value. Tables are STRICT; what fails here was
 * damaged on disk, or is a bug. NULL, which is SQLite's, ends here and is `undefined` from then on.
 */

/** What can be bound to a statement. */
export type Binding = string | number | Uint8Array | null;

/** A row as SQLite hands it out: nothing is known of its columns yet. */
export type Row = Readonly<Record<string, unknown>>;

/** What is on disk is not what was written there. */
export class DamagedRow extends Error {
  override readonly name = "DamagedRow";
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new DamagedRow(`column ${column} is no integer`);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new DamagedRow(`column ${column} is no text`);
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new DamagedRow(`column ${column} is no blob`);
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function boolean(row: Row, column: string): boolean {
  return integer(row, column) !== 0;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

/** One of the words that may stand there. */
export function oneOf<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = text(row, column);
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw new DamagedRow(`column ${column} has an unknown word`);
}
