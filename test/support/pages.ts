/** History as a client reads it that knows nothing yet: page by page, from the beginning to the end. */
import { password } from "./client-process.ts";
import { RawClient } from "./raw-client.ts";
import { type ServerProcess } from "./server-process.ts";

/** What was said, with its id. */
export interface Kept {
  readonly id: string;
  readonly text: string;
}

/** All that was said in the room since this member came in. */
export async function everythingFor(name: string, server: ServerProcess): Promise<readonly Kept[]> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn(name, password);
  client.sends("CAP REQ :batch draft/chathistory");
  await client.until(/ CAP \S+ ACK /);
  const kept: Kept[] = [];
  let after = "timestamp=1970-01-01T00:00:00.000Z";
  for (;;) {
    const before = kept.length;
    client.sends(`CHATHISTORY AFTER #general ${after} 100`);
    await client.until((line) => {
      const message = /^@(?:\S*;)?msgid=([^\s;]+)\S* \S+ PRIVMSG #general :(.*)$/.exec(line);
      if (line.includes("batch=") && message !== null)
        kept.push({ id: message[1] ?? "", text: message[2] ?? "" });
      return line.includes(" BATCH -");
    });
    if (kept.length === before) {
      client.leaves();
      return kept;
    }
    after = `msgid=${kept.at(-1)?.id}`;
  }
}
