/** The loop: nothing is shown before it is kept, time is handed in, and a bug costs one connection. */
import { expect, test } from "bun:test";
import { Chat, password } from "../support/chat.ts";

test("nothing is shown before the store has answered, and nothing overtakes it", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.holdsKeeping();
  ann.sends("PRIVMSG #room :1");
  bob.sends("PING 1");
  ann.sends("PRIVMSG #room :2");
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
  chat.keepsAll();
  expect(bob.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :1",
    ":server PONG server 1",
    ":ann!ann@server PRIVMSG #room :2",
  ]);
});

test("what cannot be kept is shown to nobody, nor is anything after it", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.store.close();
  ann.sends("PRIVMSG #room :Lost", "PING 1");
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
  expect(chat.notes.at(-1)).toMatchObject({ event: "store.failed" });
});

test("shown times do not run back when the wall clock does, in a channel and for PING alike", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "server-time", "echo-message");
  ann.sends("JOIN #room");
  ann.sees();
  chat.passes(1_000);
  ann.sends("PRIVMSG #room :1");
  chat.wallJumps(-3_600_000);
  ann.sends("PRIVMSG #room :2", "@+x=1 TAGMSG #room", "PRIVMSG ann :3");
  const times = ann.sees().map((line) => line.slice(0, line.indexOf(" ")));
  expect(times).toEqual(Array.from({ length: 4 }, () => "@time=2026-01-01T00:00:01.000Z"));
});

test("shown times do not run back across a restart", () => {
  const chat = new Chat();
  chat.wallJumps(3_600_000);
  chat.member("ann").sends("JOIN #room", "PRIVMSG #room :1");
  const after = chat.restarts();
  const ann = after.member("ann", "server-time", "echo-message");
  ann.sends("PRIVMSG server :2");
  expect(ann.sees()).toEqual(["@time=2026-01-01T01:00:00.000Z :ann!ann@server PRIVMSG server :2"]);
});

test("order is the order of happening, whatever the wall clock says", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  for (const [index, jump] of [0, 5_000, -9_000, 1].entries()) {
    chat.wallJumps(jump);
    ann.sends(`PRIVMSG #room :${index}`);
  }
  ann.sends("CHATHISTORY LATEST #room * 10");
  expect(ann.sees().map((line) => line.at(-1))).toEqual(["0", "1", "2", "3"]);
});

test("when the server stops, everyone is told and closed", () => {
  const chat = new Chat();
  const [ann, stranger] = [chat.member("ann"), chat.stranger()];
  chat.gives({ kind: "stop", reason: "Server is stopping" });
  expect([ann.sees(), stranger.sees()]).toEqual([
    ["ERROR :Closing link: Server is stopping"],
    ["ERROR :Closing link: Server is stopping"],
  ]);
  expect([ann.isClosed, stranger.isClosed]).toEqual([true, true]);
});

test("what arrives for a connection that is gone is ignored", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.drops();
  ann.drops();
  ann.sends("PING 1");
  expect(ann.sees()).toEqual([]);
});

/** A message of the day that cannot be read: stands for a bug in a command. */
function brokenMotd(): string[] {
  const motd = ["x"];
  motd[Symbol.iterator] = () => {
    throw new Error("a bug");
  };
  return motd;
}

test.each([
  ["in a command", brokenMotd()],
  ["in the writing of a line", ["two\nlines"]],
])("a bug %s costs the connection it happens on, and the rest go on", (_where, motd) => {
  const chat = new Chat({ settings: { motd }, throwsBugs: false });
  const other = chat.stranger();
  const ann = chat.stranger();
  chat.hasAccount("ann");
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  ann.logsIn("ann", password);
  ann.sends("CAP END");
  other.sends("PING 1");
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Internal error");
  expect(ann.isClosed).toBe(true);
  expect(other.sees()).toEqual([":server PONG server 1"]);
  expect(chat.notes.some(({ event }) => event === "bug")).toBe(true);
});
