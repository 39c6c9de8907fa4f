/** Rooms: the channels that exist by the settings, and that new members are in. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const rooms = ["#general", "#help"];

test("rooms are made at the first start, and are the same after a restart", () => {
  const chat = new Chat({ settings: { rooms } });
  const born = chat.notes.map((note) => (note.event === "channel.created" ? note.channel : ""));
  expect(born).toEqual(rooms);
  expect(chat.restarts().notes).toEqual([]);
});

test("who is approved is in the rooms, and those there see it", () => {
  const chat = new Chat({ settings: { rooms } });
  chat.hasAccount("ann", "pending");
  const bob = chat.member("bob");
  bob.sends("JOIN #help");
  bob.sees();
  chat.operatorSays("approve ann");
  expect(bob.sees()).toEqual([":ann!ann@server JOIN #help"]);
  const ann = chat.member("ann");
  ann.sends("WHOIS ann");
  expect(ann.sees()).toContain(":server 319 ann ann :#general #help");
});

test("an operator of the server joins its rooms as an operator", () => {
  const chat = new Chat({ settings: { rooms } });
  const ann = chat.member("ann");
  chat.operatorSays("role ann operator");
  ann.sends("JOIN #general");
  expect(ann.sees()).toContain(":server 353 ann = #general :@ann");
});

test("nobody is the founder of a room", () => {
  const chat = new Chat({ settings: { rooms } });
  const ann = chat.member("ann");
  ann.sends("JOIN #general");
  expect(ann.sees()).toContain(":server 353 ann = #general :ann");
});
