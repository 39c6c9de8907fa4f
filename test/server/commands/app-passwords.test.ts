/** APP-PASSWORD: made, listed and taken away; and what who logs in with one may not. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const service = ":NickServ!NickServ@server NOTICE";

function asks(person: Person, words: string): readonly string[] {
  person.sends(`PRIVMSG NickServ :${words}`);
  return person.sees().map((line) => line.replace(/^:NickServ!NickServ@server NOTICE \S+ :/, ""));
}

/** ann's bot, logged in with an app password. */
function bot(chat: Chat): Person {
  asks(chat.member("ann"), "app-password add bot");
  const person = chat.stranger();
  person.sends("CAP LS 302", "NICK x", "USER x 0 * :X");
  person.logsIn("ann", "app-1");
  person.sends("CAP END");
  person.sees();
  return person;
}

test("an app password is told once, listed, and taken away", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG NickServ :app-password add my irssi");
  expect(ann.sees()).toEqual([
    `${service} ann :number 1, my irssi, shown only now: app-1`,
    `${service} ann :it is the password there, with the name ann; it speaks, and manages nothing`,
  ]);
  expect(chat.notes.at(-1)).toEqual({
    event: "app-password.added",
    account: "ann",
    label: "my irssi",
    by: "ann",
  });
  asks(ann, "app-password add bot 30");
  expect(asks(ann, "app-password list")).toEqual([
    "1 my irssi since 2026-01-01, never used",
    "2 bot since 2026-01-01, never used, until 2026-01-31",
  ]);
  expect(asks(ann, "app-password del 1")).toEqual(["app password 1 works no more"]);
  expect(chat.notes.at(-1)).toMatchObject({ event: "app-password.removed", number: 1 });
  expect(asks(ann, "app-password del 1")).toEqual(["you have no app password 1"]);
  expect(chat.operatorSays("app-passwords ann")).toEqual([
    "2 bot since 2026-01-01, never used, until 2026-01-31",
  ]);
});

test("who came in by one that is taken away is logged out, and nobody else", () => {
  const chat = new Chat();
  const person = bot(chat);
  const ann = chat.member("ann");
  asks(ann, "app-password del 1");
  expect(person.sees()).toEqual(["ERROR :Closing link: Logged out"]);
  expect([person.isClosed, ann.isClosed]).toEqual([true, false]);
});

test("nobody sees or takes away another's", () => {
  const chat = new Chat();
  asks(chat.member("ann"), "app-password add irssi");
  const bob = chat.member("bob");
  expect(asks(bob, "app-password list")).toEqual(["no app passwords"]);
  expect(asks(bob, "app-password del 1")).toEqual(["you have no app password 1"]);
  expect(chat.operatorSays("app-passwords ann")).toHaveLength(1);
});

test.each([
  ["app-password add", "what for? a LABEL has up to 64 characters: app-password add irssi"],
  [
    `app-password add ${"x".repeat(65)}`,
    "what for? a LABEL has up to 64 characters: app-password add irssi",
  ],
  ["app-password add bot 0", "DAYS are 1 to 3650; without them it stays"],
  ["app-password add bot 3651", "DAYS are 1 to 3650; without them it stays"],
  ["app-password del", "which one? app-password list shows the numbers"],
  ["app-password del one", "which one? app-password list shows the numbers"],
])("%s is not done, and says why", (words, why) => {
  const chat = new Chat();
  const ann = chat.member("ann");
  expect(asks(ann, words)).toEqual([why]);
  expect(asks(ann, "app-password list")).toEqual(["no app passwords"]);
});

test("who has as many as one may have gets no more", () => {
  const ann = new Chat().member("ann");
  for (const label of ["a", "b", "c"]) asks(ann, `app-password add ${label}`);
  const answer = asks(ann, "app-password add d");
  expect(answer).toEqual(["you have as many as you may have; delete one"]);
});

test("a login with one is a note that says so", () => {
  const chat = new Chat();
  bot(chat);
  const ways = chat.notes.flatMap((note) => (note.event === "login.ok" ? [note.mechanism] : []));
  expect(ways).toEqual(["PLAIN", "PLAIN (app password)"]);
});

test("who logs in with one speaks", () => {
  const chat = new Chat();
  const [bob] = chat.inChannel("#room", "bob");
  const person = bot(chat);
  person.sends("JOIN #room", "PRIVMSG #room :beep");
  expect(bob.sees()).toContain(":ann!ann@server PRIVMSG #room :beep");
});

test.each([
  "app-password add x",
  "app-password list",
  "app-password del 1",
  "sessions",
  "set strict off",
  "totp begin",
])("who logs in with one does not manage the account: %s", (words) => {
  const chat = new Chat();
  const answer = asks(bot(chat), words);
  expect(answer).toHaveLength(1);
  expect(answer[0]).toEndWith(" is not for who is logged in with an app password");
  expect(chat.operatorSays("app-passwords ann")).toHaveLength(1);
});

test("an operator's app password has none of the operator's words, and help lists none", () => {
  const chat = new Chat();
  const person = bot(chat);
  chat.operatorSays("role ann operator");
  person.sees();
  expect(asks(person, "strict ann off")[0]).toEndWith("logged in with an app password");
  expect(asks(person, "help")).toEqual(["help  lists the commands"]);
  expect(asks(chat.member("ann"), "app-passwords ann")).toHaveLength(1);
});

test("what cannot be answered in time is not done", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  for (const words of ["add x", "list", "del 1"]) {
    ann.sends(`PRIVMSG NickServ :app-password ${words}`);
    chat.answersHeld(); // there is no account of that name
    chat.passes(1_000);
    expect(ann.sees()).toEqual([`${service} ann :this cannot be done now; try again later`]);
  }
});
