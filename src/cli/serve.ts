/**
 * `authchat serve`: builds the server's outside, runs the machine, and ends it well.
 */
import { isatty as isTerminal } from "node:tty";
import { Display } from "./display.ts";
import { forbidCoreDumps } from "./hardening.ts";
import { standardOut } from "./out.ts";
import { systemClocks } from "./outside.ts";
import { logSettings, serveOptions, serveSettings } from "./serve-options.ts";
import { Serving } from "./serving.ts";
import { type Subcommand } from "./strict.ts";

export const serveCommand: Subcommand = {
  name: "serve",
  summary: "Run the server",
  options: serveOptions,
  positionals: [],
  async run(args) {
    const settings = serveSettings(args);
    const terminal = { isInput: isTerminal(0), isOutput: isTerminal(1) };
    const display = new Display({
      settings: logSettings(args, terminal),
      serverName: settings.server.name,
      out: standardOut,
      now: systemClocks.wall,
    });
    await forbidCoreDumps();
    const serving = await Serving.start(settings, display);
    return serving.ended;
  },
};
