/**
 * The built client on a terminal (`--ui line`): a newcomer from the question of trust to the talk, and how the
 * terminal is given back.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password, passwordFile } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { Terminal } from "../support/screen.ts";
import { assertBuilt, executable, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** `connect` as someone types it who has the program in this home. */
function connects(home: string, ...words: readonly string[]): Terminal {
  assertBuilt();
  const environment = { HOME: home, TERM: "xterm", NO_COLOR: "1" };
  return new Terminal([executable, "connect", ...words], { environment, folder: freshFolder() });
}

function placeOf(server: ServerProcess): string {
  return `127.0.0.1:${server.port()}`;
}

/** Trusts the server and asks for an account there. */
async function newcomer(terminal: Terminal, name: string): Promise<void> {
  await terminal.shows(/Trust this server from now on\? \[y\/N\] $/);
  terminal.types("y\r");
  await terminal.shows(/Do you have an account on 127\.0\.0\.1\? \[Y\/n\] $/);
  terminal.types("maybe\r");
  await terminal.shows(/y or n\r\nDo you have an account on 127\.0\.0\.1\? \[Y\/n\] $/);
  terminal.types("n\r");
  await terminal.shows(/Choose a name: $/);
  terminal.types(`${name}\r`);
  await typesPassword(terminal, password);
}

async function typesPassword(terminal: Terminal, text: string): Promise<void> {
  await terminal.shows(/Password \(\d+ or more characters\): $/);
  terminal.types(`${text}\r`);
  await terminal.shows(/Password again: $/);
  terminal.types(`${text}\r`);
}

test("a newcomer trusts, asks for an account, waits, is let in, talks and leaves", async () => {
  const server = await ServerProcess.starts();
  const terminal = connects(freshFolder(), placeOf(server));
  await terminal.shows(/This server is new to you, and no authority that your system trusts/);
  const grouped = (server.pin.replace("sha256:", "").match(/.{1,4}/g) ?? []).join(" ");
  expect((await terminal.shows(/SHA256 {2}([^\r\n]+)/))[1]).toBe(grouped);
  await newcomer(terminal, "ann");
  await terminal.shows(/waiting: .+You are let in as soon as ann is approved/s);
  terminal.types("hello?\r");
  await terminal.shows(/you cannot speak yet: an operator has not decided about ann/);
  await server.account("approve", "ann");
  await terminal.shows(/\/help lists the commands/);
  await terminal.shows(/#general> /);

  const bob = new JsonClient(await approvedWords(server, "bob"));
  await bob.sees({ type: "members", target: "#general" });
  await terminal.shows(/bob (?:joined|came|has joined|is here)[^\r\n]*/);
  terminal.types("good morning\r");
  await bob.sees({ type: "message", target: "#general", from: "ann", text: "good morning" });
  await terminal.shows(/ann[^\r\n]* good morning\r\n/);
  await bob.says("#general", "and to you, ann");
  await terminal.shows(/bob[^\r\n]* and to you, ann\r\n/);
  await bob.says("ann", "psst");
  await terminal.shows(/bob[^\r\n]*psst\r\n/);
  terminal.types("/msg bob yes?\r");
  await bob.sees({ type: "message", target: "ann", from: "ann", text: "yes?" });
  terminal.types("/quit\r");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.echoes).toBe(true);
  expect(terminal.text).not.toContain(password);
});

/** The command line of a member who was approved meanwhile. */
async function approvedWords(server: ServerProcess, name: string): Promise<string[]> {
  const words = ["connect", `${name}@${placeOf(server)}`, "--no-input", "--pin", server.pin];
  words.push("--home", freshFolder(), "--password-file", passwordFile(password));
  const client = new JsonClient([...words, "--register", "--keep"]);
  await client.sees({ type: "state", state: "waiting" });
  await server.account("approve", name);
  await client.sees({ type: "state", state: "online" });
  await client.leaves();
  return words;
}

test("where nothing is remembered the password is asked for again, and a wrong one once more", async () => {
  const server = await ServerProcess.starts({ words: open });
  const home = freshFolder();
  const first = connects(home, placeOf(server), "--no-remember");
  await newcomer(first, "ann");
  await first.shows(/#general> /);
  first.types("/quit\r");
  expect(await first.ended()).toBe(0);
  const again = connects(home, placeOf(server));
  await again.shows(/Name \[ann\]: $/);
  again.types("\r");
  await again.shows(/Password: $/);
  again.types("wrong\r");
  await again.shows(/! wrong name or password \(2 tries left\)\r\n/);
  await again.shows(/Password: $/);
  again.types(`${password}\r`);
  await again.shows(/#general> /);
  again.types("\x04");
  expect(await again.ended()).toBe(0);
  expect(again.text).toEndWith("\r\x1b[J"); // the prompt is taken away
  expect(again.echoes).toBe(true);
});

test("three wrong passwords are 4", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = connects(freshFolder(), `ann@${placeOf(server)}`);
  await terminal.shows(/Trust this server/);
  terminal.types("yes\r");
  for (const tries of [1, 2, 3]) {
    await terminal.shows(/Password: $/);
    terminal.types(`wrong ${tries}\r`);
  }
  expect(await terminal.ended()).toBe(4);
  await terminal.shows(/authchat: wrong name or password/);
  expect(terminal.echoes).toBe(true);
});

test("names that are taken and passwords that differ or are too short are asked for again", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = connects(freshFolder(), placeOf(server), "--register");
  await terminal.shows(/Trust this server/);
  terminal.types("y\r");
  await terminal.shows(/Choose a name: $/);
  terminal.types("1 bad name\r");
  await terminal.shows(/! .+\r\nChoose a name: $/);
  terminal.types("bob\r");
  await terminal.shows(/Password \(\d+ or more characters\): $/);
  terminal.types(`${password}\r`);
  await terminal.shows(/Password again: $/);
  terminal.types("something else\r");
  await terminal.shows(/! They differ\.\r\n/);
  await typesPassword(terminal, "short");
  await terminal.shows(/! a password has at least 15 characters\r\n/);
  await typesPassword(terminal, password);
  await terminal.shows(/! This name is taken\r\nChoose a name: $/);
  terminal.types("ann\r");
  await terminal.shows(/#general> /);
  await bob.sees({ type: "join", who: "ann" });
});

test("who does not trust the server is not connected, with 5", async () => {
  const server = await ServerProcess.starts();
  const terminal = connects(freshFolder(), placeOf(server));
  await terminal.shows(/Trust this server/);
  terminal.types("\r");
  expect(await terminal.ended()).toBe(5);
  await terminal.shows(/is not trusted: not connecting/);
  expect(terminal.echoes).toBe(true);
});

test("Ctrl-C leaves any question with 130, and the terminal as it was", async () => {
  const server = await ServerProcess.starts();
  const trusting = connects(freshFolder(), `ann@${placeOf(server)}`);
  await trusting.shows(/Trust this server/);
  trusting.types("\x03");
  expect([await trusting.ended(), trusting.echoes]).toEqual([130, true]);
  const typing = connects(freshFolder(), `ann@${placeOf(server)}`, "--pin", server.pin);
  await typing.shows(/Password: $/);
  expect(typing.echoes).toBe(false);
  typing.types("half a pass\x03");
  expect([await typing.ended(), typing.echoes]).toEqual([130, true]);
  expect(typing.text).not.toContain("half");
});

test("in the room Ctrl-C asks once, and the second one leaves with 130", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = connects(freshFolder(), placeOf(server));
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
  expect(terminal.echoes).toBe(false);
  terminal.types("half a line\x03");
  terminal.types("\x03");
  await terminal.shows(/press Ctrl-C again to leave/);
  terminal.types("\x03");
  expect([await terminal.ended(), terminal.echoes]).toEqual([130, true]);
});

test("a signal gives the terminal back as well", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = connects(freshFolder(), placeOf(server));
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
  terminal.signals("SIGTERM");
  expect([await terminal.ended(), terminal.echoes]).toEqual([143, true]);
});

test("over an outage the prompt says so, and what is said waits", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const server = await ServerProcess.starts({ words });
  const bob = await JsonClient.online(server, "bob", "--register", "--keep");
  const terminal = connects(freshFolder(), placeOf(server));
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
  server.signals("SIGKILL");
  await server.ended();
  await terminal.shows(/\(offline\) #general> /);
  terminal.types("into the dark\r");
  await terminal.shows(/sending … into the dark/);
  await ServerProcess.starts({ data: server.data, words });
  await bob.sees({ type: "message", from: "ann", text: "into the dark" });
  await terminal.shows(/ann[^\r\n]* into the dark\r\n/);
  await terminal.shows(/(?<!\) )#general> /);
});

test("rooms are left and told of in order, and questions without an answer are answered", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = connects(freshFolder(), placeOf(server));
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
  terminal.types("/join #ops\r");
  await terminal.shows(/#ops> /);
  terminal.types("/ban\r");
  await terminal.shows(/no bans in #ops/);
  terminal.types("/history 3\r");
  await terminal.shows(/nothing earlier in #ops/);
  terminal.types("/names\r");
  await terminal.shows(/in #ops: ~ann\r\n/);
  terminal.types("/\r");
  await terminal.shows(/unknown command \/; \/help lists them/);
  terminal.types("/part\r");
  await terminal.shows(/you left #ops\r\n/);
  await terminal.shows(/now in #general/);
});

test("after a login the room for everybody is in front, and what was missed elsewhere is counted", async () => {
  const server = await ServerProcess.starts({ words: open });
  const home = freshFolder();
  const first = connects(home, placeOf(server));
  await newcomer(first, "ann");
  await first.shows(/#general> /);
  first.types("/join #a\r");
  await first.shows(/#a> /);
  const bob = await JsonClient.online(server, "bob", "--register");
  bob.does({ op: "join", target: "#a" });
  await bob.sees({ type: "members", target: "#a" });
  await bob.says("#a", "before");
  await first.shows(/bob: before/);
  first.types("/quit\r");
  await first.ended();
  for (const text of ["one", "two", "three"]) await bob.says("#a", text);
  const second = connects(home, `ann@${placeOf(server)}`);
  await second.shows(/#general> /);
  await second.shows(/#a: 3 new; \/go #a/);
  second.types("/go\r");
  await second.shows(/now in #a[\s\S]*bob: three/);
});

test("a key that changed ends it with 5 and is told once, line by line; no connection is told once, too", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const server = await ServerProcess.starts({ words });
  const terminal = connects(freshFolder(), placeOf(server));
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
  server.signals("SIGKILL");
  await server.ended();
  await terminal.shows(/offline: nothing listens on [^\r\n]*; next try in \d+ s/);
  await terminal.shows(/offline: still nothing; next try in \d+ s/);
  await ServerProcess.starts({ words });
  expect(await terminal.ended()).toBe(5);
  expect(terminal.text.match(/HAS CHANGED/g)).toHaveLength(1);
  expect(terminal.text).toMatch(/\r\n {2,}now {4}SHA256 /);
  expect(terminal.text.match(/nothing listens/g)).toHaveLength(1);
});

test("without an address it asks for host and port", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = connects(freshFolder());
  await terminal.shows(/Host: $/);
  terminal.types("127.0.0.1\r");
  await terminal.shows(/Port \[6697\]: $/);
  terminal.types(`${server.port()}\r`);
  await newcomer(terminal, "ann");
  await terminal.shows(/#general> /);
});

test("who types no new password has one made up, sees it once, and logs in with it", async () => {
  const server = await ServerProcess.starts({ words: open });
  const home = freshFolder();
  const terminal = connects(home, placeOf(server), "--register");
  await terminal.shows(/Trust this server/);
  terminal.types("y\r");
  await terminal.shows(/Choose a name: $/);
  terminal.types("ann\r");
  await terminal.shows(/Password \(\d+ or more characters\): $/);
  terminal.types("\r");
  const shown = await terminal.shows(/^ {2}((?:[a-z]+-){5}[a-z]+)\r\n/m);
  await terminal.shows(/Is that to be your password\? \[Y\/n\] $/);
  terminal.types("n\r");
  await terminal.shows(/Password \(\d+ or more characters\): $/);
  terminal.types("\r");
  const [, passphrase = ""] = await terminal.shows(/^ {2}((?:[a-z]+-){5}[a-z]+)\r\n/m);
  expect(passphrase).not.toBe(shown[1]);
  await terminal.shows(/Is that to be your password\? \[Y\/n\] $/);
  terminal.types("\r");
  await terminal.shows(/#general> /);
  terminal.types("/quit\r");
  await terminal.ended();
  const again = connects(home, placeOf(server), "--no-remember");
  await again.shows(/Name \[ann\]: $/);
  again.types("\r");
  await again.shows(/Password: $/);
  again.types(`${passphrase}\r`);
  await again.shows(/#general> /);
});
