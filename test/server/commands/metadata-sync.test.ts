/** Metadata that is told by itself: changes, and what comes into sight. */
import { describe, expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const older = ["draft/metadata-2", "batch"] as const;
const newer = ["draft/metadata-3", "batch"] as const;

/** The lines of metadata, batches called by what they are. */
function told(person: Person): string[] {
  return person
    .sees()
    .map((line) => line.replace(/^@batch=\S+ /, "").replace(/^:server /, ""))
    .map((line) => line.replace(/^BATCH \+\S+ (.*)$/, "[$1").replace(/^BATCH -\S+$/, "]"))
    .filter((line) => /^(\[|\]|METADATA|7[67]\d|FAIL)/.test(line));
}

/** Two in a channel; the second has subscribed to `a`. */
function inRoom(...capabilities: readonly string[]): { chat: Chat; ann: Person; bob: Person } {
  const chat = new Chat();
  const ann = chat.member("ann", ...newer);
  const bob = chat.member("bob", ...capabilities);
  bob.sends("METADATA * SUB a");
  for (const person of [ann, bob]) person.sends("JOIN #room");
  for (const person of [ann, bob]) person.sees();
  return { chat, ann, bob };
}

describe("changes", () => {
  test("the older draft is told by METADATA lines, of the keys it has subscribed to", () => {
    const { ann, bob } = inRoom(...older);
    ann.sends(
      "METADATA * SET a 1",
      "METADATA * SET b 1",
      "METADATA * SET a",
      "METADATA #room SET a 2",
    );
    ann.sends("METADATA #room CLEAR");
    expect(told(bob)).toEqual([
      "METADATA ann a * 1",
      "METADATA ann a *",
      "METADATA #room a * 2",
      "METADATA #room a *",
    ]);
  });

  test("the newer draft is told by numerics", () => {
    const { ann, bob } = inRoom(...newer);
    ann.sends("METADATA * SET a :x y", "METADATA * SET a", "METADATA #room SET a 2");
    expect(told(bob)).toEqual([
      "761 bob ann a * :x y",
      "766 bob ann a :Key not set",
      "761 bob #room a * 2",
    ]);
  });

  test.each([[["batch"]], [["draft/metadata-2"]], [[]]])(
    "who has only %j is told nothing",
    (capabilities) => {
      const { ann, bob } = inRoom(...capabilities);
      ann.sends("METADATA * SET a 1");
      expect(bob.sees()).toEqual([]);
    },
  );

  test("who shares no channel is told nothing, unless they watch", () => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann", ...newer), chat.member("bob", ...newer)];
    bob.sends("METADATA * SUB a");
    ann.sends("METADATA * SET a 1");
    expect(told(bob)).toEqual(["770 bob a", "774 bob *ALL 0 :Try again later"]);
    bob.sends("MONITOR + ann");
    ann.sends("METADATA * SET a 2");
    expect(told(bob)).toEqual(["[metadata ann", "761 bob ann a * 1", "]", "761 bob ann a * 2"]);
  });

  test("one's other devices are told, and the one that did it is not", () => {
    const chat = new Chat();
    const [laptop, phone] = [chat.member("ann", ...newer), chat.member("ann", ...newer)];
    for (const device of [laptop, phone]) device.sends("METADATA * SUB a");
    told(laptop);
    told(phone);
    laptop.sends("METADATA * SET a 1");
    expect([told(laptop), told(phone)]).toEqual([["761 ann ann a * 1"], ["761 ann ann a * 1"]]);
  });

  test("a value that is set again as it was is no change", () => {
    const { ann, bob } = inRoom(...newer);
    ann.sends("METADATA * SET a 1", "METADATA * SET a 1");
    expect([told(ann).length, told(bob).length]).toEqual([2, 1]);
  });

  test("after UNSUB it is told no more", () => {
    const { ann, bob } = inRoom(...newer);
    bob.sends("METADATA * UNSUB a b %", "METADATA * SUBS");
    expect(told(bob).slice(0, 1)).toEqual(["771 bob a b"]);
    ann.sends("METADATA * SET a 1");
    expect(told(bob)).toEqual([]);
  });
});

describe("what comes into sight", () => {
  test("who joins a channel is told of it and of everyone in it", () => {
    for (const [capabilities, lines] of [
      [older, ["METADATA #room a * 2", "METADATA ann a * 1"]],
      [newer, ["761 bob #room a * 2", "761 bob ann a * 1"]],
    ] as const) {
      const chat = new Chat();
      const [ann, bob] = [chat.member("ann", ...newer), chat.member("bob", ...capabilities)];
      ann.sends("JOIN #room", "METADATA * SET a 1", "METADATA #room SET a 2", "METADATA * SET b 3");
      bob.sends("METADATA * SUB a");
      told(bob);
      bob.sends("JOIN #room");
      expect(told(bob)).toEqual(["[metadata #room", ...lines, "]"]);
      bob.sends("METADATA #room SYNC");
      expect(told(bob)).toEqual(["[metadata #room", ...lines, "]"]);
    }
  });

  test("where there is nothing to tell the newer draft has an empty batch, the older one nothing", () => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann", ...older), chat.member("bob", ...newer)];
    for (const person of [ann, bob]) person.sends("JOIN #room");
    expect([told(ann), told(bob)]).toEqual([[], ["[metadata #room", "]"]]);
  });

  test("the older draft is told the values of the keys it subscribes to, once", () => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann", ...newer), chat.member("bob", ...older)];
    ann.sends("JOIN #room", "METADATA * SET a 1");
    bob.sends("JOIN #room", "METADATA * SUB a", "METADATA * SUB a");
    expect(told(bob)).toEqual(["770 bob a", "[metadata *", "METADATA ann a * 1", "]", "770 bob a"]);
  });

  test("who watches is told when someone comes, and when they take the nick", () => {
    const chat = new Chat({ settings: { accountsRequired: false } });
    const bob = chat.member("bob", ...newer);
    chat.member("ann", ...newer).sends("METADATA * SET a 1", "QUIT");
    bob.sends("METADATA * SUB a", "MONITOR + ann,gus");
    told(bob);
    chat.member("ann");
    expect(told(bob)).toEqual(["[metadata ann", "761 bob ann a * 1", "]"]);
    const guest = chat.stranger();
    guest.sends("NICK guest", "USER g 0 * :G", "METADATA * SET a 2", "NICK gus");
    expect(told(bob)).toEqual(["[metadata gus", "761 bob gus a * 2", "]"]);
  });

  test("*ALL is the channels one is in, everyone there, and whom one watches", () => {
    const chat = new Chat();
    const bob = chat.member("bob", ...newer);
    for (const name of ["ann", "cem", "dea"]) {
      chat
        .member(name, ...newer)
        .sends("METADATA * SET a 1", ...(name === "ann" ? ["JOIN #room"] : []));
    }
    bob.sends("JOIN #room", "MONITOR + cem", "METADATA * SUB a");
    told(bob);
    bob.sends("METADATA *ALL SYNC");
    expect(told(bob)).toEqual(["[metadata *ALL", "761 bob ann a * 1", "761 bob cem a * 1", "]"]);
  });

  test("who is invisible is not shown by what they have noted, to who only watches", () => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann", ...newer), chat.member("bob", ...newer)];
    bob.sends("METADATA * SUB a", "MONITOR + ann");
    ann.sends("MODE ann +i");
    told(bob);
    ann.sends("METADATA * SET a 1");
    bob.sends("METADATA *ALL SYNC", "MONITOR + ann");
    expect(told(bob)).toEqual(["[metadata *ALL", "]"]);
    for (const person of [ann, bob]) person.sends("JOIN #room");
    told(bob);
    ann.sends("METADATA * SET a 2");
    expect(told(bob)).toEqual(["761 bob ann a * 2"]);
  });

  test("WHOIS tells of all that may be seen, to who has the capability", () => {
    const chat = new Chat();
    const [ann, bob] = [chat.member("ann", ...newer), chat.member("bob", ...newer)];
    ann.sends("METADATA * SET a :x y");
    bob.sends("WHOIS ann");
    expect(told(bob)).toEqual(["760 bob ann a * :x y"]);
    const plain = chat.member("cem");
    plain.sends("WHOIS ann");
    expect(told(plain)).toEqual([]);
  });
});

describe("limits", () => {
  function crowd(limits: { metadataUnaskedMax?: number; metadataSyncedMax?: number }): Person {
    const chat = new Chat({ limits });
    for (const name of ["ann", "cem", "dea"]) {
      chat.member(name, ...newer).sends("METADATA * SET a 1", "JOIN #room");
    }
    const bob = chat.member("bob", ...newer);
    bob.sends("METADATA * SUB a");
    told(bob);
    return bob;
  }

  test("more than metadataUnaskedMax lines are to be asked for", () => {
    const bob = crowd({ metadataUnaskedMax: 2 });
    bob.sends("JOIN #room");
    expect(told(bob)).toEqual(["774 bob #room 0 :Try again later"]);
    bob.sends("METADATA #room SYNC");
    expect(told(bob)).toHaveLength(5);
  });

  test("more than metadataSyncedMax lines are not told at all", () => {
    const bob = crowd({ metadataSyncedMax: 2 });
    bob.sends("JOIN #room");
    expect(told(bob)).toHaveLength(5);
    bob.sends("METADATA #room SYNC");
    expect(told(bob)).toEqual(["774 bob #room 60 :Try again later"]);
  });

  test("the older draft too is to ask for what is too much when it subscribes", () => {
    const chat = new Chat({ limits: { metadataUnaskedMax: 1 } });
    for (const name of ["ann", "cem"]) {
      chat.member(name, ...newer).sends("METADATA * SET a 1", "JOIN #room");
    }
    const bob = chat.member("bob", ...older);
    bob.sends("JOIN #room", "METADATA * SUB a");
    expect(told(bob)).toEqual(["770 bob a", "774 bob * 0 :Try again later"]);
  });

  test("setting is metered as every line is: more than the burst waits", () => {
    const chat = new Chat({ limits: { flood: true, floodBurstLines: 10, floodLinesPerSecond: 1 } });
    const ann = chat.member("ann", ...newer);
    chat.passes(20_000);
    for (let count = 0; count < 15; count += 1) ann.sends(`METADATA * SET a ${count}`);
    expect(told(ann)).toHaveLength(10);
    chat.passes(2_000);
    expect(told(ann)).toHaveLength(2);
  });
});
