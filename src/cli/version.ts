/**
 * `authchat version`: which version this is, for people or as JSON.
 */
import { exitCodes } from "./command-line/exit.ts";
import { standardOut } from "./terminal/out.ts";
import { softwareVersion } from "./command-line/software.ts";
import { type Subcommand } from "./command-line/strict.ts";

export const versionCommand: Subcommand = {
  name: "version",
  summary: "Say which version this is",
  options: [{ kind: "flag", name: "json", summary: "As one JSON object" }],
  positionals: [],
  run(args) {
    standardOut.line(args.flag("json") ? JSON.stringify(facts()) : versionLine());
    return Promise.resolve(exitCodes.ok);
  },
};

/** `authchat 0.1.0 (Bun 1.4.5, linux-x64)`. */
function versionLine(): string {
  const { version, bun, platform } = facts();
  return `authchat ${version} (Bun ${bun}, ${platform})`;
}

function facts(): { readonly version: string; readonly bun: string; readonly platform: string } {
  return {
    version: softwareVersion,
    bun: Bun.version,
    platform: `${process.platform}-${process.arch}`,
  };
}
