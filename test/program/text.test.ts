/**
 * The built client in scripts (`--ui text`): lines in, lines out, and an exit code that says how it went.
 */
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { connectWords, JsonClient, password, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { executable, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

test("one line from a pipe is said, kept and seen, and that is 0", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const ended = await says(
    "hello\n",
    ...connectWords(server, "ann", "--register", "--ui", "text", "-c", "#general"),
  );
  expect(ended).toEqual({
    code: 0,
    out: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t#general\tann\thello\n$/),
    error: "",
  });
  await bob.sees({ type: "message", from: "ann", text: "hello" });
  const later = await JsonClient.online(server, "bob");
  await later.sees({ type: "message", from: "ann", text: "hello", history: true });
});

test("a thousand lines arrive once and in their order, the last one without its line end", async () => {
  const server = await ServerProcess.starts({
    words: open,
    settings: "[limits]\nflood = false\n",
  });
  const bob = await JsonClient.online(server, "bob", "--register");
  const texts = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
  const words = connectWords(server, "ann", "--register", "-c", "general");
  const { code, out, error } = await says(texts.join("\n"), ...words);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  await bob.sees({ type: "message", from: "ann", text: "line 999" });
  expect(bob.all({ type: "message", from: "ann" }).map(({ text }) => text)).toEqual(texts);
  expect(out.trimEnd().split("\n")).toHaveLength(1_000);
});

test("a line that is refused is 6 and says which; the others are said", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const words = connectWords(server, "ann", "--register", "--ui", "text");
  const nobody = await says("hello\n", ...words, "-c", "#general", "nobody");
  expect(nobody.code).toBe(6);
  expect(nobody.error).toMatch(/^authchat: nobody: .+ \(401\); not sent: hello\n$/);
  const tooLong = "x".repeat(300_000);
  const again = connectWords(server, "ann", "--ui", "text", "-c", "#general");
  const mixed = await says(`first\n${tooLong}\n\nlast\n`, ...again);
  expect(mixed).toMatchObject({
    code: 6,
    error: "authchat: not sent: a line is too long or no UTF-8\n",
  });
  await bob.sees({ type: "message", from: "ann", text: "first" });
  await bob.sees({ type: "message", from: "ann", text: "last" });
});

test("in a room where only the voiced speak, what is said is 6", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  bob.does({ op: "join", target: "#quiet" }, { op: "raw", line: "MODE #quiet +m", ref: "m" });
  await bob.sees({ type: "ack", ref: "m" });
  const words = connectWords(server, "ann", "--register", "--ui", "text", "-c", "#quiet");
  const { code, out, error } = await says("hello\n", ...words);
  expect({ code, out }).toEqual({ code: 6, out: "" });
  expect(error).toMatch(/^authchat: #quiet: .+ \(404\); not sent: hello\n$/);
});

test("a script that says nothing, or nowhere, is told so", async () => {
  const server = await ServerProcess.starts({ words: open });
  const words = connectWords(server, "ann", "--register", "--ui", "text");
  expect(await says("", ...words, "-c", "#general")).toEqual({ code: 0, out: "", error: "" });
  const again = connectWords(server, "ann", "--ui", "text");
  expect(await says("hello\n", ...again)).toEqual({
    code: 6,
    out: "",
    error: "authchat: not sent: no -c ROOM to say it in\n",
  });
});

test("what others send cannot move the cursor, nor make two lines of one", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await RawClient.connect({ port: server.port(), tls: true });
  expect(await bob.registers("bob", password)).toContain("SUCCESS");
  bob.sends("CAP END");
  await bob.until(/ JOIN #general/);
  const words = connectWords(server, "ann", "--register", "--ui", "text", "--keep");
  const child = Bun.spawn([executable, ...words, "-c", "#general"], {
    stdin: Buffer.from("here\n"),
    stdout: "pipe",
    env: { HOME: freshFolder() },
    detached: true,
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await bob.until(/PRIVMSG #general :here/);
  bob.sends("PRIVMSG #general :\x1b[2Jgone\ttab\x9b31m");
  const lines = await firstLines(child.stdout, 2);
  expect(lines[1]?.split("\t").slice(1)).toEqual(["#general", "bob", expect.any(String)]);
  expect(lines[1]).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
});

async function firstLines(stream: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    if (text.split("\n").length > count) break;
  }
  return text.split("\n");
}

test.each(["text", "json"])("--ui %s: a reader who has had enough ends it with 0", async (ui) => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const words = connectWords(server, "ann", "--register", "--keep", "--ui", ui);
  const quoted = [executable, ...words].map((word) => `'${word}'`).join(" ");
  // head leaves after one line; the code and the errors come on standard error.
  const child = Bun.spawn(["sh", "-c", `{ ${quoted}; echo "code $?" >&2; } | head -n 1`], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { HOME: freshFolder(), PATH: process.env["PATH"] ?? "" },
    detached: true,
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await bob.sees({ type: "join", target: "#general", who: "ann" });
  const isOver = child.exited.then(() => true);
  // Until it has noticed: what is written first after the reader left may still be taken by the pipe.
  do {
    await bob.says("#general", "one more");
  } while (!(await Promise.race([isOver, Bun.sleep(50).then(() => false)])));
  expect(await child.stderr.text()).toBe("code 0\n");
  expect((await child.stdout.text()).split("\n")).toHaveLength(2);
});

test("with output that cannot be written at all it still says its line", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const words = connectWords(server, "ann", "--register", "--ui", "text", "-c", "#general");
  const quoted = [executable, ...words].map((word) => `'${word}'`).join(" ");
  const child = Bun.spawn(["sh", "-c", `echo hello | ${quoted} >/dev/full`], {
    env: { HOME: freshFolder(), PATH: process.env["PATH"] ?? "" },
    stderr: "pipe",
    detached: true,
  });
  await bob.sees({ type: "message", from: "ann", text: "hello" });
  expect(await child.exited).toBe(0);
});

test("without anything to log in with it says what is missing", async () => {
  const server = await ServerProcess.starts();
  const place = `127.0.0.1:${server.port()}`;
  const given = ["connect", "--no-input", "--home", freshFolder(), "--pin", server.pin];
  const named = await runs(...given, `ann@${place}`);
  expect(named).toMatchObject({
    code: 2,
    error: expect.stringContaining("no terminal to ask for the password: use --password-file"),
  });
  expect(await runs(...given)).toMatchObject({
    code: 2,
    error: expect.stringContaining("ADDRESS is missing"),
  });
  expect(await runs(...given, place)).toMatchObject({
    code: 4,
    error:
      "authchat: You must log in with SASL to use this server\n" +
      "  say who you are: NAME@HOST and --password-file FILE; --register makes a new account\n",
  });
});

test("a room that is renamed goes on under its new name, for programs and for what a script says", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  bob.does({ op: "join", target: "#old" });
  await bob.sees({ type: "join", target: "#old", self: true });
  const words = connectWords(server, "ann", "--register", "--ui", "text", "-c", "#old");
  const ann = Bun.spawn([executable, ...words], { stdin: "pipe", stdout: "pipe" });
  onTestFinished(() => {
    ann.kill("SIGKILL");
  });
  await ann.stdin.write("before\n");
  await bob.sees({ type: "message", target: "#old", text: "before" });
  bob.does({ op: "raw", line: "RENAME #old #new :better" });
  await bob.sees({ type: "rename", target: "#new", from: "#old", who: "bob", reason: "better" });
  bob.does({ op: "send", target: "#new", text: "here?" });
  const out = ann.stdout.getReader();
  let seen = "";
  while (!seen.includes("here?")) seen += Buffer.from((await out.read()).value ?? []).toString();
  expect(seen).toContain("\t#new\tbob\there?\n");
  await ann.stdin.write("after\n");
  await bob.sees({ type: "message", target: "#new", text: "after" });
});

test("programs are told who is away, and what people call themselves", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const ann = await JsonClient.online(server, "ann", "--register");
  await bob.sees({ type: "join", target: "#general", who: "ann" });
  ann.does({ op: "raw", line: "AWAY :lunch" }, { op: "raw", line: "SETNAME :Anna" });
  const about = { who: "ann", self: false };
  await bob.sees({ type: "away", text: "lunch", ...about });
  await bob.sees({ type: "setname", name: "Anna", ...about });
  ann.does({ op: "raw", line: "AWAY" });
  await bob.sees({ type: "away", text: null, ...about });
});
