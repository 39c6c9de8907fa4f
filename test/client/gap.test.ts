/**
 * Filling gaps: after any cut, each room has every message once, in the server's order.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { SmallServer } from "./small-server.ts";
import { everything, tagOf, Talk } from "./talk.ts";

/** A client at a small server; bytes go through only when let. */
class Pair {
  readonly talk: Talk;
  readonly server: SmallServer;
  readonly shown = new Map<string, string[]>();
  #isUp = false;

  constructor(pageMax = 3, historyMessages = 50, limits = {}, hasEvents = false) {
    this.server = new SmallServer(["#room"], pageMax, hasEvents);
    this.talk = new Talk({ historyMessages, limits });
    this.talk.input({ kind: "start" });
  }

  opens(): this {
    if (this.#isUp) return this;
    this.talk.connects();
    this.#isUp = true;
    this.talk.input({ kind: "opened", connection: this.talk.connection });
    return this.flows(0);
  }

  /** Passes so many bytes to the client, and its lines to the server. */
  flows(bytes: number): this {
    if (!this.#isUp) return this;
    const piece = this.server.toClient.slice(0, bytes);
    this.server.toClient = this.server.toClient.slice(bytes);
    if (piece !== "") {
      const { connection } = this.talk;
      this.talk.input({ kind: "bytes", connection, bytes: Buffer.from(piece) });
    }
    for (const line of this.talk.sees()) this.server.receive(line);
    for (const { message } of this.talk.eventsOf("message")) {
      const texts = this.shown.get(message.room) ?? [];
      texts.push(message.text);
      this.shown.set(message.room, texts);
    }
    return this;
  }

  settles(): this {
    this.opens();
    for (let round = 0; round < 200; round += 1) {
      this.flows(1_000_000);
      if (this.server.toClient === "" && this.talk.session.isWhole) break;
      if (this.server.toClient === "") this.talk.waits(2_000);
    }
    return this.flows(0);
  }

  cuts(): this {
    if (!this.#isUp) return this;
    this.#isUp = false;
    this.server.cut();
    this.talk.loses();
    return this.flows(0);
  }

  kept(name: string): string[] {
    const said = this.server.log(name).filter(({ isEvent }) => !isEvent);
    return said.map(({ text }) => text);
  }
}

test("a gap: is filled page by page, and what was said meanwhile follows", () => {
  const pair = new Pair().settles();
  pair.server.hears("#room", "1");
  pair.settles().cuts();
  for (let index = 2; index <= 9; index += 1) pair.server.hears("#room", String(index));
  pair.opens().flows(2_000); // the welcome and the first questions are through
  pair.server.hears("#room", "10");
  pair.settles();
  expect(pair.shown.get("#room")).toEqual(pair.kept("#room"));
  expect(pair.talk.session.isWhole).toBe(true);
});

test("a gap: private messages of who was away are found, also of people never seen", () => {
  const pair = new Pair().settles();
  pair.cuts();
  for (const name of ["bob", "carol", "dave", "erin", "frank"]) {
    pair.server.hears(name, `${name} was here`);
  }
  pair.settles();
  for (const name of ["bob", "carol", "dave", "erin", "frank"]) {
    expect(pair.shown.get(name)).toEqual([`${name} was here`]);
  }
});

test("a gap: private messages are found whatever the server's clock says", () => {
  const pair = new Pair().settles();
  pair.cuts();
  pair.server.clock = Date.UTC(2100, 0, 2);
  pair.server.hears("bob", "from another century");
  pair.settles();
  expect(pair.shown.get("bob")).toEqual(["from another century"]);
});

test("a gap: without wanted history only what comes after the first login is shown, and all of it", () => {
  const pair = new Pair(3, 0);
  pair.server.hears("#room", "old");
  pair.server.hears("bob", "old");
  pair.settles().cuts();
  pair.server.hears("#room", "new");
  pair.server.hears("bob", "new");
  pair.settles();
  expect(pair.shown.get("#room")).toEqual(["new"]);
  expect(pair.shown.get("bob")).toEqual(["new"]);
});

test("a gap: is tried again when the server cannot answer now", () => {
  const pair = new Pair().settles().cuts();
  pair.server.hears("#room", "1");
  pair.server.failures = 3;
  pair.settles();
  expect(pair.shown.get("#room")).toEqual(["1"]);
});

test("a gap: that the server refuses ends, says so, and lets live messages through", () => {
  const talk = new Talk().comesOnline();
  talk.hears("@msgid=1 :ann!a@h JOIN #room ann :a");
  const ask = talk.sees().find((line) => line.includes("LATEST #room"));
  const label = /label=(\w+)/.exec(ask ?? "")?.[1];
  talk.hears("@msgid=2 :bob!b@h PRIVMSG #room :held");
  expect(talk.texts()).toEqual([]);
  talk.hears(`@label=${label} FAIL CHATHISTORY INVALID_PARAMS LATEST #room :no`);
  const events = talk.events();
  expect(events[0]).toEqual({ kind: "gap", room: "#room", reason: "no" });
  expect(events[1]).toMatchObject({ kind: "message", message: { text: "held" } });
});

test("a gap: more than may be held is fetched as history", () => {
  const pair = new Pair(3, 50, { heldPerRoomMax: 2 }).settles();
  pair.server.hears("#room", "1");
  pair.settles().cuts();
  for (let index = 2; index <= 20; index += 1) pair.server.hears("#room", String(index));
  pair.opens().flows(1_500);
  for (let index = 21; index <= 30; index += 1) pair.server.hears("#room", String(index));
  pair.settles();
  expect(pair.shown.get("#room")).toEqual(pair.kept("#room"));
});

test("a gap: an own message kept long before its late acknowledgement is not shown out of place", () => {
  const pair = new Pair(3, 2).settles();
  pair.talk.says("bob", "mine");
  pair.flows(0).cuts(); // kept, but the echo is lost
  for (let index = 0; index < 5; index += 1) pair.server.hears("bob", `later ${index}`);
  pair.settles();
  const shown = pair.shown.get("bob") ?? [];
  expect(shown.filter((text) => text === "mine").length).toBeLessThanOrEqual(1);
  expect(pair.kept("bob").join().endsWith(shown.join())).toBe(true);
  expect(pair.talk.session.outstanding).toBe(0);
});

test("a gap: a first page does not begin behind what is held, which would follow it", () => {
  const talk = new Talk({ historyMessages: 1 }).comesOnline(`${everything} draft/event-playback`);
  talk.hears("@msgid=m0 :ann!a@h JOIN #room ann :a");
  const asked = talk.sees().find((line) => line.includes("LATEST #room")) ?? "";
  const said = (number: number): string => `msgid=m${number} :bob!b@h PRIVMSG #room :${number}`;
  talk.hears(...[2, 3, 4].map((number) => `@${said(number)}`));
  talk.hears(
    `@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`,
    ...[1, 2, 3, 4].map((number) => `@batch=h;${said(number)}`),
    ":srv BATCH -h",
  );
  expect(talk.texts()).toEqual(["2", "3", "4"]);
});

test("a gap: whatever is cut, every room is whole, in order, nothing doubled", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("flow"), bytes: fc.nat({ max: 3_000 }) }),
    fc.record({ kind: fc.constant("cut") }),
    fc.record({ kind: fc.constant("open") }),
    fc.record({ kind: fc.constant("other"), room: fc.constantFrom("#room", "bob", "carol") }),
    fc.record({ kind: fc.constant("own"), room: fc.constantFrom("#room", "bob", "dave") }),
    fc.record({ kind: fc.constant("fail") }),
    fc.record({ kind: fc.constant("comes") }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, hasEvents) => {
      const pair = new Pair(3, 50, { heldPerRoomMax: 3 }, hasEvents).settles();
      let said = 0;
      for (const one of steps) {
        said += 1;
        if ("bytes" in one) pair.flows(one.bytes);
        else if (one.kind === "cut") pair.cuts();
        else if (one.kind === "open") pair.opens();
        else if (one.kind === "fail") pair.server.failures = 1;
        else if (one.kind === "comes") pair.server.comes("#room");
        else if ("room" in one && one.kind === "other") pair.server.hears(one.room, `${said}`);
        else if ("room" in one) pair.flows(0).talk.says(one.room, `${said}`);
      }
      pair.settles();
      expect(pair.talk.session.outstanding).toBe(0);
      for (const name of pair.server.logs.keys()) {
        expect(pair.shown.get(name) ?? []).toEqual(pair.kept(name));
      }
    }),
    { numRuns: 500 },
  );
});

test("a gap: of a server whose greeting never ends is filled too, after a while", () => {
  const talk = new Talk().opens();
  talk.hears(":srv CAP * LS :batch draft/chathistory", ":srv CAP * ACK :batch draft/chathistory");
  talk.hears(":srv 001 ann :Welcome").sees();
  talk.waits(9_999);
  expect(talk.sees()).toEqual([]);
  talk.waits(1);
  expect(talk.sees()).toHaveLength(1);
  const at = talk.session.wakeAt;
  expect(at === undefined ? 0 : at - talk.elapsed).toBeGreaterThan(0);
});
