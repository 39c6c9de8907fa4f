/**
 * Canary: a secret that is used everywhere and must be found nowhere, and the search for it.
 *
 * Every file under a folder is looked through, byte by byte, for the secret as it is (in any case of letters), in
 * base64 (from each of the three places in which its bytes can stand in a group), in hexadecimal and in UTF-16.
 */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Trace {
  readonly form: string;
  readonly bytes: Buffer;
}

/** How the secret, text or bytes, might look; base64 without its ends, which depend on what stands beside it. */
export function tracesOf(canary: string | Uint8Array): Trace[] {
  const bytes = Buffer.from(canary);
  const aligned = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // 8 bits of what stands before reach into the second character, 16 into the third; likewise behind.
    const start = [0, 2, 3][before] ?? 0;
    return text.slice(start, (before + bytes.length) % 3 === 0 ? undefined : -1);
  });
  const wide = typeof canary === "string" ? Buffer.from(canary, "utf16le") : undefined;
  return [
    { form: "as it is", bytes },
    ...aligned.map((text, before) => ({ form: `base64 +${before}`, bytes: Buffer.from(text) })),
    ...aligned.map((text, before) => {
      const url = text.replaceAll("+", "-").replaceAll("/", "_");
      return { form: `base64url +${before}`, bytes: Buffer.from(url) };
    }),
    { form: "hexadecimal", bytes: Buffer.from(bytes.toString("hex")) },
    ...(wide === undefined
      ? []
      : [
          { form: "UTF-16LE", bytes: wide },
          { form: "UTF-16BE", bytes: Buffer.from(wide).swap16() },
        ]),
  ];
}

/** In which forms the secret is in there. */
export function canaryIn(haystack: Uint8Array, canary: string | Uint8Array): string[] {
  const bytes = Buffer.from(haystack);
  const lower = lowered(bytes);
  return tracesOf(canary)
    .filter(({ form, bytes: trace }) =>
      form.startsWith("base64") ? bytes.includes(trace) : lower.includes(lowered(trace)),
    )
    .map(({ form }) => form);
}

export interface Searched {
  readonly files: readonly string[];
  /** `file: form`. */
  readonly found: readonly string[];
}

/** Looks through every file under the folder. */
export function searchFolder(folder: string, canary: string | Uint8Array): Searched {
  const files = filesUnder(folder);
  const found = files.flatMap((file) =>
    canaryIn(readFileSync(file), canary).map((form) => `${file}: ${form}`),
  );
  return { files, found };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) return filesUnder(path);
    return status.isFile() ? [path] : [];
  });
}

/** Letters of ASCII made small, all other bytes as they are. */
function lowered(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)));
}
