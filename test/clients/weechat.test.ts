/**
 * WeeChat, without a screen, against the built server: TLS with the certificate's fingerprint given, SASL PLAIN, talk
 * in the room and in private, and again after the server's restart. Nothing it asks on connecting is answered by an
 * error. It is typed to through its pipe (`fifo`) and heard through its logs.
 */
import { X509Certificate } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { approveMember, installed, LogFile } from "../support/foreign-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

class WeeChat {
  readonly status: LogFile;
  readonly room: LogFile;
  readonly conversation: LogFile;
  readonly #child: Bun.Subprocess;
  readonly #pipe: string;

  constructor(program: string, server: ServerProcess) {
    const home = freshFolder();
    this.#pipe = join(home, "pipe");
    const commands = startCommands(server, home, this.#pipe);
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

function startCommands(server: ServerProcess, home: string, pipe: string): string[] {
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
    `/set ${option}.sasl_mechanism plain`,
    `/set ${option}.sasl_username wes`,
    `/set ${option}.sasl_password ${password}`,
    `/set ${option}.autoreconnect_delay 1`,
    "/connect authchat",
  ];
}

/** Before version 4 its options say `ssl`. */
function tlsWord(): string {
  const { stdout } = Bun.spawnSync(["weechat-headless", "--version"]);
  return Number.parseInt(stdout.toString(), 10) < 4 ? "ssl" : "tls";
}

test("WeeChat logs in with SASL over TLS, talks, and comes back after a restart", async () => {
  const program = installed("weechat-headless");
  if (program === undefined) return;
  const words = ["--listen", `127.0.0.1:${await stablePort()}`];
  const server = await ServerProcess.starts({ words });
  await approveMember(server, "ann");
  await approveMember(server, "wes");
  const ann = await JsonClient.online(server, "ann", "--keep");
  const weechat = new WeeChat(program, server);
  await weechat.status.shows(/You are now logged in as wes/);
  await weechat.status.shows(/Welcome to the authchat network, wes!wes@/);
  await weechat.room.shows(/wes .*has joined #general/);

  weechat.types("irc.authchat.#general", "good morning from WeeChat, żółć");
  await ann.sees({ type: "message", target: "#general", from: "wes", account: "wes" });
  await ann.says("#general", "good morning, wes");
  await weechat.room.shows(/ann\tgood morning, wes/);
  await ann.says("wes", "a word in private");
  await weechat.conversation.shows(/ann\ta word in private/);
  weechat.types("irc.authchat.ann", "and one back");
  await ann.sees({ type: "message", target: "wes", text: "and one back" });

  server.signals("SIGKILL");
  await server.ended();
  await weechat.status.shows(/reconnecting to server in/);
  await ServerProcess.starts({ data: server.data, words });
  await weechat.status.shows(/You are now logged in as wes/);
  await ann.sees({ type: "state", state: "offline" });
  await ann.sees({ type: "state", state: "online" });
  await weechat.room.shows(/wes .*has joined #general/);
  weechat.types("irc.authchat.#general", "back again");
  await ann.sees({ type: "message", target: "#general", from: "wes", text: "back again" });
  weechat.types("core.weechat", "/quit");
  expect(await weechat.ended()).toBe(0);
  const noise = /unknown command|not enough parameters|not registered|(?<!authchat\.)invalid/i;
  expect(weechat.status.text.split("\n").filter((line) => noise.test(line))).toEqual([]);
});
