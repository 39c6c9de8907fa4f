/**
 * Two honest pairs who talk while the server is attacked: one message every few milliseconds, each kept on disk and
 * heard by the other, and how long that took. They are a process of their own (`honest-talk.ts`).
 */
import { resolve } from "node:path";
import { expect, onTestFinished } from "bun:test";
import { password } from "./client-process.ts";
import { isLongForm } from "./long-form.ts";
import { RawClient } from "./raw-client.ts";
import { type ServerProcess } from "./server-process.ts";

/** Each of them says something as often as flood control lets them, and a little less. */
export const everyMs = 60;

/** What must hold on a machine that is left alone, and what on any. */
const p99MsMax = isLongForm ? 50 : 500;
/** At least so long is looked at, however quickly an attack is over. */
const lookMs = isLongForm ? 5_000 : 800;

const names = ["honest1", "honest2", "honest3", "honest4"];

export interface Figures {
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  /** Connections of theirs that ended. */
  readonly closed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class HonestPairs {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  private constructor(port: number) {
    this.#child = Bun.spawn(
      [
        process.execPath,
        resolve(import.meta.dir, "../support/honest-talk.ts"),
        String(port),
        password,
        ...names,
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    this.#lines = linesOf(this.#child.stdout);
    onTestFinished(() => {
      this.#child.kill("SIGKILL");
    });
  }

  /** They have their accounts, and are in. The server lets anyone have one, and listens in plain text. */
  static async on(server: ServerProcess): Promise<HonestPairs> {
    await Promise.all(names.map((name) => getsAccount(server, name)));
    const pairs = new HonestPairs(server.port(false));
    expect(await pairs.#next()).toBe("ready");
    return pairs;
  }

  /** They talk while this is done, and for a while at least; nothing of it is lost, and all of it is quick. */
  async talkDuring(attack: () => Promise<void>): Promise<Figures> {
    const { outcome, figures } = await this.#talk(attack, lookMs);
    if (outcome.status === "rejected") throw outcome.reason;
    expect(figures).toMatchObject({ lost: 0, doubled: 0, closed: 0 });
    expect(figures.heard).toBeGreaterThan(lookMs / everyMs);
    expect(figures.p99Ms).toBeLessThan(p99MsMax);
    return figures;
  }

  /** Once, before anything is measured: what is compiled and loaded when it is first used, is. */
  async warmUp(): Promise<void> {
    await this.#talk(() => Promise.resolve(), 200);
  }

  async #talk(
    attack: () => Promise<void>,
    ms: number,
  ): Promise<{ readonly outcome: PromiseSettledResult<void>; readonly figures: Figures }> {
    this.#say("begin");
    const [outcome] = await Promise.allSettled([attack(), Bun.sleep(ms)]);
    this.#say("end");
    // The process prints nothing else.
    return { outcome, figures: JSON.parse(await this.#next()) as Figures };
  }

  #say(word: string): void {
    void this.#child.stdin.write(`${word}\n`);
    void this.#child.stdin.flush();
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the honest pairs are gone");
    return value;
  }
}

/** An account, made and left. */
export async function getsAccount(server: ServerProcess, name: string): Promise<void> {
  const client = await RawClient.connect({ port: server.port(false), tls: false });
  expect(await client.registers(name, password)).toContain("REGISTER SUCCESS");
  client.leaves();
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
