/**
 * What every store knows of how far people have read, and of what their devices have missed.
 */
import { expect } from "bun:test";
import { type AccountId, channelId, serverAccount } from "../../src/base/ids.ts";
import { type Ask, type KeptRecord, type LogRef } from "../../src/server/outside.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  cat,
  channel,
  entry,
  gone,
  inChannel,
  joined,
  keep,
  member,
  roomLog,
  said,
  time,
  tryKeep,
  type Contract,
  type TestedStore,
} from "./records.ts";

function marker(of: AccountId, log: LogRef, at: number): KeptRecord {
  return { kind: "read-marker", account: of, log, time: time(at) };
}

function seen(of: AccountId, device: string, upTo: number): KeptRecord {
  return { kind: "device-seen", account: of, device, entry: upTo };
}

/** Markers as `#channel time` or `account time`, in any order, and up to where the device has seen. */
function readingOf(store: TestedStore, of: AccountId, device = ""): unknown {
  const answer = store.answer("reading", { account: of, device });
  if (answer.outcome !== "found") return answer.outcome;
  const markers = answer.markers.map(({ log, time: at }) =>
    log.kind === "channel" ? `#${log.channel} ${at}` : `${log.between[1]} ${at}`,
  );
  return [...markers.sort(), answer.seen];
}

/** What was missed, by its text; with `…` where there is more; and what was left out. */
function missedBy(store: TestedStore, ask: Partial<Ask<"missed">> = {}): string[] | string {
  const all = { reader: ann, after: 0, upTo: undefined, perLogMax: 100, limit: 100 };
  const answer = store.answer("missed", { ...all, ...ask });
  if (answer.outcome !== "found") return answer.outcome;
  const cuts = answer.cuts.map(
    ({ otherName, count, isMore, before }) =>
      `-${count}${isMore ? "+" : ""} ${otherName ?? "#"} before ${before}`,
  );
  const texts = answer.entries.map(({ id, text }) => `${id} ${text}`);
  return [...cuts, ...texts, ...(answer.hasMore ? ["…"] : [])];
}

export const reading: Contract = {
  "of an account of which nothing was kept nothing is known": (store) => {
    keep(store, [account(ann, "ann")]);
    expect(readingOf(store, ann)).toEqual([undefined]);
  },

  "markers of channels and conversations are each its own, whoever is named first": (store) => {
    keep(store, [...annAndBobInRoom]);
    keep(store, [marker(ann, roomLog, 5), marker(ann, between(bob, ann), 6)]);
    keep(store, [marker(ann, between(ann, ann), 7), marker(ann, between(ann, serverAccount), 8)]);
    keep(store, [marker(bob, roomLog, 9)]);
    expect(readingOf(store, ann)).toEqual(["#1 5", "0 8", "1 7", "2 6", undefined]);
    expect(readingOf(store, bob)).toEqual(["#1 9", undefined]);
  },

  "neither a marker nor what a device has seen runs back": (store) => {
    keep(store, [account(ann, "ann"), marker(ann, roomLog, 9), seen(ann, "", 9)]);
    keep(store, [marker(ann, roomLog, 5), seen(ann, "", 5)]);
    expect(readingOf(store, ann)).toEqual(["#1 9", 9]);
    keep(store, [marker(ann, roomLog, 10), seen(ann, "", 10)]);
    expect(readingOf(store, ann)).toEqual(["#1 10", 10]);
  },

  "each device of each account has its own place": (store) => {
    keep(store, [account(ann, "ann"), account(bob, "bob")]);
    keep(store, [seen(ann, "", 1), seen(ann, "@phone", 2), seen(bob, "", 3)]);
    const all = [readingOf(store, ann), readingOf(store, ann, "@phone"), readingOf(store, bob)];
    expect(all).toEqual([[1], [2], [3]]);
    expect(readingOf(store, bob, "@phone")).toEqual([undefined]);
  },

  "an account that is removed takes its reading with it": (store) => {
    keep(store, [account(ann, "ann"), marker(ann, roomLog, 9), seen(ann, "", 9)]);
    keep(store, [{ kind: "account-removed", id: ann }]);
    expect(readingOf(store, ann)).toEqual([undefined]);
  },

  "of nobody nothing is kept": (store) => {
    expect(tryKeep(store, [seen(ann, "", 9)])).toMatchObject({ kind: "failed" });
  },
};

export const missed: Contract = {
  "entries are numbered over all logs, and one that was kept before has its number": (store) => {
    keep(store, annAndBobInRoom);
    const once = said("a", { nonce: "n" });
    const outcomes = keep(store, [once, said("b", { log: between(ann, bob) }), joined(bob), once]);
    expect(outcomes.map(({ id }) => id)).toEqual([1, 2, 3, 1]);
    expect(store.opening().lastEntry).toBe(3);
  },

  "what was said in all logs comes in the order in which it was kept": (store) => {
    keep(store, [...annAndBobInRoom, channel(channelId(2), "#two")]);
    keep(store, [member(ann, { channel: channelId(2) })]);
    keep(store, [said("a"), said("b", { log: between(bob, ann) }), joined(bob)]);
    keep(store, [said("c", { log: inChannel(2) }), entry({ command: "NOTICE", text: "d" })]);
    expect(missedBy(store)).toEqual(["1 a", "2 b", "4 c", "5 d"]);
    expect(missedBy(store, { after: 2 })).toEqual(["4 c", "5 d"]);
    expect(missedBy(store, { after: 1, upTo: 4 })).toEqual(["2 b", "4 c"]);
    expect(missedBy(store, { after: 5 })).toEqual([]);
  },

  "it is read on from the last of a page": (store) => {
    keep(store, annAndBobInRoom);
    keep(store, [said("a"), said("b", { log: between(bob, ann) }), said("c")]);
    expect(missedBy(store, { limit: 2 })).toEqual(["1 a", "2 b", "…"]);
    expect(missedBy(store, { limit: 2, after: 2 })).toEqual(["3 c"]);
  },

  "of each log the newest are told, and how many are left out, with whom and before when": (
    store,
  ) => {
    keep(store, annAndBobInRoom);
    for (const [index, text] of ["a", "b", "c"].entries()) {
      keep(store, [said(text), said(text, { log: between(bob, ann) })], 1_000 + index);
    }
    const cut = { perLogMax: 2 };
    const left = ["-1 # before 1001", "-1 Bob before 1001"];
    expect(missedBy(store, cut)).toEqual([...left, "3 b", "4 b", "5 c", "6 c"]);
    expect(missedBy(store, { ...cut, limit: 1 })).toEqual([...left, "3 b", "…"]);
    // What comes later moves nothing of what is told up to there.
    keep(store, [said("d")], 2_000);
    expect(missedBy(store, { ...cut, limit: 1, upTo: 6 })).toEqual([...left, "3 b", "…"]);
    expect(missedBy(store, { ...cut, after: 3, upTo: 6 })).toEqual(["4 b", "5 c", "6 c"]);
  },

  "nobody is told what they may not read": (store) => {
    keep(store, [...annAndBobInRoom, account(cat, "cat"), said("before")]);
    keep(store, [said("to bob", { log: between(ann, bob) }), joined(cat), member(cat)]);
    keep(store, [said("after")]);
    expect(missedBy(store, { reader: cat })).toEqual(["4 after"]);
    keep(store, [gone(cat)]);
    expect(missedBy(store, { reader: cat })).toEqual([]);
  },
};
