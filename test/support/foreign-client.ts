/**
 * What tests of clients that nobody here wrote have in common: whether the client is there, the log files by which it
 * is heard, and a member for it to be.
 */
import { readFileSync } from "node:fs";
import { expect, onTestFinished } from "bun:test";
import { password } from "./client-process.ts";
import { RawClient } from "./raw-client.ts";
import { Screen } from "./screen.ts";
import { type ServerProcess } from "./server-process.ts";

/** Often enough that nobody waits for it. */
const lookMs = 20;

/** Where the program is, or undefined, said loudly: a test that cannot be run must not look like one that was. */
export function installed(program: string): string | undefined {
  const path = Bun.which(program) ?? undefined;
  if (path === undefined) {
    process.stderr.write(`\n*** NOT TESTED: ${program} is not installed (apt-get install)\n\n`);
  }
  return path;
}

/** A text file that another program writes, read as a screen: what it gets is found in its order. */
export class LogFile extends Screen {
  readonly #path: string;

  /** It need not be there yet. */
  constructor(path: string) {
    super();
    this.#path = path;
    const timer = setInterval(() => this.#look(), lookMs);
    onTestFinished(() => clearInterval(timer));
  }

  #look(): void {
    const text = readIfThere(this.#path);
    if (text.length > this.text.length) this.add(text.slice(this.text.length));
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** An account with the password of these tests, asked for and approved. */
export async function approveMember(server: ServerProcess, name: string): Promise<void> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.registers(name, password)).toContain("VERIFICATION_REQUIRED");
  expect(await server.account("approve", name)).toMatchObject({ code: 0 });
  client.leaves();
}
