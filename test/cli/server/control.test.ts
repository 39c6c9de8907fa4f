/**
 * The control socket: words in, an answer out, and bounds on everything.
 */
import { statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "bun:test";
import {
  askServer,
  type ControlHandler,
  openControlSocket,
} from "../../../src/cli/server/control.ts";
import { Secret } from "../../../src/base/secret.ts";
import { freshFolder } from "../../support/folder.ts";

const echo: ControlHandler = ({ words, by }, answered) => {
  answered({ isDone: true, lines: [`${by}: ${words}`] });
};

async function opened(handler: ControlHandler, path = socketPath()): Promise<string> {
  const socket = await openControlSocket(path, handler);
  if (!socket.ok) throw new Error(socket.error);
  onTestFinished(() => socket.value.close());
  return path;
}

function socketPath(): string {
  return join(freshFolder(), "control");
}

/** What comes back for these bytes, until the server closes. */
function raw(path: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ path });
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    socket.on("connect", () => socket.write(bytes));
  });
}

test("words go in and the answer comes back", async () => {
  const path = await opened(echo);
  expect(await askServer(path, { words: "approve ann", by: "root" })).toEqual({
    ok: true,
    value: { isDone: true, lines: ["root: approve ann"] },
  });
});

test("a password goes apart from the words, as the bytes it is", async () => {
  const bytes = Uint8Array.of(0x70, 0xe4, 0xff, 0x00, 0x0a);
  const received: unknown[] = [];
  const path = await opened(({ words, secret }, answered) => {
    received.push(words, secret === undefined ? "none" : [...secret.bytes()]);
    answered({ isDone: true, lines: [] });
  });
  const secret = new Secret(Uint8Array.from(bytes));
  await askServer(path, { words: "passwd ann", by: "root", secret });
  await askServer(path, { words: "reset ann", by: "root" });
  expect(received).toEqual(["passwd ann", [...bytes], "reset ann", "none"]);
  expect(await raw(path, '{"words":"a","by":"b","secret":7}\n')).toContain("This is no request");
});

test("an answer that comes later comes all the same", async () => {
  const path = await opened((_request, answered) => {
    setImmediate(() => answered({ isDone: false, lines: ["no account ann"] }));
  });
  expect(await askServer(path, { words: "approve ann", by: "root" })).toEqual({
    ok: true,
    value: { isDone: false, lines: ["no account ann"] },
  });
});

test("only the owner may use it", async () => {
  expect(statSync(await opened(echo)).mode & 0o777).toBe(0o600);
});

test("where no server is, it is not running", async () => {
  const path = socketPath();
  expect(await askServer(path, { words: "who", by: "root" })).toEqual({
    ok: false,
    error: "not-running",
  });
});

test("a socket that a killed server left is replaced", async () => {
  const path = socketPath();
  const code = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  Bun.spawnSync([process.execPath, "-e", code]);
  expect(statSync(path).isSocket()).toBe(true);
  expect((await askServer(path, { words: "who", by: "root" })).ok).toBe(false);
  await opened(echo, path);
  expect((await askServer(path, { words: "who", by: "root" })).ok).toBe(true);
});

test("another file in its place is left alone and told", async () => {
  const path = socketPath();
  writeFileSync(path, "mine");
  const socket = await openControlSocket(path, echo);
  expect(socket).toEqual({ ok: false, error: `${path} is in the place of the control socket` });
});

test("a path that is too long for a socket is a clear error", async () => {
  const path = `/tmp/${"x".repeat(120)}`;
  const socket = await openControlSocket(path, echo);
  expect(!socket.ok && socket.error).toBe(
    `the path of the control socket, ${path}, has 125 bytes; 107 are possible`,
  );
});

test("what is no request is refused and not handed on", async () => {
  const path = await opened(() => {
    throw new Error("it was handed on");
  });
  const nonsense = ["", "GET / HTTP/1.1", "{}", "null", '{"words":1,"by":"root"}'];
  const hidden = ['{"words":"say \\u001b[2J","by":"root"}', '{"words":"who","by":"a\\nb"}'];
  for (const line of [...nonsense, ...hidden]) {
    expect(await raw(path, `${line}\n`)).toStartWith('{"isDone":false');
  }
});

test("a request that does not end is refused when it is too large", async () => {
  const path = await opened(echo);
  expect(await raw(path, "x".repeat(20_000))).toStartWith('{"isDone":false');
});

test("one connection too many is closed at once, and the others are answered", async () => {
  const answers: (() => void)[] = [];
  const path = await opened((_request, answered) => {
    answers.push(() => answered({ isDone: true, lines: [] }));
    if (answers.length < 16) return;
    void raw(path, "").then(() => {
      for (const give of answers) give();
    });
  });
  const asked = Array.from({ length: 16 }, () => askServer(path, { words: "who", by: "root" }));
  expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
});

test("a server that closes without an answer is a problem, not a wait", async () => {
  const path = socketPath();
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
  });
  const answer = await askServer(path, { words: "who", by: "root" });
  expect(!answer.ok && typeof answer.error === "object").toBe(true);
});
