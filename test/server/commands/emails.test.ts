/** Asking for an account where an e-mail address is wanted, or only who is connected may ask. */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";

const own = "my own long password";

/** Has asked for an account on a connection that has introduced itself; the answer is not seen yet. */
function asks(chat: Chat, name: string): Person {
  const person = chat.stranger();
  person.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
  person.sees();
  person.sends(`REGISTER ${name} * :${own}`);
  return person;
}

function open(options: ChatOptions = {}): Chat {
  return new Chat({ ...options, settings: { registration: "open", ...options.settings } });
}

const guests = { registration: "open", accountsRequired: false, nicks: "free" } as const;
const refused = (code: string, text: string): string =>
  `:server FAIL REGISTER ${code} ann :${text}`;

function offered(settings: ChatOptions["settings"] = {}): string | undefined {
  const person = open({ settings }).stranger();
  person.sends("CAP LS 302");
  return /draft\/account-registration=(\S+)/.exec(person.sees().join(" "))?.[1];
}

test("the capability says when an account may be asked for, and whether an address is wanted", () => {
  expect(offered()).toBe("before-connect,custom-account-name");
  expect(offered({ emailRequired: true })).toBe(
    "before-connect,email-required,custom-account-name",
  );
  expect(offered({ ...guests, beforeConnect: false })).toBe("custom-account-name");
});

test("completeConnectionRequired: where guests alone may ask, nobody does before the welcome", () => {
  const chat = open({ settings: { ...guests, beforeConnect: false } });
  const ann = asks(chat, "ann");
  expect(ann.sees()).toEqual([
    refused("COMPLETE_CONNECTION_REQUIRED", "Here accounts are asked for once you are connected"),
  ]);
  ann.sends("CAP END");
  ann.sees();
  ann.sends(`REGISTER ann * :${own}`);
  expect(ann.sees()[0]).toBe(":server REGISTER SUCCESS ann :Account registered; you are logged in");
});

test("completeConnectionRequired: also with an invitation", () => {
  const chat = open({ settings: { ...guests, beforeConnect: false } });
  const [token = ""] = /act-\S+/.exec(chat.operatorSays("invite").join(" ")) ?? [];
  const ann = chat.stranger();
  ann.sends("NICK ann", `REGISTER ann ${token} :${own}`);
  expect(ann.sees()[0]).toContain("FAIL REGISTER COMPLETE_CONNECTION_REQUIRED ann");
});

/** What is answered to who asks for an account with that in the place of the address; there is none then. */
function askedWith(email: string): readonly string[] {
  const chat = open({ settings: { emailRequired: true } });
  const ann = chat.stranger();
  ann.sends(`REGISTER ann ${email} :${own}`);
  expect(chat.operatorSays("accounts")).toEqual(["no accounts yet"]);
  return ann.sees();
}

test("emailNeeded: no account without an address where one is wanted", () => {
  const text = "On this server accounts have an e-mail address";
  expect(askedWith("*")).toEqual([refused("INVALID_EMAIL", text)]);
});

test("invalidEmail: what is no address is refused", () => {
  expect(askedWith("ann")).toEqual([refused("INVALID_EMAIL", "This is no e-mail address")]);
});

test("unacceptableEmail: an address that leads nowhere is refused", () => {
  const text = "Nobody can be reached by this e-mail address";
  expect(askedWith("ann@localhost")).toEqual([refused("UNACCEPTABLE_EMAIL", text)]);
});

test("an address that is wanted is shown to operators, and is in no note and no log of accounts", () => {
  const chat = new Chat({ settings: { emailRequired: true } });
  const olga = chat.member("olga");
  chat.operatorSays("role olga operator");
  const ann = chat.stranger();
  ann.sends(`REGISTER ann ann@example.org :${own}`);
  expect(ann.sees()).toEqual([":server REGISTER VERIFICATION_REQUIRED ann :an operator decides"]);
  expect(olga.sees().at(-1)).toContain(":ann (ann@example.org) asks for an account: APPROVE ann");
  expect(chat.operatorSays("pending")).toEqual(["ann pending member ann@example.org"]);
  expect(JSON.stringify(chat.notes)).not.toContain("example.org");
  expect(chat.operatorSays("log ann").join("\n")).not.toContain("example.org");
});

test("an address is kept over a restart, and until the account goes", () => {
  const chat = open({ settings: { emailRequired: true } });
  chat.stranger().sends(`REGISTER ann ann@example.org :${own}`);
  const later = chat.restarts();
  expect(later.operatorSays("accounts")).toEqual(["ann active member ann@example.org"]);
  later.operatorSays("delete ann");
  later.stranger().sends(`REGISTER ann bob@example.org :${own}`);
  expect(later.operatorSays("accounts")).toEqual(["ann active member bob@example.org"]);
});

test("an invitation vouches: no address is wanted with it, and where none is wanted none is kept", () => {
  const chat = open({ settings: { emailRequired: true } });
  const [token = ""] = /act-\S+/.exec(chat.operatorSays("invite").join(" ")) ?? [];
  chat.stranger().sends(`REGISTER ann ${token} :${own}`);
  expect(chat.operatorSays("accounts")).toEqual(["ann active member"]);
  const other = open();
  other.stranger().sends(`REGISTER ann ann@example.org :${own}`);
  expect(other.operatorSays("accounts")).toEqual(["ann active member"]);
});
