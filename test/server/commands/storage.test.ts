/** A full disk: what would be kept is refused, everything else goes on, and operators hear of it. */
import { expect, test } from "bun:test";
import { nonceTag } from "../../../src/protocol/capabilities.ts";
import { Chat, password, type Person } from "../../support/chat.ts";

const fullText = "The server's disk is full: nothing is kept now; try again later";

function fills(chat: Chat): void {
  chat.gives({ kind: "storage", isReadOnly: true, reason: "no room" });
}

function full(command: string): string {
  return `:server FAIL ${command} STORAGE_FULL :${fullText}`;
}

/** Everything that was kept, as far as history shows it. */
function last(reader: Person, target: string): string[] {
  reader.sends(`CHATHISTORY LATEST ${target} * 10`);
  return reader.sees().filter((line) => line.includes("PRIVMSG"));
}

test.each([
  ["PRIVMSG #room :Hi", "PRIVMSG"],
  ["NOTICE #room :Hi", "NOTICE"],
  ["PRIVMSG bob :Hi", "PRIVMSG"],
  ["PRIVMSG server :Hi", "PRIVMSG"],
  ["@+reply=c1-1;+draft/react=x TAGMSG #room", "TAGMSG"],
  ["JOIN #other", "JOIN"],
  ["PART #room", "PART"],
  ["KICK #room bob", "KICK"],
  ["TOPIC #room :Mine", "TOPIC"],
  ["MODE #room +m", "MODE"],
  ["MODE #room +b bob", "MODE"],
  ["RENAME #room #hall", "RENAME"],
  ["METADATA * SET display-name :Ann", "METADATA"],
  ["OPAQUE CHG ann AAAA", "OPAQUE"],
])("storageFull: %s", (line, command) => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("CAP REQ :batch message-tags labeled-response");
  ann.sees();
  fills(chat);
  const isOfLabel = command === "NOTICE";
  ann.sends(isOfLabel ? `@label=1 ${line}` : line);
  expect(ann.sees()).toEqual([isOfLabel ? `@label=1 ${full(command)}` : full(command)]);
  expect(bob.sees()).toEqual([]);
});

test.each([
  "TOPIC #room",
  "MODE #room",
  "MODE #room b",
  "MODE ann +i",
  "WHO #room",
  "NAMES #room",
  "METADATA * GET display-name",
  "AWAY :Lunch",
  "PING x",
])("%s is answered as always", (line) => {
  const answers = [false, true].map((isFull) => {
    const chat = new Chat();
    const [ann] = chat.inChannel("#room", "ann");
    if (isFull) fills(chat);
    ann.sends(line);
    return ann.sees();
  });
  expect(answers[0]?.length).toBeGreaterThan(0);
  expect(answers[1]).toEqual(answers[0] ?? []);
});

test("what was kept before and is sent again is answered as kept", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "echo-message", "message-tags");
  ann.sends("JOIN #room");
  ann.sees();
  const line = `@${nonceTag}=n1 PRIVMSG #room :Hi`;
  ann.sends(line);
  const [first = ""] = ann.sees();
  const id = /msgid=[^; ]+/.exec(first)?.[0] ?? "none";
  fills(chat);
  ann.sends(line);
  expect(ann.sees().map((each) => each.includes(id))).toEqual([true]);
});

test("members log in, and read what is there", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :Hi");
  fills(chat);
  const again = chat.member("bob", "batch", "draft/chathistory");
  expect(last(again, "#room").map((line) => line.endsWith("PRIVMSG #room :Hi"))).toEqual([true]);
});

test("nobody gets an account, whatever the way, and nothing of it stays", () => {
  const chat = new Chat({ settings: { registration: "open" } });
  fills(chat);
  const eve = chat.stranger();
  eve.sends("CAP LS 302", "NICK eve", "USER x 0 * :Eve", `REGISTER * * :${password}`);
  expect(eve.sees().at(-1)).toBe(full("REGISTER"));
  const fay = chat.stranger();
  fay.sends("NICK fay", "USER x 0 * :Fay", `PRIVMSG NickServ :REGISTER ${password}`);
  expect(fay.sees().at(-1)).toContain("the server's disk is full");
  chat.gives({ kind: "storage", isReadOnly: false, reason: "room" });
  expect(chat.operatorSays("accounts")).toEqual(["no accounts yet"]);
});

test("guests are not let in: their comings and goings would be kept", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  fills(chat);
  const guest = chat.stranger();
  guest.sends("NICK guest", "USER x 0 * :Guest");
  expect(guest.sees()).toEqual(["ERROR :Closing link: The server's disk is full; try again later"]);
});

test("members change nothing of their accounts by words; operators do, who can make room", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  const olga = chat.member("olga");
  chat.operatorSays("role olga operator");
  fills(chat);
  olga.sees();
  ann.sends("PRIVMSG NickServ :app-password add phone");
  expect(ann.sees().map((line) => line.includes("the server's disk is full"))).toEqual([true]);
  olga.sends("PRIVMSG NickServ :disable ann");
  olga.sees();
  expect(ann.isClosed).toBe(true);
});

test("operators are told, members are not, and the log has it", () => {
  const chat = new Chat();
  const [ann, olga] = [chat.member("ann"), chat.member("olga")];
  chat.operatorSays("role olga operator");
  olga.sees();
  fills(chat);
  chat.gives({ kind: "storage", isReadOnly: false, reason: "3 GiB are free" });
  expect(olga.sees()).toEqual([
    ":server NOTICE olga :Nothing is kept and nothing can be said until there is room on the disk: no room",
    ":server NOTICE olga :Things are kept and said again: 3 GiB are free",
  ]);
  expect(ann.sees()).toEqual([]);
  const notes = chat.notes.filter(({ event }) => event.startsWith("store."));
  expect(notes).toEqual([
    { event: "store.read-only", reason: "no room" },
    { event: "store.writable", reason: "3 GiB are free" },
  ]);
});

test("once there is room everything is kept and seen as before", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  fills(chat);
  ann.sends("PRIVMSG #room :Lost");
  chat.gives({ kind: "storage", isReadOnly: false, reason: "room" });
  ann.sends("PRIVMSG #room :Kept");
  expect(bob.sees().map((line) => line.endsWith("PRIVMSG #room :Kept"))).toEqual([true]);
});

test("strangers do not use up what is left: refused logins are not written down meanwhile", () => {
  const chat = new Chat();
  chat.member("ann");
  const refused = (): void => {
    const eve = chat.stranger();
    eve.sends("CAP LS 302", "NICK ann", "USER x 0 * :Eve");
    eve.logsIn("ann", "wrong");
  };
  refused();
  const before = chat.operatorSays("log ann");
  fills(chat);
  refused();
  expect(chat.operatorSays("log ann")).toEqual(before);
});
