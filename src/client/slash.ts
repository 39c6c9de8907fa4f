/**
 * Slash: what the user types, as what is to be done.
 *
 *     text          is said in the room in front
 *     /word …       is a command of the table below; an unknown one is never sent as text
 *     //word        says `/word`
 *
 * Pure: the front end does what comes out, and words the suggestion for an unknown command.
 */
import { isMiddle } from "../protocol/message.ts";
import { type Action } from "./events.ts";
import { totpAction, totpUsage } from "./totp.ts";

export type Entered =
  | { readonly kind: "action"; readonly action: Action }
  /** Bring the room to the front; make the conversation when there is none. `say` is then said there. */
  | { readonly kind: "go"; readonly room: string | undefined; readonly say?: string }
  /** Ask for the old password and the new one, and change it. */
  | { readonly kind: "password" }
  | { readonly kind: "help"; readonly about: string | undefined }
  | { readonly kind: "unknown"; readonly word: string }
  | { readonly kind: "problem"; readonly text: string }
  | { readonly kind: "nothing" };

export interface SlashCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage: string;
  readonly summary: string;
  /** `rest` is what follows the name, without spaces around it; `room` the room in front. */
  run(rest: string, room: string | undefined): Entered;
}

/** @param room the room in front, if any. */
export function parseEntry(line: string, room: string | undefined): Entered {
  if (line.trim() === "") return { kind: "nothing" };
  if (!line.startsWith("/")) return said(room, line);
  if (line.startsWith("//")) return said(room, line.slice(1));
  const [, word = "", rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const command = slashCommand(word);
  return command === undefined ? { kind: "unknown", word } : command.run(rest.trim(), room);
}

/** By name or alias, whatever the case. */
function slashCommand(word: string): SlashCommand | undefined {
  const name = word.toLowerCase();
  return slashCommands.find(
    (command) => command.name === name || command.aliases?.includes(name) === true,
  );
}

/** One line a command, for `/help`. */
export function helpLines(about: string | undefined): string[] {
  if (about === undefined) {
    const width = Math.max(...slashCommands.map(({ usage }) => usage.length));
    return slashCommands.map(({ usage, summary }) => `${usage.padEnd(width)}  ${summary}`);
  }
  const command = slashCommand(about.replace(/^\//, ""));
  if (command === undefined) return [`there is no command ${about}; /help lists them`];
  const aliases = command.aliases?.map((alias) => `/${alias}`).join(", ");
  const also = aliases === undefined ? "" : ` (also ${aliases})`;
  return [`${command.usage}  ${command.summary}${also}`];
}

/** Every name and alias, without the slash. */
export function slashNames(): string[] {
  return slashCommands.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
}

function said(room: string | undefined, text: string): Entered {
  if (room === undefined) return problem("you are in no room; /join #room, or /msg NAME text");
  return { kind: "action", action: { kind: "send", target: room, text } };
}

function problem(text: string): Entered {
  return { kind: "problem", text };
}

function done(action: Action): Entered {
  return { kind: "action", action };
}

function commandOf(command: string, ...params: readonly string[]): Entered {
  return done({ kind: "command", command, params });
}

/** The first word, and the rest. */
function cut(text: string): readonly [string, string] {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [word, rest];
}

function isChannel(word: string): boolean {
  return /^[#&]/.test(word);
}

/** The room meant: named first, or the one in front; and what follows. */
function inRoom(rest: string, room: string | undefined): readonly [string | undefined, string] {
  const [word, after] = cut(rest);
  if (isChannel(word)) return [word, after];
  return [room !== undefined && isChannel(room) ? room : undefined, rest];
}

const noRoom = problem("this is for rooms; go to one, or name it");

function misused(form: string): Entered {
  return problem(`it is used like this: ${form}`);
}

/** `/op ann bob`: the same mode for each of the names. */
function memberMode(name: string, mode: string, summary: string): SlashCommand {
  const form = `/${name} NAME…`;
  return {
    name,
    usage: form,
    summary,
    run: (rest, room) => {
      const [channel, names] = inRoom(rest, room);
      const words = names.split(/\s+/).filter((word) => word !== "");
      if (channel === undefined) return noRoom;
      if (words.length === 0) return misused(form);
      const letters = mode.charAt(0) + mode.charAt(1).repeat(words.length);
      return commandOf("MODE", channel, letters, ...words);
    },
  };
}

export const slashCommands: readonly SlashCommand[] = [
  {
    name: "help",
    usage: "/help [COMMAND]",
    summary: "lists the commands, or explains one",
    run: (rest) => ({ kind: "help", about: rest === "" ? undefined : cut(rest)[0] }),
  },
  {
    name: "join",
    aliases: ["j"],
    usage: "/join #ROOM [KEY]",
    summary: "goes into a room; makes it when there is none",
    run: (rest) => {
      const [word, after] = cut(rest);
      if (word === "") return misused("/join #ROOM [KEY]");
      const channel = isChannel(word) ? word : `#${word}`;
      const [key] = cut(after);
      return done({ kind: "join", channel, ...(key === "" ? {} : { key }) });
    },
  },
  {
    name: "part",
    aliases: ["leave"],
    usage: "/part [#ROOM] [REASON]",
    summary: "leaves the room",
    run: (rest, room) => {
      const [channel, reason] = inRoom(rest, room);
      if (channel === undefined) return noRoom;
      return done({ kind: "part", channel, ...(reason === "" ? {} : { reason }) });
    },
  },
  {
    name: "msg",
    aliases: ["w"],
    usage: "/msg NAME TEXT",
    summary: "says something to one person, or in another room",
    run: (rest) => {
      const [target, text] = cut(rest);
      if (text === "") return misused("/msg NAME TEXT");
      return done({ kind: "send", target, text });
    },
  },
  {
    name: "query",
    usage: "/query NAME [TEXT]",
    summary: "opens a conversation with one person",
    run: (rest) => {
      const [target, text] = cut(rest);
      if (!isMiddle(target)) return misused("/query NAME [TEXT]");
      return { kind: "go", room: target, ...(text === "" ? {} : { say: text }) };
    },
  },
  {
    name: "me",
    usage: "/me TEXT",
    summary: "says what you do: * ann waves",
    run: (rest, room) => {
      if (room === undefined || rest === "") return misused("/me TEXT, in a room");
      return done({ kind: "send", target: room, text: rest, messageKind: "action" });
    },
  },
  {
    name: "notice",
    usage: "/notice NAME TEXT",
    summary: "says something that no program answers",
    run: (rest) => {
      const [target, text] = cut(rest);
      if (text === "") return misused("/notice NAME TEXT");
      return done({ kind: "send", target, text, messageKind: "notice" });
    },
  },
  {
    name: "read",
    usage: "/read",
    summary: "marks what is in front of you as read, on your other devices too",
    run: (rest, room) => {
      if (rest !== "" || room === undefined) return misused("/read, in a room");
      return done({ kind: "read", room });
    },
  },
  {
    name: "topic",
    usage: "/topic [TEXT]",
    summary: "shows the room's topic, or changes it",
    run: (rest, room) => {
      const [channel, text] = inRoom(rest, room);
      if (channel === undefined) return noRoom;
      return done({ kind: "topic", channel, ...(text === "" ? {} : { text }) });
    },
  },
  {
    name: "names",
    usage: "/names [#ROOM]",
    summary: "tells who is in the room",
    run: (rest, room) => {
      const [channel] = inRoom(rest, room);
      return channel === undefined ? noRoom : commandOf("NAMES", channel);
    },
  },
  {
    name: "whois",
    usage: "/whois NAME",
    summary: "tells about one person",
    run: (rest) => (rest === "" ? misused("/whois NAME") : commandOf("WHOIS", cut(rest)[0])),
  },
  {
    name: "list",
    usage: "/list [PATTERN]",
    summary: "lists the rooms of the server",
    run: (rest) => (rest === "" ? commandOf("LIST") : commandOf("LIST", cut(rest)[0])),
  },
  {
    name: "invite",
    usage: "/invite NAME [#ROOM]",
    summary: "invites someone into the room",
    run: (rest, room) => {
      const [name, after] = cut(rest);
      const [channel] = inRoom(after, room);
      if (name === "") return misused("/invite NAME [#ROOM]");
      return channel === undefined ? noRoom : commandOf("INVITE", name, channel);
    },
  },
  {
    name: "kick",
    usage: "/kick NAME [REASON]",
    summary: "puts someone out of the room",
    run: (rest, room) => {
      const [channel, after] = inRoom(rest, room);
      const [name, reason] = cut(after);
      if (channel === undefined) return noRoom;
      if (name === "") return misused("/kick NAME [REASON]");
      return commandOf("KICK", channel, name, ...(reason === "" ? [] : [reason]));
    },
  },
  memberMode("op", "+o", "makes members operators of the room"),
  memberMode("deop", "-o", "takes that back"),
  memberMode("voice", "+v", "lets members speak in a moderated room"),
  memberMode("devoice", "-v", "takes that back"),
  {
    name: "ban",
    usage: "/ban [NAME or MASK]",
    summary: "keeps someone out of the room; lists the bans",
    run: (rest, room) => {
      const [channel, mask] = inRoom(rest, room);
      if (channel === undefined) return noRoom;
      return commandOf("MODE", channel, "+b", ...(mask === "" ? [] : [cut(mask)[0]]));
    },
  },
  {
    name: "unban",
    usage: "/unban NAME or MASK",
    summary: "takes a ban back",
    run: (rest, room) => {
      const [channel, mask] = inRoom(rest, room);
      if (channel === undefined) return noRoom;
      return mask === "" ? misused("/unban MASK") : commandOf("MODE", channel, "-b", cut(mask)[0]);
    },
  },
  {
    name: "mode",
    usage: "/mode [#ROOM] [+-LETTERS …]",
    summary: "shows or changes the room's modes",
    run: (rest, room) => {
      const [word, after] = cut(rest);
      const isNamed = word !== "" && !/^[+-]/.test(word);
      const target = isNamed ? word : room;
      const words = (isNamed ? after : rest).split(/\s+/).filter((part) => part !== "");
      return target === undefined ? noRoom : commandOf("MODE", target, ...words);
    },
  },
  {
    name: "nick",
    usage: "/nick NAME",
    summary: "changes the nick, where the server lets you",
    run: (rest) => (rest === "" ? misused("/nick NAME") : commandOf("NICK", cut(rest)[0])),
  },
  {
    name: "history",
    usage: "/history [NUMBER]",
    summary: "shows what was said earlier",
    run: (rest, room) => {
      if (room === undefined) return noRoom;
      const limit = Math.trunc(Number(rest));
      return done({ kind: "history", target: room, limit: limit > 0 ? limit : 20 });
    },
  },
  {
    name: "search",
    usage: "/search [#ROOM] [TEXT]",
    summary: "finds what was said, everywhere or in a room; without a text: what is older",
    run: (rest) => {
      const [word, after] = cut(rest);
      if (rest === "") return done({ kind: "search" });
      if (!isChannel(word)) return done({ kind: "search", text: rest });
      if (after === "") return misused("/search #ROOM TEXT");
      return done({ kind: "search", text: after, room: word });
    },
  },
  {
    name: "redact",
    aliases: ["delete"],
    usage: "/redact [REASON]",
    summary: "deletes what you said last in the room, for everyone",
    run: (rest, room) => {
      if (room === undefined) return noRoom;
      return done({ kind: "redact", target: room, ...(rest === "" ? {} : { reason: rest }) });
    },
  },
  {
    name: "go",
    usage: "/go [ROOM or NAME]",
    summary: "goes to another room; without a name: to the next with something new",
    run: (rest) => ({ kind: "go", room: rest === "" ? undefined : cut(rest)[0] }),
  },
  {
    name: "sessions",
    usage: "/sessions",
    summary: "lists the devices that the server remembers as yours",
    run: () => commandOf("PRIVMSG", "NickServ", "sessions"),
  },
  {
    name: "logout",
    usage: "/logout [NUMBER, all or others]",
    summary: "has the server forget this device and ends the program; or other devices",
    run: (rest) => commandOf("PRIVMSG", "NickServ", rest === "" ? "logout" : `logout ${rest}`),
  },
  {
    name: "totp",
    usage: totpUsage,
    summary: "a code besides your password: sets it up, ends it, makes recovery codes",
    run: (rest) => {
      const action = totpAction(rest);
      return action === undefined ? misused(totpUsage) : done(action);
    },
  },
  {
    name: "password",
    aliases: ["passwd"],
    usage: "/password",
    summary: "changes your password; it is asked for",
    // What is typed here is on the screen: no password belongs in it.
    run: (rest) =>
      rest === "" ? { kind: "password" } : misused("/password, and nothing after it"),
  },
  {
    name: "raw",
    aliases: ["quote"],
    usage: "/raw LINE",
    summary: "sends a line of the protocol as it is",
    run: (rest) => (rest === "" ? misused("/raw LINE") : done({ kind: "raw", line: rest })),
  },
  {
    name: "reconnect",
    usage: "/reconnect",
    summary: "connects again, now",
    run: () => done({ kind: "reconnect" }),
  },
  {
    name: "quit",
    aliases: ["exit"],
    usage: "/quit [TEXT]",
    summary: "ends the program",
    run: (rest) => done({ kind: "quit", ...(rest === "" ? {} : { reason: rest }) }),
  },
];
