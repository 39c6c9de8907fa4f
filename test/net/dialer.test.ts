/**
 * Dialer: whom a client trusts, what it says when it gets nowhere, and that it says nothing to the
 * wrong one.
 */
import { expect, onTestFinished, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { spkiSha256 } from "../../src/auth/certificate.ts";
import { type PeerIdentity, type Security } from "../../src/net/dialer.ts";
import { dialFailure } from "../../src/net/dial-failure.ts";
import {
  anyTls,
  Changes,
  identity,
  line,
  otherIdentity,
  TestClient,
  TestServer,
} from "./support.ts";

/** Accepts or refuses, and keeps what it was asked about. */
function asked(
  answer: "accept" | "refuse",
  authorities?: string,
): { security: Security; seen: PeerIdentity[] } {
  const seen: PeerIdentity[] = [];
  const decide = (server: PeerIdentity) => {
    seen.push(server);
    return answer;
  };
  const security: Security = { kind: "tls", decide };
  return { seen, security: authorities === undefined ? security : { ...security, authorities } };
}

/** A server that does with plain TCP what it is told to, and counts what it gets. */
class Stub {
  readonly changes = new Changes();
  received = 0;
  readonly #listener: Bun.TCPSocketListener;

  constructor(opened: (socket: Bun.Socket) => void, heard: (socket: Bun.Socket) => void) {
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: opened,
        data: (socket, bytes) => {
          this.received += bytes.length;
          heard(socket);
          this.changes.changed();
        },
        error() {
          // Resets are part of these tests.
        },
      },
    });
    onTestFinished(() => this.#listener.stop(true));
  }

  get port(): number {
    return this.#listener.port;
  }
}

function nothing(): void {
  // Nothing is done.
}

test("a self-signed server is shown for what it is, and may be accepted", async () => {
  const server = new TestServer({ tls: identity });
  const { security, seen } = asked("accept");
  const connection = await new TestClient(server.port, { security }).opened();
  const certificate = new X509Certificate(identity.certificate);
  expect(seen).toEqual([
    {
      spkiSha256: spkiSha256(identity.certificate),
      certificateSha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
      isAuthorized: false,
      authorizationError: "unable to verify the first certificate",
      subject: "CN=localhost",
      validTo: certificate.validTo,
      version: "TLSv1.3",
    },
  ]);
  expect(connection.encryption?.server).toEqual(seen[0] as PeerIdentity);
});

test.each(["localhost", "127.0.0.1"])(
  "a server that an authority vouches for is authorized as %s",
  async (host) => {
    const server = new TestServer({ tls: identity });
    const { security, seen } = asked("accept", identity.certificate);
    await new TestClient(server.port, { security, host }).opened();
    expect(seen.map(({ isAuthorized }) => isAuthorized)).toEqual([true]);
  },
);

test.each(["localhost", "127.0.0.1"])(
  "a server of another name is not authorized as %s, whoever vouches",
  async (host) => {
    const server = new TestServer({ tls: otherIdentity });
    const { security, seen } = asked("accept", otherIdentity.certificate);
    await new TestClient(server.port, { security, host }).opened();
    expect(seen.map(({ isAuthorized }) => isAuthorized)).toEqual([false]);
    expect(seen[0]?.authorizationError).toBeDefined();
  },
);

test("a server that is refused gets no byte, and the client hears so", async () => {
  const server = new TestServer({ tls: identity });
  const { security, seen } = asked("refuse");
  const client = new TestClient(server.port, { security });
  expect(await client.failed()).toEqual({
    kind: "not-accepted",
    text: `127.0.0.1:${server.port} is not the server it should be`,
  });
  expect(client.connection).toBeUndefined();
  expect(seen.length).toBe(1);
  // The server saw a handshake at most, and then the end.
  await new TestClient(server.port, { security: anyTls }).opened();
  await server.changes.until(() => server.opened.size - server.closed.size === 1);
  expect(server.received.size).toBe(0);
});

test("nobody is asked about a server in plain text", async () => {
  const server = new TestServer();
  expect((await new TestClient(server.port).opened()).encryption).toBeUndefined();
});

test("a port on which nothing listens refuses", async () => {
  const server = new TestServer();
  const { port } = server;
  server.listener.stop();
  for (const security of [anyTls, { kind: "plain" as const }]) {
    expect(await new TestClient(port, { security }).failed()).toEqual({
      kind: "refused",
      text: `nothing listens on 127.0.0.1:${port}; check the port, and that the server is running`,
    });
  }
});

test.each([
  [
    "a server that greets in plain text",
    (socket: Bun.Socket) => socket.write(":irc NOTICE * :hi\r\n"),
    nothing,
  ],
  [
    "a web server",
    nothing,
    (socket: Bun.Socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
  ],
])("%s answers, but not in TLS", async (_, opened, heard) => {
  const stub = new Stub(opened, heard);
  const failure = await new TestClient(stub.port, { security: anyTls }).failed();
  expect(failure.kind).toBe("no-tls");
  expect(failure.text).toStartWith(`127.0.0.1:${stub.port} answers, but not in TLS`);
});

test("a server that closes during the handshake has closed", async () => {
  const stub = new Stub(nothing, (socket) => socket.end());
  const failure = await new TestClient(stub.port, { security: anyTls }).failed();
  expect(failure.kind).toBe("handshake");
  expect(failure.text).toContain("closed the connection before it was secure");
});

test("a server that says nothing in TLS is given up at the deadline", async () => {
  const stub = new Stub(nothing, nothing);
  const client = new TestClient(stub.port, { security: anyTls, connectMsMax: 50 });
  const failure = await client.failed();
  expect(failure.kind).toBe("timed-out");
  expect(failure.text).toContain("took the connection but does not answer in TLS");
});

test("a client that gives up hears nothing more", async () => {
  const stub = new Stub(nothing, nothing);
  const early = new TestClient(stub.port, { security: anyTls });
  early.abort();
  const late = new TestClient(stub.port, { security: anyTls });
  await stub.changes.until(() => stub.received > 0);
  late.abort();
  late.abort();
  await new TestClient(stub.port).opened();
  for (const client of [early, late]) {
    expect([client.connection, client.failure, client.closed]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test("an empty host and one that cannot be are failures, not exceptions", async () => {
  const kinds = [];
  for (const host of ["", "256.256.256.256.256"]) {
    const { kind } = await new TestClient(1, { host }).failed();
    kinds.push(kind);
  }
  expect(kinds).toEqual(["other", "not-found"]);
});

test("each failure to connect says where, and what to check", () => {
  const to = { host: "2001:db8::1", port: 6697 };
  const codes = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT", "EWHAT"];
  const failures = codes.map((code) =>
    dialFailure("connect", Object.assign(new Error(code), { code }), to),
  );
  expect(failures.map(({ kind }) => kind)).toEqual([
    "refused",
    "unreachable",
    "unreachable",
    "not-found",
    "timed-out",
    "other",
  ]);
  for (const { text } of failures) {
    expect(text).toContain("[2001:db8::1]:6697");
    expect(text).toContain("check");
  }
});

test("what the client writes before it closes arrives", async () => {
  const server = new TestServer({ tls: identity });
  const client = new TestClient(server.port, { security: anyTls });
  const connection = await client.opened();
  connection.write(line("QUIT"));
  connection.close();
  const id = await server.connection();
  await server.changes.until(() => server.closed.has(id));
  expect(server.received.get(id)).toBe(6);
  await client.isClosed();
});

test("a server that goes is told once, with a reason", async () => {
  const server = new TestServer();
  const client = new TestClient(server.port);
  await client.opened();
  server.transport.close(await server.connection());
  expect(await client.isClosed()).toBe("Connection closed");
});

test("a server that does not read is left when too much waits for it", async () => {
  const stub = new Stub((socket) => socket.pause(), nothing);
  const limits = { sendQueueBytesMax: 100_000, closeMsMax: 3000 };
  const client = new TestClient(stub.port, { limits });
  const connection = await client.opened();
  connection.write(new Uint8Array(2 ** 25));
  expect(await client.isClosed()).toBe("The server reads too slowly");
});
