/** REGISTER, IDENTIFY and SET PASSWORD: an account for clients without SASL. */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions, password, type Person } from "../../support/chat.ts";

const own = "a password of my own";

function comes(options: ChatOptions = {}, nick = "ann"): { chat: Chat; ann: Person } {
  const chat = new Chat(options);
  return { chat, ann: joins(chat, nick) };
}

function joins(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
  person.sees();
  return person;
}

/** What NickServ says, and the numerics of the login and the welcome. */
function heard(person: Person): string[] {
  return person.sees().flatMap((line) => {
    const said = /^:NickServ!NickServ@server NOTICE \S+ :(.*)$/.exec(line)?.[1];
    return said === undefined ? (/ (900|001) /.exec(line)?.[1] ?? []) : [said];
  });
}

test("with an invitation a nick becomes an account, and the welcome follows", () => {
  const { chat, ann } = comes({ settings: { registration: "invite" } });
  const [token = ""] = chat.operatorSays("invite");
  ann.sends(`PRIVMSG NickServ :REGISTER ${own} ${token}`);
  expect(heard(ann)).toEqual(["900", "ann is registered", "you are logged in as ann", "001"]);
  const again = joins(chat, "ann");
  again.sends(`NS IDENTIFY ann ${own}`);
  expect(heard(again)).toEqual(["900", "you are logged in as ann", "001"]);
});

test.each([
  "PRIVMSG NickServ :identify",
  "nickserv identify",
  "NS :identify",
  "PRIVMSG nickserv :IDENTIFY ann",
])("%s logs in", (words) => {
  const { chat, ann } = comes();
  chat.hasAccount("ann");
  const name = words.endsWith("ann") ? "" : " ann";
  ann.sends(`${words}${name} ${password}`);
  expect(heard(ann)).toEqual(["900", "you are logged in as ann", "001"]);
});

test("one word is the password of who the nick is, and the nick becomes the account's", () => {
  const { chat, ann } = comes({ settings: { registration: "open" } }, "Ann");
  ann.sends("PRIVMSG NickServ :register one-long-word");
  expect(heard(ann)).toContain("you are logged in as Ann");
  const other = joins(chat, "zed");
  other.sends("PRIVMSG NickServ :identify one-long-word");
  expect(heard(other)).toEqual(["wrong name or password"]);
  const again = joins(chat, "ann");
  again.sends("PRIVMSG NickServ :identify one-long-word", "PING 1");
  expect(again.sees().at(-1)).toBe(":server PONG server 1");
  again.sends("WHOIS Ann");
  expect(again.sees()[0]).toContain(":server 311 Ann Ann Ann");
});

test("where operators decide, who asks by words waits as others do", () => {
  const { chat, ann } = comes();
  ann.sends(`PRIVMSG NickServ :register ${own}`);
  expect(heard(ann)).toEqual(["ann is asked for: an operator decides; stay, or IDENTIFY later"]);
  const other = joins(chat, "zed");
  other.sends(`PRIVMSG NickServ :identify ann ${own}`);
  expect(heard(other)).toEqual(["an operator has yet to approve ann"]);
  chat.operatorSays("approve ann");
  ann.sees();
  ann.sends(`PRIVMSG NickServ :identify ann ${own}`);
  expect(heard(ann)).toEqual(["900", "you are logged in as ann", "001"]);
});

test("a wrong password, an unknown name, a disabled account and a token look alike, and are counted", () => {
  const { chat, ann } = comes({ limits: { loginFailuresMax: 4 } });
  chat.hasAccount("ann");
  chat.hasAccount("dan", "disabled");
  const [token = ""] = chat.operatorSays("invite");
  for (const words of ["ann wrong", "nobody wrong", `dan ${password}`, `eve ${token}`]) {
    ann.sends(`PRIVMSG NickServ :identify ${words}`);
  }
  const lines = ann.sees();
  expect(lines.slice(0, 4)).toEqual(
    Array.from({ length: 4 }, () => ":NickServ!NickServ@server NOTICE ann :wrong name or password"),
  );
  expect(lines.at(-1)).toBe("ERROR :Closing link: Too many failed logins");
  expect(chat.operatorSays("invitations")).toHaveLength(1);
});

test.each([
  ["register", "which password? register PASSWORD [INVITATION]"],
  [
    "register secret-enough me@example.org",
    "no e-mail address is wanted: register PASSWORD [INVITATION]",
  ],
  ["register short", "8 characters at least"],
  [`register ${own} act-invite-nonsense`, "This invitation was used, has expired, or never was"],
  ["identify", "identify [ACCOUNT] PASSWORD"],
  ["set password x", "set password is for who is logged in"],
  ["sessions", "sessions is for who is logged in"],
  ["approve ann", "Permission"],
  ["dance", "unknown command dance; help lists the commands"],
])("before the login %j is not done, and says why", (words, why) => {
  const { ann } = comes();
  ann.sends(`PRIVMSG NickServ :${words}`);
  expect(ann.sees().join()).toContain(why);
  ann.sends("JOIN #room");
  expect(ann.sees()).toEqual([":server 451 ann :You have not registered"]);
});

test("help before the login lists what can be said then", () => {
  const { ann } = comes();
  ann.sends("PRIVMSG NickServ :help");
  expect(heard(ann).map((line) => line.split(" ")[0])).toEqual(["register", "identify", "help"]);
});

test("passwords are not taken in plain text from another machine, nor where the server takes none", () => {
  const people = [
    new Chat().stranger({ isLoopback: false }),
    new Chat({ settings: { mechanisms: ["OPAQUE-R255-EXPR"] } }).stranger(),
  ];
  const why = [
    "passwords are taken over TLS only",
    "this server is not told passwords: use authchat connect",
  ];
  for (const [index, person] of people.entries()) {
    person.sends("NICK ann", "NS identify ann secret", "NS register secret");
    expect(heard(person)).toEqual([why[index] ?? "", why[index] ?? ""]);
  }
});

test("the words of a stranger do not interfere with a login that is under way", () => {
  const { chat, ann } = comes();
  chat.hasAccount("ann");
  ann.sends("AUTHENTICATE PLAIN", `PRIVMSG NickServ :identify ann ${password}`);
  expect(heard(ann)).toEqual(["another login is under way; end it first"]);
});

test("without a nick an account cannot be named by it", () => {
  const stranger = new Chat().stranger();
  stranger.sends("NS identify secret", "NS register one-long-word");
  expect(heard(stranger)).toEqual([
    "choose a nick first, or name the account",
    "Choose a nick first, or name the account",
  ]);
});

test("a login that cannot be looked at now is no failure", () => {
  const { chat, ann } = comes({ limits: { answerWithinMs: 1_000 } });
  chat.holdsQuestions();
  ann.sends("NS identify ann secret");
  chat.passes(1_000);
  expect(heard(ann)).toEqual(["this cannot be done now; try again later"]);
  expect(chat.notes.some(({ event }) => event === "login.refused")).toBe(false);
});

test("a reset link sets the password of the account that the nick names", () => {
  const { chat, ann } = comes();
  chat.hasAccount("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  ann.sends(`NS REGISTER ${own} ${token}`);
  expect(heard(ann)).toEqual([
    "900",
    "ann has its new password",
    "you are logged in as ann",
    "001",
  ]);
});

test("what is said to NickServ before the login is not in the log of lines", () => {
  const { chat, ann } = comes({ settings: { notesLines: true } });
  ann.sends("NS identify ann my-secret-word", "PRIVMSG NickServ :identify ann my-secret-word");
  ann.sends("NICKSERV register my-secret-word");
  expect(JSON.stringify(chat.notes)).not.toContain("my-secret-word");
});

test("a member changes their password, and their other connections end", () => {
  const chat = new Chat();
  const [ann, phone] = [chat.member("ann"), chat.member("ann")];
  ann.sends(`PRIVMSG NickServ :set password ${own}`);
  expect(heard(ann)).toEqual(["your password is changed"]);
  expect(phone.sees()).toEqual(["ERROR :Closing link: The password was changed; log in again"]);
  const again = joins(chat, "ann");
  again.sends(`NS identify ann ${own}`);
  expect(heard(again)).toContain("001");
});

test("who had not told the server the password is told that they have now", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const exporter = new Uint8Array(32);
  const tls = { version: "TLSv1.3", exporter, peerCertificate: undefined, spki: "x" };
  const ann = chat.stranger({ tls });
  const response = Buffer.from(`\0ann\0${password}`).toString("base64");
  ann.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +", `AUTHENTICATE ${response}`);
  ann.sends("NICK ann", "USER ann 0 * :ann");
  heard(ann);
  ann.sends(`PRIVMSG NickServ :set password ${own}`);
  expect(heard(ann)).toEqual([
    "your password is changed",
    "this server was told it; /password of authchat changes it without",
  ]);
});

test.each([
  ["set password", "which one? set password NEW"],
  ["set password short", "8 characters at least"],
  ["identify ann secret", "identify is for who is not logged in"],
  [`register ${own}`, "register is for who is not logged in"],
])("a member's %j is not done, and says why", (words, why) => {
  const ann = new Chat().member("ann");
  ann.sends(`PRIVMSG NickServ :${words}`);
  expect(heard(ann)).toEqual([why]);
});

test("where an e-mail address is wanted, it follows the password", () => {
  const chat = new Chat({ settings: { registration: "open", emailRequired: true } });
  const ann = chat.stranger();
  ann.sends("NICK ann", "USER ann 0 * :ann");
  expect(ann.sees().join()).toContain(
    "NickServ REGISTER <password> <e-mail address or invitation>",
  );
  ann.sends("NS REGISTER", `NS REGISTER ${own}`, `NS REGISTER ${own} ann@localhost`);
  const answers = ann.sees().map((line) => line.replace(/^.* NOTICE ann :/, ""));
  expect(answers).toEqual([
    "which password? register PASSWORD [INVITATION|EMAIL]",
    "On this server accounts have an e-mail address",
    "Nobody can be reached by this e-mail address",
  ]);
  ann.sends(`NS REGISTER ${own} ann@example.org`);
  expect(ann.sees().join()).toContain(" 001 ann ");
  expect(chat.operatorSays("accounts")).toEqual(["ann active member ann@example.org"]);
});
