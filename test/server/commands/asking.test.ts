/** How a name becomes an account by an invitation, and an account gets a new password by a reset link. */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions, password, type Person } from "../../support/chat.ts";

const own = "a password of my own";
const success = (name: string): string[] => [
  `:server REGISTER SUCCESS ${name} :Account registered; you are logged in`,
  `:server 900 * ${name}!${name}@server ${name} :You are now logged in as ${name}`,
  ":server 903 * :SASL authentication successful",
];
const invalid = (name: string): string =>
  `:server FAIL REGISTER INVALID_INVITE ${name} :This invitation was used, has expired, or never was`;

function invited(options: ChatOptions = {}, words = "invite"): { chat: Chat; token: string } {
  const chat = new Chat(options);
  const [token = ""] = chat.operatorSays(words);
  return { chat, token };
}

function asks(chat: Chat, name: string, token: string, secret = own): Person {
  const person = chat.stranger();
  person.sends(`REGISTER ${name} ${token} :${secret}`);
  return person;
}

test.each(["open", "approval", "invite", "closed"] as const)(
  "an invitation makes an account at once where registration is %s",
  (registration) => {
    const { chat, token } = invited({ settings: { registration } });
    expect(asks(chat, "ann", token).sees()).toEqual(success("ann"));
    expect(chat.operatorSays("accounts")).toEqual(["ann active member"]);
    expect(chat.notes.find(({ event }) => event === "invitation.used")).toMatchObject({
      account: "ann",
      left: 0,
    });
  },
);

test("invitationNeeded: without one nobody registers where registration is by invitation", () => {
  const chat = new Chat({ settings: { registration: "invite" } });
  expect(asks(chat, "ann", "*").sees()).toEqual([
    ":server FAIL REGISTER INVITATION_NEEDED ann :On this server accounts are made by invitation",
  ]);
  expect(asks(chat, "ann", "ann@example.org").sees().join()).toContain("INVITATION_NEEDED");
});

test("where registration is closed it is offered while an invitation is good", () => {
  const { chat, token } = invited({ settings: { registration: "closed" } });
  const offered = (): string => {
    const person = chat.stranger();
    person.sends("CAP LS 302");
    return person.sees().join(" ");
  };
  expect(offered()).toContain("draft/account-registration=before-connect,custom-account-name");
  asks(chat, "ann", token);
  expect(offered()).not.toContain("account-registration");
});

test("invalidInvite: an invitation for one is used once, also over a restart", () => {
  const { chat, token } = invited();
  asks(chat, "ann", token);
  expect(asks(chat, "bob", token).sees()).toEqual([invalid("bob")]);
  expect(asks(chat.restarts(), "bob", token).sees()).toEqual([invalid("bob")]);
});

test("invalidInvite: an invitation for two is used twice, also over a restart", () => {
  const { chat, token } = invited({}, "invite --uses 2");
  expect(asks(chat, "ann", token).sees()).toEqual(success("ann"));
  const after = chat.restarts();
  expect(asks(after, "bob", token).sees()).toEqual(success("bob"));
  expect(asks(after, "cem", token).sees()).toEqual([invalid("cem")]);
});

test("invalidInvite: of two after the last use one gets it, and the other leaves nothing behind", () => {
  const { chat, token } = invited();
  const [ann, bob] = [chat.stranger(), chat.stranger()];
  chat.holdsQuestions();
  ann.sends(`REGISTER ann ${token} :${own}`);
  bob.sends(`REGISTER bob ${token} :${own}`);
  for (let round = 0; round < 3; round += 1) chat.answersHeld();
  chat.answersAll();
  expect(ann.sees()).toEqual(success("ann"));
  expect(bob.sees()).toEqual([invalid("bob")]);
  expect(chat.operatorSays("accounts")).toEqual(["ann active member"]);
  bob.logsIn("bob", own);
  expect(bob.sees().at(-1)).toBe(":server 904 * :SASL authentication failed");
  expect(asks(chat, "bob", "*").sees().join()).toContain("VERIFICATION_REQUIRED bob");
});

test("invalidInvite: an invitation whose time is up is refused, and gone", () => {
  const { chat, token } = invited({}, "invite --days 1");
  chat.wallJumps(86_399_999);
  expect(chat.operatorSays("invitations")).toHaveLength(1);
  chat.wallJumps(1);
  expect(asks(chat, "ann", token).sees()).toEqual([invalid("ann")]);
  expect(chat.restarts().store.opening().invitations).toEqual([]);
});

test("invalidInvite: a token that is none is a failed login, and says nothing of the name", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 2 } });
  chat.hasAccount("bob");
  const stranger = chat.stranger();
  stranger.sends(`REGISTER bob act-invite-nonsense :${own}`);
  expect(stranger.sees()).toEqual([invalid("bob")]);
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.refused",
    mechanism: "invitation",
    account: "bob",
  });
  stranger.sends(`REGISTER ann act-invite-${"0".repeat(26)} :${own}`);
  expect(stranger.sees()).toEqual([invalid("ann"), "ERROR :Closing link: Too many failed logins"]);
});

test("weakPassword: an invitation is not used by what makes no account", () => {
  const { chat, token } = invited();
  chat.hasAccount("bob");
  expect(asks(chat, "ann", token, "short").sees().join()).toContain("WEAK_PASSWORD ann");
  expect(asks(chat, "bob", token).sees().join()).toContain("ACCOUNT_EXISTS bob");
  expect(asks(chat, "1up", token).sees().join()).toContain("BAD_ACCOUNT_NAME 1up");
  expect(asks(chat, "ann", token).sees()).toEqual(success("ann"));
});

test("an invitation has a role and rooms, which are made where there are none", () => {
  const settings = { rooms: ["#general"] };
  const { chat, token } = invited({ settings }, "invite --role operator --room #tea --room #ops");
  chat.inChannel("#ops", "bob");
  const ann = asks(chat, "ann", token);
  ann.sees();
  ann.sends("NICK ann", "USER a 0 * :a");
  const names = ann.sees().filter((line) => line.includes(" 353 "));
  expect(names).toEqual([
    ":server 353 ann = #general :@ann",
    ":server 353 ann = #tea :@ann",
    ":server 353 ann = #ops :~bob ann",
  ]);
  expect(chat.operatorSays("accounts")).toContain("ann active operator");
});

test("who goes away while they are enrolled by invitation has their account all the same", () => {
  const { chat, token } = invited();
  const ann = chat.stranger();
  chat.holdsQuestions();
  ann.sends(`REGISTER ann ${token} :${own}`);
  chat.answersHeld(); // the token
  ann.drops();
  chat.answersAll();
  expect(chat.operatorSays("accounts")).toEqual(["ann active member"]);
});

test("temporarilyUnavailable: an invitation that cannot be looked for is not used", () => {
  const { chat, token } = invited({ limits: { answerWithinMs: 1_000 } });
  chat.holdsQuestions();
  const ann = asks(chat, "ann", token);
  chat.passes(1_000);
  chat.answersAll();
  expect(ann.sees()).toEqual([
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
  expect(asks(chat, "ann", token).sees()).toEqual(success("ann"));
});

test("a reset link sets a new password, once, and ends the account's connections", () => {
  const chat = new Chat();
  const phone = chat.member("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  const ann = asks(chat, "ANN", token, "my second password");
  expect(ann.sees()).toEqual([
    ":server REGISTER SUCCESS ann :Your new password is set",
    ":server 900 * ann!ann@server ann :You are now logged in as ann",
    ":server 903 * :SASL authentication successful",
  ]);
  expect(phone.sees()).toEqual(["ERROR :Closing link: The password was changed; log in again"]);
  phone.drops();
  const again = chat.stranger();
  again.logsIn("ann", password);
  again.logsIn("ann", "my second password");
  expect(again.sees().filter((line) => / 90[34] /.test(line))).toEqual([
    ":server 904 * :SASL authentication failed",
    ":server 903 * :SASL authentication successful",
  ]);
  expect(asks(chat, "ann", token).sees()).toEqual([invalid("ann")]);
  expect(chat.notes).toContainEqual({ event: "account.password", account: "ann", by: "ann" });
});

test("invalidInvite: a reset link is for its account, and makes no other", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.hasAccount("bob");
  const [token = ""] = chat.operatorSays("reset ann");
  expect(asks(chat, "bob", token).sees()).toEqual([invalid("bob")]);
  expect(asks(chat, "cem", token).sees()).toEqual([invalid("cem")]);
});

test("weakPassword: a reset link is given back when no password is set by it", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  expect(asks(chat, "ann", token, "short").sees()).toEqual([
    ":server FAIL REGISTER WEAK_PASSWORD ann :8 characters at least",
  ]);
  expect(asks(chat.restarts(), "ann", token).sees().at(-1)).toContain(" 903 ");
});

test("invalidInvite: of two with one reset link the first has it, and the other changes nothing", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  chat.holdsQuestions();
  const [first, second] = [asks(chat, "ann", token, "the first one"), asks(chat, "ann", token)];
  for (let round = 0; round < 3; round += 1) chat.answersHeld();
  chat.answersAll();
  expect(first.sees()[0]).toContain("SUCCESS");
  expect(second.sees()).toEqual([invalid("ann")]);
  second.logsIn("ann", "the first one");
  expect(second.sees().at(-1)).toContain(" 903 ");
});

test("saslFailed: a disabled account has a new password, and stays disabled", () => {
  const chat = new Chat();
  chat.hasAccount("ann", "disabled");
  const [token = ""] = chat.operatorSays("reset ann");
  const ann = asks(chat, "ann", token);
  expect(ann.sees()).toEqual([
    ":server REGISTER SUCCESS ann :Your new password is set",
    ":server 904 * :SASL authentication failed",
  ]);
  chat.operatorSays("enable ann");
  ann.logsIn("ann", own);
  expect(ann.sees().at(-1)).toContain(" 903 ");
});

test("there is one reset link of an account at a time", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const [first = ""] = chat.operatorSays("reset ann");
  const [second = ""] = chat.operatorSays("reset ann");
  expect(asks(chat, "ann", first).sees()).toEqual([invalid("ann")]);
  expect(asks(chat, "ann", second).sees().at(-1)).toContain(" 903 ");
});
