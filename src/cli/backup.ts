/**
 * `authchat backup`: a copy of everything a server needs, while it runs or while none does.
 *
 * What was made is on standard output; what is to be known besides is on standard error. It is 1 when entries of the
 * database are damaged: the backup is made all the same, of all that is sound.
 */
import { printable } from "../protocol/text.ts";
import { exitCodes } from "./command-line/exit.ts";
import { type Subcommand } from "./command-line/strict.ts";
import { backupLines, backUp } from "./server/backing-up.ts";
import { dataFolderPath, existingDataFolder } from "./server/data-folder.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";
import { standardError, standardOut } from "./terminal/out.ts";

/** Damaged entries that are named; there may be many. */
const namedMax = 20;

export const backupCommand: Subcommand = {
  name: "backup",
  summary: "Copy the server's data into a folder, also while it runs",
  options: [
    ...folderOptions,
    { kind: "flag", name: "with-key", summary: "With the key of the passwords: keep it safe" },
    { kind: "flag", name: "force", summary: "Replace an earlier backup of that name" },
  ],
  positionals: [{ name: "folder", summary: "Where to; it is made", isRequired: true }],
  async run(args) {
    const data = existingDataFolder(dataFolderPath(folderSettings(args).dataFolder));
    const backup = await backUp(data, args.positional("folder") ?? "", {
      withKey: args.flag("with-key"),
      replaces: args.flag("force"),
    });
    const [made = "", ...others] = backupLines(backup);
    standardOut.line(printable(made));
    for (const line of others) standardError.line(printable(line));
    const { damaged } = backup;
    for (const problem of damaged.slice(0, namedMax)) standardError.line(`authchat: ${problem}`);
    if (damaged.length === 0) return exitCodes.ok;
    standardError.line(`authchat: ${damaged.length} entries are damaged, here and in the backup`);
    return exitCodes.failure;
  },
};
