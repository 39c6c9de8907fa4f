/**
 * Metadata: what keys look like, and who may see them.
 *
 * metadata: "Key names are restricted to the ranges `a-z`, `0-9`, and `_./-`. The empty string is an invalid value."
 * Keys that begin with `operators/` are for those who run the server: seen and set by them only.
 */
import { metadataKeyBytesMax, metadataValueBytesMax } from "./limits.ts";

export function isMetadataKey(key: string): boolean {
  return key.length <= metadataKeyBytesMax && /^[a-z0-9_./-]+$/.test(key);
}

/** Lines are UTF-8 already when they are read. */
export function isMetadataValue(value: string): boolean {
  return Buffer.byteLength(value) <= metadataValueBytesMax;
}

export function isOperatorsKey(key: string): boolean {
  return key.startsWith("operators/");
}

/** "An asterisk (`*`) for keys visible to everyone, or an implementation-defined value." */
export function visibilityOf(key: string): string {
  return isOperatorsKey(key) ? "operators" : "*";
}
