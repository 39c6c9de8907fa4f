/**
 * `authchat serve`: builds the server's outside, runs the machine, and ends it well.
 */
import { isatty as isTerminal } from "node:tty";
import { giveAllocatorPatience } from "./server/allocator.ts";
import { Display } from "./server/display.ts";
import { forbidCoreDumps } from "./command-line/hardening.ts";
import { standardOut } from "./terminal/out.ts";
import { systemClocks } from "./server/outside.ts";
import { logSettings, serveOptions, serveSettings } from "./server/serve-options.ts";
import { Serving } from "./server/serving.ts";
import { type Subcommand } from "./command-line/strict.ts";

export const serveCommand: Subcommand = {
  name: "serve",
  summary: "Run the server",
  options: serveOptions,
  positionals: [],
  async run(args) {
    giveAllocatorPatience();
    const settings = serveSettings(args);
    const terminal = { isInput: isTerminal(0), isOutput: isTerminal(1) };
    const display = new Display({
      settings: logSettings(args, terminal),
      serverName: settings.server.name,
      out: standardOut,
      now: systemClocks.wall,
    });
    await forbidCoreDumps();
    const serving = await Serving.start(settings, display, () => serveSettings(args), {
      acceptsLoss: args.flag("accept-loss"),
    });
    return serving.ended;
  },
};
