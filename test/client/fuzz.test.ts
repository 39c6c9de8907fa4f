/**
 * A hostile server: whatever it says, the client neither throws nor grows, and only speaks lines that fit.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ClientSession } from "../../src/client/session.ts";
import { Talk } from "./talk.ts";

const word = fc.constantFrom(
  "ann",
  "bob",
  "#room",
  "#b",
  "*",
  "+x",
  "-x",
  "LS",
  "ACK",
  "NEW",
  "SUCCESS",
  "REGISTER",
  "chathistory",
  "draft/chathistory-targets",
  "labeled-response",
  "TARGETS",
  "=",
  "~@+ann",
  "VERIFICATION_REQUIRED",
  "PREFIX=(",
  "PREFIX=(ov)@",
  "CHANTYPES=",
  "CHATHISTORY=-1",
  "",
  "sasl=PLAIN",
  "CHATHISTORY",
  "PRIVMSG",
  "+ov-b",
  "2026-11-25T10:00:00Z",
  "\u0001ACTION x",
);
const command = fc.constantFrom(
  "CAP",
  "AUTHENTICATE",
  "REGISTER",
  "FAIL",
  "NOTE",
  "WARN",
  "BATCH",
  "JOIN",
  "PART",
  "KICK",
  "QUIT",
  "NICK",
  "MODE",
  "TOPIC",
  "INVITE",
  "PRIVMSG",
  "NOTICE",
  "PING",
  "PONG",
  "ERROR",
  "ACCOUNT",
  "CHATHISTORY",
  "ACK",
  "001",
  "005",
  "331",
  "332",
  "353",
  "366",
  "376",
  "401",
  "404",
  "417",
  "433",
  "465",
  "696",
  "900",
  "901",
  "903",
  "904",
  "907",
  "999",
  "x",
  "12",
);
const tags = fc.constantFrom(
  "",
  "@batch=x ",
  "@label=m1 ",
  "@label=h1;batch=x ",
  "@msgid=1 ",
  "@msgid=2;time=x ",
  "@time=2026-11-25T10:00:00.000Z;msgid=3 ",
  "@label=c1 ",
  "@account=ann ",
  "@= ",
  "@",
);
const source = fc.constantFrom("", ":srv ", ":ann!a@h ", ":bob!b@h ", ":! ", ": ", ":@ ");
const line = fc
  .tuple(tags, source, command, fc.array(word, { maxLength: 5 }), fc.string({ maxLength: 20 }))
  .map(([tag, from, name, words, last]) => `${tag}${from}${name} ${words.join(" ")} :${last}`);
const anyLine = fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: fc.string() });

const limits = {
  roomsMax: 6,
  membersPerRoomMax: 5,
  messagesPerRoomMax: 8,
  seenIdsPerRoomMax: 8,
  outboxMax: 20,
  requestsMax: 5,
  openBatchesMax: 3,
  batchMessagesMax: 5,
  heldPerRoomMax: 4,
};

function expectBounded(session: ClientSession): void {
  const { model } = session;
  expect(model.roomCount).toBeLessThanOrEqual(limits.roomsMax);
  for (const room of model.rooms) {
    expect(room.members.size).toBeLessThanOrEqual(limits.membersPerRoomMax);
    expect(room.messages.length).toBeLessThanOrEqual(limits.messagesPerRoomMax * 1.25);
  }
  expect(session.outstanding).toBeLessThanOrEqual(limits.outboxMax + limits.requestsMax + 64);
}

function expectLinesFit(lines: readonly string[]): void {
  for (const sent of lines) {
    const rest = sent.startsWith("@") ? sent.slice(sent.indexOf(" ") + 1) : sent;
    expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(510);
  }
}

for (const begins of ["before the welcome", "once online"] as const) {
  test(`any lines, ${begins}: nothing is thrown and nothing grows`, () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 80 }), fc.nat({ max: 30_000 }), (lines, ms) => {
        const talk = new Talk({ limits, channels: ["#room"] });
        if (begins === "once online") talk.comesOnline();
        else talk.opens();
        talk.hears("@label=x BATCH +x chathistory #room", ":ann!a@h JOIN #room ann :a");
        for (const [index, text] of lines.entries()) {
          talk.hears(text);
          if (index % 7 === 0) talk.says("#room", text, "r");
          if (index % 11 === 0) talk.does({ kind: "join", channel: "#b", ref: "j" });
          if (index % 13 === 0) talk.does({ kind: "history", target: "bob", before: text });
          if (index % 5 === 0) talk.waits(ms);
        }
        expectLinesFit(talk.sees());
        expectBounded(talk.session);
      }),
      { numRuns: 400 },
    );
  });
}

test("any bytes, in any cut: nothing is thrown", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 30 }), (pieces) => {
      const talk = new Talk({ limits }).opens();
      for (const bytes of pieces) talk.input({ kind: "bytes", connection: talk.connection, bytes });
      expectBounded(talk.session);
    }),
  );
});

test("a list of conversations without end does not grow the client", () => {
  const talk = new Talk({ limits }).comesOnline();
  for (let round = 0; round < 50; round += 1) {
    const labels = talk.sees().map((sent) => /label=(\w+)/.exec(sent)?.[1] ?? "none");
    for (const label of labels) talk.hears(`@label=${label} BATCH +b draft/chathistory-targets`);
    for (let index = 0; index < 100; index += 1) {
      const time = `2026-11-25T10:00:${String(10 + (round % 50))}.000Z`;
      talk.hears(`@batch=b CHATHISTORY TARGETS n${round}x${index} ${time}`);
    }
    talk.hears("BATCH -b");
  }
  expectBounded(talk.session);
});

test("a line that never ends closes the connection", () => {
  const talk = new Talk().opens();
  for (let round = 0; round < 20; round += 1) {
    const bytes = Buffer.alloc(1_000, "x");
    talk.input({ kind: "bytes", connection: talk.connection, bytes });
  }
  expect(talk.session.model.state).toMatchObject({
    state: "offline",
    reason: "the server does not speak IRC",
  });
});
