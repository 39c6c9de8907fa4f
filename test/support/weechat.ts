/**
 * WeeChat without a screen, against the built server: typed to through its pipe (`fifo`) and heard through its logs.
 */
import { X509Certificate } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "bun:test";
import { freshFolder } from "./folder.ts";
import { LogFile } from "./foreign-client.ts";
import { type ServerProcess } from "./server-process.ts";

export class WeeChat {
  readonly status: LogFile;
  readonly room: LogFile;
  readonly conversation: LogFile;
  readonly #child: Bun.Subprocess;
  readonly #pipe: string;

  /** `login`: options of its server by which it logs in. */
  constructor(program: string, server: ServerProcess, login: Readonly<Record<string, string>>) {
    const home = freshFolder();
    this.#pipe = join(home, "pipe");
    const commands = startCommands(server, home, { pipe: this.#pipe, login });
    this.#child = Bun.spawn([program, "--dir", home, ...commands.flatMap((each) => ["-r", each])], {
      cwd: home,
      env: { HOME: home, TERM: "xterm", LANG: "C.UTF-8" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    onTestFinished(() => {
      this.#child.kill("SIGKILL");
    });
    this.status = new LogFile(join(home, "logs", "irc.server.authchat.weechatlog"));
    this.room = new LogFile(join(home, "logs", "irc.authchat.#general.weechatlog"));
    this.conversation = new LogFile(join(home, "logs", "irc.authchat.ann.weechatlog"));
  }

  /** Enters the text in that buffer, as its user would. */
  types(buffer: string, text: string): void {
    expect(existsSync(this.#pipe)).toBe(true);
    appendFileSync(this.#pipe, `${buffer} *${text}\n`);
  }

  async ended(): Promise<number | null> {
    await this.#child.exited;
    return this.#child.exitCode;
  }
}

function startCommands(
  server: ServerProcess,
  home: string,
  { pipe, login }: { readonly pipe: string; readonly login: Readonly<Record<string, string>> },
): string[] {
  const certificate = readFileSync(join(server.data, "certificate.pem"));
  const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(":", "");
  const word = tlsWord();
  const option = "irc.server.authchat";
  return [
    `/set fifo.file.path ${pipe}`,
    "/fifo enable",
    `/set logger.file.path ${join(home, "logs")}`,
    "/set logger.file.flush_delay 0",
    "/set logger.level.irc 9",
    `/server add authchat 127.0.0.1/${server.port()} -${word} -nicks=wes -username=wes`,
    `/set ${option}.${word}_fingerprint ${fingerprint}`,
    ...Object.entries(login).map(([name, value]) => `/set ${option}.${name} ${value}`),
    `/set ${option}.autoreconnect_delay 1`,
    "/connect authchat",
  ];
}

/** Before version 4 its options say `ssl`. */
export function tlsWord(): string {
  const { stdout } = Bun.spawnSync(["weechat-headless", "--version"]);
  return Number.parseInt(stdout.toString(), 10) < 4 ? "ssl" : "tls";
}
