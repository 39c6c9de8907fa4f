/**
 * The built client against the built server, for programs (`--ui json`): asking for an account, being let in, talking,
 * being refused, and staying over an outage.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  connectWords,
  JsonClient,
  password,
  passwordFile,
  says,
} from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** Someone asks for an account and goes away again. */
async function asks(server: ServerProcess, name: string): Promise<void> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.registers(name, password)).toContain("VERIFICATION_REQUIRED");
  client.leaves();
}

test("who asks for an account with --keep waits, is approved from the shell, and is in", async () => {
  const server = await ServerProcess.starts();
  const ann = new JsonClient(connectWords(server, "ann", "--register", "--keep"));
  await ann.sees({ type: "registered", account: "ann", waiting: true });
  await ann.sees({ type: "state", state: "waiting", account: "ann" });
  expect(await server.account("approve", "ann")).toMatchObject({ code: 0, out: "approved ann\n" });
  await ann.sees({ type: "hello", account: "ann", nick: "ann" });
  await ann.sees({ type: "join", target: "#general", who: "ann", self: true });
  expect(ann.lines[0]).toMatchObject({ v: 1, type: "state", state: "connecting" });
  expect(ann.all({ type: "error" })).toEqual([]);
  await ann.leaves();
  expect(await ann.ended()).toEqual({ code: 0, error: "" });
});

test("who asks for an account with --keep and is rejected is told so, with 4", async () => {
  const server = await ServerProcess.starts();
  const eve = new JsonClient(connectWords(server, "eve", "--register", "--keep"));
  await eve.sees({ type: "state", state: "waiting" });
  expect((await server.account("reject", "eve")).code).toBe(0);
  await eve.sees({ type: "state", state: "closed", code: "rejected" });
  expect((await eve.ended()).code).toBe(4);
});

test("two talk in the room and privately; what is said is acknowledged with the id all see", async () => {
  const server = await ServerProcess.starts({ words: open });
  const ann = await JsonClient.online(server, "ann", "--register");
  const bob = await JsonClient.online(server, "bob", "--register");
  await ann.sees({ type: "join", target: "#general", who: "bob", account: "bob" });

  const id = await ann.says("#general", "good morning, żółć 🎉");
  const said = { type: "message", target: "#general", from: "ann", text: "good morning, żółć 🎉" };
  expect(await bob.sees(said)).toMatchObject({ id, self: false, account: "ann" });
  expect(await ann.sees(said)).toMatchObject({ id, self: true });

  const answer = await bob.says("#general", "ann: and to you");
  expect(await ann.sees({ from: "bob", id: answer })).toMatchObject({ mention: true });

  const secret = await bob.says("ann", "a word in private");
  // In both programs the conversation has the name of the other.
  expect(await ann.sees({ id: secret })).toMatchObject({ target: "bob", from: "bob", self: false });
  expect(await bob.sees({ type: "message", id: secret })).toMatchObject({ target: "ann" });
  await ann.says("bob", "two\nlines");
  await bob.sees({ target: "ann", text: "two\nlines" });
});

test("who waits for approval and does not keep is sent away with 4, and told how to wait", async () => {
  const server = await ServerProcess.starts();
  const asked = await says("", ...connectWords(server, "ann", "--register", "--ui", "text"));
  expect(asked).toEqual({
    code: 4,
    out: "",
    error: "authchat: an operator decides\n  --keep waits for the decision\n",
  });
  const again = await says("", ...connectWords(server, "ann", "--ui", "text"));
  expect(again).toMatchObject({ code: 4, out: "" });
  expect(again.error).toContain("has yet to approve this account\n  --keep waits for the decision");
});

test("a wrong password and an unknown name are the same 4; nobody learns who asked", async () => {
  const server = await ServerProcess.starts();
  await asks(server, "ann");
  const file = passwordFile("not the password");
  const tried = await Promise.all(
    ["ann", "nobody"].map((name) =>
      says("", ...connectWords(server, name, "--ui", "text", "--password-file", file)),
    ),
  );
  for (const { code, out, error } of tried) {
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(error).toBe("authchat: wrong name or password\n");
  }
});

test("a name that is taken is refused with 4 and its reason", async () => {
  const server = await ServerProcess.starts();
  await asks(server, "ann");
  const client = new JsonClient(connectWords(server, "ann", "--register"));
  await client.sees({ type: "state", state: "closed", failCode: "ACCOUNT_EXISTS" });
  expect(await client.ended()).toEqual({ code: 4, error: "authchat: This name is taken\n" });
});

test("a name that cannot be is refused with 2 before anything is sent", async () => {
  const server = await ServerProcess.starts();
  const { code, error } = await says("", ...connectWords(server, "1ann", "--register"));
  expect(code).toBe(2);
  expect(error).toStartWith('authchat: "1ann" is no account name: a name is a letter, then');
});

test("a password that is too short is refused with 4 and says how long it has to be", async () => {
  const server = await ServerProcess.starts({ words: open });
  const file = passwordFile("short");
  const words = connectWords(server, "ann", "--register", "--password-file", file);
  const error = "authchat: a password has at least 15 characters\n";
  expect(await new JsonClient(words).ended()).toEqual({ code: 4, error });
});

test("where nothing listens it ends with 3 and the next step", async () => {
  const words = ["connect", `ann@127.0.0.1:${await stablePort()}`, "--no-input"];
  const file = ["--password-file", passwordFile(password), "--home", freshFolder()];
  const ended = await says("", ...words, ...file);
  expect(ended).toMatchObject({ code: 3, out: "" });
  expect(ended.error).toMatch(/^authchat: nothing listens on 127\.0\.0\.1:\d+; check the port/);
});

test("with --keep it stays over an outage, and what was said meanwhile arrives once", async () => {
  const port = await stablePort();
  const words = ["--listen", `127.0.0.1:${port}`, "--registration", "open"];
  const server = await ServerProcess.starts({ words });
  const ann = await JsonClient.online(server, "ann", "--register", "--keep");
  ann.endsInput();
  const bob = await JsonClient.online(server, "bob", "--register", "--keep");
  server.signals("SIGTERM");
  expect((await server.ended()).code).toBe(0);
  await bob.sees({ type: "state", state: "offline" });
  bob.does({ op: "send", target: "#general", text: "into the dark", ref: "dark" });
  // It tries again, and in vain, before the server is back.
  await bob.sees({ type: "state", state: "connecting" });
  await bob.sees({ type: "state", state: "offline", attempt: 2 });
  await ServerProcess.starts({ data: server.data, words });
  await bob.sees({ type: "ack", ref: "dark" });
  await bob.sees({ type: "message", from: "bob", text: "into the dark" });
  await ann.sees({ type: "message", from: "bob", text: "into the dark" });
  expect(ann.all({ type: "message", text: "into the dark" })).toHaveLength(1);
  expect(bob.all({ type: "message", text: "into the dark" })).toHaveLength(1);
  expect(bob.all({ type: "error" })).toEqual([]);
});

test("with --keep it waits for a server that is not there yet", async () => {
  const port = await stablePort();
  const words = ["--listen", `127.0.0.1:${port}`, "--registration", "open"];
  const before = await ServerProcess.starts({ words });
  before.signals("SIGTERM");
  await before.ended();
  const ann = new JsonClient(connectWords(before, "ann", "--register", "--keep"));
  await ann.sees({ type: "state", state: "offline" });
  await ServerProcess.starts({ data: before.data, words });
  await ann.sees({ type: "hello", account: "ann" });
});

test("a signal ends it with the code of the signal, and the others see no trace of it", async () => {
  const server = await ServerProcess.starts({ words: open });
  const ann = await JsonClient.online(server, "ann", "--register");
  const bob = await JsonClient.online(server, "bob", "--register");
  bob.signals("SIGINT");
  expect(await bob.ended()).toEqual({ code: 130, error: "" });
  const again = await JsonClient.online(server, "bob");
  again.signals("SIGTERM");
  expect(await again.ended()).toEqual({ code: 143, error: "" });
  await ann.says("#general", "still here");
  expect(ann.all({ type: "part" })).toEqual([]);
  expect(ann.all({ type: "quit" })).toEqual([]);
});
