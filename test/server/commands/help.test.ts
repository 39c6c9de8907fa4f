/** HELP: every command has a topic. */
import { expect, test } from "bun:test";
import { helpTopics } from "../../../src/server/commands/help.ts";
import { catalog } from "../../../src/server/commands/index.ts";
import { Chat } from "../../support/chat.ts";

test("every command has a topic, every topic a command, and all are in order", () => {
  const names = Object.keys(helpTopics);
  expect(names).toEqual([...catalog.commandNames]);
});

test("HELP of a command tells how it is used and what for", () => {
  const ann = new Chat().member("ann");
  ann.sends("HELP topic");
  expect(ann.sees()).toEqual([
    ":server 704 ann TOPIC :TOPIC #channel [topic]",
    ":server 705 ann TOPIC :shows or changes a channel's topic",
    ":server 706 ann TOPIC :End of /HELP",
  ]);
});

test("HELP by itself lists the commands", () => {
  const ann = new Chat().member("ann");
  ann.sends("HELP", "HELPOP index");
  const lines = ann.sees();
  expect(lines[0]).toStartWith(":server 704 ann index ");
  expect(lines.filter((line) => line.includes(" JOIN "))).toHaveLength(2);
});

test.each(["nonsense", "__proto__", "constructor"])("helpNotFound: %s is no topic", (subject) => {
  const ann = new Chat().member("ann");
  ann.sends(`HELP ${subject}`);
  expect(ann.sees()).toEqual([`:server 524 ann ${subject} :No help available on this topic`]);
});
