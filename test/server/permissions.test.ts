/**
 * Who may do what in which channel, tried out: role × command × channel mode, compared with `test/data/permissions.txt`.
 *
 * A cell is what the role is answered (numerics and commands; with 352 and 353 how many people are shown), and behind `>`
 * whether an admin and a plain member of the channel see anything of it. When something is meant to be different,
 * `WRITE_PERMISSIONS=1 bun test test/server/permissions.test.ts` writes the file anew; read its difference.
 *
 * For JOIN the roles that are in the channel have left it before; MSGID is the founder's last message. The channel has bans on `ban` and `~m:mut`.
 */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalog } from "../../src/server/commands/index.ts";
import { columns, roles, Stage, type Column, type Role } from "../support/permissions.ts";

const file = join(import.meta.dir, "..", "data", "permissions.txt");

/** What is tried of each command that has to do with channels. */
const tried: Readonly<Record<string, readonly string[]>> = {
  CHATHISTORY: ["CHATHISTORY LATEST #room * 1"],
  INVITE: ["INVITE out #room"],
  JOIN: ["JOIN #room"],
  KICK: ["mem2", "voi2", "hal2", "ope2", "adm2", "fou"].map((name) => `KICK #room ${name} :Out`),
  LIST: ["LIST #room"],
  MARKREAD: ["MARKREAD #room", "MARKREAD #room timestamp=2026-01-01T00:00:00.000Z"],
  METADATA: ["METADATA #room GET a", "METADATA #room SET a 1"],
  MODE: [
    "MODE #room",
    "MODE #room b",
    ...["+o mem2", "+h mem2", "+v mem2", "-o adm2", "-v voi2"].map(
      (modes) => `MODE #room ${modes}`,
    ),
    ...["+b new", "+k sesame", "+m", "+s"].map((modes) => `MODE #room ${modes}`),
  ],
  NAMES: ["NAMES #room"],
  NICK: ["NICK other"],
  NOTICE: ["NOTICE #room :Hello"],
  PART: ["PART #room :Bye"],
  PRIVMSG: ["PRIVMSG #room :Hello", "PRIVMSG #room :\x01VERSION\x01", "PRIVMSG @#room :Hello"],
  REDACT: ["REDACT #room MSGID"],
  RENAME: ["RENAME #room #hall"],
  SEARCH: ["SEARCH in=#room"],
  STATS: ["STATS o"],
  TAGMSG: ["@+typing=active TAGMSG #room", "@+typing=active TAGMSG +#room"],
  TOPIC: ["TOPIC #room", "TOPIC #room :Plans"],
  WALLOPS: ["WALLOPS :Hello"],
  WHO: ["WHO #room"],
  WHOIS: ["WHOIS mem2"],
};

/** Commands that have nothing to do with channels, or are seen elsewhere, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  ADMIN: "about the server",
  AUTHENTICATE: "the login",
  AWAY: "about oneself; away.test.ts has who is told, auditorium.test.ts who of a channel",
  BATCH: "says by PRIVMSG or NOTICE; batch.test.ts has that it may say no more than those",
  CAP: "the connection's capabilities",
  HELP: "about the server",
  HELPOP: "about the server",
  INFO: "about the server",
  ISON: "whether someone is connected, whatever channel they are in",
  ISUPPORT: "about the server",
  KILL: "ends connections; operating.test.ts has who may",
  LINKS: "about the server",
  LUSERS: "counts; test/server/policy.test.ts has that secret channels are not counted",
  MONITOR: "whether someone is connected, whatever channel they are in",
  MOTD: "about the server",
  OPAQUE: "registration",
  NICKSERV: "about accounts",
  NS: "about accounts",
  OPER: "the server's settings",
  PASS: "the connection",
  PING: "the connection",
  PONG: "the connection",
  QUIT: "ends the connection; auditorium.test.ts has who sees it",
  REGISTER: "registration",
  REHASH: "about the server",
  SETNAME: "about oneself; auditorium.test.ts has who of a channel is told",
  TIME: "about the server",
  USER: "the connection",
  USERHOST: "whether someone is connected, whatever channel they are in",
  VERIFY: "registration",
  VERSION: "about the server",
  WEBIRC: "the connection",
  WHOWAS: "who went by a nick; it names no channel",
};

test("every command is tried in a channel, or is named with the reason why not", () => {
  const named = [...Object.keys(tried), ...Object.keys(elsewhere)].sort();
  expect(named).toEqual([...catalog.commandNames]);
});

// Some six thousand cells, each of them tried: longer than a test may usually take.
const withinMs = 120_000;

test(
  "each role gets for each command in each kind of channel what the table says",
  () => {
    const table = tableOf(allCells());
    if (process.env["WRITE_PERMISSIONS"] === "1") writeFileSync(file, table);
    expect(table.split("\n")).toEqual(readFileSync(file, "utf8").split("\n"));
  },
  withinMs,
);

/** By line and role: for each answer the columns in which it is got. */
type Cells = ReadonlyMap<string, ReadonlyMap<Role, Map<string, Column[]>>>;

// The keys of these literals, which have no others.
const allRoles = Object.keys(roles) as Role[];
const allColumns = Object.keys(columns) as Column[];

function allCells(): Cells {
  const lines = Object.values(tried).flat();
  const cells = new Map(
    lines.map((line) => [
      line,
      new Map(allRoles.map((role) => [role, new Map<string, Column[]>()])),
    ]),
  );
  for (const column of allColumns) {
    const stage = new Stage(column);
    for (const line of lines) {
      for (const role of allRoles) {
        const answers = cells.get(line)?.get(role);
        const answer = stage.try(role, line);
        answers?.set(answer, [...(answers.get(answer) ?? []), column]);
      }
    }
  }
  return cells;
}

/** The most usual answer of a role without its columns, then the others with theirs. */
function tableOf(cells: Cells): string {
  const text: string[] = [`channels: ${allColumns.join(" ")}`, ""];
  for (const [line, byRole] of cells) {
    text.push(line.replaceAll("\x01", "^A"));
    for (const [role, answers] of byRole) {
      const sorted = [...answers].sort(([, left], [, right]) => right.length - left.length);
      const [usual, ...others] = sorted.map(([answer, where]) => ({ answer, where }));
      const rest = others.map(({ answer, where }) => `${where.join(" ")}: ${answer}`);
      text.push(`  ${role.padEnd(16)}${[usual?.answer ?? "", ...rest].join(" | ")}`);
    }
    text.push("");
  }
  return text.join("\n");
}
