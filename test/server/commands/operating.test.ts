/** KILL and WALLOPS: what operators do to connections, and say to each other. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

function operator(chat: Chat, name: string): Person {
  const person = chat.member(name);
  chat.operatorSays(`role ${name} operator`);
  person.sees();
  return person;
}

test("KILL closes every connection of someone, and says by whom and why", () => {
  const chat = new Chat();
  const olga = operator(chat, "olga");
  const [laptop, phone] = [chat.member("bob"), chat.member("bob")];
  olga.sends("KILL bob :Spam");
  const line = "ERROR :Closing link: Killed (olga (Spam))";
  expect([laptop.sees(), phone.sees(), laptop.isClosed, phone.isClosed]).toEqual([
    [line],
    [line],
    true,
    true,
  ]);
  expect(chat.notes).toContainEqual({
    event: "user.killed",
    nick: "bob",
    by: "olga",
    reason: "Spam",
  });
});

test("others see a killed guest quit", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const olga = operator(chat, "olga");
  const gus = chat.stranger();
  gus.sends("NICK gus", "USER gus 0 * :Gus", "JOIN #room");
  olga.sends("JOIN #room");
  olga.sees();
  olga.sends("KILL gus :Spam");
  expect(olga.sees()).toEqual([":gus!~gus@127.0.0.1 QUIT :Killed (olga (Spam))"]);
});

test("WALLOPS is read by who has user mode w, on all of their devices, and by nobody else", () => {
  const chat = new Chat();
  const olga = operator(chat, "olga");
  const [bob, phone, cem] = [chat.member("bob"), chat.member("bob"), chat.member("cem")];
  bob.sends("MODE bob +w");
  phone.sees();
  bob.sees();
  olga.sends("WALLOPS :The server restarts at noon");
  const line = ":olga!olga@server WALLOPS :The server restarts at noon";
  expect([bob, phone, cem, olga].map((person) => person.sees())).toEqual([[line], [line], [], []]);
  bob.sends("MODE bob -w");
  olga.sends("MODE olga +w", "WALLOPS :It is back");
  expect(bob.sees()).toEqual([":bob!bob@server MODE bob -w"]);
  expect(olga.sees()).toEqual([
    ":olga!olga@server MODE olga +w",
    ":olga!olga@server WALLOPS :It is back",
  ]);
});

test("who is an operator is told as one by user mode o, WHO, WHOIS, USERHOST and LUSERS", () => {
  const chat = new Chat();
  const olga = operator(chat, "olga");
  const bob = chat.member("bob");
  olga.sends("MODE olga");
  expect(olga.sees()).toEqual([":server 221 olga +o"]);
  bob.sends("WHO olga", "WHO * o", "WHOIS olga", "USERHOST olga bob", "LUSERS");
  const lines = bob.sees();
  const listed = ":server 352 bob * olga server server olga H* :0 Real Name";
  expect(lines.filter((line) => line.includes(" 352 "))).toEqual([listed, listed]);
  expect(lines.filter((line) => / (?:252|302|313) /.test(line))).toEqual([
    ":server 313 bob olga :is an operator of this server",
    ":server 302 bob :olga*=+olga@server bob=+bob@server",
    ":server 252 bob 1 :operator(s) online",
  ]);
  chat.operatorSays("role olga member");
  bob.sends("WHO olga", "WHO * o");
  olga.sends("MODE olga", "WALLOPS :x");
  expect(bob.sees().filter((line) => line.includes(" 352 "))).toEqual([listed.replace("H*", "H")]);
  expect(olga.sees()).toEqual([
    ":server 221 olga +",
    ":server 481 olga :Permission Denied- You're not an operator of this server",
  ]);
});

test("noPrivileges: KILL and WALLOPS are for operators", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("bob");
  ann.sends("KILL bob :x", "WALLOPS :x");
  const refused = ":server 481 ann :Permission Denied- You're not an operator of this server";
  expect(ann.sees()).toEqual([refused, refused]);
});

test("KILL needs no reason", () => {
  const chat = new Chat();
  const [olga, bob] = [chat.member("olga"), chat.member("bob")];
  chat.operatorSays("role olga operator");
  olga.sends("KILL bob");
  expect(bob.isClosed).toBe(true);
});
