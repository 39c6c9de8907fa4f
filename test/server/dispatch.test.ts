/** Dispatch: what is no message, no command, or not yet allowed is answered in words. */
import { expect, test } from "bun:test";
import { Chat } from "../support/chat.ts";

test("unknownCommand: a word that is no command", () => {
  const ann = new Chat().member("ann");
  ann.sends("DANCE", "421");
  expect(ann.sees()).toEqual([
    ":server 421 ann DANCE :Unknown command",
    ":server 421 ann 421 :Unknown command",
  ]);
});

test("notRegistered: before the welcome only introductions are taken", () => {
  const stranger = new Chat().stranger();
  stranger.sends("JOIN #room", "DANCE");
  expect(stranger.sees()).toEqual([
    ":server 451 * :You have not registered",
    ":server 451 * :You have not registered",
  ]);
});

test("needMoreParams: the command is named, in capitals", () => {
  const ann = new Chat().member("ann");
  ann.sends("join");
  expect(ann.sees()).toEqual([":server 461 ann JOIN :Not enough parameters"]);
});

test("inputTooLong: a line over 512 bytes is refused, and the next one read", () => {
  const ann = new Chat().member("ann");
  ann.sends(`PING ${"x".repeat(600)}`, "PING 1");
  expect(ann.sees()).toEqual([":server 417 ann :Input line was too long", ":server PONG server 1"]);
});

test("inputTooLong: tags over 4096 bytes are refused", () => {
  const ann = new Chat().member("ann");
  ann.sends(`@+x=${"x".repeat(4_100)} PING 1`);
  expect(ann.sees()).toEqual([":server 417 ann :Input line was too long"]);
});

test("invalidUtf8: a line that is not UTF-8 is refused, and the connection lives", () => {
  const ann = new Chat().member("ann");
  ann.sendsBytes(Buffer.from("PRIVMSG ann :\xff\r\nPING 1\r\n", "latin1"));
  expect(ann.sees()).toEqual([
    ":server FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8",
    ":server PONG server 1",
  ]);
});

test.each([
  ["its command cannot be read", "PRIV\xffMSG ann :x"],
  ["its command is none", "TELL ann :\xff"],
  ["its tags cannot be read", "@\xff PRIVMSG ann :x"],
])("invalidUtf8: %s, and it is told without", (_why, line) => {
  const ann = new Chat().member("ann");
  ann.sendsBytes(Buffer.from(`${line}\r\n`, "latin1"));
  expect(ann.sees()).toEqual([":server FAIL * INVALID_UTF8 :Message rejected: it is not UTF-8"]);
});

test("invalidUtf8: the label of the command is on it, where it can be read", () => {
  const ann = new Chat().member("ann", "labeled-response", "batch", "message-tags");
  const refused = ":server FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8";
  ann.sendsBytes(Buffer.from("@label=xyz PRIVMSG ann :\xff\r\n", "latin1"));
  expect(ann.sees()).toEqual([`@label=xyz ${refused}`]);
  ann.sendsBytes(Buffer.from("@label=x\xff PRIVMSG ann :x\r\n", "latin1"));
  expect(ann.sees()).toEqual([refused]);
});

test.each(["PING \0", "PI\rNG 1", "@a=b", "@ä=b PING 1", "!!!"])(
  "invalidMessage: %j is none, and the connection lives",
  (line) => {
    const ann = new Chat().member("ann");
    ann.sends(line);
    expect(ann.sees()).toEqual([
      ":server FAIL * INVALID_MESSAGE :Message rejected: it cannot be read as a message",
    ]);
    expect(ann.isClosed).toBe(false);
  },
);

test("an empty line is ignored", () => {
  const ann = new Chat().member("ann");
  ann.sends("", "   ", ":ann");
  expect(ann.sees()).toEqual([]);
});

test("who never ends a line is told so, and closed", () => {
  const stranger = new Chat().stranger();
  stranger.sendsBytes(Buffer.alloc(20_000, "x"));
  expect(stranger.sees()).toEqual([
    ":server 417 * :Input line was too long",
    "ERROR :Closing link: No line end in what you send",
  ]);
  expect(stranger.isClosed).toBe(true);
});

test("a browser is told that it is in the wrong place, and closed", () => {
  const stranger = new Chat().stranger();
  stranger.sendsBytes(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  expect(stranger.sees()).toEqual(["ERROR :Closing link: This is a chat server, not a web server"]);
  expect(stranger.isClosed).toBe(true);
});

test("binary garbage is answered in words, and harms nobody", () => {
  const chat = new Chat();
  const [ann, stranger] = [chat.member("ann"), chat.stranger()];
  stranger.sendsBytes(Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 7) % 256)));
  expect(stranger.sees().length).toBeGreaterThan(0);
  ann.sends("PING 1");
  expect(ann.sees()).toEqual([":server PONG server 1"]);
});

test("the source that a client writes is no matter", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sends(":olga!olga@server PRIVMSG bob :Hello");
  expect(bob.sees()).toEqual([":ann!ann@server PRIVMSG bob :Hello"]);
});

test("bytes may come in any pieces", () => {
  const ann = new Chat().member("ann");
  for (const byte of Buffer.from("PING :ä\r\n")) ann.sendsBytes(Buffer.from([byte]));
  expect(ann.sees()).toEqual([":server PONG server ä"]);
});
