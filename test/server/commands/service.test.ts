/** NickServ: operator commands by chat. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

function operator(chat: Chat, ...capabilities: readonly string[]): Person {
  const olga = chat.member("olga", ...capabilities);
  chat.operatorSays("role olga operator");
  olga.sees();
  return olga;
}

test("an operator approves by a message, and is answered by notices", () => {
  const chat = new Chat();
  const olga = operator(chat);
  chat.hasAccount("ann", "pending");
  olga.sends("PRIVMSG nickserv :approve ann");
  expect(olga.sees()).toEqual([":NickServ!NickServ@server NOTICE olga :approved ann"]);
  expect(chat.notes.at(-1)).toEqual({ event: "account.approved", account: "ann", by: "olga" });
});

test("a labelled message is answered under its label, with the echo", () => {
  const chat = new Chat();
  const olga = operator(chat, "labeled-response", "batch", "echo-message");
  olga.sends("@label=x PRIVMSG NickServ :pending");
  expect(olga.sees()).toEqual([
    "@label=x :server BATCH +1 labeled-response",
    "@batch=1 :olga!olga@server PRIVMSG NickServ :pending",
    "@batch=1 :NickServ!NickServ@server NOTICE olga :nobody waits",
    ":server BATCH -1",
  ]);
});

test("what is said to the service reaches no other device, and is not kept", () => {
  const chat = new Chat();
  const olga = operator(chat);
  const phone = chat.member("olga");
  olga.sends("PRIVMSG NickServ :pending");
  expect(phone.sees()).toEqual([]);
  olga.sends("CHATHISTORY LATEST NickServ * 10");
  expect(olga.sees().at(-1)).toContain("INVALID_TARGET");
});

test("what is for the console only is not done by chat", () => {
  const chat = new Chat();
  const olga = operator(chat);
  olga.sends("PRIVMSG NickServ :stop");
  expect(olga.sees()).toEqual([":NickServ!NickServ@server NOTICE olga :stop is for the console"]);
  expect(chat.notes.some(({ event }) => event === "stop.asked")).toBe(false);
});

test("a long answer is several notices", () => {
  const chat = new Chat();
  const olga = operator(chat);
  olga.sends(`PRIVMSG NickServ :${"x".repeat(400)}`);
  expect(olga.sees()).toHaveLength(2);
});

test("noPrivileges: who is no operator is refused", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG NickServ :approve ann");
  expect(ann.sees()).toEqual([
    ":server 481 ann :Permission Denied- You're not an operator of this server",
  ]);
});

test("help lists what who asks may say", () => {
  const ann = new Chat().member("ann");
  ann.sends("PRIVMSG NickServ :HELP");
  const helped = ann.sees().join("\n");
  expect(helped).toContain(":NickServ!NickServ@server NOTICE ann :sessions ");
  expect(helped).toContain("lists the commands");
  expect(helped).not.toContain("approve");
});

test("spokenToAlone: what is said to others in the same line is said, and nothing to the service", () => {
  const chat = new Chat();
  const olga = operator(chat);
  const bob = chat.member("bob");
  olga.sends("JOIN #room");
  bob.sends("JOIN #room");
  bob.sees();
  olga.sees();
  olga.sends("PRIVMSG NickServ,#room,bob :pending");
  expect(olga.sees()).toEqual([":server 407 olga NickServ :NickServ is spoken to alone"]);
  expect(bob.sees()).toEqual([
    ":olga!olga@server PRIVMSG #room :pending",
    ":olga!olga@server PRIVMSG bob :pending",
  ]);
});
