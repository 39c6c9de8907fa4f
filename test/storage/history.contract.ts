/**
 * What every store answers about what was said: pages of a log, and where something was said.
 */
import { expect } from "bun:test";
import { channelId, logId, serverAccount } from "../../src/base/ids.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  at,
  atTime,
  between,
  bob,
  cat,
  channel,
  entry,
  inChannel,
  joined,
  keep,
  member,
  page,
  roomLog,
  said,
  targets,
  type TestedStore,
  time,
  type Contract,
} from "./records.ts";

/** Ann and bob in #room and ten lines there, line n said at time 10 n. */
function withTenLines(store: TestedStore): void {
  keep(store, annAndBobInRoom, 1);
  for (let line = 1; line <= 10; line += 1) keep(store, [said(`line ${line}`)], 10 * line);
}

/** A few words in #room and in three conversations; #other is silent. */
function withTargets(store: TestedStore): TestedStore {
  keep(store, [...annAndBobInRoom, account(cat, "Cat"), channel(channelId(2), "#other")]);
  keep(store, [member(ann, { channel: channelId(2) })]);
  keep(store, [said("a", { log: between(bob, ann), account: bob })], 30);
  keep(store, [said("b")], 40);
  keep(store, [said("c", { log: between(ann, cat), command: "NOTICE" })], 35);
  keep(store, [said("d", { log: between(bob, cat), account: bob })], 36);
  return store;
}

/** Pages. */
export const history: Contract = {
  "latest: the last entries, oldest first": (store) => {
    withTenLines(store);
    expect(page(store, { limit: 3 })).toEqual(["8 line 8", "9 line 9", "10 line 10"]);
  },

  "latest after a bound: the last entries beyond it": (store) => {
    withTenLines(store);
    const after = (bound: ReturnType<typeof at>, limit: number) =>
      page(store, { page: { kind: "latest", after: bound }, limit });
    expect(after(at(8), 9)).toEqual(["9 line 9", "10 line 10"]);
    expect(after(at(3), 2)).toEqual(["9 line 9", "10 line 10"]);
    expect(after(at(10), 2)).toEqual([]);
    expect(after(atTime(80), 9)).toEqual(["9 line 9", "10 line 10"]);
    expect(after(atTime(79), 9)).toEqual(["8 line 8", "9 line 9", "10 line 10"]);
  },

  "before: the last entries before the bound, without it": (store) => {
    withTenLines(store);
    const before = (bound: ReturnType<typeof at>) =>
      page(store, { page: { kind: "before", before: bound }, limit: 2 });
    expect(before(at(5))).toEqual(["3 line 3", "4 line 4"]);
    expect(before(at(1))).toEqual([]);
    expect(before(at(99))).toEqual(["9 line 9", "10 line 10"]);
    expect(before(atTime(50))).toEqual(["3 line 3", "4 line 4"]);
    expect(before(atTime(51))).toEqual(["4 line 4", "5 line 5"]);
    expect(before(atTime(0))).toEqual([]);
  },

  "a bound of another log is no bound of this one": (store) => {
    withTenLines(store);
    const ask = (log: number) =>
      page(store, { page: { kind: "after", after: at(8, logId(log)) }, limit: 9 });
    expect(ask(1)).toEqual(["9 line 9", "10 line 10"]);
    expect(ask(2)).toBe("none");
  },

  "after: the first entries after the bound, without it": (store) => {
    withTenLines(store);
    const after = (bound: ReturnType<typeof at>) =>
      page(store, { page: { kind: "after", after: bound }, limit: 2 });
    expect(after(at(5))).toEqual(["6 line 6", "7 line 7"]);
    expect(after(at(0))).toEqual(["1 line 1", "2 line 2"]);
    expect(after(at(10))).toEqual([]);
    expect(after(atTime(50))).toEqual(["6 line 6", "7 line 7"]);
    expect(after(atTime(49))).toEqual(["5 line 5", "6 line 6"]);
    expect(after(atTime(1_000))).toEqual([]);
  },

  "a bound by time has all entries of one millisecond on one side": (store) => {
    keep(store, annAndBobInRoom);
    keep(store, [said("a")], 10);
    keep(store, [said("b"), said("c"), said("d")], 20);
    expect(page(store, { page: { kind: "after", after: atTime(20) } })).toEqual([]);
    expect(page(store, { page: { kind: "before", before: atTime(20) } })).toEqual(["1 a"]);
    expect(page(store, { page: { kind: "after", after: atTime(19) } })).toHaveLength(3);
  },

  "bounds do not reach behind the start of a membership": (store) => {
    withTenLines(store);
    keep(store, [account(cat, "cat"), member(cat), said("line 11")], 110);
    const reader = cat;
    expect(page(store, { reader, page: { kind: "after", after: at(2) } })).toEqual(["11 line 11"]);
    expect(page(store, { reader, page: { kind: "after", after: atTime(5) } })).toEqual([
      "11 line 11",
    ]);
    expect(page(store, { reader, page: { kind: "before", before: at(9) } })).toEqual([]);
    expect(page(store, { reader, page: { kind: "before", before: atTime(90) } })).toEqual([]);
  },

  "with commands, other entries are left out and do not count": (store) => {
    keep(store, [...annAndBobInRoom, said("a"), joined(bob), said("b"), joined(bob), joined(bob)]);
    keep(store, [entry({ command: "NOTICE", text: "c" }), entry({ command: "TAGMSG", text: "" })]);
    const commands = ["PRIVMSG", "NOTICE"];
    expect(page(store, { commands, limit: 2 })).toEqual(["3 b", "6 c"]);
    expect(page(store, { commands, page: { kind: "after", after: at(1) } })).toEqual([
      "3 b",
      "6 c",
    ]);
    expect(page(store, { commands: ["NOTICE"] })).toEqual(["6 c"]);
    expect(page(store, { commands: ["TAGMSG", "NOTICE"] })).toEqual(["6 c", "7 TAGMSG"]);
    expect(page(store, { commands: [] })).toEqual([]);
  },

  "a channel's history is none for who is no member, and for no channel": (store) => {
    withTenLines(store);
    keep(store, [account(cat, "cat")]);
    expect(page(store, { reader: cat })).toBe("none");
    expect(page(store, { log: inChannel(9) })).toBe("none");
  },

  "a conversation is read by its two and by nobody else, the server included": (store) => {
    keep(store, annAndBobInRoom);
    keep(store, [said("a", { log: between(ann, bob) })]);
    expect(page(store, { reader: bob, log: between(ann, bob) })).toEqual(["1 a"]);
    expect(page(store, { reader: ann, log: between(bob, ann) })).toEqual(["1 a"]);
    expect(page(store, { reader: cat, log: between(ann, bob) })).toBe("none");
    expect(page(store, { reader: ann, log: between(ann, cat) })).toBe("none");
    keep(store, [said("b", { log: between(ann, serverAccount), account: serverAccount })]);
    expect(page(store, { reader: serverAccount, log: between(serverAccount, ann) })).toEqual([
      "1 b",
    ]);
  },

  "an account can talk to itself": (store) => {
    keep(store, [account(ann, "ann"), said("a", { log: between(ann, ann) })]);
    expect(page(store, { log: between(ann, ann) })).toEqual(["1 a"]);
  },

  "a message of several lines comes back with them, and with where they were cut": (store) => {
    keep(store, annAndBobInRoom);
    const text = "hello\n\nhow is everyone?";
    keep(store, [said(text, { seams: [14, 17] }), said("one line")]);
    const asked = { reader: ann, log: roomLog, limit: 2, commands: undefined };
    const answer = store.answer("history", {
      ...asked,
      page: { kind: "latest", after: undefined },
    });
    const entries = answer.outcome === "found" ? answer.entries : [];
    expect(entries.map((one) => [one.text, one.seams])).toEqual([
      [text, [14, 17]],
      ["one line", []],
    ]);
  },

  "an entry comes back as it was kept, with its author's name of today": (store) => {
    keep(store, annAndBobInRoom);
    const kept = entry({
      account: bob,
      source: "bob!b@host",
      command: "KICK",
      middle: "Bob x",
      text: "né 👋 \u0001ACTION\u0001",
      tags: "+reply=x;+a",
      nonce: "n",
    });
    keep(store, [kept], 44);
    keep(store, [account(bob, "Robert")]);
    const { kind: _kind, nonce: _nonce, ...fields } = kept;
    expect(
      store.answer("history", {
        reader: ann,
        log: roomLog,
        page: { kind: "latest", after: undefined },
        limit: 1,
        commands: undefined,
      }),
    ).toEqual({
      outcome: "found",
      start: 0,
      hasMore: false,
      entries: [
        {
          ...fields,
          accountName: "Robert",
          place: { log: logId(1), sequence: 1, time: time(44) },
        },
      ],
    });
  },
};

/** The logs with something said in a range of time. */
export const historyTargets: Contract = {
  "the reader's channels and conversations, the one longest silent first": (store) => {
    expect(targets(withTargets(store))).toEqual(["Bob@30", "Cat@35", "#room@40"]);
    expect(targets(withTargets(store), { reader: cat })).toEqual(["ann@35", "Bob@36"]);
  },

  "the range has both ends outside": (store) => {
    expect(targets(withTargets(store), { after: time(30), before: time(40) })).toEqual(["Cat@35"]);
    expect(targets(withTargets(store), { after: time(29), before: time(41) })).toHaveLength(3);
  },

  "a log is placed by the latest of what was said in it, in the range or not": (store) => {
    withTargets(store);
    keep(store, [said("e", { log: between(ann, bob) })], 50);
    expect(targets(store, { before: time(45) })).toEqual(["Cat@35", "#room@40"]);
  },

  "the limit leaves out the latest": (store) => {
    expect(targets(withTargets(store), { limit: 2 })).toEqual(["Bob@30", "Cat@35"]);
  },

  "only what was said counts": (store) => {
    withTargets(store);
    keep(store, [joined(ann, { log: inChannel(2) })], 50);
    keep(store, [joined(bob)], 60);
    expect(targets(store)).toEqual(["Bob@30", "Cat@35", "#room@40"]);
  },

  "what was said before the membership does not count": (store) => {
    withTargets(store);
    keep(store, [member(cat)], 45);
    expect(targets(store, { reader: cat })).toEqual(["ann@35", "Bob@36"]);
    keep(store, [said("e")], 46);
    expect(targets(store, { reader: cat })).toEqual(["ann@35", "Bob@36", "#room@46"]);
  },

  "a conversation with the server has the server's name": (store) => {
    keep(store, [account(ann, "ann"), account(bob, "bob")]);
    const from = { log: between(ann, serverAccount), account: serverAccount };
    keep(store, [said("a", { ...from, source: "chat.example.org", target: "ann" })], 10);
    keep(store, [said("b", { log: between(bob, serverAccount), target: "chat.example.org" })], 20);
    expect(targets(store)).toEqual(["chat.example.org@10"]);
    expect(targets(store, { reader: bob })).toEqual(["chat.example.org@20"]);
  },

  "a conversation with oneself is one target": (store) => {
    keep(store, [account(ann, "ann"), said("a", { log: between(ann, ann) })], 10);
    expect(targets(store)).toEqual(["ann@10"]);
  },

  "a conversation with an account that is no more is no target": (store) => {
    withTargets(store);
    keep(store, [{ kind: "account-removed", id: bob }]);
    expect(targets(store)).toEqual(["Cat@35", "#room@40"]);
  },
};
