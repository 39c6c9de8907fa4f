/**
 * Attacks on what the server has, R1 to R6 of the catalogue, on the built server, while honest people talk
 * (`attack.ts`).
 *
 * | row | attack | here, and what else shows it |
 * |---|---|---|
 * | R1 | more of everything | "more and more"; each limit's own test beside its command |
 * | R2 | pages of history without end | "pages"; `commands/history`: every form of every bound |
 * | R3 | masks that explode | "masks"; `protocol/masks`: linear, and what is kept |
 * | R4 | one line that makes thousands | "nineteen connections", "long lists"; `server/cost`, `server/account-meters` |
 * | R5 | keys that collide | "names alike"; what strangers fill is bounded: R1 |
 * | R6 | sequences that stand still | "any commands"; `simulation`, `server/any-bytes` |
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { catalog } from "../../src/server/commands/index.ts";
import { Siege, times } from "../support/attack.ts";
import { type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(180_000);

/** Ten times as fast as anyone may be, so that it is soon done, and not so fast that only speed is tried. */
const fast = [
  "[limits]",
  "flood-burst-lines = 500",
  "flood-lines-per-second = 200",
  "flood-account-burst-lines = 1000",
  "flood-account-lines-per-second = 500",
  "",
].join("\n");
const unmetered = "[limits]\nflood = false\n";

/** Says them all, waits until all are done, and gives what was answered meanwhile. */
async function says(client: RawClient, lines: readonly string[]): Promise<readonly string[]> {
  const seen = client.lines.length;
  client.sends(...lines, "PING done");
  await client.until(/ PONG \S+ :?done$/);
  return client.lines.slice(seen);
}

function numbered(count: number, line: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => line(index));
}

test("R1: who wants more and more of everything gets as much as anyone, and is told", async () => {
  const count = times(150, 1_000);
  const wants: readonly (readonly [lines: string[], refused: RegExp, kept: number])[] = [
    [numbered(count, (index) => `JOIN #mine${index}`), / 405 /, 99],
    [numbered(count, (index) => `MONITOR + nick${index}`), / 734 /, 100],
    [numbered(count, (index) => `MODE #mine0 +b nick${index}!*@*`), / 478 /, 100],
    [numbered(count, (index) => `METADATA * SET key${index} :v`), / LIMIT_REACHED /, 32],
    [numbered(count, (index) => `METADATA * SUB key${index}`), / TOO_MANY_SUBS /, 64],
    // The second takes the first with it.
    [numbered(count, (index) => `BATCH +b${index} draft/multiline #mine0`), / FAIL BATCH /, 0],
    [numbered(count, (index) => `@${"a;".repeat(65)} PING ${index}`), / INVALID_MESSAGE /, 0],
    [numbered(count, () => `PRIVMSG ${"trent,".repeat(11)}trent :x`), / 407 /, 0],
  ];
  await Siege.runs({ settings: fast, members: ["mallory"] }, async (siege) => {
    const mallory = await siege.member("mallory");
    mallory.sends("CAP REQ :draft/metadata-2 batch draft/multiline message-tags");
    for (const [lines, refused, kept] of wants) {
      const answers = await says(mallory, lines);
      const refusals = answers.filter((line) => refused.test(line));
      expect([lines[0], refusals.length]).toEqual([lines[0], count - kept]);
    }
  });
});

test("R2: a hundred pages of history at once, with any limit, are pages like others", async () => {
  const limits = [
    "1000000000",
    "-1",
    "NaN",
    "99999999999999999999",
    "0",
    "1e3",
    "0x10",
    "٣",
    "100",
  ];
  await Siege.runs({ settings: fast, members: ["mallory"] }, async (siege) => {
    const sessions = await siege.sessions("mallory", 10);
    const speaker = await siege.member("mallory");
    await says(
      speaker,
      numbered(300, (index) => `PRIVMSG #general :${index}`),
    );
    const asked = limits.map((limit) => `CHATHISTORY LATEST #general * ${limit}`);
    for (let round = 0; round < times(2, 50); round += 1) {
      await Promise.all(
        sessions.map(async (session) => {
          for (const line of asked) {
            const answers = await says(session, [line]);
            const page = answers.filter((each) => each.includes(" PRIVMSG #general "));
            expect(page.length).toBeLessThanOrEqual(100);
            if (page.length === 0) expect(answers.join("\n")).toContain(" FAIL CHATHISTORY ");
          }
        }),
      );
    }
  });
});

test("R3: masks that would take for ever elsewhere take no time, and are not kept", async () => {
  const mask = `${"a*".repeat(60)}b`;
  const name = "a".repeat(32);
  await Siege.runs({ settings: unmetered, members: ["mallory"] }, async (siege) => {
    const mallory = await siege.member("mallory");
    await says(
      mallory,
      numbered(50, (index) => `JOIN #${name}${index}`),
    );
    for (let round = 0; round < times(5, 100); round += 1) {
      const start = performance.now();
      await says(mallory, [`WHO ${mask}`, `LIST ${mask},!${mask}`, `MODE #${name}1 +b ${mask}`]);
      await says(mallory, [
        `INVEX ${mask}`,
        `MODE #${name}1 +I ${mask}`,
        `MODE #${name}1 +e ${mask}`,
      ]);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
    const kept = await says(mallory, [`MODE #${name}1 +b`]);
    expect(kept.filter((line) => line.includes(" 367 "))).toEqual([]);
  });
});

test("R4: nineteen connections of one account say no more than one account may", async () => {
  await Siege.runs({ members: ["mallory", "trent"] }, async (siege) => {
    const trent = await siege.member("trent");
    const sessions = await siege.sessions("mallory", 19);
    const start = performance.now();
    for (const [index, session] of sessions.entries()) {
      session.sends(...numbered(300, (line) => `PRIVMSG #general :${index} ${line}`));
    }
    await Bun.sleep(times(1_500, 20_000));
    const heard = trent.lines.filter((line) => line.includes(" PRIVMSG #general "));
    const seconds = (performance.now() - start) / 1_000;
    expect(heard.length).toBeGreaterThan(100);
    expect(heard.length).toBeLessThan(300 + 40 * seconds + 1);
    // Coming back does not begin anew.
    for (const session of sessions) session.leaves();
    const again = await siege.member("mallory");
    again.sends(...numbered(100, (line) => `PRIVMSG #general :again ${line}`));
    await Bun.sleep(500);
    const more = trent.lines.filter((line) => line.includes(" :again "));
    expect(more.length).toBeLessThan(60);
  });
});

test("R4: long lists cost more than short lines: who asks for many gets a few and then waits", async () => {
  await Siege.runs({ members: ["mallory", "trent"] }, async (siege) => {
    const mallory = await siege.member("mallory");
    const asked = 90;
    mallory.sends(...numbered(asked, () => "LIST"));
    await Bun.sleep(1_000);
    const lists = mallory.lines.filter((line) => line.includes(" 323 "));
    expect(lists.length).toBeGreaterThan(5);
    expect(lists.length).toBeLessThan(40);
    // The same of what is short is there at once.
    const trent = await siege.member("trent");
    const start = performance.now();
    await says(
      trent,
      numbered(60, (index) => `PING ${index}`),
    );
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

test("R5: names alike in every way take no longer than any others", async () => {
  const count = times(3_000, 50_000);
  const digits = (index: number): string => index.toString(2).padStart(17, "0");
  const alike = numbered(
    count,
    (index) => `WHOIS a${digits(index).replaceAll("0", "b").replaceAll("1", "c")}`,
  );
  const other = numbered(
    count,
    (index) => `WHOIS ${(index * 7_919 + 13).toString(36)}x${index % 97}`,
  );
  await Siege.runs({ settings: unmetered, members: ["mallory"] }, async (siege) => {
    const mallory = await siege.member("mallory");
    const takes = async (lines: readonly string[]): Promise<number> => {
      const start = performance.now();
      for (let from = 0; from < lines.length; from += 500) {
        await says(mallory, lines.slice(from, from + 500));
      }
      return performance.now() - start;
    };
    await takes(other.slice(0, 500));
    expect(await takes(alike)).toBeLessThan(10 * (await takes(other)) + 500);
  });
});

/** A sequence of numbers below `max`, always the same. */
function numbers(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

test("R6: any commands in any order leave nobody without an answer", async () => {
  // These close a member's connection, as they should.
  const closing = new Set(["QUIT", "WEBIRC", "AUTHENTICATE"]);
  const names = catalog.commandNames.filter((name) => !closing.has(name));
  const params =
    "#general #mine mallory honest1 * 0 10 -1 +b +i-o :text msgid=c1-1 LATEST SET key a,b".split(
      " ",
    );
  await Siege.runs({ settings: fast, members: ["mallory"] }, async (siege) => {
    const members = await siege.sessions("mallory", 5);
    const strangers = await siege.strangers(5);
    await Promise.all(
      [...members, ...strangers].map(async (client, seed) => {
        const below = numbers(seed + 1);
        const any = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
        for (let round = 0; round < times(5, 60); round += 1) {
          const lines = numbered(50, () =>
            [any(names), ...numbered(below(5), () => String(any(params)))].join(" "),
          );
          const isMember = seed < members.length;
          const isOver = await says(client, lines).then(
            () => false,
            () => true,
          );
          // A stranger may be closed, for trying too often to log in; and then has been told.
          if (isOver) {
            expect(isMember).toBe(false);
            expect(client.lines.at(-1)).toMatch(/^ERROR :/);
            return;
          }
        }
      }),
    );
  });
});
