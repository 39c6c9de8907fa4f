/**
 * Listener: what comes in, what does not, and what is known of it.
 */
import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { spkiSha256 } from "../../src/auth/certificate.ts";
import { listen } from "../../src/net/listener.ts";
import {
  anyTls,
  identity,
  line,
  otherIdentity,
  RawClient,
  TestClient,
  TestServer,
} from "./support.ts";

const echo = {
  bytes(
    server: TestServer,
    connection: Parameters<TestServer["transport"]["write"]>[0],
    bytes: Uint8Array,
  ): void {
    server.transport.write(connection, [Uint8Array.from(bytes)]);
  },
};

test("a line goes there and back in plain text, with the facts of plain text", async () => {
  const server = new TestServer(echo);
  const client = new TestClient(server.port);
  const connection = await client.opened();
  connection.write(line("PING 1"));
  await client.sees("PING 1\r\n");
  expect(server.opened.get(await server.connection())).toEqual({
    address: "127.0.0.1",
    isLoopback: true,
    listener: "test:0",
    tls: undefined,
  });
  expect(connection.encryption).toBeUndefined();
});

test("a line goes there and back over TLS 1.3, and both ends read the same exporter", async () => {
  const server = new TestServer({ tls: identity, ...echo });
  const client = new TestClient(server.port, { security: anyTls });
  const connection = await client.opened();
  connection.write(line("PING 1"));
  await client.sees("PING 1\r\n");
  const facts = server.opened.get(await server.connection());
  expect(facts?.tls?.version).toBe("TLSv1.3");
  expect(facts?.tls?.exporter?.length).toBe(32);
  expect(facts?.tls?.exporter).toEqual(connection.encryption?.exporter ?? new Uint8Array());
  expect(facts?.tls?.endPoint).toEqual(connection.encryption?.endPoint ?? new Uint8Array());
  expect(facts?.tls?.spki).toBe(spkiSha256(identity.certificate));
  expect(facts?.tls?.peerCertificate).toBeUndefined();
});

test("each connection has an exporter of its own", async () => {
  const server = new TestServer({ tls: identity });
  for (let count = 0; count < 3; count += 1) {
    await new TestClient(server.port, { security: anyTls }).opened();
  }
  await server.connection(2);
  const exporters = [...server.opened.values()].map(({ tls }) => String(tls?.exporter));
  expect(new Set(exporters).size).toBe(3);
});

test("a client's own certificate is among the facts, whoever signed it", async () => {
  const server = new TestServer({ tls: identity });
  await new TestClient(server.port, { security: { ...anyTls, identity: otherIdentity } }).opened();
  const shown = new X509Certificate(otherIdentity.certificate).fingerprint256;
  const facts = server.opened.get(await server.connection());
  expect(facts?.tls?.peerCertificate).toBe(shown.replaceAll(":", "").toLowerCase());
});

test("[::] takes IPv6 and IPv4, whose address is read as what it is", async () => {
  const server = new TestServer({ hostname: "::" });
  await new TestClient(server.port, { host: "::1" }).opened();
  await server.connection(0);
  await new TestClient(server.port, { host: "127.0.0.1" }).opened();
  await server.connection(1);
  const facts = [...server.opened.values()];
  expect(facts.map(({ address }) => address)).toEqual(["::1", "127.0.0.1"]);
  expect(facts.map(({ isLoopback }) => isLoopback)).toEqual([true, true]);
});

test("who connects to TLS and says nothing is closed at the deadline, unheard of", async () => {
  const server = new TestServer({ tls: identity, limits: { handshakeMsMax: 20 } });
  const silent = await RawClient.connect(server.port);
  await silent.ended();
  expect(server.log).toEqual([]);
});

test("a handshake that is done in time is not closed at its deadline", async () => {
  const server = new TestServer({ tls: identity, limits: { handshakeMsMax: 300 }, ...echo });
  const client = new TestClient(server.port, { security: anyTls });
  const connection = await client.opened();
  // A silent one that came later is closed at a later deadline: the first one's has passed by then.
  await (await RawClient.connect(server.port)).ended();
  connection.write(line("PING 1"));
  await client.sees("PING 1");
});

test.each([
  ["plain HTTP", Buffer.from("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["plain IRC", Buffer.from("NICK ann\r\nUSER ann 0 * ann\r\n")],
  ["random bytes", Buffer.from("1603030500deadbeef00112233445566778899aabbccddeeff", "hex")],
  ["a record header that promises more than there may be", Buffer.from("160301ffff01", "hex")],
])("%s on the TLS port is closed, and never heard of", async (_, bytes) => {
  const server = new TestServer({ tls: identity, limits: { handshakeMsMax: 300 } });
  const client = await RawClient.connect(server.port);
  client.socket.write(bytes);
  await client.ended();
  const good = new TestClient(server.port, { security: anyTls });
  await good.opened();
  await server.connection();
  expect(server.log).toEqual(["opened 1"]);
});

test("connections that come and go in every way leave nothing behind", async () => {
  const server = new TestServer({ tls: identity });
  for (let count = 0; count < 20; count += 1) {
    const raw = await RawClient.connect(server.port);
    if (count % 2 === 0) raw.socket.end();
    else raw.socket.terminate();
    const client = new TestClient(server.port, { security: anyTls });
    const connection = await client.opened();
    await server.connection(count);
    if (count % 3 === 0) connection.close();
    else connection.terminate();
  }
  await server.changes.until(() => server.closed.size === 20);
  await server.transport.ended();
  expect(server.transport.size).toBe(0);
  expect(server.transport.place()).toBe("free");
  expect(server.opened.size).toBe(20);
});

test.each([
  ["in plain text", undefined],
  ["over TLS", identity],
])(
  "%s, who comes when the server is full is told so, and who comes when one has gone is let in",
  async (_, tls) => {
    const limits = { connectionsMax: 2, excessConnectionsMax: 1 };
    const server = new TestServer({ limits, ...(tls === undefined ? {} : { tls }) });
    const security = tls === undefined ? { kind: "plain" as const } : anyTls;
    const first = await new TestClient(server.port, { security }).opened();
    await new TestClient(server.port, { security }).opened();
    await server.connection(1);
    const third = new TestClient(server.port, { security });
    await third.isClosed();
    expect(third.received.toString()).toBe("ERROR :Server full\r\n");
    expect(server.log).toEqual(["opened 1", "opened 2"]);
    first.close();
    await server.changes.until(() => server.closed.size === 1);
    await new TestClient(server.port, { security }).opened();
    await server.connection(2);
  },
);

test("far above the limit, connections are closed without a word", async () => {
  const limits = { connectionsMax: 1, excessConnectionsMax: 0 };
  const server = new TestServer({ limits });
  await new TestClient(server.port).opened();
  await server.connection();
  const raw = await RawClient.connect(server.port);
  await raw.ended();
  expect(raw.received.length).toBe(0);
});

test("after stop nobody comes in, and who is in stays", async () => {
  const server = new TestServer(echo);
  const client = new TestClient(server.port);
  const connection = await client.opened();
  await server.connection();
  server.listener.stop();
  expect((await new TestClient(server.port).failed()).kind).toBe("refused");
  connection.write(line("PING 1"));
  await client.sees("PING 1");
});

test("a bug in what handles the bytes is reported, and costs that connection only", async () => {
  const bugs: unknown[] = [];
  const bug = new Error("a bug");
  const server = new TestServer({
    report: (reported) => bugs.push(reported),
    bytes: (of, connection, bytes) => {
      if (bytes[0] === 0x21) throw bug;
      echo.bytes(of, connection, bytes);
    },
  });
  const unlucky = new TestClient(server.port);
  const lucky = new TestClient(server.port);
  (await unlucky.opened()).write(line("!"));
  await unlucky.isClosed();
  (await lucky.opened()).write(line("PING 1"));
  await lucky.sees("PING 1");
  expect(bugs).toEqual([bug]);
  expect([...server.closed.values()]).toEqual(["Internal error"]);
});

test("a port that is taken, and a certificate that is none, are failures with a reason", () => {
  const server = new TestServer();
  const { transport, port } = server;
  const of = { hostname: "127.0.0.1", port, name: `127.0.0.1:${port}`, transport };
  const taken = listen({ ...of, tls: undefined });
  expect(taken).toEqual({
    ok: false,
    error: {
      code: "EADDRINUSE",
      text: `cannot listen on 127.0.0.1:${port}: another program has this port`,
    },
  });
  const texts = [
    { certificate: "", key: identity.key },
    { certificate: identity.certificate, key: "" },
    { certificate: identity.certificate, key: otherIdentity.key },
  ].map((tls) => {
    const listening = listen({ ...of, port: 0, tls });
    return listening.ok ? "listening" : listening.error.text;
  });
  expect(texts).toEqual([
    "cannot use TLS: the certificate is not one in PEM",
    "cannot use TLS: the private key is not one in PEM, or is encrypted",
    "cannot use TLS: the key is not the certificate's",
  ]);
});
