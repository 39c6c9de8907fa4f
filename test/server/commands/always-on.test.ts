/** ALWAYS-ON: who stays in their rooms while they are not connected. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";
import { type AlwaysOn } from "../../../src/server/settings.ts";

function names(person: Person): string {
  person.sends("NAMES #room");
  return person.sees()[0]?.split(" :")[1] ?? "";
}

const choices = ["on", "off", "default"] as const;
/** Who stays, by the settings and by their choice. */
const staying: Readonly<Record<AlwaysOn, readonly (typeof choices)[number][]>> = {
  "opt-out": ["on", "default"],
  "opt-in": ["on"],
  never: [],
};

for (const alwaysOn of ["opt-out", "opt-in", "never"] as const) {
  test(`always-on = ${alwaysOn}: who stays with their last connection gone, by their own choice`, () => {
    for (const choice of choices) {
      const chat = new Chat({ settings: { alwaysOn } });
      const [ann, bob] = chat.inChannel("#room", "ann", "bob");
      bob.sends(`NS SET ALWAYS-ON ${choice}`);
      bob.sends("QUIT :Bye");
      const stays = staying[alwaysOn].includes(choice);
      expect(ann.sees()).toEqual(stays ? [] : [":bob!bob@server QUIT :Quit: Bye"]);
      expect(names(ann)).toBe(stays ? "~ann bob" : "~ann");
    }
  });
}

test("who does not stay comes back to no room but those of the settings, and private words are kept for them", () => {
  const chat = new Chat({ settings: { rooms: ["#hall"] } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("NS SET ALWAYS-ON off", "QUIT");
  ann.sends("PRIVMSG #room :in the room", "PRIVMSG bob :to you");
  const lines = chat.stranger();
  lines.sends("CAP LS", "NICK bob", "USER x 0 * :x");
  lines.logsIn("bob", "correct horse battery");
  lines.sends("CAP END");
  const seen = lines.sees().join("\n");
  expect(seen).toContain("JOIN #hall");
  expect(seen).not.toContain("#room");
  expect(seen).toContain("PRIVMSG bob :[00:00] to you");
});

test("a choice is kept over a restart, and taken back by default", () => {
  const chat = new Chat();
  const [, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("NS SET ALWAYS-ON off", "QUIT");
  const after = chat.restarts();
  const [ann, again] = after.inChannel("#room", "ann", "bob");
  again.sends("QUIT");
  ann.sees();
  expect(names(ann)).toBe("~ann");
  const back = after.member("bob");
  back.sends("JOIN #room", "NS SET ALWAYS-ON default", "QUIT");
  ann.sees();
  expect(names(ann)).toBe("~ann bob");
});

test("operators choose for others, who leave at once when they are not there", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  expect(chat.operatorSays("always-on bob off")).toEqual([
    "bob leaves the rooms with the last connection",
  ]);
  expect(ann.sees()).toEqual([":bob!bob@server QUIT :Not always on"]);
  expect(chat.operatorSays("always-on bob maybe")[0]).toStartWith("always-on NAME");
});

test("where nobody stays, who wants to is told so", () => {
  const chat = new Chat({ settings: { alwaysOn: "never" } });
  chat.hasAccount("bob");
  expect(chat.operatorSays("always-on bob on")).toEqual([
    "bob leaves the rooms with the last connection",
    "this server keeps nobody always on",
  ]);
});
