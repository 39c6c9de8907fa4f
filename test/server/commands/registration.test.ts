/** NICK and USER: how a connection introduces itself. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("NICK names the connection until the login does", () => {
  const stranger = new Chat().stranger();
  stranger.sends("NICK [guest]", "FOO");
  expect(stranger.sees()).toEqual([":server 451 [guest] :You have not registered"]);
});

test("a nick that someone has is nobody's before the login", () => {
  const chat = new Chat();
  chat.member("ann");
  const stranger = chat.stranger();
  stranger.sends("NICK ann");
  expect(stranger.sees()).toEqual([]);
});

test("noNicknameGiven: NICK says which", () => {
  const stranger = new Chat().stranger();
  stranger.sends("NICK", "NICK :");
  expect(stranger.sees()).toEqual([
    ":server 431 * :No nickname given",
    ":server 431 * :No nickname given",
  ]);
});

test.each([
  ["1ann", "a nick is a letter or one of []{}|\\^_`, then these, digits and -"],
  ["ann!x", "a nick is a letter or one of []{}|\\^_`, then these, digits and -"],
  ["änn", "a nick is a letter or one of []{}|\\^_`, then these, digits and -"],
  ["n".repeat(34), "a nick has at most 32 characters"],
])("erroneousNickname: %j is none", (nick, why) => {
  const stranger = new Chat().stranger();
  stranger.sends(`NICK ${nick}`);
  expect(stranger.sees()).toEqual([`:server 432 * ${nick} :${why}`]);
});

test("nickIsAccount: who is logged in keeps the account's name", () => {
  const ann = new Chat().member("ann");
  ann.sends("NICK bob", "NICK ANN");
  expect(ann.sees()).toEqual([
    ":server 432 ann bob :Your nick is your account's name, and stays it",
  ]);
});

test("USER tells the real name, its controls made harmless and its length bounded", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const ann = chat.stranger();
  ann.sends("CAP LS", "NICK ann", `USER u 0 * :\u0001${"é".repeat(100)}`);
  ann.logsIn("ann", "correct horse battery");
  ann.sends("CAP END");
  ann.sees();
  ann.sends("WHOIS ann");
  expect(ann.sees()[0]).toBe(`:server 311 ann ann ann server * :\u2401${"é".repeat(73)}`);
});

test("alreadyRegistered: USER is said once, PASS not after the login", () => {
  const stranger = new Chat().stranger();
  stranger.sends("CAP LS", "USER x 0 * :X", "USER y 0 * :Y");
  expect(stranger.sees()[1]).toBe(":server 462 * :You may not reregister");
  const ann = new Chat().member("ann");
  ann.sends("USER x 0 * :X", "PASS x");
  expect(ann.sees()).toEqual([
    ":server 462 ann :You may not reregister",
    ":server 462 ann :You may not reregister",
  ]);
});

test("needMoreParams: USER has four parameters, PASS one", () => {
  const stranger = new Chat().stranger();
  stranger.sends("USER x 0 *", "PASS");
  expect(stranger.sees()).toEqual([
    ":server 461 * USER :Not enough parameters",
    ":server 461 * PASS :Not enough parameters",
  ]);
});

test.each(["USER :", "USER ann 0 * :"])("needMoreParams: %s names nobody", (line) => {
  const stranger = new Chat().stranger();
  stranger.sends("NICK ann", line);
  expect(stranger.sees()).toEqual([":server 461 ann USER :Not enough parameters"]);
});

test("unknownCommand: a command may look as it likes", () => {
  const ann = new Chat().member("ann", "labeled-response", "batch");
  ann.sends("@label=x NO_SUCH-COMMAND2 a");
  expect(ann.sees()).toEqual(["@label=x :server 421 ann NO_SUCH-COMMAND2 :Unknown command"]);
});
