/**
 * The built client's bottom line on a terminal that changes: halted and continued, made wider and narrower.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, connectWords } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { Terminal } from "../support/screen.ts";
import { assertBuilt, executable, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** The words of ann's `connect` on a terminal. */
function words(server: ServerProcess): string[] {
  assertBuilt();
  return [executable, ...connectWords(server, "ann", "--register", "--ui", "line")];
}

function on(command: readonly string[]): Terminal {
  const environment = { HOME: freshFolder(), TERM: "xterm", NO_COLOR: "1", PS1: "shell$ " };
  return new Terminal(command, { environment, folder: freshFolder() });
}

test("after Ctrl-Z and fg what is typed is shown and said, also when nothing comes from the server", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = on(["/bin/sh", "-i"]);
  await terminal.shows(/shell\$ $/);
  terminal.types(`${words(server).join(" ")}\n`);
  await terminal.shows(/#general> /);
  await bob.sees({ type: "join", who: "ann" });
  for (const text of ["once more", "and again"]) {
    terminal.types("\x1a");
    await terminal.shows(/shell\$ $/);
    terminal.types("fg\n");
    await terminal.shows(/#general> /);
    terminal.types(text.slice(0, 4));
    await terminal.shows(new RegExp(text.slice(0, 4)));
    terminal.types(`${text.slice(4)}\r`);
    await bob.sees({ type: "message", from: "ann", text });
    await terminal.shows(new RegExp(`ann: ${text}`));
  }
  terminal.types("/quit\r");
  await terminal.shows(/shell\$ $/);
});

test("a question is asked again after Ctrl-Z and fg, with what was typed", async () => {
  const server = await ServerProcess.starts({ words: open });
  const terminal = on(["/bin/sh", "-i"]);
  await terminal.shows(/shell\$ $/);
  const place = `127.0.0.1:${server.port()}`;
  terminal.types(`${executable} connect ${place} --pin ${server.pin} --register\n`);
  await terminal.shows(/Choose a name: $/);
  terminal.types("an");
  await terminal.shows(/an$/);
  terminal.types("\x1a");
  await terminal.shows(/shell\$ $/);
  terminal.types("fg\n");
  await terminal.shows(/Choose a name: an$/);
  terminal.types("n\r");
  await terminal.shows(/Password \(\d+ or more characters\): $/);
  terminal.types("\x03");
  await terminal.shows(/shell\$ $/);
});

test("stopped and continued by signals, the prompt hears", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = on(words(server));
  await bob.sees({ type: "join", who: "ann" });
  await terminal.shows(/#general> /);
  terminal.signals("SIGSTOP");
  terminal.signals("SIGCONT");
  await terminal.shows(/#general> /);
  terminal.types("still here\r");
  await bob.sees({ type: "message", from: "ann", text: "still here" });
});

test("a terminal made wider or narrower loses no message", async () => {
  const server = await ServerProcess.starts({ words: open });
  const bob = await JsonClient.online(server, "bob", "--register");
  const terminal = on(words(server));
  await bob.sees({ type: "join", who: "ann" });
  await terminal.shows(/#general> /);
  terminal.resizes(40);
  await terminal.shows(/#general> /);
  await bob.says("#general", "on a narrow terminal lines break between words");
  await terminal.shows(/bob: on a narrow terminal lines\r\nbreak between words\r\n/);
  terminal.types("x".repeat(50));
  await terminal.shows(/x{50}/);
  terminal.resizes(80);
  await terminal.shows(/x{50}/);
  for (const text of ["the first", "the second", "the third"]) {
    await bob.says("#general", text);
    await terminal.shows(new RegExp(`bob: ${text}\r\n`));
    await terminal.shows(/x{50}/);
  }
  const wider = terminal.text.slice(terminal.text.indexOf("the first"));
  expect(wider).not.toMatch(/\x1b\[\d*A/);
});
