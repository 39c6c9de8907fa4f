/**
 * Attacks from the network, N1 to N10 of the catalogue, on the built server, while honest people talk (`attack.ts`: none of
 * their messages is lost, doubled or late, the server does not grow, and nothing in it was a bug).
 *
 * | row | attack | here, and what else shows it |
 * |---|---|---|
 * | N1 | silent connections | "says nothing"; `server/watch`, `hostile` |
 * | N2 | a byte now and then | "byte by byte"; `server/watch` |
 * | N3 | no line end | "without a line end"; `protocol/framing`: linear in any cut |
 * | N4 | lines and tags at and over their limits | "a byte too long"; `protocol/framing`: every limit ± 1 |
 * | N5 | NUL, CR and LF inside lines | "every byte"; `server/any-bytes`, `program/text` |
 * | N6 | what is not UTF-8 | "every byte"; `protocol/text`, `server/any-bytes` |
 * | N7 | more connections than files | "more than the server may open"; `net/listener`: one address's share |
 * | N8 | readers who do not read | "do not read"; `net/transport` |
 * | N9 | half-open connections | "do not answer"; `server/watch` |
 * | N10 | other protocols | "a web page"; `hostile`: every beginning |
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { executable, type LogLine } from "../support/server-process.ts";
import { cpuMs, Siege, times, within } from "../support/attack.ts";
import { type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(180_000);

const soon = "[limits]\nregistration-ms = 1500\nhandshake-ms-max = 1000\n";

function allClosed(clients: readonly RawClient[], ms: number): Promise<unknown> {
  return within(ms, Promise.all(clients.map(({ closed }) => closed)));
}

test("N1: who connects and says nothing, or one byte, is closed in time, over TLS and in plain text", async () => {
  await Siege.runs({ settings: soon }, async (siege) => {
    const port = siege.server.port();
    const silent = await siege.strangers(times(200, 4_000));
    const beforeTls = await siege.strangers(times(100, 1_000), { port });
    for (const client of [...silent.slice(0, 50), ...beforeTls.slice(0, 50)]) client.sendsRaw("N");
    await allClosed([...silent, ...beforeTls], times(6_000, 30_000));
    for (const { lines } of silent) expect(lines.at(-1)).toMatch(/^ERROR :.*timed out/);
    for (const { lines } of beforeTls) expect(lines).toEqual([]);
  });
});

test("N2: who sends a line byte by byte is closed as soon as who says nothing", async () => {
  await Siege.runs({ settings: soon }, async (siege) => {
    const clients = await siege.strangers(times(50, 500));
    const trickle = setInterval(() => {
      for (const client of clients) client.sendsRaw("x");
    }, 100);
    await allClosed(clients, 4_000).finally(() => clearInterval(trickle));
    for (const { lines } of clients) expect(lines.at(-1)).toMatch(/^ERROR :.*timed out/);
  });
});

test("N3: who sends megabytes without a line end is told so and closed after a few kilobytes", async () => {
  const megabyte = Buffer.alloc(1_048_576, "x");
  await Siege.runs({}, async (siege) => {
    for (let round = 0; round < times(3, 10); round += 1) {
      const clients = await siege.strangers(10);
      for (const client of clients) client.sendsRaw(megabyte);
      await allClosed(clients, 10_000);
      // Its own end may make the system lose what the attacker has not read: then there is nothing.
      for (const { lines } of clients) {
        expect(["", " 417 * :Input line was too long"]).toContain(
          lines[0]?.replace(/^:\S+/, "") ?? "",
        );
      }
    }
  });
});

test("N4: of lines and tags a byte too long nothing is done, and the connection goes on", async () => {
  await Siege.runs({ members: ["mallory", "trent"] }, async (siege) => {
    const [mallory, trent] = [await siege.member("mallory"), await siege.member("trent")];
    // "PRIVMSG trent :" and CR LF are 17 of the 512, "@+a=" and the space 5 of the 4,096.
    for (let round = 0; round < times(5, 100); round += 1) {
      mallory.sends(`PRIVMSG trent :${"é".repeat(200)}`, `PRIVMSG trent :${"é".repeat(248)}`);
      await mallory.until(/ 417 /);
      mallory.sends(`@+a=${"x".repeat(4_091)} PRIVMSG trent :in`);
      mallory.sends(`@+a=${"x".repeat(4_092)} PRIVMSG trent :over\r\n`);
      await mallory.until(/ 417 /);
      const cut = `PRIVMSG trent :${"x".repeat(9_000)} QUIT :cut`;
      mallory.sends(cut, `PRIVMSG trent :end ${round}`);
      await trent.until(new RegExp(` :end ${round}$`));
    }
    const said = trent.lines.filter((line) => line.includes(" PRIVMSG trent :"));
    const kinds = new Set(said.map((line) => line.replace(/^.* PRIVMSG trent :/, "").slice(0, 3)));
    expect([...kinds]).toEqual(["ééé", "in", "end"]);
    for (const line of said) expect(line).not.toContain("\ufffd");
  });
});

test("N5, N6: of every byte, and of what is not UTF-8, only whole lines of text reach anyone", async () => {
  const corpus = [
    ...Array.from({ length: 256 }, (_, byte) => [byte]),
    [0xc0, 0xaf],
    [0xe0, 0x80, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xef, 0xbb, 0xbf],
  ];
  const settings = "[limits]\nflood-burst-lines = 2000\nflood-account-burst-lines = 2000\n";
  await Siege.runs({ settings, members: ["mallory", "trent"] }, async (siege) => {
    const [mallory, trent] = [await siege.member("mallory"), await siege.member("trent")];
    for (const bytes of corpus) {
      const hidden = Buffer.concat([
        Buffer.from("PRIVMSG trent :a"),
        Buffer.from(bytes),
        Buffer.from(":server NOTICE trent :forged\r\n"),
      ]);
      mallory.sendsRaw(hidden);
      mallory.sendsRaw(Buffer.concat([Buffer.from("PRIVMSG tr"), Buffer.from(bytes)]));
      mallory.sendsRaw("ent :b\r\n");
    }
    mallory.sends("PRIVMSG trent :the end");
    await trent.until(/ :the end$/);
    // What follows a line feed is a line of its own, and mallory's, whatever it begins with.
    const forged = trent.lines.filter((line) => line.includes("forged"));
    expect(forged.filter((line) => !/^(?:@\S+ )?:mallory!/.test(line))).toEqual([]);
    const said = trent.lines.filter((line) => line.includes(" PRIVMSG trent :a"));
    // 128 ASCII bytes but NUL, CR and LF; and the byte order mark.
    expect(said.filter((line) => line.includes("forged"))).toHaveLength(126);
    const refused = mallory.lines.filter((line) => / FAIL \S+ INVALID_UTF8 /.test(line));
    expect(refused.length).toBeGreaterThan(2 * 128);
  });
});

test("N7: of more connections than the server may open files nothing spins, and its operator gets in", async () => {
  const limited = ["sh", "-c", 'ulimit -n 256; exec "$0" "$@"', executable];
  await Siege.runs({ command: limited, settings: soon }, async (siege) => {
    const { pid } = siege.server;
    const comes = () => siege.stranger().catch(() => undefined);
    const tells: (RawClient | undefined)[] = [];
    const rounds = times(4, 20);
    const [start, used] = [performance.now(), cpuMs(pid)];
    for (let round = 0; round < rounds; round += 1) {
      tells.push(...(await Promise.all(Array.from({ length: 250 }, comes))));
      const { code } = await siege.server.account("list");
      expect(code).toBe(0);
      await Bun.sleep(500);
    }
    const busy = (cpuMs(pid) - used) / (performance.now() - start);
    expect(busy).toBeLessThan(times(0.5, 0.2));
    const told = tells.filter((client) => client?.lines.includes("ERROR :Server full"));
    expect(told.length).toBeGreaterThan(0);
    for (const client of tells) client?.leaves();
  });
});

test("N8: who asks for much and does not read it is closed when too much waits for him", async () => {
  const settings = [
    "[limits]",
    "send-queue-bytes-max = 131072",
    "flood-burst-lines = 2000",
    "flood-account-burst-lines = 20000",
    "flood-account-lines-per-second = 500",
  ].join("\n");
  // Of the 20 MB that each asks for; what was made for them is there until it is collected.
  const growthMiBMax = 160;
  await Siege.runs({ settings, members: ["mallory"], growthMiBMax }, async (siege) => {
    const one = await siege.member("mallory");
    for (let line = 0; line < 100; line += 1) one.sends(`PRIVMSG #general :${"x".repeat(400)}`);
    one.sends("PING said");
    await one.until(/ PONG .*said/);
    const readers = await siege.sessions("mallory", times(10, 19));
    for (const reader of readers) {
      reader.pauses();
      reader.sends(...Array.from({ length: 400 }, () => "CHATHISTORY LATEST #general * 100"));
    }
    // Why someone went is what people may say themselves: the log has only how long it was.
    const bytes = "Reads too slowly".length;
    const isOne = (line: LogLine): boolean => line["nick"] === "mallory" && line["bytes"] === bytes;
    const closed = () =>
      siege.server.log.filter((line) => line.event === "connection.closed" && isOne(line)).length;
    const end = performance.now() + 30_000;
    while (closed() < readers.length && performance.now() < end) await Bun.sleep(20);
    expect(closed()).toBe(readers.length);
    one.sends("PING there");
    await one.until(/ PONG .*there/);
  });
});

test("N9: who does not answer when asked whether they are there is closed", async () => {
  const settings = "[limits]\nping-after-ms = 600\npong-within-ms = 400\n";
  await Siege.runs({ settings, members: ["mallory"] }, async (siege) => {
    const gone = [await siege.member("mallory", { isDeaf: true })];
    while (gone.length < 10) gone.push(await siege.member("mallory", { isDeaf: true }));
    await allClosed(gone, 5_000);
    for (const { lines } of gone) expect(lines.at(-1)).toContain("Ping timeout");
  });
});

test("N10: what a web page makes a browser send is closed, and no line in it is done", async () => {
  const hidden = "NICK mallory\r\nUSER m 0 * :m\r\nCAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\n";
  await Siege.runs({}, async (siege) => {
    for (const tls of [true, false]) {
      const clients = await siege.strangers(times(20, 200), { tls });
      for (const [index, client] of clients.entries()) {
        const verb = ["POST", "GET", "PUT", "OPTIONS"][index % 4];
        client.sendsRaw(`${verb} / HTTP/1.1\r\nHost: chat\r\nContent-Length: 99\r\n\r\n${hidden}`);
      }
      await allClosed(clients, 5_000);
      for (const { lines } of clients) {
        expect(lines.filter((line) => !line.startsWith("ERROR :"))).toEqual([]);
      }
    }
  });
});
