/** PING, PONG and QUIT: that the connection lives, and how it ends. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("a PING is answered with its token, also before the login", () => {
  const stranger = new Chat().stranger();
  stranger.sends("PING 1", "PING :two words");
  expect(stranger.sees()).toEqual([":server PONG server 1", ":server PONG server :two words"]);
});

test("a token that is too long is cut, so that the PONG fits", () => {
  const stranger = new Chat().stranger();
  stranger.sends(`PING ${"t".repeat(500)}`);
  expect(stranger.sees()).toEqual([`:server PONG server ${"t".repeat(489)}`]);
});

test("a PONG is not answered", () => {
  const stranger = new Chat().stranger();
  stranger.sends("PONG :x", "PONG");
  expect(stranger.sees()).toEqual([]);
});

test("needMoreParams: a PING has a token", () => {
  const stranger = new Chat().stranger();
  stranger.sends("PING", "PING :");
  expect(stranger.sees()).toEqual([
    ":server 461 * PING :Not enough parameters",
    ":server 461 * PING :Not enough parameters",
  ]);
});

test("who quits is told, and closed", () => {
  const ann = new Chat().member("ann");
  ann.sends("QUIT");
  expect(ann.sees()).toEqual(["ERROR :Closing link: Client quit"]);
  expect(ann.isClosed).toBe(true);
});

test("who quits with a reason is told it again, cut to what fits", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sends("QUIT :Good night");
  bob.sends(`QUIT :${"r".repeat(500)}`);
  expect(ann.sees()).toEqual(["ERROR :Closing link: Quit: Good night"]);
  expect(bob.sees()).toEqual([`ERROR :Closing link: Quit: ${"r".repeat(390)}`]);
});

test("nothing after a QUIT is looked at", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sendsBytes(Buffer.from("QUIT\r\nPRIVMSG bob :Too late\r\n"));
  expect(bob.sees()).toEqual([]);
});

test("a QUIT is not seen by others: who quits stays in their channels", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("QUIT :Good night");
  expect(ann.sees()).toEqual([]);
  ann.sends("NAMES #room");
  expect(ann.sees()[0]).toBe(":server 353 ann = #room :~ann bob");
});

test("one device quits, the others stay", () => {
  const chat = new Chat();
  const [laptop, phone, bob] = [chat.member("ann"), chat.member("ann"), chat.member("bob")];
  laptop.sends("QUIT");
  expect(phone.sees()).toEqual([]);
  bob.sends("PRIVMSG ann :Still there?");
  expect(bob.sees()).toEqual([]);
  expect(phone.sees()).toEqual([":bob!bob@server PRIVMSG ann :Still there?"]);
});

test("how a connection ended is a note", () => {
  const chat = new Chat();
  chat.member("ann").drops();
  expect(chat.notes.at(-1)).toEqual({
    event: "connection.closed",
    connection: expect.anything(),
    address: "127.0.0.1",
    nick: "ann",
    reason: "reset",
  });
});
