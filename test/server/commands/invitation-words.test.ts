/** INVITE, INVITATIONS, UNINVITE and OWNER, as operators say them. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const weekMs = 7 * 86_400_000;
const join = { scheme: "authchat", place: "chat.example.org", pin: "pin" } as const;
const token = (number: number): string => `act-invite-${String(number).padStart(26, "0")}`;

/** Without the hash's digits. */
function listed(chat: Chat): string[] {
  return chat.operatorSays("invitations").map((line) => line.replace(/^[0-9a-f]{8} /, ""));
}

test("an invitation is for one person and a week where nothing else is said", () => {
  const chat = new Chat({ settings: { join } });
  expect(chat.operatorSays("invite")).toEqual([
    `authchat://chat.example.org/?invite=${token(1)}&pin=sha256:pin`,
    "good for one person, for 7 days; whoever has the link can use it",
  ]);
  expect(listed(chat)).toEqual(["- member, 1 of 1 left, until 2026-01-08T00:00Z, by console"]);
});

test("each name has a link of its own, and all that was said", () => {
  const chat = new Chat();
  const said = "invite Ann Bob --uses 3 --days=2 --role operator --room #tea --room ops";
  expect(chat.operatorSays(said)).toEqual([
    `Ann ${token(1)}`,
    `Bob ${token(2)}`,
    "good for 3 people, who will run the server, for 2 days; whoever has the link can use it",
  ]);
  expect(listed(chat)).toEqual([
    "Ann operator #tea #ops, 3 of 3 left, until 2026-01-03T00:00Z, by console",
    "Bob operator #tea #ops, 3 of 3 left, until 2026-01-03T00:00Z, by console",
  ]);
});

test("a token is in its answer and in nothing else that the server tells or keeps", () => {
  const chat = new Chat();
  const [link = ""] = chat.operatorSays("invite ann");
  expect(JSON.stringify([chat.notes, chat.store.opening()])).not.toContain(link);
  expect(chat.notes.at(-1)).toMatchObject({ event: "invitation.made", label: "ann", uses: 1 });
});

test.each([
  ["invite --uses 0", "--uses is a number from 1 to 1000"],
  ["invite --uses 1001", "--uses is a number from 1 to 1000"],
  ["invite --days x", "--days is a number from 1 to 365"],
  ["invite --days", "--days is a number from 1 to 365"],
  ["invite --role king", "a role is member or operator"],
  ["invite --room #a,b", "a channel's name has no spaces"],
  ["invite owner", "owner is what the first operator's link is called"],
  ["invite --colour red", "invite [NAME…] [--uses N] [--days N]"],
  [`invite ${"x".repeat(33)}`, "a NAME is one word of at most 32 characters"],
  [`invite ${"x ".repeat(21)}`, "at most 20 at once"],
  [`invite ${"--room #x ".repeat(11)}`, "at most 10 rooms"],
  ["uninvite", "which one? 4 or more of the digits that invitations shows"],
  ["uninvite abc", "which one? 4 or more of the digits that invitations shows"],
  ["uninvite 0000", "no invitation 0000"],
])("%j is not done, and says why", (words, why) => {
  const chat = new Chat();
  expect(chat.operatorSays(words).join()).toStartWith(why);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([false]);
  expect(chat.operatorSays("invitations")).toEqual(["no invitation is good"]);
});

test("no more invitations are good than the limit; those whose time is up do not count", () => {
  const chat = new Chat({ limits: { invitationsMax: 2 } });
  chat.operatorSays("invite ann bob");
  const full = "there are too many invitations; uninvite some";
  expect(chat.operatorSays("invite")).toEqual([full]);
  expect(chat.operatorSays("owner")).toEqual([full]);
  expect(chat.operatorSays("add cem")).toEqual([full]);
  chat.hasAccount("dan");
  expect(chat.operatorSays("reset dan")).toEqual([full]);
  chat.passes(weekMs);
  expect(chat.operatorSays("invite cem")).toHaveLength(2);
  expect(chat.notes.filter(({ event }) => event === "invitation.expired")).toHaveLength(2);
});

test("a list is not longer than its limit", () => {
  const chat = new Chat({ limits: { accountsListedMax: 1 } });
  chat.operatorSays("invite ann bob");
  expect(listed(chat)).toHaveLength(2);
  expect(listed(chat).at(-1)).toBe("… and more: 2 in all");
});

test("an invitation is taken back by its digits, also after a restart", () => {
  const chat = new Chat();
  chat.operatorSays("invite ann");
  const after = chat.restarts();
  const [line = ""] = after.operatorSays("invitations");
  const digits = line.slice(0, 8);
  expect(after.operatorSays(`uninvite ${digits.toUpperCase()}`)).toEqual([
    `${digits} ann is good no more`,
  ]);
  expect(after.operatorSays("invitations")).toEqual(["no invitation is good"]);
  expect(after.restarts().operatorSays("invitations")).toEqual(["no invitation is good"]);
});

test("what cannot be minted now is not done", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  chat.holdsQuestions();
  chat.operatorSays("invite ann");
  chat.passes(1_000);
  expect(chat.answers).toEqual([
    { isDone: false, lines: ["this cannot be done now; try again later"] },
  ]);
});

test("there is one owner link at a time", () => {
  const chat = new Chat();
  const [first] = chat.operatorSays("owner");
  const [second] = chat.operatorSays("owner");
  expect(first).not.toBe(second);
  expect(listed(chat)).toEqual([
    "owner operator, 1 of 1 left, until 2026-01-02T00:00Z, by console",
  ]);
});

test("the owner link is good no more once there is an operator, however they came", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.operatorSays("owner");
  chat.operatorSays("role ann operator");
  expect(listed(chat)).toEqual(["no invitation is good"]);
  chat.operatorSays("owner");
  const [link = ""] = chat.operatorSays("invite --role operator");
  chat.stranger().sends(`REGISTER bob ${link} :a password of my own`);
  expect(chat.operatorSays("accounts")).toContain("bob active operator");
  expect(listed(chat)).toEqual(["no invitation is good"]);
});

test("noPrivileges: operators invite by chat, members do not", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG NickServ :invite bob");
  expect(ann.sees().join()).toContain(" 481 ann ");
  chat.operatorSays("role ann operator");
  ann.sees();
  ann.sends("PRIVMSG NickServ :invite bob", "PRIVMSG NickServ :owner");
  const [link, good, console] = ann.sees();
  expect(link).toBe(`:NickServ!NickServ@server NOTICE ann :bob ${token(1)}`);
  expect(good).toContain("good for one person");
  expect(console).toBe(":NickServ!NickServ@server NOTICE ann :owner is for the console");
});
