/**
 * A port for servers that are stopped and started again on it while clients try to come back.
 *
 * It is none that the system gives to those who ask for any: in between, a client's own end would sometimes get it.
 */
import { createServer } from "node:net";

/** Below the ports that Linux (from 32768) and the others (from 49152) give away. */
const lowest = 20_000;
const highest = 32_000;

export async function stablePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
