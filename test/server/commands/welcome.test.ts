/** The welcome: what a session is told when it becomes one of its user. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

const newYear2026 = 1_767_225_600;

/** Logs in as far as the welcome, which is not seen yet. */
function comes(chat: Chat, name: string, ...capabilities: readonly string[]): Person {
  chat.hasAccount(name);
  const person = chat.stranger();
  person.sends("CAP LS 302", `CAP REQ :${capabilities.join(" ")}`, `NICK ${name}`);
  person.sends(`USER ${name} 0 * :Real Name`);
  person.logsIn(name, password);
  person.sees();
  person.sends("CAP END");
  return person;
}

test("who comes is told who they are, where they are, and what is supported", () => {
  const lines = comes(new Chat(), "ann").sees();
  expect(lines.filter((line) => !line.includes(" 005 "))).toEqual([
    ":server 001 ann :Welcome to the authchat network, ann!ann@server",
    ":server 002 ann :Your host is server, running version authchat-0.1.0",
    ":server 003 ann :This server was created 2026-01-01",
    ":server 004 ann server authchat-0.1.0 BRTZiow beIkflHCMRUimnstuqaohv beIkflHqaohv",
    ":server 251 ann :There are 1 users and 0 invisible on 1 servers",
    ":server 252 ann 0 :operator(s) online",
    ":server 253 ann 0 :unknown connection(s)",
    ":server 254 ann 0 :channels formed",
    ":server 255 ann :I have 1 clients and 0 servers",
    ":server 265 ann 1 1 :Current local users 1, max 1",
    ":server 266 ann 1 1 :Current global users 1, max 1",
    ":server 422 ann :MOTD File is missing",
  ]);
});

test("saslAborted: who completes the registration in the middle of a login is in without it, or told to log in", () => {
  for (const accountsRequired of [false, true]) {
    const chat = new Chat({ settings: { accountsRequired } });
    const gus = chat.stranger();
    gus.sends("CAP LS 302", "AUTHENTICATE PLAIN", "NICK gus", "USER gus 0 * :Gus");
    gus.sees();
    gus.sends("CAP END");
    const [aborted, next = ""] = gus.sees();
    expect(aborted).toBe(":server 906 gus :SASL authentication aborted");
    expect(next).toContain(accountsRequired ? " ACCOUNT_REQUIRED " : " 001 gus ");
  }
});

test("what is supported is told as it is, in lines of at most 13 tokens", () => {
  const lines = comes(new Chat(), "ann").sees();
  const isupport = lines.filter((line) => line.includes(" 005 "));
  const groups = isupport.map((line) => line.slice(0, line.indexOf(" :are")).split(" ").slice(3));
  for (const group of groups) expect(group.length).toBeLessThanOrEqual(13);
  const tokens = groups.flat();
  for (const token of tokens) expect(token.split("=").length).toBeLessThanOrEqual(2);
  expect(tokens).toEqual([
    "ACCOUNTEXTBAN=a",
    "AWAYLEN=390",
    "BOT=B",
    "CASEMAPPING=ascii",
    "CHANLIMIT=#:100",
    "CHANMODES=beI,k,flH,CMRUimnstu",
    "CHANNELLEN=64",
    "CHANTYPES=#",
    "CHATHISTORY=100",
    "ELIST=CMNTU",
    "EXCEPTS=e",
    "EXTBAN=~,am",
    "HOSTLEN=63",
    "INVEX=I",
    "KEYLEN=32",
    "KICKLEN=390",
    "MAXLIST=beI:100",
    "MODES=12",
    "MONITOR=100",
    "MSGREFTYPES=msgid,timestamp",
    "NAMELEN=150",
    "NETWORK=authchat",
    "NICKLEN=32",
    "PREFIX=(qaohv)~&@%+",
    "SAFELIST",
    "STATUSMSG=~&@%+",
    "TARGMAX=PRIVMSG:10,NOTICE:10,TAGMSG:10,JOIN:10,PART:10,KICK:10,NAMES:10,LIST:10,WHOIS:1,KILL:1",
    "TOPICLEN=390",
    "USERLEN=32",
    "UTF8ONLY",
    "WHOX",
    "draft/ACCOUNTREQUIRED",
  ]);
});

test("a member comes back to their rooms", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("TOPIC #room :Tea", "QUIT");
  bob.sees();
  const back = comes(chat, "ann");
  const lines = back.sees();
  expect(lines.slice(lines.findIndex((line) => line.includes(" 422 ")) + 1)).toEqual([
    ":ann!ann@server JOIN #room",
    ":server 332 ann #room :Tea",
    `:server 333 ann #room ann ${newYear2026}`,
    ":server 353 ann = #room :~ann bob",
    ":server 366 ann #room :End of /NAMES list",
  ]);
  expect(bob.sees()).toEqual([]);
});

test("with extended-join the own JOIN has account and real name", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  expect(comes(chat, "ann", "extended-join").sees()).toContain(
    ":ann!ann@server JOIN #room ann :Real Name",
  );
});

test("rooms that nobody is connected to are found again", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("JOIN #other", "QUIT");
  const lines = comes(chat, "ann").sees();
  expect(lines.filter((line) => line.includes(" JOIN "))).toEqual([
    ":ann!ann@server JOIN #room",
    ":ann!ann@server JOIN #other",
  ]);
});

test("an operator of the server is told that they are one", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.operatorSays("role ann operator");
  expect(comes(chat, "ann").sees()).toContain(":server 221 ann +o");
});

const required = ":server FAIL * ACCOUNT_REQUIRED :You must log in with SASL to use this server";

test("accountRequired: who has not logged in is told so once, and how to, and has until the deadline", () => {
  const chat = new Chat();
  const stranger = chat.stranger();
  stranger.sends("NICK ann", "USER ann 0 * :Ann", "NICK anna", "PING 1");
  const [refused, ways, pong, ...more] = stranger.sees();
  expect([refused, pong, more]).toEqual([required, ":server PONG server 1", []]);
  expect(ways).toStartWith(":NickServ!NickServ@server NOTICE ann :Log in:  /msg NickServ IDENTIFY");
  chat.passes(30_000);
  expect(stranger.sees()).toEqual(["ERROR :Closing link: Registration timed out"]);
});

test("accountRequired: where passwords are not taken, nobody is told to say one", () => {
  const people = [
    new Chat().stranger({ isLoopback: false }),
    new Chat({ settings: { mechanisms: ["OPAQUE-R255-EXPR"] } }).stranger(),
  ];
  for (const person of people) {
    person.sends("NICK ann", "USER ann 0 * :Ann");
    expect(person.sees()).toEqual([required]);
  }
});

test("notRegistered: without a login nothing is said to anyone but NickServ", () => {
  const chat = new Chat();
  chat.hasAccount("bob");
  const stranger = chat.stranger();
  stranger.sends("NICK ann", "USER ann 0 * :Ann");
  stranger.sees();
  stranger.sends("PRIVMSG bob :Hello", "PRIVMSG NickServ,bob :help", "NOTICE NickServ :help");
  expect(stranger.sees()).toEqual(
    Array.from({ length: 3 }, () => ":server 451 ann :You have not registered"),
  );
});

test("an account that has expired since its login is not welcomed", () => {
  const chat = new Chat();
  const ann = chat.stranger();
  chat.hasAccount("ann");
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  ann.logsIn("ann", password);
  chat.operatorSays("expire ann 0");
  ann.sees();
  ann.sends("CAP END");
  expect(ann.sees()).toEqual(["ERROR :Closing link: This account may not log in"]);
});

test("nobody has more sessions than the limit", () => {
  const chat = new Chat({ limits: { sessionsPerUserMax: 2 } });
  const [first, second, third] = [comes(chat, "ann"), comes(chat, "ann"), comes(chat, "ann")];
  expect([first.isClosed, second.isClosed, third.isClosed]).toEqual([false, false, true]);
  expect(third.sees()).toEqual(["ERROR :Closing link: Too many connections of this account"]);
});

test("a welcome that cannot be looked up ends the connection", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const [before] = chat.inChannel("#room", "ann");
  before.drops();
  const ann = chat.stranger();
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  ann.logsIn("ann", password);
  ann.sees();
  chat.holdsQuestions();
  ann.sends("CAP END");
  chat.passes(1_000);
  expect(ann.sees()).toEqual(["ERROR :Closing link: This cannot be done now; try again later"]);
});

test("what is said before a session is welcomed does not reach it, what is said after does", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  const phone = chat.stranger();
  // What reads again by itself is not told what it has missed.
  phone.sends("CAP REQ draft/chathistory", "NICK bob", "USER bob 0 * :Bob");
  phone.logsIn("bob", password);
  chat.holdsQuestions();
  phone.sends("CAP END"); // how far it has read is asked
  // While the store takes its time, what comes in is one turn.
  chat.holdsKeeping();
  ann.sends("PRIVMSG #room :0", "PRIVMSG #room :1");
  chat.answersAll();
  ann.sends("PRIVMSG #room :2");
  chat.keepsAll();
  expect(phone.sees().filter((line) => line.includes(" PRIVMSG "))).toEqual([
    ":ann!ann@server PRIVMSG #room :2",
  ]);
});
