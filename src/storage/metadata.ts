/**
 * Metadata of accounts and channels as it is kept: JSON in the row, `[["key", "value"], …]`, and NULL where there is none.
 */
import { type Metadata } from "../server/outside.ts";
import { DamagedRow, optionalText, type Row } from "./rows.ts";

export function metadataText(metadata: Metadata | undefined): string | null {
  return metadata === undefined || metadata.size === 0 ? null : JSON.stringify([...metadata]);
}

/** The part of a row that it is; nothing where there is none. @throws DamagedRow */
export function parseMetadata(row: Row): { readonly metadata?: Metadata } {
  const kept = optionalText(row, "metadata");
  if (kept === undefined) return {};
  const pairs = parseJson(kept);
  if (!Array.isArray(pairs)) throw new DamagedRow("metadata is no array");
  return { metadata: new Map(pairs.map(parsePair)) };
}

function parsePair(pair: unknown): [string, string] {
  const fields: readonly unknown[] = Array.isArray(pair) ? pair : [];
  const [key, value] = fields;
  if (typeof key === "string" && typeof value === "string") return [key, value];
  throw new DamagedRow("metadata has an item that is none");
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedRow("metadata is no JSON");
  }
}
