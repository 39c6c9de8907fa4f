/**
 * `kill -9` under load: twenty clients with twenty messages on their way each, killed at any time. Whatever was
 * acknowledged is kept, nothing is kept twice although the clients say again what was not answered, and everyone saw
 * one order: that of history.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { LoadClient } from "../support/load-client.ts";
import { isLongForm } from "../support/long-form.ts";
import { everythingFor } from "../support/pages.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(600_000);

const rounds = isLongForm ? 25 : 3;
const clientCount = 20;
const inFlight = 20;

/** Between 100 and 500 ms. */
function anyTime(): number {
  return 100 + Math.random() * 400;
}

test(`killed ${rounds} times under load: all that was acknowledged is kept, once, in the order it was seen`, async () => {
  const port = await stablePort();
  const options = {
    words: ["--listen", "127.0.0.1:0", "--plain", `127.0.0.1:${port}`, "--registration", "open"],
    settings: "[limits]\nflood = false\n",
  };
  let server = await ServerProcess.starts(options);
  // It is there from the beginning, and says nothing.
  const reader = new LoadClient({ port, name: "reader", inFlight: 0 });
  expect(await reader.until(({ isOnline }) => isOnline)).toBe(true);
  reader.leaves();
  const clients = Array.from(
    { length: clientCount },
    (_none, index) => new LoadClient({ port, name: `client${index}`, inFlight }),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const client of clients) expect(await client.until(({ isOnline }) => isOnline)).toBe(true);
    for (const client of clients) client.talks();
    await Bun.sleep(anyTime());
    // Every second one loses its answers too: it has to say again what is kept.
    for (const client of clients.slice(clientCount / 2)) client.drops();
    server.signals("SIGKILL");
    for (const client of clients) client.pauses();
    await server.ended();
    for (const client of clients) await client.until(({ isOnline }) => !isOnline);
    server = await ServerProcess.starts({ ...options, data: server.data });
  }
  for (const client of clients) expect(await client.until(({ isDone }) => isDone)).toBe(true);

  const kept = await everythingFor("reader", server);
  const ids = new Map(kept.map(({ id, text }) => [text, id]));
  // Nothing is there twice, and all that was said is there: nobody gave up.
  expect(ids.size).toBe(kept.length);
  expect(kept).toHaveLength(clients.reduce((sum, { sent }) => sum + sent, 0));
  for (const { acknowledged, sent, refused } of clients) {
    expect(refused.size).toBe(0);
    expect(acknowledged.size).toBe(sent);
    for (const [text, id] of acknowledged) expect(ids.get(text)).toBe(id);
  }
  // What a connection saw is a piece of history, without a hole and in its order.
  const order = new Map(kept.map(({ id }, index) => [id, index]));
  for (const view of clients.flatMap(({ views }) => views)) {
    const first = order.get(view[0] ?? "") ?? 0;
    expect(view).toEqual(kept.slice(first, first + view.length).map(({ id }) => id));
  }
  const repeats = clients.reduce((sum, client) => sum + client.repeats, 0);
  expect(repeats).toBeGreaterThan(0);
  process.stderr.write(`${rounds} kills: ${kept.length} kept, ${repeats} of them said again\n`);
});
