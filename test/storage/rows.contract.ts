/**
 * What every store knows of accounts, channels and members, and what removing leaves.
 */
import { expect } from "bun:test";
import { accountId, channelId, serverAccount } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import { type InvitationRow, type KeptRecord } from "../../src/server/outside.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  bob,
  cat,
  channel,
  channelRow,
  entry,
  gone,
  joined,
  keep,
  member,
  page,
  places,
  room,
  roomLog,
  said,
  time,
  tryKeep,
  type Contract,
} from "./records.ts";

/** What is noted of accounts and channels. */
export const metadata: Contract = {
  "metadata of an account and a channel is as it was written, also of their members": (store) => {
    const noted = new Map([
      ["__proto__", "x \u{1f49c}"],
      ["a", ""],
    ]);
    keep(store, [...annAndBobInRoom, account(ann, "ann", { metadata: noted })]);
    keep(store, [channel(room, "#room", { metadata: new Map([["url", "http://a"]]) })]);
    const one = store.answer("account", { by: ann });
    const found = store.answer("channel", { by: room });
    expect(one).toMatchObject({ account: { metadata: noted } });
    expect(found).toMatchObject({ channel: { metadata: new Map([["url", "http://a"]]) } });
    const members = found.outcome === "found" ? found.members : [];
    expect(members.map((member) => member.account.metadata)).toEqual([noted, undefined]);
  },

  "metadata that is taken away is gone": (store) => {
    keep(store, [account(ann, "ann", { metadata: new Map([["a", "1"]]) })]);
    keep(store, [account(ann, "ann", {})]);
    const answer = store.answer("account", { by: ann });
    expect(answer.outcome === "found" && answer.account.metadata).toBe(undefined);
  },
};

/** Who reads from where on. */
export const memberships: Contract = {
  "a member reads from their own JOIN on, when it is kept in the same turn": (store) => {
    keep(store, [...annAndBobInRoom, account(cat, "cat"), said("before")]);
    keep(store, [said("just before"), joined(cat), member(cat), said("after")]);
    expect(page(store, { reader: cat })).toEqual(["3 JOIN", "4 after"]);
  },

  "a member reads their own JOIN also when something else of theirs was kept after it": (store) => {
    keep(store, [account(ann, "ann"), channel(room, "#room")]);
    keep(store, [
      joined(ann),
      entry({ command: "MODE", text: "", account: serverAccount }),
      member(ann),
    ]);
    expect(page(store)).toEqual(["1 JOIN", "2 MODE"]);
  },

  "a member whose JOIN is not kept reads what comes after": (store) => {
    keep(store, [...annAndBobInRoom, account(cat, "cat"), said("before")]);
    keep(store, [said("just before"), joined(ann), member(cat)]);
    keep(store, [said("after")]);
    expect(page(store, { reader: cat })).toEqual(["4 after"]);
  },

  "a JOIN of an earlier turn does not count for a membership of a later one": (store) => {
    keep(store, [...annAndBobInRoom, account(cat, "cat"), joined(cat)]);
    keep(store, [said("between"), member(cat), said("after")]);
    expect(page(store, { reader: cat })).toEqual(["3 after"]);
  },

  "new prefixes change neither the start of a membership nor who is in it": (store) => {
    keep(store, [...annAndBobInRoom, said("a"), member(bob, { prefixes: "o" })]);
    expect(page(store, { reader: bob })).toEqual(["1 a"]);
    const answer = store.answer("channel", { by: room });
    const members = answer.outcome === "found" ? answer.members : [];
    expect(members.map((one) => `${one.account.name} ${one.prefixes}`)).toEqual(["ann ", "Bob o"]);
  },

  "who leaves reads nothing, and who comes back reads from the return on": (store) => {
    keep(store, [...annAndBobInRoom, said("a"), gone(bob)]);
    expect(page(store, { reader: bob })).toBe("none");
    keep(store, [said("b"), joined(bob), member(bob), said("c")]);
    expect(page(store, { reader: bob })).toEqual(["3 JOIN", "4 c"]);
  },

  "a membership of nobody, or in no channel, fails": (store) => {
    keep(store, annAndBobInRoom);
    expect(tryKeep(store, [member(cat)]).kind).toBe("failed");
    expect(tryKeep(store, [member(ann, { channel: channelId(9) })]).kind).toBe("failed");
  },
};

/** Finding and listing. */
export const rows: Contract = {
  "an account is found by number and by name in any case, with its channels": (store) => {
    keep(store, [...annAndBobInRoom, channel(channelId(2), "#b")]);
    keep(store, [member(bob, { channel: channelId(2) })]);
    const byName = store.answer("account", { by: fold("BOB") });
    expect(byName).toEqual({
      outcome: "found",
      account: {
        id: bob,
        name: "Bob",
        state: "active",
        role: "member",
        createdAt: time(1),
        isStrict: false,
        expiresAt: undefined,
      },
      channels: [room, channelId(2)],
    });
    expect(store.answer("account", { by: bob })).toEqual(byName);
    expect(store.answer("account", { by: fold("nobody") })).toEqual({ outcome: "none" });
    expect(store.answer("account", { by: serverAccount })).toEqual({ outcome: "none" });
  },

  "an account kept again is changed, with all its memberships": (store) => {
    keep(store, annAndBobInRoom);
    keep(store, [account(bob, "Rob", { state: "disabled", role: "operator" })]);
    expect(store.answer("account", { by: fold("rob") })).toMatchObject({
      account: { id: bob, state: "disabled", role: "operator" },
      channels: [room],
    });
    expect(store.answer("account", { by: fold("bob") })).toEqual({ outcome: "none" });
  },

  "channels that send people to a renamed one send them there still": (store) => {
    const ids = [2, 3, 4, 5].map(channelId);
    const before = ["#lobby", "#Lobby", "#other", undefined];
    const rows = ids.map((id, index) => channel(id, `#room${index}`, { forward: before[index] }));
    keep(store, [...annAndBobInRoom, ...rows]);
    keep(store, [{ kind: "forwards-moved", from: "#lobby", to: "#hall" }]);
    const after = ids.map((id) => {
      const found = store.answer("channel", { by: id });
      return found.outcome === "found" ? found.channel.forward : found.outcome;
    });
    expect(after).toEqual(["#hall", "#Lobby", "#other", undefined]);
  },

  "a channel comes back as it was kept, with its members and all their channels": (store) => {
    const row = channelRow(channelId(2), "#Café", {
      founder: ann,
      topic: { text: "", by: "ann", at: time(3) },
      flags: "mnt",
      key: "",
      limit: 5,
      bans: [{ mask: 'a"b!*@*', by: "ann", at: time(4) }],
      forward: "#lobby",
      banExceptions: [{ mask: "~m:~a:cat", by: "bob", at: time(6) }],
      inviteExceptions: [{ mask: "*!*@x", by: "bob", at: time(5) }],
    });
    keep(store, [...annAndBobInRoom, { kind: "channel", channel: row }]);
    keep(store, [member(bob, { channel: row.id, prefixes: "qo", joinedAt: time(9) })]);
    const byName = store.answer("channel", { by: fold("#CAFé") });
    expect(byName).toEqual({
      outcome: "found",
      channel: row,
      members: [
        {
          account: {
            id: bob,
            name: "Bob",
            state: "active",
            role: "member",
            createdAt: time(1),
            isStrict: false,
            expiresAt: undefined,
          },
          channels: [room, row.id],
          prefixes: "qo",
          joinedAt: time(9),
        },
      ],
    });
    expect(store.answer("channel", { by: row.id })).toEqual(byName);
    expect(store.answer("channel", { by: fold("#none") })).toEqual({ outcome: "none" });
    keep(store, [channel(row.id, "#cafe")]);
    expect(store.answer("channel", { by: row.id })).toMatchObject({
      channel: channelRow(row.id, "#cafe"),
    });
  },

  "accounts are listed by folded name, page by page, in a state or in all": (store) => {
    keep(store, [account(cat, "cat", { state: "pending" }), account(ann, "Zoe")]);
    keep(store, [account(bob, "Bob", { state: "pending" })]);
    const list = (state: "pending" | undefined, after: string | undefined, limit: number) => {
      const from = after === undefined ? undefined : fold(after);
      const answer = store.answer("accounts", { state, after: from, limit });
      if (answer.outcome !== "found") return answer.outcome;
      return [...answer.accounts.map((one) => one.name), ...(answer.hasMore ? ["…"] : [])];
    };
    expect(list(undefined, undefined, 2)).toEqual(["Bob", "cat", "…"]);
    expect(list(undefined, "cat", 2)).toEqual(["Zoe"]);
    expect(list(undefined, undefined, 3)).toEqual(["Bob", "cat", "Zoe"]);
    expect(list("pending", undefined, 1)).toEqual(["Bob", "…"]);
    expect(list("pending", "bob", 9)).toEqual(["cat"]);
  },

  "channels are listed by folded name, page by page, with how many are in them": (store) => {
    const topic = { text: "hi", by: "ann", at: time(1) };
    keep(store, [...annAndBobInRoom, channel(channelId(2), "#A", { topic, flags: "s" })]);
    expect(store.answer("channels", { after: undefined, limit: 1 })).toEqual({
      outcome: "found",
      channels: [
        {
          id: channelId(2),
          name: "#A",
          topic: "hi",
          flags: "s",
          memberCount: 0,
          createdAt: time(1),
          topicAt: time(1),
        },
      ],
      hasMore: true,
    });
    expect(store.answer("channels", { after: fold("#a"), limit: 1 })).toEqual({
      outcome: "found",
      channels: [
        {
          id: room,
          name: "#room",
          topic: "",
          flags: "",
          memberCount: 2,
          createdAt: time(1),
          topicAt: undefined,
        },
      ],
      hasMore: false,
    });
  },
};

/** Removal, and numbers that are given once. */
export const removal: Contract = {
  "an empty store begins with account 1 and channel 1": (store) => {
    expect(store.opening()).toEqual({
      nextAccount: accountId(1),
      nextChannel: channelId(1),
      pendingAccounts: 0,
      invitations: [],
      hasOperator: false,
      lastEntry: 0,
      latest: time(0),
    });
  },

  "the opening counts pending accounts and knows the latest time of anything kept": (store) => {
    keep(store, [account(ann, "ann", { state: "pending" }), account(bob, "bob")], 10);
    expect(store.opening()).toMatchObject({ pendingAccounts: 1, latest: time(10) });
    keep(store, [said("a")], 20);
    expect(store.opening()).toMatchObject({ latest: time(20) });
    keep(store, [account(ann, "ann")], 15);
    expect(store.opening()).toMatchObject({ pendingAccounts: 0, latest: time(20) });
  },

  "the opening knows whether an account that is active may run the server": (store) => {
    keep(store, [
      account(ann, "ann"),
      account(bob, "bob", { role: "operator", state: "disabled" }),
    ]);
    expect(store.opening()).toMatchObject({ hasOperator: false });
    keep(store, [account(bob, "bob", { role: "operator" })]);
    expect(store.opening()).toMatchObject({ hasOperator: true });
  },

  "invitations come back whole, the oldest first, until they are removed": (store) => {
    const first = invitation("aa", { createdAt: time(1), uses: 5, usesLeft: 5 });
    const second = invitation("bb", {
      createdAt: time(2),
      purpose: { kind: "reset", account: ann },
      label: "ann",
    });
    keep(store, [kept(second), kept(first)]);
    expect(store.opening().invitations).toEqual([first, second]);
    keep(store, [kept({ ...first, usesLeft: 2 })]);
    expect(store.opening().invitations).toEqual([{ ...first, usesLeft: 2 }, second]);
    keep(store, [
      { kind: "invitation-removed", hash: "aa" },
      { kind: "invitation-removed", hash: "unknown" },
    ]);
    expect(store.opening().invitations).toEqual([second]);
  },

  "an account and the use of its invitation are kept together or not at all": (store) => {
    const row = invitation("aa");
    keep(store, [kept(row)]);
    const failing = [account(ann, "ann"), { kind: "invitation-removed", hash: "aa" } as const];
    expect(tryKeep(store, [...failing, account(accountId(0), "none")]).kind).toBe("failed");
    expect(store.opening().invitations).toEqual([row]);
    expect(store.answer("account", { by: ann })).toEqual({ outcome: "none" });
  },

  "a removed account leaves its channels; what it said stays, without a name": (store) => {
    keep(store, [...annAndBobInRoom, said("a", { account: bob, nonce: "n" })]);
    keep(store, [{ kind: "account-removed", id: bob }]);
    expect(store.answer("account", { by: bob })).toEqual({ outcome: "none" });
    const answer = store.answer("channel", { by: room });
    expect(answer.outcome === "found" && answer.members.map((one) => one.account.id)).toEqual([
      ann,
    ]);
    expect(
      store.answer("history", {
        reader: ann,
        log: roomLog,
        page: { kind: "latest", after: undefined },
        limit: 1,
        commands: ["PRIVMSG"],
      }),
    ).toMatchObject({ entries: [{ account: bob, accountName: undefined, text: "a" }] });
    expect(places(keep(store, [said("b", { account: bob, nonce: "n" })], 2_000))).toEqual([
      "1/1@1000 again",
    ]);
  },

  "a name is free again when its account is removed, the number is not": (store) => {
    keep(store, [account(accountId(8), "ann")]);
    keep(store, [{ kind: "account-removed", id: accountId(8) }]);
    expect(store.opening().nextAccount).toBe(accountId(9));
    expect(tryKeep(store, [account(accountId(9), "Ann")]).kind).toBe("kept");
  },

  "a removed channel is empty of members, and its number is not given again": (store) => {
    keep(store, [...annAndBobInRoom, said("a"), { kind: "channel-removed", id: room }]);
    expect(store.answer("channel", { by: room })).toEqual({ outcome: "none" });
    expect(store.answer("account", { by: ann })).toMatchObject({ channels: [] });
    expect(page(store)).toBe("none");
    expect(store.opening().nextChannel).toBe(channelId(2));
  },

  "the number of a failed turn's account is still free": (store) => {
    tryKeep(store, [account(accountId(5), "ann"), member(cat)]);
    expect(store.opening().nextAccount).toBe(accountId(1));
  },

  "removing what is not there changes nothing": (store) => {
    keep(store, annAndBobInRoom);
    const records: KeptRecord[] = [gone(cat), { kind: "account-removed", id: cat }];
    expect(tryKeep(store, records).kind).toBe("kept");
    expect(store.answer("account", { by: ann })).toMatchObject({ channels: [room] });
  },
};

function invitation(hash: string, rest: Partial<InvitationRow> = {}): InvitationRow {
  return {
    hash,
    purpose: { kind: "member", role: "operator", rooms: ["#a", "#b"] },
    uses: 1,
    usesLeft: 1,
    label: "",
    madeBy: "console",
    createdAt: time(1),
    expiresAt: time(100),
    ...rest,
  };
}

function kept(row: InvitationRow): KeptRecord {
  return { kind: "invitation", invitation: row };
}
