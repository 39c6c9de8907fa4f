/** Inbox: those who are in go before those who come and go, of each connection everything stays in order, and nothing grows without limit. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ConnectionId, connectionId } from "../../src/base/ids.ts";
import { Inbox, strangersBytesMax, strangersMax, waitingBytesMax } from "../../src/server/inbox.ts";
import { type ConnectionFacts, type Input } from "../../src/server/outside.ts";
import { type Session } from "../../src/server/session.ts";

const facts: ConnectionFacts = { address: "::1", isLoopback: true, listener: "", tls: undefined };

function opened(number: number): Input {
  return { kind: "opened", connection: connectionId(number), facts };
}

function bytes(number: number, text: string | Uint8Array): Input {
  return { kind: "bytes", connection: connectionId(number), bytes: Buffer.from(text) };
}

function closed(number: number): Input {
  return { kind: "closed", connection: connectionId(number), reason: "" };
}

/** With these connections let in. */
function inbox(...isIn: readonly number[]) {
  const user = {} as Session["user"]; // that there is one is all that is asked
  const sessions = new Map<ConnectionId, Pick<Session, "user" | "isPaused">>();
  for (const number of isIn) sessions.set(connectionId(number), { user, isPaused: false });
  const calls: string[] = [];
  const transport = {
    pause: (connection: ConnectionId) => calls.push(`pause ${connection}`),
    resume: (connection: ConnectionId) => calls.push(`resume ${connection}`),
  };
  return { inbox: new Inbox(sessions, transport), sessions, calls };
}

function takeAll(box: Inbox): Input[] {
  return [...box.take(() => false)];
}

/** As many as that, if there are. */
function takeUpTo(box: Inbox, count: number): Input[] {
  const taken: Input[] = [];
  for (const input of box.take(() => taken.length === count)) taken.push(input);
  return taken;
}

function shown(input: Input): string {
  if (input.kind === "bytes") return `${input.connection} ${Buffer.from(input.bytes).toString()}`;
  return "connection" in input ? `${input.kind} ${input.connection}` : input.kind;
}

test("who is in is heard before those who come and go, of whom there are a few in a turn", () => {
  const { inbox: box } = inbox(1);
  for (let number = 10; number < 10 + strangersMax + 1; number += 1) box.add(opened(number));
  box.add(bytes(1, "hello"));
  const first = takeAll(box);
  expect(first.map(shown).slice(0, 2)).toEqual(["1 hello", "opened 10"]);
  expect(first).toHaveLength(1 + strangersMax);
  expect(box.isEmpty).toBe(false);
  expect(takeAll(box)).toHaveLength(1);
  expect([box.isEmpty, takeAll(box)]).toEqual([true, []]);
});

test("of one connection nothing overtakes anything, also when it is let in meanwhile", () => {
  const step = fc.record({
    number: fc.integer({ min: 1, max: 3 }),
    what: fc.constantFrom("bytes", "let in", "take", "crowd"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { inbox: box, sessions } = inbox();
      const [sent, got] = [new Map<string, string[]>(), new Map<string, string[]>()];
      const take = (upTo: number): void => {
        for (const input of takeUpTo(box, upTo)) {
          if (!("connection" in input)) continue;
          const key = String(input.connection);
          got.set(key, [...(got.get(key) ?? []), shown(input)]);
        }
      };
      const add = (number: number, input: Input): void => {
        box.add(input);
        const key = String(number);
        sent.set(key, [...(sent.get(key) ?? []), shown(input)]);
      };
      for (const number of [1, 2, 3]) add(number, opened(number));
      let count = 0;
      for (const { number, what } of steps) {
        count += 1;
        if (what === "bytes") add(number, bytes(number, String(count)));
        else if (what === "take") take(number);
        else if (what === "crowd") {
          for (let each = 0; each < strangersMax; each += 1) add(9, bytes(9, `${count}.${each}`));
        } else sessions.set(connectionId(number), { user: {} as Session["user"], isPaused: false });
      }
      for (const number of [1, 2, 3]) add(number, closed(number));
      while (!box.isEmpty) take(2);
      expect(got).toEqual(sent);
    }),
  );
});

test("what is too much for one turn goes before all else in the next", () => {
  const { inbox: box } = inbox(1, 2);
  box.add(opened(10));
  box.add(bytes(1, "a"));
  box.add(bytes(2, "b"));
  expect(takeUpTo(box, 0)).toEqual([]);
  expect(takeUpTo(box, 1).map(shown)).toEqual(["1 a"]);
  box.add(bytes(1, "c"));
  expect(box.isEmpty).toBe(false);
  expect(takeAll(box).map(shown)).toEqual(["2 b", "opened 10", "1 c"]);
  expect(box.isEmpty).toBe(true);
});

test("strangers who send much are not put off: it would only pile up", () => {
  const { inbox: box } = inbox();
  const count = 2 * strangersMax;
  for (let number = 1; number <= count; number += 1) {
    box.add(bytes(number, Buffer.alloc(strangersBytesMax / count + 1)));
  }
  expect(takeAll(box)).toHaveLength(count);
});

test("when too much waits, whoever sends more is not read from until it is taken", () => {
  const { inbox: box, sessions, calls } = inbox(1, 2, 3);
  box.add(bytes(1, Buffer.alloc(waitingBytesMax)));
  expect(calls).toEqual([]);
  box.add(bytes(2, "x"));
  box.add(bytes(2, "y"));
  box.add(bytes(3, "z"));
  expect(calls).toEqual(["pause 2", "pause 3"]);
  // Who is paused for what they said themselves stays so.
  sessions.set(connectionId(3), { user: {} as Session["user"], isPaused: true });
  expect(takeAll(box)).toHaveLength(4);
  expect(calls.slice(2)).toEqual(["resume 2"]);
});

test("who is not read from waits until half of that is worked on", () => {
  const { inbox: box, calls } = inbox(1, 2);
  for (let part = 0; part < 4; part += 1) box.add(bytes(1, Buffer.alloc(waitingBytesMax / 4)));
  box.add(bytes(2, "x"));
  expect(calls).toEqual(["pause 2"]);
  takeUpTo(box, 2);
  expect(calls).toEqual(["pause 2"]);
  takeUpTo(box, 1);
  expect(calls).toEqual(["pause 2", "resume 2"]);
});

test("the end is for everyone who has come, and nobody is put off then", () => {
  const { inbox: box } = inbox();
  for (let number = 1; number <= 3 * strangersMax; number += 1) box.add(opened(number));
  box.add({ kind: "stop", reason: "" });
  const taken = takeAll(box);
  expect(taken).toHaveLength(3 * strangersMax + 1);
  expect(taken.at(-1)?.kind).toBe("stop");
});
