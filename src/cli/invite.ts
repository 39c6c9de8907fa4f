/**
 * `authchat invite`: makes links that make accounts, by the running server or, when there is none, on its files.
 *
 * The links are on standard output, for scripts; what they are good for is said on standard error.
 */
import { printable } from "../protocol/text.ts";
import { exitCodes } from "./command-line/exit.ts";
import { type Arguments, type Subcommand, usageFault } from "./command-line/strict.ts";
import { instruct } from "./server/instruct.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";
import { standardError, standardOut } from "./terminal/out.ts";

export const inviteCommand: Subcommand = {
  name: "invite",
  summary: "Make a link that makes an account; one for each NAME",
  options: [
    ...folderOptions,
    { kind: "number", name: "uses", value: "N", min: 1, max: 1_000, summary: "For so many (1)" },
    { kind: "number", name: "days", value: "N", min: 1, max: 365, summary: "Good so long (7)" },
    {
      kind: "choice",
      name: "role",
      choices: ["member", "operator"],
      summary: "What they will be (member)",
    },
    {
      kind: "text",
      name: "room",
      value: "#ROOM",
      isRepeatable: true,
      summary: "They will be in this room too",
    },
  ],
  positionals: [
    {
      name: "name",
      summary: "For whom a link is; it is only a note",
      isRequired: false,
      isRepeatable: true,
    },
  ],
  async run(args) {
    const { isDone, lines } = await instruct(folderSettings(args), {
      words: wordsOf(args),
      isForLink: true,
    });
    for (const line of lines) {
      const isLink = isDone && /(?:^|\s)[a-z]+:\/\/\S+$/.test(line);
      if (isLink) standardOut.line(printable(line));
      else standardError.line(printable(isDone ? line : `authchat: ${line}`));
    }
    return isDone ? exitCodes.ok : exitCodes.failure;
  },
};

function wordsOf(args: Arguments): string {
  const names = args.rest("name");
  const rooms = args.texts("room");
  if ([...names, ...rooms].some((word) => /[\s\p{Cc}]/u.test(word) || word === "")) {
    throw usageFault("a name is one word, and so is a room", "invite");
  }
  const options = [
    ["--uses", args.number("uses")],
    ["--days", args.number("days")],
    ["--role", args.text("role")],
    ...rooms.map((room) => ["--room", room] as const),
  ] as const;
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return ["invite", ...names, ...given].join(" ");
}
