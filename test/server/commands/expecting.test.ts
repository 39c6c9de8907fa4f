/** Who is about to come: not shown as away before, and shown as away when they do not come. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const own = "my own long password";

/** Has asked for an account on a connection that has introduced itself; the answer is not seen yet. */
function asks(chat: Chat, name: string): Person {
  const person = chat.stranger();
  person.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
  person.sees();
  person.sends(`REGISTER ${name} * :${own}`);
  return person;
}

function roomWithOlga(registration: "open" | "approval"): readonly [Chat, Person] {
  const chat = new Chat({ settings: { registration, rooms: ["#general"] } });
  const olga = chat.member("olga", "away-notify");
  olga.sends("JOIN #general");
  olga.sees();
  return [chat, olga];
}

test("a new member who comes in at once is not shown as away before", () => {
  const [chat, olga] = roomWithOlga("open");
  const ann = asks(chat, "ann");
  ann.sends("CAP END");
  expect(olga.sees()).toEqual([":ann!ann@server JOIN #general"]);
  expect(ann.sees().some((line) => line.includes(" 001 "))).toBe(true);
  ann.drops();
  expect(olga.sees()).toEqual([":ann!ann@server AWAY :is not connected"]);
});

test("a new member whose connection goes before they have come in is shown as away then", () => {
  const [chat, olga] = roomWithOlga("open");
  const ann = asks(chat, "ann");
  olga.sees();
  chat.passes(30_000);
  expect(ann.isClosed).toBe(true);
  expect(olga.sees()).toContain(":ann!ann@server AWAY :is not connected");
  const again = chat.stranger();
  again.logsIn("ann", own);
  again.sends("NICK ann", "USER ann 0 * :ann");
  expect(olga.sees()).toContain(":ann!ann@server AWAY");
});

test("who is approved while they wait is not shown as away before they log in; who is not there is", () => {
  const [chat, olga] = roomWithOlga("approval");
  const ann = asks(chat, "ann");
  ann.sends("CAP END");
  asks(chat, "bob").drops();
  chat.operatorSays("approve ann");
  chat.operatorSays("approve bob");
  expect(olga.sees()).toEqual([
    ":ann!ann@server JOIN #general",
    ":bob!bob@server JOIN #general",
    ":bob!bob@server AWAY :is not connected",
  ]);
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(":server 001 ann :Welcome to the authchat network, ann!ann@server");
  expect(olga.sees()).toEqual([]);
});
