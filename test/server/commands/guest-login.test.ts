/** Guests who log in when they are there already. */
import { expect, test } from "bun:test";
import { type ServerSettings } from "../../../src/server/settings.ts";
import { Chat, password, type Person } from "../../support/chat.ts";

/** Nobody stays while away, so that an account which is not there is nowhere; nicks are free. */
function open(settings: Partial<ServerSettings> = {}): Chat {
  const usual = { accountsRequired: false, nicks: "free", alwaysOn: "never" } as const;
  return new Chat({ settings: { ...usual, ...settings } });
}

function guest(chat: Chat, nick: string, ...capabilities: readonly string[]): Person {
  const person = chat.stranger();
  if (capabilities.length > 0) person.sends(`CAP REQ :${capabilities.join(" ")}`);
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :Somebody`, "CAP END");
  person.sees();
  return person;
}

test("a guest logs in, and what they say is the account's", () => {
  const chat = open();
  const watcher = chat.member("eve", "account-tag");
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  gus.logsIn("ann", password);
  expect(gus.sees()).toEqual([
    "AUTHENTICATE +",
    ":server 900 gus gus!~gus@127.0.0.1 ann :You are now logged in as ann",
    ":server 903 gus :SASL authentication successful",
  ]);
  gus.sends("PRIVMSG eve :It is me");
  expect(watcher.sees()).toEqual(["@account=ann :gus!ann@server PRIVMSG eve :It is me"]);
});

test("saslAlready: a guest who has logged in is logged in", () => {
  const chat = open();
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  gus.logsIn("ann", password);
  gus.sees();
  gus.sends("AUTHENTICATE PLAIN");
  expect(gus.sees()).toEqual([":server 907 gus :You have already authenticated using SASL"]);
});

test("saslFailed: a guest who shows a wrong password stays one", () => {
  const chat = open();
  chat.hasAccount("ann");
  const eve = chat.member("eve", "account-tag");
  const gus = guest(chat, "gus");
  gus.logsIn("ann", "wrong");
  expect(gus.sees()).toContain(":server 904 gus :SASL authentication failed");
  gus.sends("PRIVMSG eve :Still me");
  expect(eve.sees()).toEqual([":gus!~gus@127.0.0.1 PRIVMSG eve :Still me"]);
});

test("others see the account with account-notify, and the host with chghost or as if they had reconnected", () => {
  const chat = open();
  const old = chat.member("old");
  const modern = chat.member("modern", "account-notify", "chghost");
  const between = chat.member("between", "extended-join");
  chat.hasAccount("ann");
  const gus = guest(chat, "gus", "account-notify", "chghost");
  for (const each of [gus, old, modern, between]) each.sends("JOIN #room");
  gus.sends("MODE #room +v gus");
  for (const each of [gus, old, modern, between]) each.sees();
  gus.logsIn("ann", password);
  expect(gus.sees().slice(3)).toEqual([
    ":gus!~gus@127.0.0.1 ACCOUNT ann",
    ":gus!~gus@127.0.0.1 CHGHOST ann server",
  ]);
  expect(modern.sees()).toEqual([
    ":gus!~gus@127.0.0.1 ACCOUNT ann",
    ":gus!~gus@127.0.0.1 CHGHOST ann server",
  ]);
  expect(old.sees()).toEqual([
    ":gus!~gus@127.0.0.1 QUIT :Changing host",
    ":gus!ann@server JOIN #room",
    ":server MODE #room +ov gus gus",
  ]);
  expect(between.sees()[1]).toBe(":gus!ann@server JOIN #room ann Somebody");
});

test("the guest's channels and ranks are the account's, and are kept", () => {
  const chat = open({ alwaysOn: "opt-out" });
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room", "MODE #room +m");
  gus.logsIn("ann", password);
  gus.sends("PRIVMSG #room :Mine");
  gus.sees();
  const again = chat.restarts().member("ann");
  again.sends("NAMES #room", "TOPIC #room :Still mine");
  expect(again.sees()).toEqual([
    ":server 353 ann = #room :@ann",
    ":server 366 ann #room :End of /NAMES list",
    ":ann!ann@server TOPIC #room :Still mine",
  ]);
});

test("with extended-monitor who watches a guest is told of the account and the host", () => {
  const chat = open();
  const eve = chat.member("eve", "extended-monitor", "account-notify", "chghost");
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  eve.sends("MONITOR + gus");
  eve.sees();
  gus.logsIn("ann", password);
  expect(eve.sees()).toEqual([
    ":gus!~gus@127.0.0.1 ACCOUNT ann",
    ":gus!~gus@127.0.0.1 CHGHOST ann server",
  ]);
});

test("where nicks are accounts' names the guest is called as the account", () => {
  const chat = open({ nicks: "account" });
  const [eve] = chat.inChannel("#room", "eve");
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  eve.sees();
  gus.sees();
  gus.logsIn("ann", password);
  expect(gus.sees().at(-1)).toBe(":gus!ann@server NICK ann");
  expect(eve.sees().at(-1)).toBe(":gus!ann@server NICK ann");
});

test("where the account is there already the guest has quit, and the connection is one more of the account's", () => {
  const chat = open();
  const [ann, eve] = chat.inChannel("#room", "ann", "eve");
  ann.sends("JOIN #anns");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room,#gus");
  eve.sends("JOIN #gus");
  for (const each of [ann, eve, gus]) each.sees();
  gus.logsIn("ann", password);
  expect(gus.sees().slice(3)).toEqual([
    ":gus!~gus@127.0.0.1 PART #room :Logged in as ann",
    ":gus!~gus@127.0.0.1 PART #gus :Logged in as ann",
    ":gus!~gus@127.0.0.1 NICK ann",
    ":ann!ann@server JOIN #room",
    ":server 353 ann = #room :~ann eve",
    ":server 366 ann #room :End of /NAMES list",
    ":ann!ann@server JOIN #anns",
    ":server 353 ann = #anns :~ann",
    ":server 366 ann #anns :End of /NAMES list",
    ":ann!ann@server JOIN #gus",
    ":server MODE #gus +o ann",
    ":server 353 ann = #gus :eve @ann",
    ":server 366 ann #gus :End of /NAMES list",
  ]);
  expect(eve.sees()).toEqual([
    ":gus!~gus@127.0.0.1 QUIT :Logged in as ann",
    ":ann!ann@server JOIN #gus",
    ":server MODE #gus +o ann",
  ]);
  expect(ann.sees()[0]).toBe(":gus!~gus@127.0.0.1 QUIT :Logged in as ann");
  gus.sends("PRIVMSG #room :From the other one");
  expect(eve.sees()).toEqual([":ann!ann@server PRIVMSG #room :From the other one"]);
  expect(ann.sees()).toContain(":ann!ann@server PRIVMSG #room :From the other one");
  gus.drops();
  expect(eve.sees()).toEqual([]);
});

test("an account that stays in its rooms is back from away, by the guest's nick", () => {
  const chat = open({ alwaysOn: "opt-out" });
  const [ann, eve] = chat.inChannel("#room", "ann", "eve");
  const watcher = chat.member("bob", "away-notify");
  watcher.sends("JOIN #room", "MONITOR + gus");
  ann.drops();
  const gus = guest(chat, "gus");
  for (const each of [eve, watcher]) each.sees();
  gus.logsIn("ann", password);
  expect(eve.sees()).toEqual([":ann!ann@server NICK gus"]);
  expect(watcher.sees()).toEqual([
    ":server 731 * gus",
    ":ann!ann@server NICK gus",
    ":gus!ann@server AWAY",
    ":server 730 * gus!ann@server",
  ]);
  expect(gus.sees().slice(3)).toEqual([
    ":gus!ann@server JOIN #room",
    ":server 353 gus = #room :~gus eve bob",
    ":server 366 gus #room :End of /NAMES list",
  ]);
});

test("what was said to a guest just before they logged in reaches them", () => {
  const chat = open();
  const [ann, eve] = chat.inChannel("#room", "ann", "eve");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room", "AUTHENTICATE PLAIN");
  const login = `AUTHENTICATE ${Buffer.from(`\0ann\0${password}`).toString("base64")}`;
  for (const each of [ann, eve, gus]) each.sees();
  chat.holdsQuestions();
  gus.sends(login);
  chat.holdsKeeping();
  eve.sends("PRIVMSG gus :1", "PRIVMSG #room :2");
  chat.answersAll();
  chat.keepsAll();
  const seen = gus.sees();
  expect(seen.filter((line) => line.includes("PRIVMSG"))).toEqual([
    ":eve!eve@server PRIVMSG gus :1",
    ":eve!eve@server PRIVMSG #room :2",
  ]);
});

test("a guest has an account made for the nick they go by, and is its own from then on", () => {
  const chat = open({ registration: "open", rooms: ["#hall"] });
  const eve = chat.member("eve", "account-notify", "chghost");
  eve.sends("JOIN #hall");
  const gus = guest(chat, "gus");
  eve.sees();
  gus.sends("REGISTER * * correcthorsebattery");
  expect(gus.sees()).toEqual([
    ":server REGISTER SUCCESS gus :Account registered; you are logged in",
    ":server 900 gus gus!~gus@127.0.0.1 gus :You are now logged in as gus",
    ":server 903 gus :SASL authentication successful",
  ]);
  expect(eve.sees()).toEqual([
    ":gus!~gus@127.0.0.1 ACCOUNT gus",
    ":gus!~gus@127.0.0.1 CHGHOST gus server",
  ]);
});

test("a guest has an account made by OPAQUE, which is the connection's from the first login on", () => {
  const chat = open({ registration: "open", mechanisms: ["OPAQUE-R255-EXPR"] });
  const exporter = new Uint8Array(32);
  const tls = { version: "TLSv1.3", exporter, peerCertificate: undefined, spki: "x" };
  const gus = chat.stranger({ tls });
  gus.sends("NICK gus", "USER gus 0 * :Somebody");
  gus.sees();
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  gus.sends(`OPAQUE REG gus * * ${base64("request")}`, `OPAQUE REC gus ${base64(password)}`);
  gus.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +");
  gus.sees();
  gus.sends(`AUTHENTICATE ${base64(`\0gus\0${password}`)}`, "WHOIS gus");
  const seen = gus.sees();
  expect(seen).toContain(":server 903 gus :SASL authentication successful");
  expect(seen).toContain(":server 330 gus gus gus :is logged in as");
});

test("accountExists: the nick of another guest is nobody's to have an account of", () => {
  const chat = open({ registration: "open" });
  guest(chat, "root1");
  const gus = guest(chat, "gus");
  gus.sends("REGISTER root1 * correcthorsebattery");
  expect(gus.sees()[0]).toStartWith(":server FAIL REGISTER ACCOUNT_EXISTS root1 ");
});

test("a guest who has to wait for an operator stays, makes way for the account, and logs in to it", () => {
  const chat = open({ alwaysOn: "opt-out", rooms: ["#hall"] });
  const [eve] = chat.inChannel("#room", "eve");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  gus.sees();
  gus.sends("REGISTER * * correcthorsebattery", "PRIVMSG #room :I wait");
  expect(gus.sees()[0]).toStartWith(":server REGISTER VERIFICATION_REQUIRED gus ");
  eve.sees();
  chat.operatorSays("approve gus");
  expect(eve.sees()).toEqual([":gus!~gus@127.0.0.1 NICK gus|1"]);
  expect(gus.sees()[0]).toBe(":gus!~gus@127.0.0.1 NICK gus|1");
  gus.logsIn("gus", "correcthorsebattery");
  expect(gus.sees()).toContain(":server 903 gus|1 :SASL authentication successful");
  gus.sends("NICK gus", "PRIVMSG #room :It is me");
  expect(eve.sees().at(-1)).toBe(":gus!gus@server PRIVMSG #room :It is me");
});

test("rejected: a guest whose request is rejected is a guest still, and may ask again", () => {
  const chat = open();
  const gus = guest(chat, "gus");
  gus.sends("REGISTER * * correcthorsebattery");
  gus.sees();
  chat.operatorSays("reject gus");
  expect(gus.isClosed).toBe(false);
  gus.sees();
  gus.sends("REGISTER * * correcthorsebattery");
  expect(gus.sees()[0]).toStartWith(":server REGISTER VERIFICATION_REQUIRED gus ");
});

test("a guest identifies to NickServ, with the account's name in front or as they are called", () => {
  const chat = open();
  chat.hasAccount("ann");
  const gus = guest(chat, "gus");
  gus.sends(`PRIVMSG NickServ :IDENTIFY ann ${password}`);
  expect(gus.sees()).toEqual([
    ":server 900 gus gus!~gus@127.0.0.1 ann :You are now logged in as ann",
    ":NickServ!NickServ@server NOTICE gus :you are logged in as ann",
  ]);
  gus.sends("WHOIS gus");
  expect(gus.sees()).toContain(":server 330 gus gus ann :is logged in as");
});

test("an account with as many connections as it may have takes no guest besides", () => {
  const chat = new Chat({
    settings: { accountsRequired: false, nicks: "free" },
    limits: { sessionsPerUserMax: 1 },
  });
  chat.member("ann");
  const gus = guest(chat, "gus");
  gus.logsIn("ann", password);
  expect(gus.sees().at(-1)).toBe(":server 904 gus :The server is busy; try again later");
  gus.sends("NICK gus2");
  expect(gus.sees()).toEqual([":gus!~gus@127.0.0.1 NICK gus2"]);
});

test("who is watched by their metadata is told when a guest's gives way to the account's", () => {
  const chat = open();
  const eve = chat.member("eve", "draft/metadata-3", "batch");
  eve.sends("METADATA * SUB url", "JOIN #room");
  const ann = chat.member("ann");
  ann.sends("METADATA * SET url :https://ann.example");
  ann.sends("QUIT");
  const gus = guest(chat, "gus");
  gus.sends("METADATA * SET url :https://gus.example", "JOIN #room");
  eve.sees();
  gus.logsIn("ann", password);
  expect(eve.sees().join("\n")).toContain("gus url * https://ann.example");
});

test("on a full disk a guest stays a guest: what would change could not be kept", () => {
  const chat = open();
  chat.member("ann").sends("QUIT");
  const gus = guest(chat, "gus");
  chat.gives({ kind: "storage", isReadOnly: true, reason: "no room" });
  gus.sees();
  gus.logsIn("ann", password);
  expect(gus.sees().at(-1)).toBe(":server 904 gus :The server is busy; try again later");
  chat.gives({ kind: "storage", isReadOnly: false, reason: "room" });
  gus.logsIn("ann", password);
  expect(gus.sees().join("\n")).toContain(" 903 ");
});
