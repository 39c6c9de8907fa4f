/** What must hold between ways in, roles and names that are each right by themselves. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../support/chat.ts";
import { PlainPasswords } from "../support/plain-passwords.ts";

const exporter = new Uint8Array(32);
const tls = { version: "TLSv1.3", exporter, peerCertificate: undefined, spki: "" };
const free = { accountsRequired: false, nicks: "free" } as const;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What the person is answered. */
function says(person: Person, ...lines: readonly string[]): string[] {
  person.sees();
  person.sends(...lines);
  return person.sees();
}

function enters(chat: Chat, name: string, secret: string): Person {
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK x", "USER x 0 * :x");
  person.logsIn(name, secret);
  person.sends("CAP END");
  return person;
}

function guest(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :Somebody`);
  return person;
}

test("who came by an app password gets no other proof by a claim of the same connection", () => {
  const chat = new Chat({ settings: { registration: "open" } });
  says(chat.member("ann"), "NS app-password add bot");
  const thief = chat.stranger({ tls });
  thief.sends("CAP LS 302", "NICK x", "USER x 0 * :x", `OPAQUE REC mallory ${base64("a record")}`);
  thief.logsIn("ann", "app-1");
  const login = base64("\0mallory\0a record");
  thief.sends(
    "CAP END",
    "AUTHENTICATE OPAQUE-R255-EXPR",
    "AUTHENTICATE +",
    `AUTHENTICATE ${login}`,
  );
  says(thief, "NS set password stolen password here");
  expect(enters(chat, "ann", "stolen password here").looks().join()).toContain(" 904 ");
  expect(says(thief, "NS app-password add more").join()).toContain("not for who is logged in with");
});

test.each(["PASS :ann:brand new password", "NS IDENTIFY ann brand new password"])(
  "a reset link that was claimed is used up by whatever shows the password: %s",
  (line) => {
    const chat = new Chat();
    const owner = chat.member("ann");
    const [link = ""] = chat.operatorSays("reset ann");
    const request = `OPAQUE REG ann * ${link} ${base64("request")}`;
    const thief = chat.stranger({ tls });
    const entered = says(thief, request, `OPAQUE REC ann ${base64("brand new password")}`, line);
    const isIn = entered.join().includes(" 900 ");
    const isUsed = chat.operatorSays("invitations")[0] === "no invitation is good";
    expect({ isUsed, isOwnerClosed: owner.isClosed }).toEqual({
      isUsed: isIn,
      isOwnerClosed: isIn,
    });
  },
);

test.each([
  "KILL bob :x",
  "REHASH",
  "WALLOPS :x",
  "METADATA bob SET operators/x :y",
  "METADATA bob SET x :y",
])("an operator's app password operates nothing: %s", (line) => {
  const chat = new Chat();
  chat.hasAccount("ann", { role: "operator" });
  const [bob] = [chat.member("bob")];
  says(chat.member("ann"), "NS app-password add bot");
  const bot = enters(chat, "ann", "app-1");
  expect(says(bot, line).join()).toMatch(/ 481 | KEY_NO_PERMISSION /);
  expect(bob.isClosed).toBe(false);
});

test.each([
  ["WHOIS bob", / 378 /],
  ["WHO bob %i", /127\.0\.0\.1/],
  ["METADATA bob GET operators/x", / 761 /],
  ["STATS o", / 243 /],
])("an operator's app password is shown what members are: %s", (line, shown) => {
  const chat = new Chat();
  chat.hasAccount("ann", { role: "operator" });
  chat.member("bob");
  const ann = chat.member("ann");
  says(ann, "NS app-password add bot", "METADATA bob SET operators/x :y");
  expect(says(ann, line).join()).toMatch(shown);
  expect(says(enters(chat, "ann", "app-1"), line).join()).not.toMatch(shown);
});

test("nobody reads the metadata of whom they may not see", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  says(bob, "METADATA * SET x :y", "MODE bob +i");
  const refused = says(ann, "METADATA bob LIST");
  expect(refused).toEqual(
    says(ann, "METADATA nobody LIST").map((line) => line.replace("nobody", "bob")),
  );
});

test("OPER on one connection makes no operator of the same account's app password", () => {
  const passwords = new PlainPasswords();
  passwords.operators.set("root", "secret");
  const chat = new Chat({ passwords });
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  says(ann, "NS app-password add bot");
  const bot = enters(chat, "ann", "app-1");
  says(ann, "OPER root secret");
  expect(says(bot, "KILL bob :x").join()).toContain(" 481 ");
  expect(bob.isClosed).toBe(false);
});

test("a member who is called otherwise sets the password of their account, not of their nick", () => {
  const chat = new Chat({ settings: free });
  const ann = chat.member("ann");
  says(ann, "NICK queen", "NS set password brand new password");
  expect(enters(chat, "ann", "brand new password").looks().join()).toContain(" 903 ");
  expect(chat.notes).toContainEqual({ event: "account.password", account: "ann", by: "ann" });
});

test("a member who is called otherwise changes the record of their account", () => {
  const chat = new Chat({ settings: free });
  chat.hasAccount("ann");
  const ann = enters(chat, "ann", password);
  ann.sends("NICK queen", "AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +");
  ann.sends(`AUTHENTICATE ${base64(`\0ann\0${password}`)}`, `OPAQUE CHG ${base64("request")}`);
  const asked = chat.questions.findLast(({ kind }) => kind === "change");
  expect(asked?.ask).toMatchObject({ name: "ann" });
});

test("a reset link is for the account, whatever its owner is called", () => {
  const chat = new Chat({ settings: free });
  says(chat.member("ann"), "NICK queen");
  const [link = ""] = chat.operatorSays("reset ann");
  says(chat.stranger({ tls }), `REGISTER ann ${link} :brand new password`);
  const asked = chat.questions.findLast(({ kind }) => kind === "enrol");
  expect(asked?.ask).toMatchObject({ name: "ann" });
});

test("who is logged in is told the account's name, not the nick", () => {
  const chat = new Chat({ settings: free });
  says(chat.member("ann"), "NICK queen");
  expect(enters(chat, "ann", password).looks().join()).toContain("logged in as ann");
});

test("words about accounts find nobody by what they are called", () => {
  const chat = new Chat({ settings: free });
  says(chat.member("ann"), "NICK queen");
  expect(chat.operatorSays("disable queen")).toEqual(["no account queen"]);
  expect(chat.operatorSays("role ann operator")).toEqual(["ann is an operator now"]);
  expect(chat.notes).toContainEqual({
    event: "account.role",
    account: "ann",
    role: "operator",
    by: "console",
  });
});

test("what is noted of an operator's words names the account, not the nick", () => {
  const chat = new Chat({ settings: free });
  chat.hasAccount("ann", { role: "operator" });
  chat.hasAccount("bob");
  says(chat.member("ann"), "NICK queen", "NS strict bob on");
  const noted = { event: "account.strict", account: "bob", isStrict: true, by: "ann" } as const;
  expect(chat.notes).toContainEqual(noted);
});

test.each([
  "role gus operator",
  "reset gus",
  "strict gus on",
  "disable gus",
  "expire gus 1",
  "delete gus",
])("a guest is no account for words about accounts: %s", (words) => {
  const chat = new Chat({ settings: free });
  guest(chat, "gus");
  expect(chat.operatorSays(words)).toEqual(["no account gus"]);
});

test("a guest who is in takes nobody's nick", () => {
  const chat = new Chat({ settings: free });
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  const gus = guest(chat, "gus");
  expect(says(gus, "NICK ann")).toEqual([":server 433 gus ann :Nickname is already in use"]);
  says(bob, "PRIVMSG ann :for her");
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG ann :for her"]);
});

test("a reset link told by REGISTER skips no second factor", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const ann = chat.stranger({ tls });
  ann.sends(
    "CAP LS 302",
    "NICK x",
    "USER x 0 * :x",
    "AUTHENTICATE OPAQUE-R255-EXPR",
    "AUTHENTICATE +",
  );
  ann.sends(`AUTHENTICATE ${base64(`\0ann\0${password}`)}`, "CAP END");
  expect(says(ann, "NS totp begin", "NS totp confirm 123456").join()).toContain("factor is on");
  const [link = ""] = chat.operatorSays("reset ann");
  const other = chat.stranger({ tls });
  const answered = says(other, `REGISTER ann ${link} :brand new password`);
  const text = "Your new password is set: log in with it now";
  expect(answered).toEqual([`:server REGISTER SUCCESS ann :${text}`]);
});

test("passwordNotTold: a strict account's new password is not told to the server with a reset link either", () => {
  const chat = new Chat();
  chat.hasAccount("ann", { isStrict: true });
  const [link = ""] = chat.operatorSays("reset ann");
  const told = says(chat.stranger({ tls }), `REGISTER ann ${link} :brand new password`);
  expect(told.join()).toContain("FAIL REGISTER DISALLOWED ann");
  expect(chat.questions.some(({ kind }) => kind === "enrol")).toBe(false);
  expect(chat.operatorSays("invitations")).not.toEqual(["no invitation is good"]);
});

test("the gateway's own TLS and certificate are not the client's: WEBIRC without secure", () => {
  const shown = { ...tls, peerCertificate: "a".repeat(64) };
  const gateway = { isTrustedProxy: true, isLoopback: false, tls: shown };
  const bare = new Chat().stranger(gateway);
  expect(says(bare, "WEBIRC x gw host 192.0.2.7", "CAP LS 302").join()).not.toContain("sasl");
});

test("neither a gateway's password nor a channel's key is noted", () => {
  const chat = new Chat({ settings: { notesLines: true } });
  chat.stranger({ isTrustedProxy: true }).sends("WEBIRC hunter2 gw host 192.0.2.7");
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +k hunter3", "JOIN #other hunter4");
  expect(JSON.stringify(chat.notes)).not.toMatch(/hunter/);
  const noted = chat.notes.findLast(({ event }) => event === "channel.mode");
  expect(noted).toMatchObject({ modes: "+k *" });
});

test.each(["HT-SHA-256-EXPR", "EXTERNAL"])("who came by %s sets no password by words", (way) => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const shown = { ...tls, peerCertificate: "a".repeat(64) };
  const ann = chat.stranger({ tls: shown });
  ann.sends("CAP LS 302", "NICK x", "USER x 0 * :x", `AUTHENTICATE ${way}`);
  ann.sends(...(way === "EXTERNAL" ? [] : ["AUTHENTICATE +"]));
  ann.sends(`AUTHENTICATE ${base64(`\0ann\0${password}`)}`, "CAP END");
  expect(says(ann, "NS set password brand new password").join()).toContain("the password first");
  expect(chat.questions.some(({ kind }) => kind === "enrol")).toBe(false);
});

test("a mask of WHO has as many stars and bytes as one that is kept, and no more", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  const found = (mask: string) => says(ann, `WHO ${mask}`).filter((line) => line.includes(" 352 "));
  expect(found("a*".padEnd(9, "*"))).toHaveLength(1);
  expect(found("a*".padEnd(10, "*"))).toEqual([]);
  expect(found(`${"?".repeat(3)}${"*?".repeat(70)}`)).toEqual([]);
});
