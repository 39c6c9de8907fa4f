/** A secret channel: to who is no member, every command answers as if it did not exist. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../support/chat.ts";

const everything = ["message-tags", "labeled-response", "batch", "echo-message", "multi-prefix"];

/** A secret channel of ann's; bob is no member of it. */
function secret(isAttended: boolean): [Chat, Person] {
  const chat = new Chat();
  const [ann] = chat.inChannel("#hidden", "ann");
  ann.sends("TOPIC #hidden :Plans", "MODE #hidden +s-n");
  const bob = chat.member("bob", ...everything);
  if (!isAttended) ann.drops();
  return [chat, bob];
}

const commands = [
  "TOPIC CHANNEL",
  "TOPIC CHANNEL :Mine",
  "MODE CHANNEL",
  "MODE CHANNEL b",
  "MODE CHANNEL +m",
  "MODE CHANNEL +b ann",
  "NAMES CHANNEL",
  "WHO CHANNEL",
  "WHOIS CHANNEL",
  "PART CHANNEL :Bye",
  "KICK CHANNEL ann :Out",
  "INVITE ann CHANNEL",
  "INVITE bob CHANNEL",
  "PRIVMSG CHANNEL :Hello",
  "@label=x NOTICE CHANNEL :Hello",
  "@+typing=active TAGMSG CHANNEL",
  "LIST CHANNEL",
  "CHATHISTORY LATEST CHANNEL * 10",
  "CHATHISTORY BEFORE CHANNEL msgid=c1-2 10",
  "CHATHISTORY AFTER CHANNEL timestamp=2026-01-01T00:00:00Z 10",
];

test.each(
  commands.flatMap((line) => [true, false].map((isAttended) => [line, isAttended] as const)),
)("a secret channel answers %j as one that does not exist (attended: %p)", (line, isAttended) => {
  const [, bob] = secret(isAttended);
  const answers = ["#Hidden", "#Absent"].map((name) => {
    bob.sends(line.replace("CHANNEL", name));
    return bob.sees().map((seen) => seen.replaceAll(name, "CHANNEL"));
  });
  expect(answers[0]).toEqual(answers[1] ?? []);
  expect(answers[0]).not.toEqual([]);
});

test("a secret channel is in no list, no WHOIS and no count", () => {
  const [chat, bob] = secret(true);
  const cem = chat.member("cem");
  bob.sends(
    "LIST",
    "WHOIS ann",
    "LUSERS",
    "CHATHISTORY TARGETS timestamp=2025-01-01T00:00:00Z timestamp=2027-01-01T00:00:00Z 9",
  );
  expect(bob.sees().join("\n")).not.toMatch(/#hidden| 254 bob [1-9]/i);
  expect(cem.sees()).toEqual([]);
});

test("a secret channel hears nothing from who is no member, though it is not +n", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#hidden", "ann");
  ann.sends("MODE #hidden +s-n");
  ann.sees();
  chat.member("bob").sends("PRIVMSG #hidden :Hello", "TOPIC #hidden :Mine", "KICK #hidden ann");
  expect(ann.sees()).toEqual([]);
});

test("an operator of the server is no member, and sees no secret channel", () => {
  const [chat, bob] = secret(true);
  chat.operatorSays("role bob operator");
  bob.sends("TOPIC #hidden", "WHOIS ann");
  const [answer, ...whois] = bob.sees();
  expect(answer).toBe(":server 403 bob #hidden :No such channel");
  expect(whois.join("\n")).not.toContain("#hidden");
});

test("a member of a secret channel sees it as any other", () => {
  const [chat] = secret(true);
  const ann = chat.member("ann");
  ann.sends("TOPIC #hidden", "WHOIS ann", "LIST");
  const lines = ann.sees();
  expect(lines).toContain(":server 332 ann #hidden :Plans");
  expect(lines).toContain(":server 319 ann ann :~@#hidden");
  expect(lines).toContain(":server 322 ann #hidden 1 :Plans");
});

test("who knows a secret channel's name may join it", () => {
  const [, bob] = secret(true);
  bob.sends("JOIN #HIDDEN");
  expect(bob.sees()[0]).toEndWith(":bob!bob@server JOIN #hidden");
});
