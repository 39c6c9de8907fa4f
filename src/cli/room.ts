/**
 * `authchat room`: takes along what was said in a room, as lines of JSON.
 *
 * It reads the data folder itself (`server/export.ts`), so it is for who runs the server, whoever is in the room.
 */
import { printable } from "../protocol/text.ts";
import { parseChannelName } from "../protocol/names.ts";
import { type Subcommand, usageFault } from "./command-line/strict.ts";
import { exportRecords } from "./server/export.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";

export const roomCommand: Subcommand = {
  name: "room",
  summary: "Export a room: its members and all that was said in it",
  options: [...folderOptions],
  positionals: [
    { name: "action", summary: "export", isRequired: true, choices: ["export"] },
    { name: "room", summary: "The room, as '#room'", isRequired: true },
    { name: "file", summary: "A file to be made; none: standard output", isRequired: false },
  ],
  run(args) {
    const name = args.positional("room") ?? "";
    if (!parseChannelName(name).ok)
      throw usageFault("a room is written '#room', in quotes", "room");
    return exportRecords(folderSettings(args), {
      records: (from) => from.channel(name),
      missing: `no room ${printable(name)}`,
      file: args.positional("file"),
    });
  },
};
