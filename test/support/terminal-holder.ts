/**
 * A process that holds a terminal for another program: run with that program's command line, it prints what the
 * program writes. Stopped (SIGSTOP), it is a terminal that nobody reads.
 */
import { argv, stdout } from "node:process";

const child = Bun.spawn(argv.slice(2), {
  terminal: {
    cols: 100,
    rows: 30,
    data(_terminal, bytes) {
      stdout.write(bytes);
    },
  },
});
stdout.write(`pid ${child.pid}\n`);
process.exitCode = await child.exited;
