/**
 * Any bytes, in any cut, from who is logged in and who is not: nothing is thrown, the server goes on, and to nobody comes
 * a line that is over its limit or cannot be read (`Chat` looks at every line's length).
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseMessage } from "../../src/protocol/message.ts";
import { catalog } from "../../src/server/commands/index.ts";
import { Chat, type Person } from "../support/chat.ts";

const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

/** What lines are made of, and what they are not. */
const crumb = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...[" ", " ", " :", ":", ",", "@", ";", "=", "+", "-", "*", "#room", "#", "ann", "bob"].map(
        utf8,
      ),
      ...["label", "batch", "+b", "+ovk", "~a:", "!*@*", "LS 302", "%tcu,1", "u", "o"].map(utf8),
      ...["\x01", "\x00", "\r", "\ufeff", "😀", "PRIVMSG", "\r\n"].map(utf8),
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 245 }).map((count) => utf8("é".repeat(count))),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 9_000 }).map((count) => utf8("x".repeat(count))),
  },
  // The halves of characters.
  {
    weight: 1,
    arbitrary: fc.constantFrom(Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x98), Uint8Array.of(0xff)),
  },
);

/** Most begin as a command and have an end. */
const line = fc
  .tuple(
    fc.constantFrom(...catalog.commandNames.map((name) => `${name} `), "@+x=y PRIVMSG #room :", ""),
    fc.array(crumb, { maxLength: 5 }),
    fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", ""),
  )
  .map(([command, crumbs, end]) => Buffer.concat([utf8(command), ...crumbs, utf8(end)]));

const bytes = fc.array(line, { maxLength: 60 }).map((lines) => Buffer.concat(lines));
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });

/** In pieces of these lengths, over and over. */
function sendsInPieces(person: Person, all: Buffer, lengths: readonly number[]): void {
  let start = 0;
  for (let index = 0; start < all.length; index += 1) {
    const end = start + (lengths[index % lengths.length] ?? 1);
    person.sendsBytes(all.subarray(start, end));
    start = end;
  }
}

const looks = [
  "",
  "message-tags server-time batch labeled-response echo-message",
  "draft/multiline batch message-tags",
];

test("any bytes in any cut stop nobody else, and no line that is too long reaches anyone", () => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 4, maxLength: 4 }), cuts, (streams, lengths) => {
      const chat = new Chat({ settings: { name: "s".repeat(63) } });
      const people = looks.map((names, index) =>
        chat.member(
          ["ann", "bob", "c".repeat(32)][index] ?? "",
          ...names.split(" ").filter(Boolean),
        ),
      );
      for (const person of people) person.sends("JOIN #room");
      people.push(chat.stranger());
      for (const [index, person] of people.entries()) {
        sendsInPieces(person, streams[index] ?? Buffer.alloc(0), lengths);
      }
      const late = chat.member("late");
      late.sends("JOIN #room", "PING 1");
      expect(late.sees().at(-1)).toEndWith(" 1");
      for (const person of people) {
        person.sendsBytes(utf8("\r\nPING end\r\n"));
        const seen = person.sees();
        for (const line of seen) expect(parseMessage(line).ok).toBe(true);
        // Who is closed is told why; everybody else goes on.
        const isLast = person.isClosed ? / ?ERROR :/ : / PONG \S+ :?end$/;
        expect(seen.filter((line) => isLast.test(line))).toHaveLength(1);
      }
    }),
    { numRuns: 60 },
  );
});

test("how bytes are cut does not change what anyone is shown", () => {
  fc.assert(
    fc.property(bytes, cuts, (stream, lengths) => {
      const seen = [[stream.length + 1], lengths].map((pieces) => {
        const chat = new Chat();
        const [ann, bob] = chat.inChannel("#room", "ann", "bob");
        sendsInPieces(ann, stream, pieces);
        return [ann.sees(), bob.sees()];
      });
      expect(seen[0]).toEqual(seen[1] ?? []);
    }),
    { numRuns: 40 },
  );
});
