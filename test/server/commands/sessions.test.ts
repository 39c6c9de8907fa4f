/** SESSIONS and LOGOUT: devices that are remembered, and the connections that came in by them. */
import { expect, test } from "bun:test";
import { wallMs } from "../../../src/base/time.ts";
import { Chat, type Person } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

const day = wallMs(Date.UTC(2026, 0, 1, 9, 30));
const nickServ = (nick: string, text: string): string =>
  `:NickServ!NickServ@server NOTICE ${nick} :${text}`;
const loggedOut = "ERROR :Closing link: Logged out";

interface Scene {
  readonly chat: Chat;
  readonly passwords: PlainPasswords;
  /** Came in by their devices. */
  readonly laptop: Person;
  readonly phone: Person;
  /** Came in by the password. */
  readonly desktop: Person;
  readonly bob: Person;
}

function scene(): Scene {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  const comes = (device: number): Person => {
    passwords.at.set("ann", device);
    return chat.member("ann");
  };
  chat.hasAccount("ann");
  const laptop = comes(passwords.remembers("ann", "laptop", day));
  const phone = comes(passwords.remembers("ann", "phone", day));
  passwords.at.delete("ann");
  const desktop = chat.member("ann");
  const bob = chat.member("bob");
  passwords.remembers("bob", "bob's", day);
  return { chat, passwords, laptop, phone, desktop, bob };
}

function labels({ passwords }: Scene): string[] {
  return [...passwords.devices.values()].map(({ info }) => info.label);
}

function closed({ laptop, phone, desktop, bob }: Scene): boolean[] {
  return [laptop, phone, desktop, bob].map(({ isClosed }) => isClosed);
}

test("sessions lists one's devices, and says which of them this is", () => {
  const { phone, desktop } = scene();
  phone.sends("PRIVMSG NickServ :sessions");
  expect(phone.sees()).toEqual([
    nickServ("ann", "1 laptop since 2026-01-01 09:30"),
    nickServ("ann", "2 phone since 2026-01-01 09:30 (this one)"),
  ]);
  desktop.sends("PRIVMSG NickServ :SESSIONS");
  expect(desktop.sees()).not.toContain("(this one)");
});

test("who has no device is told so", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG NickServ :sessions", "PRIVMSG NickServ :logout all");
  expect(ann.sees()).toEqual(
    Array.from({ length: 2 }, () => nickServ("ann", "no device is remembered")),
  );
});

test("logout alone is this device: it is forgotten, and its connection closed", () => {
  const all = scene();
  all.phone.sends("PRIVMSG NickServ :logout");
  expect(all.phone.sees().slice(-2)).toEqual([nickServ("ann", "logged out 2"), loggedOut]);
  expect(labels(all)).toEqual(["laptop", "bob's"]);
  expect(closed(all)).toEqual([false, true, false, false]);
});

test("a device that is logged out is noted, with its number and who did it", () => {
  const all = scene();
  all.phone.sends("PRIVMSG NickServ :logout");
  all.chat.operatorSays("logout ann 1");
  const noted = all.chat.notes.filter(({ event }) => event === "device.forgotten");
  expect(noted).toEqual([
    { event: "device.forgotten", account: "ann", number: 2, by: "ann" },
    { event: "device.forgotten", account: "ann", number: 1, by: "console" },
  ]);
});

test("logout by the password only closes the connection", () => {
  const all = scene();
  all.desktop.sends("PRIVMSG NickServ :logout");
  expect(labels(all).length).toBe(3);
  expect(closed(all)).toEqual([false, false, true, false]);
});

test("logout by number is that device, whoever of the account says it, and nobody else's", () => {
  const all = scene();
  all.desktop.sends("PRIVMSG NickServ :logout 1", "PRIVMSG NickServ :logout 3");
  expect(all.desktop.sees()).toEqual([
    nickServ("ann", "logged out 1"),
    nickServ("ann", "no device 3 is remembered"),
  ]);
  expect(all.laptop.sees().at(-1)).toBe(loggedOut);
  expect(labels(all)).toEqual(["phone", "bob's"]);
  expect(closed(all)).toEqual([true, false, false, false]);
});

test("logout others leaves this one, logout all none", () => {
  const all = scene();
  all.phone.sends("PRIVMSG NickServ :logout others");
  expect([labels(all), closed(all)]).toEqual([
    ["phone", "bob's"],
    [true, false, false, false],
  ]);
  all.phone.sends("PRIVMSG NickServ :logout others");
  expect(all.phone.sees().at(-1)).toBe(nickServ("ann", "no other device is remembered"));
  all.desktop.sends("PRIVMSG NickServ :logout all");
  expect([labels(all), closed(all)]).toEqual([["bob's"], [true, true, false, false]]);
});

test("words that say neither are answered with what can be said", () => {
  const { laptop } = scene();
  laptop.sends("PRIVMSG NickServ :logout all others");
  expect(laptop.sees()).toEqual([
    nickServ("ann", "which? a number that sessions lists, all or others"),
  ]);
});

test("members do neither for others; operators do, in chat and at the console", () => {
  const all = scene();
  all.bob.sends("PRIVMSG NickServ :sessions ann", "PRIVMSG NickServ :logout ann");
  const refusal = nickServ("bob", "only operators do this for others");
  expect(all.bob.sees()).toEqual([refusal, refusal]);
  all.chat.operatorSays("role bob operator");
  all.bob.sees();
  all.bob.sends("PRIVMSG NickServ :sessions ann", "PRIVMSG NickServ :logout ann 1");
  expect(all.bob.sees().at(-1)).toBe(nickServ("bob", "logged out 1"));
  expect(all.chat.operatorSays("sessions ann")).toEqual(["2 phone since 2026-01-01 09:30"]);
  expect(all.chat.operatorSays("sessions nobody")).toEqual(["no account nobody"]);
  expect(all.chat.operatorSays("logout ann this")).toEqual([
    "which? a number that sessions lists, all or others",
  ]);
  expect(all.chat.operatorSays("logout ann")).toEqual(["logged out 2"]);
  expect(closed(all)).toEqual([true, true, false, false]);
  expect(labels(all)).toEqual(["bob's"]);
});

test("a copied token closes the connections of its device, and the operator is told", () => {
  const all = scene();
  all.passwords.copied = { name: "ann", device: 1 };
  const thief = all.chat.stranger();
  thief.logsIn("ann", "whatever");
  expect(thief.sees().at(-1)).toBe(":server 904 * :SASL authentication failed");
  expect(closed(all)).toEqual([true, false, false, false]);
  expect(all.chat.notes.find(({ event }) => event === "login.refused")).toMatchObject({
    account: "ann",
    reason: "a remembered login was copied; it is removed",
  });
});

test("who waits for an operator's decision is not remembered", () => {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  chat.hasAccount("ann", "pending");
  passwords.at.set("ann", passwords.remembers("ann", "laptop", day));
  chat.stranger().logsIn("ann", "correct horse battery");
  expect(passwords.devices.size).toBe(0);
});
