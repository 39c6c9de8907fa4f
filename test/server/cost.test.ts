/** Cost: what everyone does all day costs a line; what makes the server work costs more. */
import { expect, test } from "bun:test";
import { connectionId } from "../../src/base/ids.ts";
import { elapsedMs } from "../../src/base/time.ts";
import { replies } from "../../src/protocol/replies.ts";
import { newTask } from "../../src/server/context.ts";
import { costOfBytes, costOfTask } from "../../src/server/cost.ts";
import { Session } from "../../src/server/session.ts";
import { defaultLimits } from "../../src/server/settings.ts";
import { Chat, type Person } from "../support/chat.ts";

const limits = { flood: true, floodBurstLines: 10, floodLinesPerSecond: 1 };

/** How many of these lines are done at once, by someone who has been quiet. */
function doneAtOnce(chat: Chat, person: Person, line: string): number {
  chat.passes(60_000);
  person.sees();
  person.sends(...Array.from({ length: 10 }, (_, index) => `${line}${index}`));
  return person.sees().length;
}

/** A room of as many. */
function roomOf(size: number): { readonly chat: Chat; readonly ann: Person } {
  const chat = new Chat({ limits });
  const names = Array.from({ length: size - 1 }, (_, index) => `member${index}`);
  const [ann] = chat.inChannel("#room", "ann", ...names);
  ann.sends("CAP REQ :echo-message");
  return { chat, ann };
}

test("a message to a room of 100 costs a line, one to 350 costs two", () => {
  const small = roomOf(100);
  expect(doneAtOnce(small.chat, small.ann, "PRIVMSG #room :")).toBe(10);
  const large = roomOf(350);
  expect(doneAtOnce(large.chat, large.ann, "PRIVMSG #room :")).toBe(5);
});

test("a kilobyte of line costs a line, every further one another", () => {
  expect([512, 1_024, 2_048, 4_608].map(costOfBytes)).toEqual([0, 0, 1, 3.5]);
});

test("answers of 50 lines are free, of a full page nearly so, of 1,000 thirteen lines", () => {
  const costs = [50, 102, 1_000].map((count) => {
    const facts = { address: "192.0.2.1", isLoopback: false, listener: "test", tls: undefined };
    const session = new Session(connectionId(1), facts, elapsedMs(0), defaultLimits);
    const task = newTask({ session });
    for (let line = 0; line < count; line += 1) task.response?.reply(replies.ping("server"));
    return Math.round(costOfTask(task) * 10) / 10;
  });
  expect(costs).toEqual([0, 0.7, 12.7]);
});

test("what all events of a command are shown to is counted together", () => {
  expect(costOfTask({ ...newTask({}), receivers: 600 })).toBe(2);
});

test("LIST goes through all channels, whatever it finds", () => {
  const chat = new Chat({ limits });
  const ann = chat.member("ann");
  chat.passes(60_000);
  ann.sees();
  ann.sends("LIST #none", "LIST #none", "LIST #none");
  expect(ann.sees().filter((line) => line.includes(" 323 "))).toHaveLength(2);
});
