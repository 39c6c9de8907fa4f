/**
 * Attacks on the login, A1 to A5 of the catalogue, on the built server, while honest people talk (`attack.ts`).
 *
 * | row | attack | here, and what else shows it |
 * |---|---|---|
 * | A1 | responses too long, and too many pieces | "too long"; `protocol/sasl`: every length |
 * | A2 | exchanges out of order, and broken ones | "out of order"; `commands/sasl-model`: every order, against a reference |
 * | A3 | guessing | "who guesses"; `throttle`, `auth/throttle`: names, sources, locks |
 * | A4 | work by hashing | "two hundred logins"; `auth/pool`, `auth/passwords`: lengths, kept parameters |
 * | A5 | which names there are | "an unknown name"; `bench/timing`: the same time, by Welch's test |
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Siege, times, within } from "../support/attack.ts";
import { password } from "../support/client-process.ts";
import { type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(180_000);

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function pieces(text: string): string[] {
  return text.match(/.{1,400}/g) ?? [];
}

/** What is sent after `AUTHENTICATE PLAIN`, or instead of it, and what comes of it. */
const tooLong: readonly (readonly [lines: readonly string[], answer: RegExp])[] = [
  [["PLAIN", "A".repeat(399)], / 904 /],
  [["PLAIN", "A".repeat(400), "+"], / 904 /],
  [["PLAIN", "A".repeat(401)], / 905 /],
  [["PLAIN", "A".repeat(400), "A".repeat(400), "+"], / 904 /],
  [["PLAIN", ...Array.from({ length: 21 }, () => "A".repeat(400))], / 905 /],
];

const outOfOrder: readonly (readonly [lines: readonly string[], answer: RegExp])[] = [
  [["*"], / 90[68] /],
  [["PLAIN", "*"], / 906 /],
  [["PLAIN", "PLAIN"], / 904 /],
  [["NONSENSE"], / 908 /],
  [["PLAIN", "="], / 904 /],
  [["PLAIN", "+"], / 904 /],
  [["PLAIN", "not base64"], / 904 /],
  [["PLAIN", "!!!!"], / 904 /],
  [["PLAIN", base64("ann")], / 904 /],
  [["PLAIN", base64("\0\0")], / 904 /],
  [["PLAIN", base64(`other\0mallory\0${password}`)], / 904 /],
  [["PLAIN", base64(`\0mallory\0${password}\0`)], / 904 /],
  [["PLAIN", ...pieces(base64(`\0mallory\0${"x".repeat(1_025)}`))], / 904 /],
];

async function tries(client: RawClient, lines: readonly string[], answer: RegExp): Promise<void> {
  client.sends("CAP REQ :sasl", "NICK someone", "USER x 0 * :x");
  client.sends(...lines.map((line) => `AUTHENTICATE ${line}`));
  await client.until(answer);
  // One outcome, and the machine is not stuck: it takes the next one.
  client.sends("PING on");
  await client.until(/ PONG .*on$/);
  expect(client.lines.filter((line) => /^:\S+ 90[0-7] /.test(line))).toHaveLength(1);
  client.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${base64(`\0mallory\0${password}`)}`);
  await client.until(/ 903 /);
  client.leaves();
}

test.each([
  ["A1: responses that are too long", tooLong],
  ["A2: exchanges that are broken or out of order", outOfOrder],
])("%s have one outcome each, and the next login works", async (_, table) => {
  await Siege.runs({ members: ["mallory"] }, async (siege) => {
    for (let round = 0; round < times(2, 20); round += 1) {
      // So many at once as hashes of one source may wait.
      for (let from = 0; from < table.length; from += 4) {
        const some = table.slice(from, from + 4);
        await Promise.all(
          some.map(async ([lines, answer]) => tries(await siege.stranger(), lines, answer)),
        );
      }
    }
    // And 10,000 pieces at once are more than a stranger may have waiting.
    const client = await siege.stranger();
    client.sends("CAP REQ :sasl", "AUTHENTICATE PLAIN");
    client.sendsRaw(`AUTHENTICATE ${"A".repeat(400)}\r\n`.repeat(10_000));
    await within(5_000, client.closed);
  });
});

/** Ann logs in; as any client, she comes again when the server is busy. */
async function comesIn(siege: Siege): Promise<void> {
  for (;;) {
    const ann = await siege.stranger();
    const answer = await ann.logsIn("ann", password);
    ann.leaves();
    if (answer.includes(" 903 ")) return;
    expect(answer).toContain("The server is busy");
    await Bun.sleep(200);
  }
}

test("A3: who guesses from everywhere makes no honest login wait", async () => {
  await Siege.runs({ throttles: true, members: ["ann"] }, async (siege) => {
    const guessers: RawClient[] = [];
    let guessed = 0;
    for (let wave = 0; wave < times(5, 17); wave += 1) {
      const from = `127.0.1.${wave + 1}`;
      const clients = await siege.strangers(20, { from });
      for (const client of clients) {
        client.sends("CAP REQ :sasl", "NICK x", "USER x 0 * :x");
        for (let guess = 0; guess < 3; guess += 1) {
          guessed += 1;
          const response = base64(`\0ann\0guess number ${guessed}`);
          client.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`);
        }
      }
      guessers.push(...clients);
      const start = performance.now();
      await comesIn(siege);
      expect(performance.now() - start).toBeLessThan(times(5_000, 2_000));
    }
    const answers = guessers.flatMap(({ lines }) => lines.filter((line) => / 90[03] /.test(line)));
    expect(answers).toEqual([]);
    await siege.server.logs("login.throttled");
    for (const guesser of guessers) guesser.leaves();
  });
});

test("A4: two hundred logins at once are hashed a few at a time, the rest is told to come again", async () => {
  const argon2 = "{ memory-kib = 65536, passes = 3, lanes = 4 }";
  await Siege.runs({ argon2, growthMiBMax: 400 }, async (siege) => {
    const clients = await siege.strangers(times(200, 500));
    const start = performance.now();
    const answers = await Promise.all(
      clients.map((client, index) => client.logsIn(`nobody${index}`, `guess number ${index}`)),
    );
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(answers.filter((answer) => !answer.includes(" 904 "))).toEqual([]);
    const busy = answers.filter((answer) => !answer.includes("SASL authentication failed"));
    expect(busy.length).toBeGreaterThan(clients.length / 2);
    for (const client of clients) client.leaves();
  });
});

test("A5: an unknown name, a wrong password and a disabled account are answered alike", async () => {
  await Siege.runs({ members: ["known", "gone"] }, async (siege) => {
    expect((await siege.server.account("disable", "gone")).code).toBe(0);
    const asks = async (name: string): Promise<string> => {
      const client = await siege.stranger();
      client.sends("CAP REQ :sasl", "NICK someone", "USER x 0 * :x", "AUTHENTICATE PLAIN");
      client.sends(`AUTHENTICATE ${base64(`\0${name}\0not this password`)}`);
      await client.until(/ 90[0-8] /);
      client.leaves();
      return client.lines.join("\n");
    };
    const answers = new Set<string>();
    for (let round = 0; round < times(10, 200); round += 1) {
      for (const name of ["known", "gone", "unknown"]) answers.add(await asks(name));
    }
    expect([...answers]).toHaveLength(1);
  });
});
