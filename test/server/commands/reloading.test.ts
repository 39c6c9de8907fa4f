/** REHASH and `reload`: settings that are read again, and what clients learn of it. */
import { expect, test } from "bun:test";
import { type Answer } from "../../../src/server/outside.ts";
import {
  defaultLimits,
  defaultSettings,
  type ServerSettings,
} from "../../../src/server/settings.ts";
import { Chat, type Person } from "../../support/chat.ts";

function read(rest: Partial<ServerSettings>): () => Answer<"reload"> {
  const limits = { ...defaultLimits, flood: false };
  const settings = { ...defaultSettings, name: "server", rooms: [], limits, ...rest };
  return () => ({ outcome: "read", settings, lines: ["changed: this", "changes later: that"] });
}

function operator(chat: Chat): Person {
  const olga = chat.member("olga");
  chat.operatorSays("role olga operator");
  olga.sees();
  return olga;
}

test("REHASH reads them again, says what changes, and it has changed", () => {
  const chat = new Chat();
  const olga = operator(chat);
  chat.reread = read({ motd: ["Be kind."] });
  olga.sends("REHASH", "MOTD");
  expect(olga.sees()).toEqual([
    ":server 382 olga settings Rehashing",
    ":server NOTICE olga :changed: this",
    ":server NOTICE olga :changes later: that",
    ":server 375 olga :- server Message of the day - ",
    ":server 372 olga :- Be kind.",
    ":server 376 olga :End of /MOTD command.",
  ]);
});

test("settings that are wrong change nothing, and the operator reads why", () => {
  const chat = new Chat();
  const olga = operator(chat);
  const lines = ["nothing is changed: the settings have a problem", "a.toml:3: server.nam: no"];
  chat.reread = () => ({ outcome: "refused", lines });
  olga.sends("REHASH", "MOTD");
  expect(olga.sees()).toEqual([
    ":server 382 olga settings Rehashing",
    `:server NOTICE olga :${lines[0]}`,
    `:server NOTICE olga :${lines[1]}`,
    ":server 422 olga :MOTD File is missing",
  ]);
  expect(chat.operatorSays("reload")).toEqual(lines);
  expect(chat.answers[0]?.isDone).toBe(false);
  const detail = lines.join("; ");
  expect(chat.notes.filter(({ event }) => event === "settings.refused")).toEqual([
    { event: "settings.refused", by: "olga", detail },
    { event: "settings.refused", by: "console", detail },
  ]);
});

test("noPrivileges: it is for operators", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("REHASH", "PRIVMSG NickServ :reload");
  const refused = ":server 481 ann :Permission Denied- You're not an operator of this server";
  expect(ann.sees()).toEqual([refused, refused]);
  expect(chat.questions.some(({ kind }) => kind === "reload")).toBe(false);
});

test("the word reload does the same at the console", () => {
  const chat = new Chat();
  chat.reread = read({ motd: ["Hi"] });
  const detail = "changed: this; changes later: that";
  expect(chat.operatorSays("reload")).toEqual(["changed: this", "changes later: that"]);
  expect(chat.notes).toContainEqual({ event: "settings.read", by: "console", detail });
  chat.reread = () => ({ outcome: "unavailable" });
  expect(chat.operatorSays("reload")).toEqual(["this cannot be done now; try again later"]);
});

test("rooms that the settings name now are there", () => {
  const chat = new Chat();
  chat.reread = read({ rooms: ["#new"] });
  chat.operatorSays("reload");
  const ann = chat.member("ann");
  ann.sends("JOIN #new");
  // The server made it, so nobody is its founder.
  expect(ann.sees()).toContain(":server 353 ann = #new :ann");
});

test("clients are told of capabilities that have come, changed and gone, and give the last back", () => {
  const chat = new Chat();
  const [ann, old] = [chat.member("ann", "draft/account-registration"), chat.stranger()];
  old.sends("CAP LS");
  old.sees();
  chat.reread = read({
    registration: "closed",
    sts: { port: 6697, durationSeconds: 60 },
    limits: { ...defaultLimits, flood: false, metadataKeysMax: 5 },
  });
  chat.operatorSays("reload");
  const limits = "before-connect,max-subs=64,max-keys=5,max-value-bytes=288";
  expect(ann.sees()).toEqual([
    `:server CAP ann NEW :draft/metadata-2=${limits}`,
    `:server CAP ann NEW :draft/metadata-3=${limits},max-key-bytes=40`,
    ":server CAP ann NEW :sts=port=6697",
    ":server CAP ann DEL :draft/account-registration",
  ]);
  expect(old.sees()).toEqual([]);
  ann.sends("CAP LIST");
  expect(ann.sees()).toEqual([":server CAP ann LIST :cap-notify"]);
  chat.reread = read({ registration: "closed" });
  chat.operatorSays("reload");
  expect(ann.sees().filter((line) => line.includes(" DEL "))).toEqual([]);
});

test("clients are told of what is supported otherwise, and no more", () => {
  const chat = new Chat({ settings: { icon: "https://example.org/a?b=c" } });
  const ann = chat.member("ann");
  chat.reread = read({ network: "Other" });
  chat.operatorSays("reload");
  expect(ann.sees()).toEqual([
    ":server 005 ann NETWORK=Other -draft/ICON :are supported by this server",
  ]);
});
