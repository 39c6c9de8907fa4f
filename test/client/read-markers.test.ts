/** Read markers: what is read on one device is read on the others. */
import { expect, test } from "bun:test";
import { everything, Talk } from "./talk.ts";

const times = ["2026-11-25T10:00:00.000Z", "2026-11-25T11:00:00.000Z"] as const;

/** In #room and #other, with two messages in #other, of which the second names ann. */
function talkInRooms(): Talk {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(`${everything} draft/read-marker`);
  talk.hears(":ann!a@h JOIN #room ann :a", ":srv MARKREAD #room *");
  talk.hears(":ann!a@h JOIN #other ann :a", ":srv MARKREAD #other *");
  talk.does({ kind: "read", room: "#room" });
  talk.hears(`@time=${times[0]};msgid=c2-1 :bob!b@h PRIVMSG #other :one`);
  talk.hears(`@time=${times[1]};msgid=c2-2 :bob!b@h PRIVMSG #other :two, ann`);
  talk.sees();
  return talk;
}

function countsOf(talk: Talk): readonly (number | undefined)[] {
  const room = talk.session.model.room("#other");
  return [room?.unreadCount, room?.mentionCount];
}

test("a room that comes to the front is marked, once for what is in it", () => {
  const talk = talkInRooms();
  talk.does({ kind: "read", room: "#other" });
  talk.does({ kind: "read", room: "#other" });
  expect(talk.sees()).toEqual([`MARKREAD #other timestamp=${times[1]}`]);
  talk.does({ kind: "read", room: "#room" }); // nothing was said there
  expect(talk.sees()).toEqual([]);
});

test("what was read elsewhere is unread here no more, and what is newer is", () => {
  const talk = talkInRooms();
  expect(countsOf(talk)).toEqual([2, 1]);
  talk.hears(`:srv MARKREAD #other timestamp=${times[0]}`);
  expect(countsOf(talk)).toEqual([1, 1]);
  talk.hears(`:srv MARKREAD #other timestamp=${times[1]}`);
  expect(countsOf(talk)).toEqual([0, 0]);
  talk.does({ kind: "read", room: "#other" });
  expect(talk.sees()).toEqual([]);
});

test("a server that tells of no markers is told of none, and a refused one is not the user's business", () => {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(everything);
  talk.hears(":ann!a@h JOIN #room ann :a");
  talk.hears(`@time=${times[0]};msgid=c1-1 :bob!b@h PRIVMSG #room :one`);
  talk.sees();
  talk.events();
  talk.does({ kind: "read", room: "#room" });
  talk.hears(":srv FAIL MARKREAD INVALID_PARAMS #room :Invalid parameters");
  expect([talk.sees(), talk.events()]).toEqual([[], []]);
});
