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

test("WALLOPS is read by who has user mode w", () => {
  const chat = new Chat({ settings: { defaultModes: "w" } });
  const olga = operator(chat, "olga");
  const bob = chat.member("bob");
  bob.sends("MODE bob +w");
  bob.sees();
  olga.sends("WALLOPS :The server restarts at noon");
  expect(bob.sees()).toEqual([":olga!olga@server WALLOPS :The server restarts at noon"]);
});

test("noPrivileges: KILL and WALLOPS are for operators", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("bob");
  ann.sends("KILL bob :x", "WALLOPS :x");
  const refused = ":server 481 ann :Permission Denied- You're not an operator of this server";
  expect(ann.sees()).toEqual([refused, refused]);
});
