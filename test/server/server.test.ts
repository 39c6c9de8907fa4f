/**
 * The server against people who send anything: no line of theirs is a bug, and no line of its own is broken.
 *
 * `Chat` throws bugs on and looks at every line that is shown: within 512 and 8191 bytes, and one line.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { nonceTag } from "../../src/protocol/capabilities.ts";
import { Chat, password, type Person } from "../support/chat.ts";

const longNick = "n".repeat(32);
const longChannel = `#${"c".repeat(63)}`;

const command = fc.constantFrom(
  ..."CAP NICK USER PASS PING PONG QUIT AUTHENTICATE REGISTER JOIN PART NAMES LIST KICK INVITE".split(
    " ",
  ),
  ..."TOPIC MODE PRIVMSG NOTICE TAGMSG WHO WHOIS MOTD LUSERS VERSION CHATHISTORY NONSENSE".split(
    " ",
  ),
);

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("ann", "bob", longNick, "#room", longChannel, "#new", "nobody"),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom("server", "NickServ", "#room,bob,ann", "a,b,c,d,e,f,g,h,i,j,:k"),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "+o",
      "-o",
      "+v",
      "+b",
      "-b",
      "+kl",
      "-k",
      "+s",
      "-s",
      "+bbbbI",
      "+mn-t",
      "+q",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "LS",
      "REQ",
      "END",
      "LATEST",
      "BEFORE",
      "AFTER",
      "TARGETS",
      "*",
      "+",
      "302",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "msgid=c1-1",
      "timestamp=2026-01-01T00:00:00Z",
      "10",
      "0",
      "PLAIN",
      "",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 150 }) },
);

const text = fc.oneof(
  fc.constantFrom(
    "Hello",
    "",
    ":",
    " ",
    "approve ann",
    "role ann operator",
    "\u0001ACTION x\u0001",
  ),
  fc.integer({ min: 300, max: 480 }).map((length) => "x".repeat(length)),
  fc.string({ unit: "grapheme", maxLength: 200 }),
);

const tags = fc.constantFrom(
  "",
  "@label=x ",
  `@${nonceTag}=n1 `,
  `@label=\\:y;${nonceTag}=n2;+draft/reply=c1-1 `,
  `@+x=${"x".repeat(4_000)} `,
  "@=; ",
);

const line = fc
  .tuple(tags, command, fc.array(word, { maxLength: 4 }), fc.option(text))
  .map(([before, name, words, last]) => {
    const middle = words.map((one) => ` ${one}`).join("");
    return `${before}${name}${middle}${last === null ? "" : ` :${last}`}`;
  });

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ who: fc.nat(4), line }),
  },
  { weight: 1, arbitrary: fc.record({ who: fc.nat(4), bytes: fc.uint8Array({ maxLength: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ passesMs: fc.integer({ min: 1, max: 100_000 }) }) },
  { weight: 1, arbitrary: fc.record({ jumpsMs: fc.integer({ min: -1e8, max: 1e8 }) }) },
);

const everything =
  "server-time message-tags batch labeled-response echo-message account-tag extended-join multi-prefix userhost-in-names";

/** Two with all capabilities, one with none, one with the longest name, and one who is not logged in. */
function people(chat: Chat): [Person, ...Person[]] {
  const ann = chat.member("ann", ...everything.split(" "));
  const bob = chat.member("bob", ...everything.split(" "));
  const others = [chat.member("ann"), bob, chat.member(longNick), chat.stranger()];
  const all: [Person, ...Person[]] = [ann, ...others];
  for (const person of all) person.sends(`JOIN #room,${longChannel}`);
  return all;
}

test("any lines of anyone are answered by whole lines, and none is a bug", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const chat = new Chat({ settings: { name: "s".repeat(63), registration: "open" } });
      const all = people(chat);
      for (const next of steps) {
        if ("passesMs" in next) chat.passes(next.passesMs);
        else if ("jumpsMs" in next) chat.wallJumps(next.jumpsMs);
        else if ("line" in next) all[next.who]?.sends(next.line);
        else all[next.who]?.sendsBytes(next.bytes);
      }
      const newcomer = chat.member("eva");
      newcomer.sends("PING 1");
      expect(newcomer.sees()).toEqual([`:${"s".repeat(63)} PONG ${"s".repeat(63)} 1`]);
    }),
    { numRuns: 40 },
  );
});

test("whatever is asked under a label is answered once under it", () => {
  const asking = line.filter((asked) => !/^(?:@\S* )?(?:CAP|QUIT)/.test(asked));
  fc.assert(
    fc.property(fc.array(asking, { maxLength: 15 }), (lines) => {
      const [ann] = people(new Chat());
      for (const asked of lines) {
        const labelled = `@label=only ${asked.replace(/^@\S* /, "")}`;
        const isMessage = /^[^\0\r\n]*$/.test(labelled) && Buffer.byteLength(labelled) <= 510;
        ann.sees();
        ann.sends(labelled);
        const answers = ann.sees().filter((shown) => shown.startsWith("@label=only"));
        if (isMessage) expect(answers).toHaveLength(1);
      }
    }),
    { numRuns: 40 },
  );
});

test("a password in any message of a login is in no line that anyone sees", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.stranger()];
  bob.sends("NICK bob", `REGISTER bob * :${password}`);
  bob.logsIn("bob", password);
  expect([...ann.sees(), ...bob.sees()].join("\n")).not.toContain(password);
});
