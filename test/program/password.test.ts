/**
 * The built client and server: the password is changed at a terminal and by a script, who was in with the old one is
 * out, and a record of older settings is made anew without anyone noticing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  connectWords,
  JsonClient,
  password,
  passwordFile,
  says,
} from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { Terminal } from "../support/screen.ts";
import {
  assertBuilt,
  type Ended,
  executable,
  runs,
  ServerProcess,
} from "../support/server-process.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];
const next = "staple battery horse";

function terminalOf(...words: readonly string[]): Terminal {
  assertBuilt();
  const environment = { HOME: freshFolder(), TERM: "xterm", NO_COLOR: "1" };
  return new Terminal([executable, ...words], { environment, folder: freshFolder() });
}

/** Logs in and leaves; its code. */
async function codeOf(server: ServerProcess, secret: string): Promise<number | null> {
  const words = connectWords(
    server,
    "ann",
    "--ui",
    "text",
    "--password-file",
    passwordFile(secret),
  );
  return (await says("", ...words)).code;
}

async function answers(terminal: Terminal, old: string, fresh: string): Promise<void> {
  await terminal.shows(/Old password: $/);
  terminal.types(`${old}\r`);
  await terminal.shows(/New password \(15 or more characters\): $/);
  terminal.types(`${fresh}\r`);
  await terminal.shows(/New password again: $/);
  terminal.types(`${fresh}\r`);
}

test("/password changes it without echo, throws the other device out, and the talk goes on", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = terminalOf(...connectWords(server, "ann", "--register", "--ui", "line"));
  await terminal.shows(/#general> /);
  const other = await JsonClient.online(server, "ann");
  terminal.types("/password\r");
  await terminal.shows(/Old password: $/);
  await bob.says("#general", "meanwhile");
  await terminal.shows(/bob: meanwhile\r\nOld password: $/);
  terminal.types(`${password}\r`);
  await terminal.shows(/New password \(15 or more characters\): $/);
  terminal.types(`${next}\r`);
  await terminal.shows(/New password again: $/);
  terminal.types(`${next}\r`);
  await terminal.shows(/Your password is changed; all other devices log in anew\r\n/);
  expect((await other.ended()).error).toContain("wrong name or password");
  terminal.types("still here\r");
  await bob.sees({ type: "message", from: "ann", text: "still here" });
  terminal.types("\x1b[A\x1b[A\x1b[A\x1b[A\x15\x19\x15/raw PING x\r"); // nothing of it is remembered
  terminal.types("/reconnect\r");
  await terminal.shows(/#general> /);
  terminal.types("and again\r");
  await bob.sees({ type: "message", from: "ann", text: "and again" });
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
  for (const secret of [password, next]) expect(terminal.text).not.toContain(secret);
  expect([await codeOf(server, password), await codeOf(server, next)]).toEqual([4, 0]);
  expect(server.log.find(({ event }) => event === "password.changed")).toMatchObject({
    account: "ann",
    isSame: false,
  });
  const all = JSON.stringify(server.log);
  for (const secret of [password, next]) expect(all).not.toContain(secret);
});

test("what is wrong with it is said, nothing is changed, and a pasted answer is not said in a room", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = terminalOf(...connectWords(server, "ann", "--register", "--ui", "line"));
  await terminal.shows(/#general> /);
  terminal.types("/password\r");
  await terminal.shows(/Old password: $/);
  terminal.types(`${password}\r${next}\r${next} other\r`);
  await terminal.shows(/the new passwords differ; the password is not changed\r\n/);
  terminal.types("/password\r");
  await answers(terminal, password, "short");
  await terminal.shows(/15[^\r\n]*; the password is not changed\r\n/);
  terminal.types("/password\r");
  await answers(terminal, "a wrong old password", next);
  await terminal.shows(/wrong name or password\r\n/);
  terminal.types("/password\r");
  await terminal.shows(/Old password: $/);
  terminal.types("half\x03");
  await terminal.shows(/the password is not changed\r\n/);
  terminal.types("good morning\r");
  await bob.sees({ type: "message", from: "ann", text: "good morning" });
  expect(bob.all({ type: "message" }).map(({ text }) => text)).toEqual(["good morning"]);
  terminal.types("/quit\r");
  await terminal.ended();
  expect(await codeOf(server, password)).toBe(0);
});

/** `passwd` as a script has it. */
function passwd(server: ServerProcess, old: string, fresh: string): Promise<Ended> {
  const place = `ann@127.0.0.1:${server.port()}`;
  const files = ["--password-file", passwordFile(old), "--new-password-file", passwordFile(fresh)];
  const given = ["--no-input", "--home", freshFolder(), "--pin", server.pin, ...files];
  return runs("passwd", place, ...given);
}

test("passwd changes it by files, and says why when it does not", async () => {
  const server = await ServerProcess.starts({ words: open });
  const words = connectWords(server, "ann", "--register", "--ui", "text");
  expect(await says("", ...words)).toMatchObject({ code: 0 });
  const weak = await passwd(server, password, "short");
  expect([weak.code, weak.out]).toEqual([4, ""]);
  const wrong = await passwd(server, next, next);
  expect(wrong).toMatchObject({ code: 4, out: "", error: "authchat: wrong name or password\n" });
  expect(await passwd(server, password, next)).toEqual({
    code: 0,
    out: "the password is changed\n",
    error: "",
  });
  expect([await codeOf(server, password), await codeOf(server, next)]).toEqual([4, 0]);
});

test("passwd asks at a terminal, for the new one twice", async () => {
  const server = await ServerProcess.starts({ words: open });
  await says("", ...connectWords(server, "ann", "--register", "--ui", "text"));
  const terminal = terminalOf("passwd", `ann@127.0.0.1:${server.port()}`, "--pin", server.pin);
  await terminal.shows(/Password: $/);
  terminal.types(`${password}\r`);
  await terminal.shows(/New password \(15 or more characters\): $/);
  terminal.types(`${next}\r`);
  await terminal.shows(/New password again: $/);
  terminal.types(`${next}\r`);
  await terminal.shows(/the password is changed\r\n/);
  expect(await terminal.ended()).toBe(0);
  for (const secret of [password, next]) expect(terminal.text).not.toContain(secret);
  expect(await codeOf(server, next)).toBe(0);
});

/** The same data with other settings of argon2, on the same port. */
async function restarted(before: ServerProcess, argon2: string): Promise<ServerProcess> {
  const words = ["--listen", `127.0.0.1:${before.port()}`, "--registration", "open"];
  before.signals("SIGTERM");
  await before.ended();
  return ServerProcess.starts({ data: before.data, words, argon2 });
}

const raised = "{ memory-kib = 24576, passes = 2, lanes = 1 }";
const usual = "{ memory-kib = 19456, passes = 2, lanes = 1 }";

test("after the settings were raised a login makes the record anew, unnoticed; the floor is pinned", async () => {
  const home = freshFolder();
  const first = await ServerProcess.starts({ words: open });
  const trusted = ["--home", home, "--pin", first.pin];
  await says("", ...connectWords(first, "ann", "--register", "--ui", "text", ...trusted));
  const place = `127.0.0.1:${first.port()}`;
  const second = await restarted(first, raised);
  const other = await JsonClient.online(second, "ann");
  const staying = new JsonClient(connectWords(second, "ann", ...trusted));
  await second.logs("password.changed", ({ isSame }) => isSame === true);
  await other.says("#general", "not thrown out");
  await staying.sees({ type: "message", text: "not thrown out" });
  await staying.leaves();
  await other.leaves();
  expect(staying.all({ type: "notice" })).toEqual([]);
  const changes = (of: ServerProcess): number =>
    of.log.filter(({ event }) => event === "password.changed").length;
  const before = changes(second);
  await says("", ...connectWords(second, "ann", "--ui", "text", ...trusted));
  expect(changes(second)).toBe(before);
  expect(JSON.parse(readFileSync(join(home, "known_servers.json"), "utf8"))).toMatchObject({
    floors: { [place]: { memoryKib: 24_576, passes: 2 } },
  });
  const listed = await runs("servers", "list", "--home", home);
  expect(listed.out).toMatch(/OPAQUE:[A-Za-z0-9+/]{12}… {2}floor 24576 KiB × 2\n/);

  const third = await restarted(second, usual);
  const lower = await says("", ...connectWords(third, "ann", "--ui", "text", ...trusted));
  expect([lower.code, changes(third)]).toEqual([0, 0]);
  expect(lower.error).toContain("protects passwords less than it did before");
  const files = [
    "--password-file",
    passwordFile(password),
    "--new-password-file",
    passwordFile(next),
  ];
  const refused = await runs("passwd", `ann@${place}`, "--no-input", ...trusted, ...files);
  expect(refused.code).toBe(4);
  expect(refused.error).toContain("protects passwords less than it did before");
});
