/** PASS where the server has a password of its own. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

function chat(rest: { readonly accountsRequired?: boolean } = {}): Chat {
  const passwords = new PlainPasswords();
  passwords.ofServer = "open sesame";
  return new Chat({ settings: { hasPassword: true, ...rest }, passwords });
}

function comesAsGuest(person: Person, ...before: readonly string[]): string[] {
  person.sends(...before, "NICK gus", "USER gus 0 * :Gus");
  return person.sees();
}

const refused = ":server 464 gus :Password incorrect";
const closed = "ERROR :Closing link: The server's password is needed";

test("who says it comes in", () => {
  const lines = comesAsGuest(chat({ accountsRequired: false }).stranger(), "PASS :open sesame");
  expect(lines[0]).toStartWith(":server 001 gus ");
});

test("wrongPassword: who says another, or none, is turned away, which is noted", () => {
  const there = chat({ accountsRequired: false });
  const [wrong, none] = [there.stranger(), there.stranger()];
  expect(comesAsGuest(wrong, "PASS wrong")).toEqual([refused.replace("gus", "*"), closed]);
  expect(comesAsGuest(none)).toEqual([refused, closed]);
  expect([wrong.isClosed, none.isClosed]).toEqual([true, true]);
  expect(there.notes.filter(({ event }) => event === "login.refused")).toHaveLength(2);
});

test("a login does not do instead of it, and both together do", () => {
  const there = chat();
  there.hasAccount("ann");
  for (const [before, answer] of [
    [[], ":server 464 ann :Password incorrect"],
    [["PASS :open sesame"], ":server 001 ann :Welcome to the authchat network, ann!ann@server"],
  ] as const) {
    const ann = there.stranger();
    ann.sends(...before, "CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
    ann.logsIn("ann", "correct horse battery");
    ann.sees();
    ann.sends("CAP END");
    expect(ann.sees()[0]).toBe(answer);
  }
});

test("nobody registers past it", () => {
  const stranger = chat().stranger();
  stranger.sends("NICK eve", "REGISTER eve * :correct horse battery");
  expect(stranger.sees()).toEqual([":server 464 eve :Password incorrect"]);
});

test("it is not taken where it could be read", () => {
  const there = chat({ accountsRequired: false });
  const stranger = there.stranger({ isLoopback: false });
  stranger.sends("PASS :open sesame");
  expect(stranger.sees()).toEqual([":server 464 * :Password incorrect"]);
  expect(there.questions).toEqual([]);
});

test("temporarilyUnavailable: an answer that does not come lets nobody in", () => {
  const there = chat({ accountsRequired: false });
  const stranger = there.stranger();
  there.holdsQuestions();
  stranger.sends("CAP LS", "PASS :open sesame");
  stranger.sees();
  there.passes(29_999);
  there.passes(1);
  expect(stranger.sees()[0]).toBe(
    ":server FAIL PASS TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  );
});

test("rateLimited: nothing is looked at from where too many were wrong, and nobody let in", () => {
  const passwords = new PlainPasswords();
  passwords.ofServer = "open sesame";
  passwords.hinders("*", "throttled");
  const settings = { hasPassword: true, accountsRequired: false };
  const stranger = new Chat({ settings, passwords }).stranger();
  const [first = "", ...rest] = comesAsGuest(stranger, "PASS :open sesame");
  expect(first).toStartWith(":server FAIL PASS RATE_LIMITED 30 :");
  expect(rest).toEqual([refused, closed]);
});
