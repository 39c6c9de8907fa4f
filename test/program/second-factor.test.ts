/**
 * A second factor with the built programs: turned on by `/totp` on a terminal, asked for at the next login, and what
 * goes on without it.
 */
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import decodeQR from "qr/decode.js";
import { connectWords, JsonClient, passwordFile, password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { Terminal } from "../support/screen.ts";
import { stablePort } from "../support/stable-port.ts";
import { assertBuilt, executable, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(90_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

function on(...words: readonly string[]): Terminal {
  assertBuilt();
  const environment = { HOME: freshFolder(), TERM: "xterm", LANG: "C.UTF-8" };
  return new Terminal([executable, ...words], { environment, folder: freshFolder() });
}

/** RFC 6238, as oathtool(1) would say it. */
function codeOf(base32: string, stepsOff = 0): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(base32, (each) => letters.indexOf(each).toString(2).padStart(5, "0"));
  const bytes = (bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + stepsOff));
  const mac = createHmac("sha1", Uint8Array.from(bytes)).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** What a camera would read off the half blocks on the screen, dark on light. */
function readPicture(text: string): string {
  const rows = [...text.matchAll(/\x1b\[38;5;16;48;5;231m([ █▀▄]+)\x1b\[0m/g)].map(
    ([, row = ""]) => row,
  );
  const scale = 4;
  const width = (rows[0]?.length ?? 0) * scale;
  const height = rows.length * 2 * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const half = Math.floor(y / scale);
      const block = rows[Math.floor(half / 2)]?.[Math.floor(x / scale)] ?? " ";
      const isDark = (half % 2 === 0 ? "█▀" : "█▄").includes(block);
      if (isDark) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decodeQR({ width, height, data });
}

/** Turns it on for ann, whose account this makes. Answers the secret and the recovery codes. */
async function turnsOn(server: ServerProcess) {
  const terminal = on(...connectWords(server, "ann", "--register", "--ui", "line"));
  await terminal.shows(/#general> /);
  terminal.types("/totp\r");
  const [, groups = ""] = await terminal.shows(/into an authenticator: ((?:[A-Z2-7]{4} ?){8})/);
  const secret = groups.replaceAll(" ", "");
  const uri = readPicture(terminal.text);
  expect(uri).toBe(`otpauth://totp/authchat:ann?secret=${secret}&issuer=authchat`);
  await terminal.shows(/totp confirm CODE/);
  terminal.types(`/totp ${codeOf(secret)}\r`);
  await terminal.shows(/the second factor is on/);
  const codes: string[] = [];
  for (let count = 0; count < 10; count += 1) {
    const [code = ""] = await terminal.shows(/(?:[0-9a-z]{4}-){3}[0-9a-z]{4}/);
    codes.push(code);
  }
  await terminal.shows(/app-password add LABEL/);
  terminal.types("/msg NickServ app-password add irssi\r");
  const [token = ""] = await terminal.shows(/act-app-[0-9a-z]{26}/);
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
  return { secret, codes, token };
}

/** ann logs in on a terminal with the password in a file, and types this when she is asked. */
async function comes(server: ServerProcess, code: string): Promise<Terminal> {
  const place = ["connect", `ann@127.0.0.1:${server.port()}`, "--pin", server.pin];
  const files = ["--password-file", passwordFile(password), "--home", freshFolder()];
  const terminal = on(...place, ...files, "--ui", "line");
  await terminal.shows(/Code from your authenticator \(or a recovery code\): $/);
  terminal.types(`${code}\r`);
  return terminal;
}

async function leaves(terminal: Terminal): Promise<void> {
  await terminal.shows(/#general> /);
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
}

test("a code from the authenticator or a recovery code lets in, each once", async () => {
  const server = await ServerProcess.starts({ words: open });
  const { secret, codes, token } = await turnsOn(server);
  const code = codeOf(secret, 1); // that of the present step has turned it on, perhaps
  const [recovery = ""] = codes;
  await leaves(await comes(server, code));
  await server.logs("login.ok", (line) => line["mechanism"] === "OPAQUE-R255-EXPR (code)");
  await leaves(await comes(server, recovery));
  await server.logs("login.ok", (line) => line["mechanism"] === "OPAQUE-R255-EXPR (recovery code)");
  for (const used of [code, recovery]) {
    const terminal = await comes(server, used);
    await terminal.shows(/wrong code \(2 tries left\)/);
    await terminal.shows(/recovery code\): $/);
    terminal.types("\x03");
    expect(await terminal.ended()).toBe(130);
  }

  // Ordinary clients: not with the password, but with an app password.
  const refused = await RawClient.connect({ port: server.port(), tls: true });
  expect(await refused.logsIn("ann", password)).toContain(" 904 ");
  refused.leaves();
  const bot = await RawClient.connect({ port: server.port(), tls: true });
  expect(await bot.logsIn("ann", token)).toContain(" 903 ");
  await bot.until(/ 001 ann /);
  bot.sends("PRIVMSG NickServ :app-password list");
  expect(await bot.until(/NOTICE ann :/)).toContain("is not for who is logged in with an app");
  await server.logs("login.ok", (line) => line["mechanism"] === "PLAIN (app password)");

  // Programs: with a code in a file, or they are told what they need.
  const file = join(freshFolder(), "code");
  writeFileSync(file, `${codes[1] ?? ""}\n`);
  const program = new JsonClient(connectWords(server, "ann", "--totp-file", file));
  await program.sees({ type: "state", state: "online" });
  await program.leaves();
  const { code: exit, error } = await runs(...connectWords(server, "ann"));
  expect(exit).toBe(4);
  expect(error).toContain("an app password, by PLAIN");
  const wrong = await runs(...connectWords(server, "ann", "--totp-file", file));
  expect([wrong.code, wrong.error]).toEqual([4, "authchat: wrong code\n"]);

  // Nothing of all this is in the log.
  const log = JSON.stringify(server.log);
  for (const used of [secret, code, token, recovery, password]) expect(log).not.toContain(used);
});

test("after a lost connection the code is asked for in the bottom line, also when it was lost over the question", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const server = await ServerProcess.starts({ words });
  const { codes } = await turnsOn(server);
  const terminal = on(
    ...["connect", `ann@127.0.0.1:${server.port()}`, "--pin", server.pin, "--ui", "line"],
    ...["--password-file", passwordFile(password), "--home", freshFolder()],
  );
  await terminal.shows(/recovery code\): $/);
  terminal.types("half a co");
  await terminal.shows(/half a co$/);
  let running = server;
  for (const code of codes.slice(0, 2)) {
    running.signals("SIGKILL");
    await running.ended();
    await terminal.shows(/offline: /);
    running = await ServerProcess.starts({ data: server.data, words });
    await terminal.shows(/Code from your authenticator \(or a recovery code\): /);
    terminal.types(`${code}\r`);
    await terminal.shows(/#general> /);
  }
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
});

test("who lost everything is helped by an operator at the shell", async () => {
  const server = await ServerProcess.starts({ words: open });
  await turnsOn(server);
  const answer = await server.account("totp-off", "ann");
  expect(answer).toMatchObject({ code: 0, out: "ann logs in without a second factor\n" });
  const ann = await JsonClient.online(server, "ann");
  await ann.leaves();
});

test("a strict account logs in by OPAQUE, not with its password by PLAIN", async () => {
  const server = await ServerProcess.starts({ words: open });
  const ann = await JsonClient.online(server, "ann", "--register");
  await ann.leaves();
  expect(await server.account("strict", "ann", "on")).toMatchObject({ code: 0 });
  const plain = await RawClient.connect({ port: server.port(), tls: true });
  expect(await plain.logsIn("ann", password)).toContain(" 904 ");
  plain.leaves();
  await (await JsonClient.online(server, "ann")).leaves();
  expect(await server.account("strict", "ann", "off")).toMatchObject({ code: 0 });
  const again = await RawClient.connect({ port: server.port(), tls: true });
  expect(await again.logsIn("ann", password)).toContain(" 903 ");
});
