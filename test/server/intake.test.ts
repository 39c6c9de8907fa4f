/** Intake: lines wait their turn, none is lost, and who sends too many is paused, then closed. */
import { expect, test } from "bun:test";
import { Chat, password } from "../support/chat.ts";

const pongs = (...tokens: readonly number[]) =>
  tokens.map((token) => `:server PONG server ${token}`);

test("lines behind a slow answer are held, and then run in order", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("WHOIS nobody", "PING 1", "PING 2");
  expect(ann.sees()).toEqual([]);
  chat.answersAll();
  expect(ann.sees()).toEqual([
    ":server 401 ann nobody :No such nick/channel",
    ":server 318 ann nobody :End of /WHOIS list",
    ...pongs(1, 2),
  ]);
});

test("a whole login sent at once is taken one line after the other", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const ann = chat.stranger();
  chat.holdsQuestions();
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  ann.logsIn("ann", password);
  ann.sends("CAP END", "JOIN #room", "PING 1");
  ann.sees();
  chat.answersAll();
  const commands = ann.sees().map((line) => line.split(" ")[1]);
  expect(commands.filter((command) => /^(?:900|903|001|JOIN|PONG)$/.test(command ?? ""))).toEqual([
    "900",
    "903",
    "001",
    "JOIN",
    "PONG",
  ]);
});

test("a page of history that takes its time holds what comes behind it", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  chat.holdsQuestions();
  ann.sends("PRIVMSG #room :1", "CHATHISTORY LATEST #room * 10", "PRIVMSG #room :2", "PING 1");
  expect(ann.sees()).toEqual([]);
  chat.answersAll();
  expect(ann.sees()).toEqual([":ann!ann@server PRIVMSG #room :1", ...pongs(1)]);
});

test("one connection that waits does not make another wait", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  chat.holdsQuestions();
  ann.sends("WHOIS nobody");
  bob.sends("PING 1");
  expect(bob.sees()).toEqual(pongs(1));
});

test("with too many lines held the connection is paused, and resumed when half are gone", () => {
  const chat = new Chat({ limits: { heldLinesMax: 4 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("WHOIS nobody", "PING 1", "PING 2", "PING 3", "PING 4");
  expect(ann.isPaused).toBe(false);
  ann.sends("PING 5");
  expect(ann.isPaused).toBe(true);
  chat.answersAll();
  expect(ann.isPaused).toBe(false);
  expect(ann.sees().slice(2)).toEqual(pongs(1, 2, 3, 4, 5));
});

test("with even more lines held the connection is closed", () => {
  const chat = new Chat({ limits: { heldLinesMax: 1, heldLinesCloseMax: 2 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("WHOIS nobody", "PING 1", "PING 2");
  expect(ann.isClosed).toBe(false);
  ann.sends("PING 3");
  expect(ann.sees()).toEqual(["ERROR :Closing link: Excess flood"]);
  expect(ann.isClosed).toBe(true);
});

test("lines held when the connection is lost are dropped", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  chat.holdsQuestions();
  ann.sends("WHOIS nobody", "PRIVMSG bob :Hello");
  ann.drops();
  chat.answersAll();
  expect(bob.sees()).toEqual([]);
});

test("who has not logged in may have few bytes waiting; with more the connection is closed", () => {
  const chat = new Chat({ limits: { strangerHeldBytesMax: 1_000 } });
  const [ann, eve] = [chat.member("ann"), chat.stranger()];
  chat.holdsQuestions();
  eve.logsIn("ann", "wrong");
  eve.sends(...Array.from({ length: 9 }, (_, index) => `PING ${index}`));
  expect(eve.isClosed).toBe(false);
  eve.sends(`PING ${"x".repeat(400)}`, "PING");
  expect(eve.sees().at(-1)).toBe("ERROR :Closing link: Excess flood");
  ann.sends("WHOIS nobody", ...Array.from({ length: 50 }, () => `PING ${"x".repeat(300)}`));
  expect(ann.isClosed).toBe(false);
});

test("more at once than a stranger may have waiting closes it before any of it is done", () => {
  const chat = new Chat({ limits: { strangerHeldBytesMax: 1_000 } });
  const eve = chat.stranger();
  eve.sendsBytes(Buffer.from("PING 1\r\n".repeat(126)));
  expect(eve.sees()).toEqual(["ERROR :Closing link: Excess flood"]);
  const long = chat.stranger();
  long.sendsBytes(Buffer.alloc(1_001, "x"));
  expect(long.sees()).toEqual([":server 417 * :Input line was too long"]);
});
