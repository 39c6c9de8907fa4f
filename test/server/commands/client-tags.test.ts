/** Client-only tags: +typing, +reply, +draft/react, +draft/unreact, +channel-context: who sees them, which are kept. */
import { expect, test } from "bun:test";
import { assert } from "../../../src/base/assert.ts";
import { fold } from "../../../src/protocol/names.ts";
import { Chat, type Person } from "../../support/chat.ts";
import { withoutPassingIds } from "../../support/passing-id.ts";

interface Room {
  readonly chat: Chat;
  readonly ann: Person;
  readonly bob: Person;
  /** Has no message-tags. */
  readonly cem: Person;
}

function room(): Room {
  const chat = new Chat();
  const ann = chat.member("ann", "message-tags", "echo-message");
  const [bob, cem] = [chat.member("bob", "message-tags"), chat.member("cem")];
  for (const person of [ann, bob, cem]) person.sends("JOIN #room");
  for (const person of [ann, bob, cem]) person.sees();
  return { chat, ann, bob, cem };
}

/** What is kept, but for the JOINs: command and tags. */
function kept({ store }: Chat, where: "in the room" | "between ann and bob"): string[] {
  const ann = store.answer("account", { by: fold("ann") });
  const bob = store.answer("account", { by: fold("bob") });
  const found = store.answer("channel", { by: fold("#room") });
  assert(ann.outcome === "found" && bob.outcome === "found", "both have accounts");
  assert(found.outcome === "found", "the room is kept");
  const log =
    where === "in the room"
      ? ({ kind: "channel", channel: found.channel.id } as const)
      : ({ kind: "conversation", between: [ann.account.id, bob.account.id] } as const);
  const page = { kind: "latest", after: undefined } as const;
  const reader = ann.account.id;
  const answer = store.answer("history", { reader, log, page, limit: 10, commands: undefined });
  if (answer.outcome !== "found") return [];
  const entries = answer.entries.filter(({ command }) => command !== "JOIN");
  return entries.map(({ command, tags }) => `${command} ${tags}`.trim());
}

test("typing is shown to who has message-tags, and never kept", () => {
  const { chat, ann, bob, cem } = room();
  ann.sends("@+typing=active TAGMSG #room");
  const seen = bob.sees();
  expect(withoutPassingIds(seen)).toEqual(["@+typing=active :ann!ann@server TAGMSG #room"]);
  expect([ann.sees(), cem.sees()]).toEqual([seen, []]);
  expect(kept(chat, "in the room")).toEqual([]);
});

test("typing on a message is shown with it, and not kept with it", () => {
  const { chat, ann, bob } = room();
  ann.sends("@+typing=done;+reply=c1-1;+x=a\\:b PRIVMSG #room :Hi");
  expect(bob.sees()).toEqual([
    "@msgid=c1-4;+typing=done;+reply=c1-1;+x=a\\:b :ann!ann@server PRIVMSG #room :Hi",
  ]);
  expect(kept(chat, "in the room")).toEqual(["PRIVMSG +reply=c1-1;+x=a\\:b"]);
});

test("replies and the context of a private message are relayed and kept as they came", () => {
  const { chat, ann, bob } = room();
  const tags = "+draft/reply=c1-1;+draft/channel-context=#room;+channel-context=#room";
  ann.sends(`@${tags};label=x;time=y PRIVMSG bob :Hi`);
  expect(bob.sees()).toEqual([`@msgid=p1-1;${tags} :ann!ann@server PRIVMSG bob :Hi`]);
  expect(kept(chat, "between ann and bob")).toEqual([`PRIVMSG ${tags}`]);
});

test.each(["+reply=c1-4;+draft/react=👋", "+draft/reply=c1-4;+draft/unreact=a\\sb"])(
  "the reaction %s is kept in the room, and so has an id",
  (tags) => {
    const { chat, ann, bob, cem } = room();
    bob.sends("PRIVMSG #room :Hello");
    for (const person of [ann, cem]) person.sees();
    ann.sends(`@${tags} TAGMSG #room`);
    const line = `@msgid=c1-5;${tags} :ann!ann@server TAGMSG #room`;
    expect([ann.sees(), bob.sees(), cem.sees()]).toEqual([[line], [line], []]);
    expect(kept(chat.restarts(), "in the room")).toEqual(["PRIVMSG", `TAGMSG ${tags}`]);
  },
);

test("a reaction to a private message is kept between the two", () => {
  const { chat, ann, bob } = room();
  ann.sends("@+reply=p1-1;+draft/react=x;+typing=done TAGMSG bob");
  expect(bob.sees()).toEqual([
    "@msgid=p1-1;+reply=p1-1;+draft/react=x;+typing=done :ann!ann@server TAGMSG bob",
  ]);
  expect(kept(chat, "between ann and bob")).toEqual(["TAGMSG +reply=p1-1;+draft/react=x"]);
});

test("a reaction with a nonce is kept once", () => {
  const { chat, ann, bob } = room();
  const line = "@+reply=c1-1;+draft/react=x;+authchat.invalid/nonce=n TAGMSG #room";
  ann.sends(line, line);
  expect(bob.sees()).toHaveLength(1);
  expect(kept(chat, "in the room")).toEqual(["TAGMSG +reply=c1-1;+draft/react=x"]);
});

test.each([
  ["means no message", "+draft/react=x", "#room"],
  ["is one and takes one back", "+reply=c1-1;+draft/react=x;+draft/unreact=x", "#room"],
  ["is not for all of the room", "+reply=c1-1;+draft/react=x", "@#room"],
])("a reaction that %s is shown and not kept", (_why, tags, target) => {
  const { chat, ann } = room();
  ann.sends(`@${tags} TAGMSG ${target}`);
  expect(withoutPassingIds(ann.sees())).toEqual([`@${tags} :ann!ann@server TAGMSG ${target}`]);
  expect(kept(chat, "in the room")).toEqual([]);
});

test("reactions are no messages to who reads history", () => {
  const { ann, bob } = room();
  ann.sends("@+reply=c1-1;+draft/react=x TAGMSG #room");
  bob.sees();
  bob.sends("CHATHISTORY LATEST #room * 10");
  expect(bob.sees()).toEqual([]);
});

test("tags without the prefix go no further, also where nothing is left", () => {
  const { ann, bob } = room();
  ann.sends("@unknown-tag TAGMSG #room");
  expect(withoutPassingIds(bob.sees())).toEqual([":ann!ann@server TAGMSG #room"]);
});
