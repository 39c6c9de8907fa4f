/**
 * Attacks on what is not theirs, C1 to C3 of the catalogue, on the built server, while honest people talk
 * (`attack.ts`).
 *
 * | row | attack | here, and what else shows it |
 * |---|---|---|
 * | C1 | doing what one may not | "put out of a room"; `server/permissions`: every command, role and mode |
 * | C2 | reading what one may not | "of a room one is not in"; `commands/history`, `storage/readable` |
 * | C3 | learning what there is | "of a room one is not in"; `server/policy`, `server/gates` |
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Siege, times } from "../support/attack.ts";
import { type RawClient } from "../support/raw-client.ts";

setDefaultTimeout(180_000);

const settings = "[limits]\nflood = false\n";
const members = ["mallory", "olga", "trent"];

interface Room {
  readonly olga: RawClient;
  readonly trent: RawClient;
  readonly mallory: RawClient;
  /** Of what was said in it. */
  readonly msgid: string;
}

/** Olga's room, with trent in it; mallory is not, any more. */
async function roomOf(siege: Siege): Promise<Room> {
  const [olga, trent, mallory] = await Promise.all([
    siege.member("olga"),
    siege.member("trent"),
    siege.member("mallory"),
  ]);
  olga.sends("JOIN #den", "MODE #den +s", "TOPIC #den :hush", "METADATA #den SET url :hush");
  await olga.until(/ TOPIC #den /);
  for (const client of [trent, mallory]) {
    client.sends("JOIN #den");
    await client.until(/ 366 \S+ #den /);
  }
  olga.sends("PRIVMSG #den :secret");
  const msgid = /msgid=([^;\s]+)/.exec(await trent.until(/ PRIVMSG #den :secret/))?.[1] ?? "";
  expect(msgid).not.toBe("");
  return { olga, trent, mallory, msgid };
}

test("C1: who is put out of a room does nothing in it any more, however fast and in whatever way", async () => {
  const lines = [
    "PRIVMSG #den :still",
    "NOTICE #den :still",
    "@+typing=active TAGMSG #den",
    "PRIVMSG @#den :still",
    "PRIVMSG #general,#den :still",
    "TOPIC #den :still",
    "MODE #den +v mallory",
    "MODE #den -i",
    "KICK #den trent :still",
    "KICK #den olga",
    "INVITE mallory #den",
    "INVITE honest1 #den",
    "RENAME #den #mine :still",
    "REDACT #den MSGID :still",
    "METADATA #den SET url :still",
    "JOIN #den",
    "PART #den :still",
  ];
  await Siege.runs({ settings, members }, async (siege) => {
    const { olga, trent, mallory, msgid } = await roomOf(siege);
    const shots = lines.map((line) => line.replace("MSGID", msgid));
    for (let round = 0; round < times(5, 200); round += 1) {
      olga.sends("MODE #den +i", `KICK #den mallory :${round}`);
      await trent.until(new RegExp(` KICK #den mallory :${round}$`));
      const seen = trent.lines.length;
      mallory.sends(...shots, ...shots, `PING ${round}`);
      await mallory.until(new RegExp(` PONG \\S+ ${round}$`));
      trent.sends(`PING t${round}`);
      await trent.until(new RegExp(` PONG \\S+ t${round}$`));
      const news = trent.lines.slice(seen).filter((line) => line.includes("#den"));
      expect(news).toEqual([]);
      olga.sends("MODE #den -i", "INVITE mallory #den");
      await mallory.until(/ INVITE mallory #den/);
      mallory.sends("JOIN #den");
      await trent.until(/^(?:@\S+ )?:mallory!\S+ JOIN #den/);
    }
  });
});

test("C2, C3: of a room one is not in nothing is read, and nothing tells it from one that is not there", async () => {
  const lines = [
    "CHATHISTORY LATEST ROOM * 10",
    "CHATHISTORY BEFORE ROOM timestamp=2040-01-01T00:00:00.000Z 10",
    "CHATHISTORY AROUND ROOM msgid=MSGID 10",
    "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z 10",
    "WHO ROOM",
    "NAMES ROOM",
    "LIST ROOM",
    "LIST *",
    "TOPIC ROOM",
    "MODE ROOM",
    "MODE ROOM +b",
    "METADATA ROOM LIST",
    "METADATA ROOM GET url",
    "METADATA ROOM SYNC",
    "MARKREAD ROOM",
    "WHOIS olga",
    "WHOIS trent",
    "INVITE honest1 ROOM",
    "KICK ROOM olga",
    "PART ROOM",
    "PRIVMSG ROOM :in?",
    "NOTICE ROOM :in?",
    "TAGMSG ROOM",
    "REDACT ROOM MSGID",
    "RENAME ROOM #other",
  ];
  await Siege.runs({ settings, members }, async (siege) => {
    const { olga, mallory, msgid } = await roomOf(siege);
    olga.sends("KICK #den mallory");
    await mallory.until(/ KICK #den mallory/);
    const asks = async (line: string, room: string): Promise<string[]> => {
      const seen = mallory.lines.length;
      mallory.sends(line.replace("ROOM", room).replace("MSGID", msgid), "PING end");
      await mallory.until(/ PONG \S+ end$/);
      const answer = mallory.lines.slice(seen).filter((each) => !each.includes(" PONG "));
      return answer.map((each) =>
        each.replaceAll(room, "ROOM").replaceAll(/(?:idle|\d{5,})/g, "N"),
      );
    };
    for (let round = 0; round < times(2, 50); round += 1) {
      for (const line of lines) {
        const answer = await asks(line, "#den");
        expect(answer.join("\n")).not.toMatch(/secret|hush/);
        if (line.includes("ROOM"))
          expect([line, ...answer]).toEqual([line, ...(await asks(line, "#not"))]);
        else expect(answer.join("\n")).not.toContain("ROOM");
      }
    }
  });
});
