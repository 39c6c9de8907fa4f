/**
 * The built program, from the owner link of the first start to the last person who is invited: by `connect`, by an
 * ordinary client's REGISTER, by NickServ, by a reset link; with and without a running server.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, passwordFile, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { Terminal } from "../support/screen.ts";
import { type Ended, executable, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const password = "correct horse battery";
const another = "another horse battery";
const linkForm =
  /^authchat:\/\/(?:\w+@)?127\.0\.0\.1:\d+\/\?invite=(act-invite-[0-9a-z]{26})&pin=sha256:[\w-]{43}$/;

function tokenOf(link: string): string {
  const token = linkForm.exec(link)?.[1];
  if (token === undefined) throw new Error(`no link: ${link}`);
  return token;
}

async function ownerLink(server: ServerProcess): Promise<string> {
  return String((await server.logs("owner.link"))["link"]);
}

/** `connect` by the link alone and a password; the line is said in the room. */
function enters(link: string, home: string, ...words: readonly string[]): Promise<Ended> {
  const file = words.includes("--password-file") ? [] : ["--password-file", passwordFile(password)];
  const given = ["connect", link, "#general", "--no-input", "--home", home, ...file, ...words];
  return says("hello\n", ...given);
}

async function invite(server: ServerProcess, ...words: readonly string[]): Promise<string[]> {
  const { code, out } = await runs("invite", ...words, "--data", server.data);
  expect(code).toBe(0);
  return out.trim().split("\n");
}

function raw(server: ServerProcess): Promise<RawClient> {
  return RawClient.connect({ port: server.port(), tls: true });
}

test("the first start's link makes the operator, once; the same link is a login from then on", async () => {
  const server = await ServerProcess.starts();
  const link = await ownerLink(server);
  expect(link).toMatch(linkForm);
  const home = freshFolder();
  const first = await enters(link, home, "--account", "olga");
  expect(first).toMatchObject({ code: 0, error: "" });
  expect((await server.account("list")).out).toBe("olga active operator\n");
  // The account and the key are remembered: the link says where, the password who.
  expect(await enters(link, home)).toMatchObject({ code: 0, error: "" });
  const plain = `olga@127.0.0.1:${server.port()}`;
  expect(await enters(plain, home)).toMatchObject({ code: 0, error: "" });
  const other = await enters(link, freshFolder(), "--account", "eve");
  expect(other.code).toBe(4);
  expect(other.error).toBe(
    "authchat: This invitation was used, has expired, or never was\n" +
      "  ask for another one; who has an account logs in by NAME@HOST\n",
  );
  expect((await server.logs("login.ok"))["mechanism"]).toBe("OPAQUE-R255-EXPR");
});

test("a person at a terminal is asked for a name and a password, and nothing else", async () => {
  const server = await ServerProcess.starts();
  const link = await ownerLink(server);
  const environment = { HOME: freshFolder(), TERM: "xterm", NO_COLOR: "1" };
  const terminal = new Terminal([executable, "connect", link], {
    environment,
    folder: freshFolder(),
  });
  await terminal.shows(/^\s*Choose a name: $/);
  terminal.types("olga\r");
  await terminal.shows(/Password \(15 or more characters\): $/);
  terminal.types(`${password}\r`);
  await terminal.shows(/Password again: $/);
  terminal.types(`${password}\r`);
  await terminal.shows(/#general> /);
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
});

test("a link to another server than it says is refused before anything is told", async () => {
  const server = await ServerProcess.starts();
  const link = await ownerLink(server);
  const pin = Buffer.alloc(32, 7).toString("base64url");
  const wrong = link.replace(/sha256:.*/, `sha256:${pin}`);
  const ended = await enters(wrong, freshFolder(), "--account", "olga");
  expect(ended.code).toBe(5);
  expect(ended.error).toContain("is not the server that was asked for");
  expect((await server.account("list")).out).toBe("no accounts yet\n");
});

test("an owner link is made anew by each start until there is an operator, and one is good", async () => {
  const first = await ServerProcess.starts();
  const old = await ownerLink(first);
  first.signals("SIGTERM");
  await first.ended();
  const second = await ServerProcess.starts({ data: first.data });
  const link = await ownerLink(second);
  expect(link).not.toBe(old);
  const { port } = new URL(link.replace("authchat:", "http:"));
  const moved = old.replace(/:\d+\//, `:${port}/`);
  expect((await enters(moved, freshFolder(), "--account", "olga")).code).toBe(4);
  expect((await enters(link, freshFolder(), "--account", "olga")).code).toBe(0);
  second.signals("SIGTERM");
  await second.ended();
  const third = await ServerProcess.starts({ data: first.data });
  await third.account("list");
  expect(third.log.some(({ event }) => event === "owner.link")).toBe(false);
});

test("who is invited registers with an ordinary client, in the place of the e-mail address", async () => {
  const server = await ServerProcess.starts();
  const [link = ""] = await invite(server, "--room", "#tea");
  const ann = await raw(server);
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :ann", "CAP REQ :sasl");
  await ann.until(/ ACK /);
  ann.sends(`REGISTER * ${tokenOf(link)} :${password}`);
  await ann.until(/ REGISTER SUCCESS ann /);
  ann.sends("CAP END");
  await ann.until(/ JOIN :?#tea/);
  const eve = await raw(server);
  eve.sends("NICK eve", "USER eve 0 * :eve", `REGISTER * ${tokenOf(link)} :${password}`);
  await eve.until(/FAIL REGISTER INVALID_INVITE eve /);
});

test("who is invited registers by NickServ, without SASL, and comes back by it", async () => {
  const server = await ServerProcess.starts({ settings: '[accounts]\nregistration = "invite"\n' });
  const [link = ""] = await invite(server);
  const bob = await raw(server);
  bob.sends("NICK bob", "USER bob 0 * :bob");
  await bob.until(/FAIL \* ACCOUNT_REQUIRED /);
  await bob.until(/^:NickServ!\S+ NOTICE bob :Log in: /);
  bob.sends(`REGISTER bob * :${password}`);
  await bob.until(/FAIL REGISTER INVITATION_NEEDED bob /);
  bob.sends(`PRIVMSG NickServ :REGISTER ${password} ${tokenOf(link)}`);
  await bob.until(/NOTICE bob :you are logged in as bob/);
  await bob.until(/ 001 bob /);
  bob.leaves();
  const again = await raw(server);
  again.sends("NICK zed", "USER zed 0 * :zed", `NS IDENTIFY bob ${password}`);
  await again.until(/ 001 bob /);
  again.sends(`PRIVMSG NickServ :SET PASSWORD ${another}`);
  await again.until(/your password is changed/);
  const third = await raw(server);
  expect(await third.logsIn("bob", another)).toContain(" 903 ");
});

test("a reset link lets its account in with a new password, wherever it is opened", async () => {
  const server = await ServerProcess.starts();
  const [link = ""] = await invite(server);
  const home = freshFolder();
  expect((await enters(link, home, "--account", "ann")).code).toBe(0);
  const phone = await raw(server);
  expect(await phone.logsIn("ann", password)).toContain(" 903 ");
  const { code, out } = await server.account("reset", "ann");
  expect(code).toBe(0);
  const resetLink = out.trim();
  expect(resetLink).toStartWith("authchat://ann@127.0.0.1:");
  const words = ["--password-file", passwordFile(another)];
  expect(await enters(resetLink, home, ...words)).toMatchObject({ code: 0, error: "" });
  await phone.closed;
  expect((await enters(resetLink, freshFolder(), ...words)).code).toBe(4);
  expect((await enters(`ann@127.0.0.1:${server.port()}`, home)).code).toBe(4);
  expect((await enters(`ann@127.0.0.1:${server.port()}`, home, ...words)).code).toBe(0);
});

test("links are made without a running server, and lead where it was", async () => {
  const server = await ServerProcess.starts();
  const port = server.port();
  server.signals("SIGTERM");
  await server.ended();
  const { code, out, error } = await runs("invite", "Ann", "Bob", "--data", server.data);
  expect(code).toBe(0);
  expect(error).toContain("good for one person, for 7 days");
  const [ann = "", bob = ""] = out.trim().split("\n");
  expect([ann.split(" ")[0], bob.split(" ")[0]]).toEqual(["Ann", "Bob"]);
  const again = await ServerProcess.starts({
    data: server.data,
    words: ["--listen", `127.0.0.1:${port}`],
  });
  const link = ann.split(" ")[1] ?? "";
  expect(link).toMatch(linkForm);
  expect((await enters(link, freshFolder(), "--account", "ann")).code).toBe(0);
  expect((await again.account("list")).out).toBe("ann active member\n");
});

test("accounts are made, given passwords, disabled, enabled and deleted from the shell", async () => {
  const server = await ServerProcess.starts();
  const file = ["--password-file", passwordFile(password)];
  expect(await server.account("add", "ann", ...file)).toMatchObject({
    code: 0,
    out: "added ann\n",
  });
  const ann = await raw(server);
  expect(await ann.logsIn("ann", password)).toContain(" 903 ");
  await ann.until(/ 001 /);
  const changed = await says(
    `${another}\n`,
    "account",
    "passwd",
    "ann",
    "--password-stdin",
    "--data",
    server.data,
  );
  expect(changed).toMatchObject({ code: 0, out: "ann has a new password\n" });
  await ann.closed;
  const again = await raw(server);
  expect(await again.logsIn("ann", another)).toContain(" 903 ");
  expect((await server.account("disable", "ann")).out).toBe("ann is disabled now\n");
  await again.closed;
  expect((await server.account("enable", "ann")).code).toBe(0);
  expect((await server.account("expire", "ann", "0")).code).toBe(0);
  expect(await (await raw(server)).logsIn("ann", another)).toContain(" 904 ");
  expect((await server.account("delete", "ann")).out).toBe("ann is deleted\n");
  const added = await server.account("add", "ann");
  const [, link = ""] = added.out.trim().split("\n");
  expect((await enters(link, freshFolder())).code).toBe(0);
});

test("a password for the settings file is a hash that any argon2 knows", async () => {
  const hashed = await says(`${password}\n`, "account", "hash", "--password-stdin");
  expect(hashed).toMatchObject({ code: 0, error: "" });
  expect(hashed.out).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=4\$/);
  expect(await Bun.password.verify(password, hashed.out.trim())).toBe(true);
  expect(await Bun.password.verify(another, hashed.out.trim())).toBe(false);
  expect((await says("short\n", "account", "hash", "--password-stdin")).code).toBe(1);
});

test("no token and no password is in the log, the database or the client's files", async () => {
  const server = await ServerProcess.starts({
    words: ["--listen", "127.0.0.1:0", "--log", "debug"],
  });
  const [link = ""] = await invite(server);
  const home = freshFolder();
  expect((await enters(link, home, "--account", "ann")).code).toBe(0);
  const file = ["--password-file", passwordFile(another)];
  await server.account("add", "bob", ...file);
  const bob = await raw(server);
  bob.sends("NICK bob", "USER bob 0 * :bob", `NS IDENTIFY bob ${another}`);
  await bob.until(/ 001 bob /);
  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return name === "control" ? [] : [readFileSync(path, "latin1")];
    });
  const everything = [JSON.stringify(server.log), ...files(server.data), ...files(home)].join();
  for (const secret of [tokenOf(link), password, another]) {
    expect(everything.includes(secret)).toBe(false);
  }
});

test("an operator invites by chat, and the link in the notice is whole", async () => {
  const server = await ServerProcess.starts();
  const home = freshFolder();
  await enters(await ownerLink(server), home, "--account", "olga");
  const place = `olga@127.0.0.1:${server.port()}`;
  const olga = new JsonClient([
    ...["connect", place, "--no-input", "--keep", "--home", home],
    ...["--password-file", passwordFile(password)],
  ]);
  await olga.sees({ type: "state", state: "online" });
  olga.does({ op: "send", target: "NickServ", text: "invite ann" });
  const { text } = await olga.sees({ type: "message", from: "NickServ" });
  const link = String(text).replace(/^ann /, "");
  expect((await enters(link, freshFolder(), "--account", "ann")).code).toBe(0);
});
