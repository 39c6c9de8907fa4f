/** SASL PLAIN with an invitation's token as password. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const refused = ":server 904 * :SASL authentication failed";
const warning = [
  ":NickServ!NickServ@server NOTICE * :Your password is the one of your invitation: whoever has that link can log in as you.",
  ":NickServ!NickServ@server NOTICE * :Choose your own:  /msg NickServ SET PASSWORD <new password>",
];
const loggedIn = [
  ":server 900 * ann!ann@server ann :You are now logged in as ann",
  ":server 903 * :SASL authentication successful",
];

function tries(chat: Chat, name: string, token: string): string[] {
  const person = chat.stranger();
  person.logsIn(name, token);
  return person.sees().slice(1);
}

test("the wanted name and the token make an account, and each login by the token is warned of it", () => {
  const chat = new Chat({ settings: { registration: "closed" } });
  const [token = ""] = chat.operatorSays("invite --role operator");
  const [success, ...rest] = tries(chat, "ann", token);
  expect(success).toContain("REGISTER SUCCESS ann");
  expect(new Set(rest)).toEqual(new Set([...loggedIn, ...warning]));
  expect(chat.operatorSays("accounts")).toEqual(["ann active operator"]);
  expect(tries(chat, "ann", token)).toEqual([...loggedIn, ...warning]);
});

test("with a password of one's own the token is worth nothing, and nobody is warned", () => {
  const chat = new Chat();
  const [token = ""] = chat.operatorSays("invite");
  const ann = chat.stranger();
  ann.sends("NICK ann", "USER a 0 * :a");
  ann.logsIn("ann", token);
  ann.sends("PRIVMSG NickServ :SET PASSWORD a password of my own");
  expect(ann.sees().at(-1)).toContain(":your password is changed");
  expect(tries(chat, "ann", token)).toEqual([refused]);
  expect(tries(chat, "ann", "a password of my own")).toEqual(loggedIn);
});

test("inviteIsForSeveral: an invitation for several is nobody's password, and stays good", () => {
  const chat = new Chat();
  const [token = ""] = chat.operatorSays("invite --uses 2");
  expect(tries(chat, "ann", token)).toEqual([
    ":server FAIL AUTHENTICATE REGISTRATION_NEEDED ann :This invitation is for several people: choose a password of your own, with REGISTER",
    refused,
  ]);
  chat.stranger().sends(`REGISTER ann ${token} :a password of my own`);
  // One use is left, and still others have the link.
  expect(tries(chat, "bob", token)[0]).toContain("REGISTRATION_NEEDED bob");
});

test("saslFailed: what opens nothing is refused as a wrong password is, and counted", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 3 } });
  chat.hasAccount("bob");
  const [reset = ""] = chat.operatorSays("reset bob");
  const stranger = chat.stranger();
  stranger.logsIn("ann", `act-invite-${"9".repeat(26)}`);
  stranger.logsIn("bob", reset);
  stranger.logsIn("bob", "wrong");
  expect(stranger.sees()).toEqual([
    ...["AUTHENTICATE +", refused, "AUTHENTICATE +", refused, "AUTHENTICATE +", refused],
    "ERROR :Closing link: Too many failed logins",
  ]);
  const reasons = chat.notes.flatMap((note) =>
    note.event === "login.refused" ? [`${note.account} ${note.reason}`] : [],
  );
  expect(reasons).toEqual(["ann not proven", "bob not proven", "undefined not proven"]);
});

test("accountExists: an invitation opens no account that is there", () => {
  const chat = new Chat();
  chat.hasAccount("bob");
  const [token = ""] = chat.operatorSays("invite");
  expect(tries(chat, "bob", token)).toEqual([
    ":server FAIL REGISTER ACCOUNT_EXISTS bob :This name is taken",
    refused,
  ]);
  expect(chat.operatorSays("invitations")).toHaveLength(1);
});
