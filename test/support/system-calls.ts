/**
 * What strace wrote down, read back: system calls with the bytes that were written, in the order in which they were
 * done (`-xx`: every string in hexadecimal; `-s`: none is cut; `-D`: the server is our own child, not strace's).
 *
 *     17219 pwrite64(8, "\x0d\x00…", 4096, 119536) = 4096
 *     17219 fsync(8 <unfinished ...>
 *     17229 write(1, "\x7b\x22…", 294) = 294
 *     17219 <... fsync resumed>)              = 0
 */
import { existsSync, readFileSync } from "node:fs";

export type SystemCall =
  | {
      readonly kind: "open";
      readonly file: number;
      readonly path: string;
      readonly isEmptied: boolean;
    }
  | {
      readonly kind: "write";
      readonly file: number;
      readonly bytes: Buffer;
      /** Undefined: where the last one ended. */
      readonly offset: number | undefined;
    }
  /** It begins: what is written from here on is none of it. */
  | { readonly kind: "sync-begun"; readonly file: number; readonly thread: string }
  | { readonly kind: "sync"; readonly file: number; readonly thread: string }
  | { readonly kind: "cut"; readonly file: number; readonly size: number }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "close"; readonly file: number }
  /** Whatever it did to the file is not known. */
  | { readonly kind: "other"; readonly file: number; readonly name: string };

const traced = [
  ...["openat", "open", "creat", "close", "dup", "dup2", "dup3", "rename", "renameat", "renameat2"],
  ...["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg"],
  ...["fsync", "fdatasync", "sync_file_range", "ftruncate", "truncate", "fallocate"],
  ...["unlink", "unlinkat", "io_uring_enter"],
];

/** The words before a command that has its system calls written down. */
export function tracing(file: string): string[] {
  return [
    ...["strace", "-D", "-f", "-q", "-xx", "-s", "10000000", "--seccomp-bpf"],
    ...["-e", `trace=${traced.join(",")}`, "-o", file, "--"],
  ];
}

/** The whole of it, once the traced process has ended. @throws when it does not end */
export async function finishedTrace(file: string): Promise<string> {
  for (let looks = 0; looks < 600; looks += 1) {
    const text = existsSync(file) ? readFileSync(file, "latin1") : "";
    // The first thread is the last to be told of.
    const first = text.slice(0, text.indexOf(" "));
    const last = text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
    if (/^\d+ +\+\+\+ .*\n$/.test(last) && last.startsWith(`${first} `)) return text;
    await Bun.sleep(50);
  }
  throw new Error(`${file} has no end`);
}

/** Those that succeeded. */
export function systemCalls(trace: string): SystemCall[] {
  const unfinished = new Map<string, string>();
  const calls: SystemCall[] = [];
  for (const line of trace.split("\n")) {
    const space = line.indexOf(" ");
    const thread = line.slice(0, space);
    let text = line.slice(space).trimStart();
    if (text.endsWith("<unfinished ...>")) {
      const begun = text.slice(0, -"<unfinished ...>".length).trimEnd();
      unfinished.set(thread, begun);
      const file = /^f(?:data)?sync\((\d+)/.exec(begun)?.[1];
      if (file !== undefined) calls.push({ kind: "sync-begun", file: Number(file), thread });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)?.[0];
    if (resumed !== undefined) text = (unfinished.get(thread) ?? "") + text.slice(resumed.length);
    const call = parseCall(text, thread);
    if (call !== undefined) calls.push(call);
  }
  return calls;
}

function parseCall(text: string, thread: string): SystemCall | undefined {
  const name = text.slice(0, text.indexOf("("));
  const result = /\)\s+= (-?\d+)[^"]*$/.exec(text.slice(-120));
  if (!traced.includes(name) || result === null) return undefined;
  const value = Number(result[1]);
  if (value < 0) return undefined;
  const words = text.slice(name.length + 1, text.length - result[0].length);
  const file = Number(/^\d+/.exec(words)?.[0]);
  switch (name) {
    case "open":
    case "openat":
      return opened(words, value);
    case "write":
    case "sendto":
    case "writev":
    case "sendmsg":
      return { kind: "write", file, bytes: bytesIn(words).subarray(0, value), offset: undefined };
    case "pwrite64": {
      const offset = Number(words.slice(words.lastIndexOf(" ")));
      return { kind: "write", file, bytes: bytesIn(words).subarray(0, value), offset };
    }
    case "fsync":
    case "fdatasync":
      return { kind: "sync", file, thread };
    case "ftruncate":
      return { kind: "cut", file, size: Number(words.slice(words.lastIndexOf(" "))) };
    case "unlink":
    case "unlinkat":
      return { kind: "remove", path: bytesIn(words).toString() };
    case "rename": {
      const [from = "", to = ""] = stringsIn(words).map(String);
      return { kind: "rename", from, to };
    }
    case "close":
      return { kind: "close", file };
    default:
      return { kind: "other", file, name };
  }
}

function opened(words: string, file: number): SystemCall {
  const flags = words.slice(words.lastIndexOf('"'));
  return {
    kind: "open",
    file,
    path: bytesIn(words).toString(),
    isEmptied: flags.includes("O_TRUNC"),
  };
}

function bytesIn(words: string): Buffer {
  return Buffer.concat(stringsIn(words));
}

function stringsIn(words: string): Buffer[] {
  return [...words.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hexadecimal = ""]) =>
    Buffer.from(hexadecimal.replaceAll(String.raw`\x`, ""), "hex"),
  );
}
