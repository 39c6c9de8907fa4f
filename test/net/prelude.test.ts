/**
 * What comes before the first line: PROXY headers and WebSocket upgrades, on real sockets.
 */
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "bun:test";
import { type ConnectionId } from "../../src/base/ids.ts";
import { Prelude } from "../../src/net/prelude.ts";
import { identity, TestServer, type ServerOptions } from "./support.ts";

/** Sends back every line that it gets. */
function echoing(options: ServerOptions): TestServer {
  return new TestServer({
    ...options,
    bytes: (server, connection, bytes) => server.transport.write(connection, [bytes]),
  });
}

function webSocket(url: string, protocols: string[]): { socket: WebSocket; messages: string[] } {
  // Bun's own client, told to take the test's certificate.
  const options = { protocols, tls: { rejectUnauthorized: false } };
  const socket = new WebSocket(url, options as unknown as string[]);
  socket.binaryType = "arraybuffer";
  const messages: string[] = [];
  socket.addEventListener("message", ({ data }) => {
    messages.push(
      typeof data === "string"
        ? `text ${data}`
        : `binary ${Buffer.from(data as ArrayBuffer).toString()}`,
    );
  });
  onTestFinished(() => socket.close());
  return { socket, messages };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("no WebSocket")));
  });
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await Bun.sleep(1);
}

test.each([
  ["ws", undefined, "text.ircv3.net", "text"],
  ["wss", identity, "binary.ircv3.net", "binary"],
])("over %s lines go there and back as messages", async (scheme, tls, protocol, kind) => {
  const server = echoing({
    ...(tls === undefined ? {} : { tls }),
    listener: { isWebSocket: true },
  });
  const { socket, messages } = webSocket(`${scheme}://127.0.0.1:${server.port}/`, [protocol]);
  await opened(socket);
  expect(socket.protocol).toBe(protocol);
  if (kind === "text") socket.send("PRIVMSG #a :Grüße");
  else socket.send(Buffer.from("PRIVMSG #a :Grüße"));
  await until(() => messages.length > 0);
  expect(messages).toEqual([`${kind} PRIVMSG #a :Grüße`]);
  const facts = server.opened.get(await server.connection());
  expect(facts?.tls?.exporter?.length).toBe(tls === undefined ? undefined : 32);
});

test("a WebSocket is closed politely by either side", async () => {
  const server = echoing({ listener: { isWebSocket: true } });
  const first = webSocket(`ws://127.0.0.1:${server.port}/`, ["text.ircv3.net"]);
  await opened(first.socket);
  const connection = await server.connection();
  const end = closed(first.socket);
  server.transport.write(connection, [Buffer.from("ERROR :bye\r\n")]);
  server.transport.close(connection);
  expect(await end).toBe(1000);
  expect(first.messages).toEqual(["text ERROR :bye"]);
  const second = webSocket(`ws://127.0.0.1:${server.port}/`, ["text.ircv3.net"]);
  await opened(second.socket);
  second.socket.close(1000);
  await server.changes.until(() => server.closed.size === 2);
});

test("who never upgrades is closed at the deadline and never heard of", async () => {
  const server = new TestServer({
    listener: { isWebSocket: true },
    limits: { handshakeMsMax: 20 },
  });
  const socket = raw(server, "GET / HTTP/1.1\r\n");
  await ended(socket);
  expect(server.opened.size).toBe(0);
});

test("an ordinary web request is answered and closed", async () => {
  const server = new TestServer({ listener: { isWebSocket: true } });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  expect(response.status).toBe(400);
});

function raw(server: TestServer, ...pieces: readonly string[]): Socket {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  for (const piece of pieces) socket.write(Buffer.from(piece, "latin1"));
  onTestFinished(() => void socket.destroy());
  return socket;
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("close", () => resolve()));
}

const proxied = { hasProxyProtocol: true, isTrustedProxy: () => true };

test("a trusted proxy says for whom it speaks, and the lines that follow are theirs", async () => {
  const server = new TestServer({ listener: proxied });
  raw(server, "PROXY TCP4 192.0.2.7 10.0.0.1 5 6697\r\nNICK a", "nn\r\n");
  const connection: ConnectionId = await server.connection();
  await server.changes.until(() => server.received.get(connection) === "NICK ann\r\n".length);
  expect(server.opened.get(connection)).toEqual({
    address: "192.0.2.7",
    isLoopback: false,
    listener: "test:0",
    tls: undefined,
    isEncryptedToProxy: false,
  });
});

test("a trusted proxy without a header is closed and never heard of", async () => {
  const server = new TestServer({ listener: proxied });
  await ended(raw(server, "NICK ann\r\n"));
  expect(server.opened.size).toBe(0);
});

test("who is no trusted proxy is not believed: the header is a line like any other", async () => {
  const server = new TestServer({ listener: { ...proxied, isTrustedProxy: () => false } });
  const header = "PROXY TCP4 192.0.2.7 10.0.0.1 5 6697\r\n";
  raw(server, header);
  const connection = await server.connection();
  await server.changes.until(() => server.received.get(connection) === header.length);
  expect(server.opened.get(connection)?.address).toBe("127.0.0.1");
});

test("a header in front of a WebSocket is read first", async () => {
  const server = echoing({ listener: { ...proxied, isWebSocket: true } });
  const fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  const request = `GET / HTTP/1.1\r\n${fields}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  raw(server, `PROXY TCP6 2001:db8::7 ::1 5 6697\r\n${request}`);
  expect(server.opened.get(await server.connection())?.address).toBe("2001:db8::7");
});

const exporter = new Uint8Array(32);
const tls = { version: "TLSv1.3", exporter, peerCertificate: undefined, spki: "" };

test("the proxy's own TLS and certificate are not the client's: PROXY", () => {
  const shown = { ...tls, peerCertificate: "a".repeat(64) };
  const facts = { address: "10.0.0.1", isLoopback: false, listener: "l", tls: shown };
  const step = new Prelude(facts, { header: true, websocket: false }).take(
    Buffer.from("PROXY TCP4 192.0.2.7 192.0.2.1 5000 6667\r\n"),
  );
  expect(step).toMatchObject({ kind: "done", facts: { address: "192.0.2.7", tls: undefined } });
});

test("who comes through a proxy that does not know from where is neither the proxy nor this machine", () => {
  const near = { address: "127.0.0.1", isLoopback: true, listener: "l", tls: undefined };
  const facts = { ...near, isTrustedProxy: true };
  const step = new Prelude(facts, { header: true, websocket: false }).take(
    Buffer.from("PROXY UNKNOWN\r\nWEBIRC x gw host 192.0.2.7\r\n"),
  );
  const entered = step.kind === "done" ? step.facts : undefined;
  expect([entered?.isTrustedProxy === true, entered?.isLoopback]).toEqual([false, false]);
});

test("a page in a browser does not log in by the browser's certificate", () => {
  const shown = { ...tls, peerCertificate: "a".repeat(64) };
  const facts = { address: "192.0.2.7", isLoopback: false, listener: "l", tls: shown };
  const certificate = (...fields: readonly string[]): unknown => {
    const head = [
      "GET / HTTP/1.1",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      ...fields,
    ];
    const prelude = new Prelude(facts, { header: false, websocket: true });
    const step = prelude.take(Buffer.from(`${head.join("\r\n")}\r\n\r\n`));
    return step.kind === "done" ? step.facts.tls : step;
  };
  expect(certificate("Origin: https://evil.example.org")).toEqual({
    ...tls,
    peerCertificate: undefined,
  });
  expect(certificate()).toEqual(shown);
});
