/**
 * `authchat restore`: puts a backup in the place of a server's data, once all of it has been checked.
 *
 * What was done is on standard output. What was there before is kept; its place is named.
 */
import { printable } from "../protocol/text.ts";
import { exitCodes } from "./command-line/exit.ts";
import { type Subcommand } from "./command-line/strict.ts";
import { dataFolderPath, openDataFolder } from "./server/data-folder.ts";
import { type Manifest } from "./server/manifest.ts";
import { systemClocks } from "./server/outside.ts";
import { checkBackup, restore } from "./server/restoring.ts";
import { folderOptions, folderSettings } from "./server/serve-options.ts";
import { standardOut } from "./terminal/out.ts";

export const restoreCommand: Subcommand = {
  name: "restore",
  summary: "Check a backup, and put it in the place of the server's data",
  options: [
    ...folderOptions,
    {
      kind: "text",
      name: "key",
      value: "FILE",
      summary: "The key of its passwords, when it is neither in the backup nor in the data folder",
    },
    { kind: "flag", name: "check", summary: "Only check it" },
  ],
  positionals: [{ name: "folder", summary: "What  authchat backup  has made", isRequired: true }],
  async run(args) {
    const settings = folderSettings(args);
    const data = openDataFolder(dataFolderPath(settings.dataFolder));
    const source = args.positional("folder") ?? "";
    const options = {
      keyFile: args.text("key"),
      serverName: settings.server.name,
      now: systemClocks.wall(),
    };
    if (args.flag("check")) {
      const manifest = await checkBackup(data, source, options);
      standardOut.line(printable(`${source} is sound: ${contents(manifest)}`));
      return exitCodes.ok;
    }
    const { manifest, before } = await restore(data, source, options);
    standardOut.line(printable(`${data.path} is restored: ${contents(manifest)}`));
    if (before !== undefined) standardOut.line(printable(`What was there before is in ${before}`));
    return exitCodes.ok;
  },
};

function contents({ entries, heads, madeAt }: Manifest): string {
  return `${entries} entries of ${Object.keys(heads).length} rooms and conversations, as of ${madeAt}`;
}
