/**
 * Beginnings that go wrong, against the built server over TLS and in plain text on this machine: each gets a clear
 * answer, and an honest client talks on as if nothing had been.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { password } from "../support/client-process.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const words = ["--listen", "127.0.0.1:0", "--plain", "127.0.0.1:0", "--password-length", "12"];
const settings = "[limits]\nregistration-ms = 1500\n";

interface Beginning {
  readonly title: string;
  readonly begins: (client: RawClient) => void;
  /** What it is answered, each in its turn. */
  readonly sees: readonly RegExp[];
  /** The server closes it in the end. */
  readonly isClosed: boolean;
}

function logsIn(client: RawClient, name: string, secret: string): void {
  const response = Buffer.from(`\0${name}\0${secret}`).toString("base64");
  client.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`, "CAP REQ :sasl");
  client.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`);
}

function registers(client: RawClient, name: string, secret: string): void {
  client.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
  client.sends("CAP REQ :draft/account-registration", `REGISTER * * :${secret}`);
}

const beginnings: readonly Beginning[] = [
  {
    title: "a wrong password",
    begins: (client) => logsIn(client, "ann", "not her password"),
    sees: [/^:\S+ 904 ann :SASL authentication failed$/],
    isClosed: false,
  },
  {
    title: "an unknown name",
    begins: (client) => logsIn(client, "nobody", password),
    sees: [/^:\S+ 904 nobody :SASL authentication failed$/],
    isClosed: false,
  },
  {
    title: "a password that is guessed three times",
    begins(client) {
      logsIn(client, "ann", "not her password");
      const response = Buffer.from("\0ann\0nor this").toString("base64");
      for (let count = 0; count < 2; count += 1) {
        client.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${response}`);
      }
    },
    sees: [/ 904 /, / 904 /, / 904 /, /^ERROR :/],
    isClosed: true,
  },
  {
    title: "an account that waits for a decision",
    begins: (client) => logsIn(client, "eve", password),
    sees: [/^:\S+ 904 eve :.*approve/i],
    isClosed: false,
  },
  {
    title: "the wrong password of an account that waits for a decision",
    begins: (client) => logsIn(client, "eve", "not her password"),
    sees: [/^:\S+ 904 eve :SASL authentication failed$/],
    isClosed: false,
  },
  {
    title: "no login at all",
    begins: (client) => client.sends("NICK guest", "USER guest 0 * :Guest"),
    sees: [
      /^:\S+ FAIL \* ACCOUNT_REQUIRED :/,
      /^:NickServ!\S+ NOTICE guest :/,
      /^ERROR :.*timed out/,
    ],
    isClosed: true,
  },
  {
    title: "a name that is taken",
    begins: (client) => registers(client, "ann", password),
    sees: [/^:\S+ FAIL REGISTER ACCOUNT_EXISTS ann :/],
    isClosed: false,
  },
  {
    title: "a name that waits for a decision",
    begins: (client) => registers(client, "eve", "another good password"),
    sees: [/^:\S+ FAIL REGISTER ACCOUNT_EXISTS eve :/],
    isClosed: false,
  },
  {
    title: "a bad name",
    begins: (client) => client.sends("CAP LS 302", "NICK 1ann", "USER x 0 * :x"),
    sees: [/^:\S+ 432 \* 1ann :/],
    isClosed: false,
  },
  {
    title: "a bad name of an account",
    begins(client) {
      client.sends("CAP LS 302", "NICK ok", "USER ok 0 * :ok");
      client.sends("CAP REQ :draft/account-registration", `REGISTER 1ann * :${password}`);
    },
    sees: [/^:\S+ FAIL REGISTER BAD_ACCOUNT_NAME 1ann :/],
    isClosed: false,
  },
  {
    title: "a short password",
    begins: (client) => registers(client, "tim", "short"),
    sees: [/^:\S+ FAIL REGISTER WEAK_PASSWORD tim :.*12/],
    isClosed: false,
  },
  {
    title: "an over-long line",
    begins: (client) => client.sends(`NICK ${"x".repeat(10_000)}`, "CAP LS 302"),
    sees: [/^:\S+ 417 \* :/, / CAP \* LS /],
    isClosed: false,
  },
  {
    title: "a line that never ends",
    begins: (client) => client.sendsRaw("x".repeat(1_000_000)),
    sees: [/ 417 |^ERROR :/],
    isClosed: true,
  },
  {
    title: "binary garbage",
    begins(client) {
      client.sendsRaw(Uint8Array.from({ length: 4_096 }, (_, index) => (index * 167 + 13) % 256));
      client.sendsRaw("\r\nCAP LS 302\r\n");
    },
    sees: [/^:\S+ FAIL \* INVALID_(?:UTF8|MESSAGE) :/, / CAP \* LS /],
    isClosed: false,
  },
  {
    title: "a web browser",
    begins: (client) => client.sends("GET / HTTP/1.1", "Host: chat", "User-Agent: curl/8", ""),
    sees: [/^HTTP\/1\.1 |^:\S+ 4\d\d |^ERROR :/],
    isClosed: true,
  },
  {
    title: "a client that says nothing",
    begins: () => undefined,
    sees: [/^ERROR :/],
    isClosed: true,
  },
  {
    title: "a client that only answers pings and never logs in",
    begins: (client) => client.sends("CAP LS 302", "PING a", "PING b"),
    sees: [/ CAP \* LS /, / PONG /, / PONG /, /^ERROR :/],
    isClosed: true,
  },
];

async function member(server: ServerProcess, name: string): Promise<RawClient> {
  const asking = await RawClient.connect({ port: server.port(), tls: true });
  await asking.registers(name, password);
  expect((await server.account("approve", name)).code).toBe(0);
  asking.leaves();
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.logsIn(name, password)).toContain(" 903 ");
  await client.until(/ JOIN #general/);
  return client;
}

test.each([
  ["over TLS", true],
  ["in plain text", false],
])("whoever begins wrongly %s gets an answer, and the others talk on", async (_title, tls) => {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  const eve = await RawClient.connect({ port: server.port(), tls: true });
  expect(await eve.registers("eve", password)).toContain("VERIFICATION_REQUIRED");
  eve.leaves();
  const port = server.port(tls);
  const goes = async ({ title, begins, sees, isClosed }: Beginning): Promise<string> => {
    const client = await RawClient.connect({ port, tls });
    begins(client);
    for (const pattern of sees) await client.until(pattern);
    if (isClosed) await client.closed;
    client.leaves();
    ann.sends(`PRIVMSG #general :after ${title}`);
    return title;
  };
  // All at once: one who misbehaves must not hold up another.
  const outcomes = await Promise.allSettled(beginnings.map(goes));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [`${beginnings[index]?.title}: ${outcome.reason}`] : [],
  );
  expect(failed).toEqual([]);
  const heard = new Set(beginnings.map(({ title }) => `after ${title}`));
  while (heard.size > 0) {
    const line = await ann.until(/ PRIVMSG #general :/);
    heard.delete(line.slice(line.lastIndexOf(":") + 1));
  }
  expect(server.log.filter(({ event }) => event === "bug")).toEqual([]);
  expect((await server.account("list", "--state", "pending")).out).toBe("eve pending member\n");
});

test("half a handshake, and TLS where none is spoken, harm nobody", async () => {
  const server = await ServerProcess.starts({
    words,
    settings: `${settings}handshake-ms-max = 1000\n`,
  });
  const ann = await member(server, "ann");
  const silent = await RawClient.connect({ port: server.port(), tls: false });
  const browser = await RawClient.connect({ port: server.port(), tls: false });
  browser.sends("GET / HTTP/1.1", "");
  await browser.closed;
  const toPlain = RawClient.connect({ port: server.port(false), tls: true });
  const isRefused = toPlain.then(
    () => false,
    () => true,
  );
  expect(await isRefused).toBe(true);
  await silent.closed;
  ann.sends("PRIVMSG #general :still here");
  await ann.until(/PRIVMSG #general :still here/);
});
