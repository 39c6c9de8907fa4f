/**
 * The end of the program: one line for a fault, one for a bug, and the right code. Each in a process of its own.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";

const source = join(import.meta.dir, "../../../src/cli/command-line");

interface Ended {
  readonly code: number;
  readonly error: string;
}

function after(code: string, environment: Readonly<Record<string, string>> = {}): Ended {
  const script = `
    const { endOnUncaught, endProgram, reportFailure } = await import("${source}/ending.ts");
    const { Fault } = await import("${source}/exit.ts");
    const { StorageFault } = await import("${source}/../../storage/fault.ts");
    endOnUncaught();
    ${code}`;
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "-e", script], {
    env: environment,
  });
  return { code: exitCode, error: stderr.toString() };
}

test("a fault is one line, with its hint below, and its code", () => {
  const code = `await endProgram(reportFailure(new Fault(69, "the port is taken", "Take another.\\nOr wait.")))`;
  expect(after(code)).toEqual({
    code: 69,
    error: "authchat: the port is taken\n  Take another.\n  Or wait.\n",
  });
});

test("a fault of the storage is one too", () => {
  const code = `await endProgram(reportFailure(new StorageFault("it is damaged", "Restore a backup.")))`;
  expect(after(code)).toEqual({
    code: 74,
    error: "authchat: it is damaged\n  Restore a backup.\n",
  });
});

test("an exception nobody caught is a bug, wherever it is thrown", () => {
  for (const thrown of [
    `setImmediate(() => { throw new Error("a bug"); });`,
    `setTimeout(() => { throw new Error("a bug"); }, 0);`,
    `void Promise.reject(new Error("a bug"));`,
    `queueMicrotask(() => { throw new Error("a bug"); });`,
  ]) {
    expect(after(`${thrown} setInterval(() => undefined, 1_000);`)).toEqual({
      code: 70,
      error: "authchat: internal error: a bug\n  AUTHCHAT_DEBUG=1 shows where\n",
    });
  }
});

test("AUTHCHAT_DEBUG=1 shows where", () => {
  const { error } = after(`await endProgram(reportFailure(new Error("a bug")))`, {
    AUTHCHAT_DEBUG: "1",
  });
  expect(error).toMatch(/^authchat: internal error: a bug\n[\s\S]* {4}at /);
});

test("what is said last can do nothing to a terminal", () => {
  const { error } = after(`await endProgram(reportFailure(new Fault(1, "a\\x1b[2Jb")))`);
  expect(error).toBe("authchat: a␛[2Jb\n");
});
