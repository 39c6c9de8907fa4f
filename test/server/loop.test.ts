/** The loop: nothing is shown before it is kept, time is handed in, and a bug costs one connection. */
import { expect, test } from "bun:test";
import { recordsMax } from "../../src/server/turn.ts";
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

test("what is written is shown when it is on the disk; meanwhile the next turn is worked on", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const before = chat.store.keptCount;
  chat.holdsSync();
  ann.sends("PRIVMSG #room :1");
  expect(chat.store.keptCount).toBe(before + 1);
  bob.sends("PING 1");
  ann.sends("PRIVMSG #room :2");
  bob.sends("PART #room");
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
  // All of that is one turn, which begins when the one before it has come to its end.
  expect(chat.store.keptCount).toBe(before + 1);
  chat.syncsAll();
  expect(chat.store.keptCount).toBe(before + 2);
  expect(bob.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :1",
    ":server PONG server 1",
    ":ann!ann@server PRIVMSG #room :2",
    ":bob!bob@server PART :#room",
  ]);
  expect(ann.sees()).toEqual([":bob!bob@server PART :#room"]);
});

test("lines say what was so when it happened, whatever has changed before they are sent", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.holdsSync();
  ann.sends("PRIVMSG #room :1");
  bob.sends("CAP REQ :server-time");
  chat.syncsAll();
  const [said, answered] = bob.sees();
  expect(said).toBe(":ann!ann@server PRIVMSG #room :1");
  expect(answered).toEndWith("ACK :server-time");
});

test("what the disk refuses after it was written is shown to nobody, nor anything after it", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.holdsSync();
  ann.sends("PRIVMSG #room :Lost");
  bob.sends("PING 1");
  chat.syncFails("I/O error");
  bob.sends("PING 2");
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
  expect(chat.notes.at(-1)).toMatchObject({ event: "store.failed", reason: "I/O error" });
});

test("nobody is late while the disk is waited for: a PING that never left needs no answer", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.holdsSync();
  ann.sends("PRIVMSG #room :1");
  chat.passes(200_000);
  chat.syncsAll();
  expect([ann.isClosed, bob.isClosed]).toEqual([false, false]);
  expect(bob.sees()).toContain("PING server");
});

test.each([
  ["who quits has seen what is on its way and reaches them before they go", false],
  ["whose connection is gone has not seen what was on its way", true],
])("%s", (_what, isGone) => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.passes(6_000);
  const asked = bob.sees().find((line) => line.startsWith("PING ")) ?? "";
  bob.sends(`PONG ${asked.slice("PING ".length)}`);
  const seen: number[] = [];
  const attempt = chat.store.attempt.bind(chat.store);
  chat.store.attempt = (records, now) => {
    for (const record of records) if (record.kind === "device-seen") seen.push(record.entry);
    return attempt(records, now);
  };
  chat.holdsSync();
  ann.sends("PRIVMSG #room :1");
  const said = chat.store.opening().lastEntry;
  bob.sends("QUIT");
  if (isGone) bob.drops();
  chat.syncsAll();
  expect([seen.includes(said), bob.isClosed]).toEqual([!isGone, !isGone]);
});

test("a turn that waits for the disk is not worked on further when there is much in it", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const before = chat.store.keptCount;
  chat.holdsSync();
  ann.sends("PRIVMSG #room :first");
  const count = 2 * (recordsMax + 1) + 1;
  for (let sent = 0; sent < count; sent += 1) ann.sends("PRIVMSG #room :x");
  chat.syncsAll();
  expect(bob.sees()).toHaveLength(1 + count);
  expect(chat.store.keptCount).toBe(before + 4);
});

test("who comes while the end is on its way to the disk is told and closed", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.holdsSync();
  ann.sends("JOIN #room");
  chat.gives({ kind: "stop", reason: "Server is stopping" });
  const late = chat.stranger();
  chat.syncsAll();
  expect([ann.isClosed, late.isClosed]).toEqual([true, true]);
  expect(late.sees()).toEqual(["ERROR :Closing link: Server is stopping"]);
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

/** A room, and how often something was kept since. */
function heldRoom(...capabilities: readonly string[]) {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann", ...capabilities), chat.member("bob", ...capabilities)];
  ann.sends("JOIN #room");
  bob.sends("JOIN #room");
  for (const person of [ann, bob]) person.sees();
  const before = chat.store.keptCount;
  chat.heldForMs = 20;
  return { chat, ann, bob, commits: () => chat.store.keptCount - before };
}

test("while what many are sent is kept back, what is said in rooms waits for one commit", () => {
  const { chat, ann, bob, commits } = heldRoom();
  ann.sends("PRIVMSG #room :1");
  bob.sends("PRIVMSG #room :2");
  chat.passes(10);
  ann.sends("NOTICE #room :3");
  expect([commits(), ann.sees(), bob.sees()]).toEqual([0, [], []]);
  chat.heldForMs = 0;
  chat.passes(20);
  expect([commits(), ann.sees(), bob.sees()]).toEqual([
    1,
    [":bob!bob@server PRIVMSG #room :2"],
    [":ann!ann@server PRIVMSG #room :1", ":ann!ann@server NOTICE #room :3"],
  ]);
});

test.each([
  ["a private message", "PRIVMSG bob :x"],
  ["a question", "CHATHISTORY LATEST #room * 1"],
  ["an answer", "PING 1"],
  ["who goes", "QUIT"],
])("what is said in rooms waits no longer when there is %s", (_what, line) => {
  const { ann, bob, commits } = heldRoom();
  ann.sends("PRIVMSG #room :1");
  expect(commits()).toBe(0);
  ann.sends(line);
  expect(commits()).toBe(1);
  expect(bob.sees()[0]).toBe(":ann!ann@server PRIVMSG #room :1");
});

test("one's own echo may wait with what the others are sent, an answer to a label may not", () => {
  const { ann, bob, commits } = heldRoom("echo-message", "labeled-response", "batch");
  ann.sends("PRIVMSG #room :1");
  expect([commits(), ann.sees(), bob.sees()]).toEqual([0, [], []]);
  ann.sends("@label=x PRIVMSG #room :2");
  expect(commits()).toBe(1);
  expect(ann.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :1",
    "@label=x :ann!ann@server PRIVMSG #room :2",
  ]);
});

test("no more than so many things wait for one commit", () => {
  const { ann, bob, commits } = heldRoom();
  for (let count = 1; count <= recordsMax; count += 1) ann.sends("PRIVMSG #room :x");
  expect(commits()).toBe(0);
  ann.sends("PRIVMSG #room :x");
  expect(commits()).toBe(1);
  expect(bob.sees()).toHaveLength(recordsMax + 1);
});
