/**
 * What every store knows of what happened to accounts and logins.
 */
import { expect } from "bun:test";
import { wallMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import { type KeptRecord } from "../../src/server/outside.ts";
import { account, ann, type Contract, keep } from "./records.ts";

function happened(event: string, rest: { account?: string; detail?: string } = {}): KeptRecord {
  const nothing = { account: "", address: "", actor: "", detail: "" };
  return { kind: "audit", audit: { event, ...nothing, ...rest } };
}

/** What happened, as it is read again. */
export const audits: Contract = {
  "what happened is found with its time, the newest first": (store) => {
    keep(store, [happened("login.ok", { account: "ann", detail: "PLAIN" })], 1_000);
    keep(store, [happened("login.refused"), happened("account.role")], 2_000);
    const answer = store.answer("audit", { account: undefined, before: undefined, limit: 10 });
    expect(answer).toEqual({
      outcome: "found",
      hasMore: false,
      entries: [
        entryOf(3, 2_000, "account.role"),
        entryOf(2, 2_000, "login.refused"),
        { ...entryOf(1, 1_000, "login.ok"), account: "ann", detail: "PLAIN" },
      ],
    });
  },

  "one account's own, before an entry, and that there are more": (store) => {
    for (const name of ["ann", "bob", "ann", "ann"]) {
      keep(store, [happened("login.ok", { account: name })]);
    }
    const asked = { account: fold("ann"), before: 4, limit: 1 };
    expect(store.answer("audit", asked)).toMatchObject({
      outcome: "found",
      hasMore: true,
      entries: [{ id: 3 }],
    });
  },

  "what happened to an account stays when the account goes": (store) => {
    keep(store, [account(ann, "ann"), happened("account.registered", { account: "ann" })]);
    keep(store, [{ kind: "account-removed", id: ann }]);
    const asked = { account: fold("ann"), before: undefined, limit: 10 };
    expect(store.answer("audit", asked)).toMatchObject({ entries: [{ id: 1 }] });
  },
};

function entryOf(id: number, time: number, event: string) {
  return { id, time: wallMs(time), event, account: "", address: "", actor: "", detail: "" };
}
