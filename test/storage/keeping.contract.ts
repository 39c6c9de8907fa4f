/**
 * What every store does with a turn: places, nonces, and all of it or nothing.
 */
import { expect } from "bun:test";
import { accountId } from "../../src/base/ids.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  cat,
  gone,
  inChannel,
  keep,
  member,
  page,
  places,
  said,
  tryKeep,
  type Contract,
} from "./records.ts";

/** Sequences, times and atomicity. */
export const keeping: Contract = {
  "nothing to keep is kept": (store) => {
    expect(tryKeep(store, [])).toEqual({ kind: "kept", outcomes: [] });
  },

  "sequences in a log are contiguous from 1, across transactions": (store) => {
    const first = keep(store, [said("a"), said("b")], 5);
    const second = keep(store, [said("c")], 6);
    expect(places([...first, ...second])).toEqual(["1/1@5", "1/2@5", "1/3@6"]);
  },

  "each log has its own sequences, a channel by its number and a conversation below 0": (store) => {
    const other = { log: inChannel(7) };
    const outcomes = keep(store, [
      said("a"),
      said("b", other),
      said("c", { log: between(ann, bob) }),
      said("d", other),
      said("e", { log: between(ann, cat) }),
    ]);
    expect(places(outcomes)).toEqual([
      "1/1@1000",
      "7/1@1000",
      "-1/1@1000",
      "7/2@1000",
      "-2/1@1000",
    ]);
  },

  "a conversation is the same from either side": (store) => {
    const ahead = said("a", { log: between(ann, bob) });
    const back = said("b", { log: between(bob, ann), account: bob });
    const outcomes = [ahead, back, ahead].flatMap((record) => keep(store, [record]));
    outcomes.push(...keep(store, [back, ahead, back]));
    expect(places(outcomes)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `-1/${n}@1000`));
  },

  "time in a log does not run back when the clock does": (store) => {
    const other = { log: inChannel(2) };
    const outcomes = [
      ...keep(store, [said("a")], 500),
      ...keep(store, [said("b"), said("c", other)], 300),
      ...keep(store, [said("d")], 501),
    ];
    expect(places(outcomes)).toEqual(["1/1@500", "1/2@500", "2/1@300", "1/3@501"]);
  },

  "outcomes are given for entries only, in their order": (store) => {
    const outcomes = keep(store, [...annAndBobInRoom, said("a"), gone(bob), said("b")]);
    expect(places(outcomes)).toEqual(["1/1@1000", "1/2@1000"]);
  },

  "a record that cannot be kept keeps the whole turn out": (store) => {
    keep(store, annAndBobInRoom);
    const before = [page(store), store.opening()];
    const answer = tryKeep(store, [
      said("a", { nonce: "n" }),
      account(cat, "cat"),
      account(accountId(4), "ANN"), // the name is taken
      said("b"),
    ]);
    expect(answer.kind).toBe("failed");
    expect([page(store), store.opening()]).toEqual(before);
    expect(store.answer("account", { by: cat })).toEqual({ outcome: "none" });
  },

  "after a failed turn, sequences and conversations go on where they were": (store) => {
    keep(store, [...annAndBobInRoom, said("a")], 10);
    tryKeep(
      store,
      [
        said("b", { nonce: "n" }),
        said("c", { log: between(ann, bob) }),
        member(cat), // nobody has that number
      ],
      900,
    );
    const outcomes = keep(
      store,
      [said("d", { nonce: "n" }), said("e", { log: between(ann, cat) })],
      20,
    );
    expect(places(outcomes)).toEqual(["1/2@20", "-1/1@20"]);
  },
};

/** What a client sends twice is kept once. */
export const nonces: Contract = {
  "an entry with a nonce the account has used is not kept again, and has the first's place": (
    store,
  ) => {
    keep(store, annAndBobInRoom);
    keep(store, [said("a", { nonce: "n" })], 5);
    const outcomes = keep(store, [said("b", { nonce: "n" }), said("c")], 9);
    expect(places(outcomes)).toEqual(["1/1@5 again", "1/2@9"]);
    expect(page(store)).toEqual(["1 a", "2 c"]);
  },

  "what an account said with a nonce is found by it, and only for that account": (store) => {
    keep(store, [said("a", { nonce: "n" })], 5);
    const found = store.answer("said", { account: ann, nonce: "n" });
    expect(found).toMatchObject({ outcome: "found", place: { sequence: 1, time: 5 } });
    expect(store.answer("said", { account: bob, nonce: "n" })).toEqual({ outcome: "none" });
    expect(store.answer("said", { account: ann, nonce: "o" })).toEqual({ outcome: "none" });
  },
  "the same nonce twice in one turn is kept once": (store) => {
    const outcomes = keep(store, [said("a", { nonce: "n" }), said("b"), said("a", { nonce: "n" })]);
    expect(places(outcomes)).toEqual(["1/1@1000", "1/2@1000", "1/1@1000 again"]);
  },

  "a nonce is the account's own": (store) => {
    const outcomes = keep(store, [
      said("a", { nonce: "n" }),
      said("b", { nonce: "n", account: bob }),
    ]);
    expect(places(outcomes)).toEqual(["1/1@1000", "1/2@1000"]);
  },

  "a nonce counts in every log of the account": (store) => {
    keep(store, [said("a", { nonce: "n" })], 5);
    const outcomes = keep(store, [said("a", { nonce: "n", log: between(ann, bob) })], 9);
    expect(places(outcomes)).toEqual(["1/1@5 again"]);
  },

  "the empty nonce is a nonce": (store) => {
    const outcomes = keep(store, [said("a", { nonce: "" }), said("b", { nonce: "" })]);
    expect(places(outcomes)).toEqual(["1/1@1000", "1/1@1000 again"]);
  },
};
