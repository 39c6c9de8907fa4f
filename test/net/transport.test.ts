/**
 * Transport and peer: what is written arrives, in order, whole, in one piece, and the slow pay for
 * themselves.
 */
import { connect } from "node:net";
import { expect, onTestFinished, test } from "bun:test";
import { connectionId } from "../../src/base/ids.ts";
import { Alarms } from "../../src/net/alarms.ts";
import { defaultNetLimits } from "../../src/net/limits.ts";
import { Peer } from "../../src/net/peer.ts";
import { anyTls, identity, line, pattern, Socket, TestClient, TestServer } from "./support.ts";

const kinds = [
  ["in plain text", {}, { kind: "plain" as const }],
  ["over TLS", { tls: identity }, anyTls],
] as const;

function peerOn(socket: Socket, limits = defaultNetLimits): Peer {
  return new Peer(socket, { limits, alarms: new Alarms((peer) => peer.gaveUp()) });
}

test("all that is written before a flush is one write", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  const lines = Array.from({ length: 500 }, (_, index) => line(`PRIVMSG #a :${index}`));
  for (const one of lines) peer.write([one]);
  expect(socket.writes.length).toBe(0);
  peer.flush();
  expect(socket.writes).toEqual([Buffer.concat(lines)]);
  expect(peer.queuedBytes).toBe(0);
  peer.flush();
  expect(socket.writes.length).toBe(1);
});

test("a single buffer is one write, and more than fits together is several", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  const large = pattern(400_000);
  peer.write([large]);
  peer.flush();
  expect(socket.writes.length).toBe(1);
  const parts = [line("a"), large, line("b"), large.subarray(0, 300_000)];
  peer.write(parts);
  peer.flush();
  expect(Buffer.concat(socket.writes.slice(1)).equals(Buffer.concat(parts))).toBe(true);
});

test("short writes of any length lose and repeat nothing", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  const all: Uint8Array[] = Array.from({ length: 300 }, (_, index) => pattern((index * 37) % 901));
  socket.takes = Array.from({ length: 400 }, (_, index) => (index * 7919) % 613);
  peer.write(all);
  peer.flush();
  for (let round = 0; peer.queuedBytes > 0; round += 1) {
    if (round % 5 === 0) {
      all.push(line(`more ${round}`));
      peer.write(all.slice(-1));
    }
    peer.drained();
    if (round > 1000) throw new Error("it does not end");
  }
  expect(Buffer.concat(socket.writes).equals(Buffer.concat(all))).toBe(true);
});

test("a flush leaves a blocked socket alone, and a drain without a reason does no harm", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  socket.takes = [2];
  peer.write([line("abc")]);
  peer.flush();
  peer.flush();
  expect(socket.writes.length).toBe(1);
  peer.drained();
  peer.drained();
  expect(socket.writes.map(String)).toEqual(["ab", "c\r\n"]);
});

test("a closed socket takes nothing more, and nothing is kept for it", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  socket.takes = [-1];
  peer.write([line("abc")]);
  peer.flush();
  expect(peer.queuedBytes).toBe(0);
  peer.closed();
  peer.write([line("abc")]);
  peer.flush();
  peer.close();
  peer.break("late");
  expect(socket.writes.length).toBe(1);
  expect(socket.calls).toEqual([]);
});

test("a close waits for what is queued, takes nothing more, and then shuts down", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  socket.takes = [2];
  peer.write([line("abc")]);
  peer.pause();
  peer.close();
  peer.write([line("too late")]);
  expect(socket.calls).toEqual(["pause", "resume"]);
  peer.drained();
  expect(socket.writes.map(String)).toEqual(["ab", "c\r\n"]);
  expect(socket.calls).toEqual(["pause", "resume", "shutdown"]);
  peer.closed();
});

test("a polite close has its time anew with everything the reader takes", () => {
  const socket = new Socket();
  const alarms: string[] = [];
  const peer = new Peer(socket, {
    limits: { ...defaultNetLimits, closeMsMax: 77 },
    alarms: { set: (_, inMs) => alarms.push(`set ${inMs}`), clear: () => alarms.push("clear") },
  });
  socket.takes = [0, 0, 2];
  peer.write([line("abc")]);
  peer.close();
  expect(alarms).toEqual(["set 77"]);
  peer.drained();
  expect(alarms).toEqual(["set 77"]);
  peer.drained();
  expect(alarms).toEqual(["set 77", "set 77"]);
  peer.drained();
  expect(socket.calls).toEqual(["resume", "shutdown"]);
  expect(alarms).toEqual(["set 77", "set 77", "set 77"]);
  peer.gaveUp();
  peer.closed();
  expect(socket.calls).toEqual(["resume", "shutdown", "terminate"]);
  expect(alarms.at(-1)).toBe("clear");
});

test("what the transport is told during a turn is one write for each connection", () => {
  const { transport } = new TestServer();
  const sockets = [new Socket(), new Socket()];
  for (let count = 0; count < 3; count += 1) {
    for (const [index, socket] of sockets.entries()) {
      if (count === 0) transport.opened(transport.accepted(socket));
      transport.write(connectionId(index + 1), [line(`${count}`), line("x")]);
    }
  }
  expect(sockets.map(({ writes }) => writes.length)).toEqual([0, 0]);
  transport.flush();
  const expected = ["0\r\nx\r\n1\r\nx\r\n2\r\nx\r\n"];
  expect(sockets.map(({ writes }) => writes.map(String))).toEqual([expected, expected]);
});

test("lines of one turn, to many, are written once to each", async () => {
  const server = new TestServer();
  const clients = [1, 2, 3].map(() => new TestClient(server.port));
  for (const client of clients) await client.opened();
  await server.connection(2);
  const ids = [...server.opened.keys()];
  for (let count = 0; count < 100; count += 1) {
    for (const id of ids) server.transport.write(id, [line(`${count}`)]);
  }
  const all = Array.from({ length: 100 }, (_, count) => `${count}\r\n`).join("");
  for (const client of clients) {
    await client.sees("99\r\n");
    expect(client.received.toString()).toBe(all);
  }
});

test("what is written to nobody goes nowhere", async () => {
  const server = new TestServer();
  const client = new TestClient(server.port);
  await client.opened();
  const id = await server.connection();
  client.connection?.close();
  await server.changes.until(() => server.closed.size === 1);
  server.transport.write(id, [line("late")]);
  server.transport.pause(id);
  server.transport.resume(id);
  server.transport.close(id);
  server.transport.flush();
  expect(server.log).toEqual(["opened 1", "closed 1"]);
});

test.each(kinds)(
  "%s, who does not read is closed at the limit, and the others go on",
  async (_, tls, security) => {
    const server = new TestServer({ ...tls, limits: { sendQueueBytesMax: 100_000 } });
    const slow = new TestClient(server.port, { security });
    (await slow.opened()).pause();
    const slowId = await server.connection(0);
    const quick = new TestClient(server.port, { security });
    await quick.opened();
    const quickId = await server.connection(1);
    const shared = pattern(65_536);
    let sent = 0;
    while (!server.closed.has(slowId)) {
      server.transport.write(slowId, [shared]);
      server.transport.write(quickId, [shared]);
      sent += shared.length;
      const total = sent;
      await quick.changes.until(() => quick.received.length === total);
      if (sent > 64 * 1024 * 1024) throw new Error("the slow one is never closed");
    }
    expect(server.closed.get(slowId)).toBe("Reads too slowly");
    expect(server.closed.has(quickId)).toBe(false);
  },
);

test.each(kinds)(
  "%s, a polite close delivers everything to a slow reader",
  async (_, tls, security) => {
    const total = 5 * 1024 * 1024;
    const server = new TestServer({ ...tls, limits: { sendQueueBytesMax: total } });
    const client = new TestClient(server.port, { security });
    const connection = await client.opened();
    connection.pause();
    const id = await server.connection();
    // A peer that goes on sending must not lose what is on its way.
    connection.write(pattern(100_000));
    const all = pattern(total);
    for (let at = 0; at < total; at += 10_000)
      server.transport.write(id, [all.subarray(at, at + 10_000)]);
    server.transport.close(id);
    let next = 65_536;
    connection.resume();
    const reading = client.changes.until(() => {
      if (client.received.length >= next && client.received.length < total) {
        next = client.received.length + 65_536;
        connection.pause();
        setImmediate(() => connection.resume());
      }
      return client.closed !== undefined;
    });
    await reading;
    expect(client.received.equals(all)).toBe(true);
    await server.changes.until(() => server.closed.has(id));
    expect(server.closed.get(id)).toBe("Connection closed");
  },
);

test.each(kinds)(
  "%s, who neither reads nor goes is closed for good in the end",
  async (_, tls, security) => {
    const server = new TestServer({
      ...tls,
      limits: { closeMsMax: 30, sendQueueBytesMax: 2 ** 25 },
    });
    const client = new TestClient(server.port, { security });
    (await client.opened()).pause();
    const id = await server.connection();
    server.transport.write(id, [pattern(2 ** 24)]);
    server.transport.close(id);
    await server.changes.until(() => server.closed.has(id));
    expect(server.closed.get(id)).toBe("Closed");
  },
);

test.each(kinds)(
  "%s, a paused connection is not read, and loses nothing",
  async (_, tls, security) => {
    const server = new TestServer(tls);
    const client = new TestClient(server.port, { security });
    const connection = await client.opened();
    const id = await server.connection();
    server.transport.pause(id);
    connection.write(pattern(100_000));
    connection.flush();
    // What another connection sends after it arrives before it.
    const other = new TestClient(server.port, { security });
    (await other.opened()).write(line("other"));
    const otherId = await server.connection(1);
    await server.changes.until(() => server.received.get(otherId) === 7);
    expect(server.received.get(id) ?? 0).toBe(0);
    server.transport.resume(id);
    await server.changes.until(() => server.received.get(id) === 100_000);
  },
);

test("after a close, what the other side still says is not heard", async () => {
  const server = new TestServer({
    bytes: (of, connection) => of.transport.close(connection),
  });
  const client = new TestClient(server.port);
  const connection = await client.opened();
  connection.write(line("first"));
  await client.isClosed();
  expect([...server.received.values()]).toEqual([7]);
});

test("while a close waits for a reader, what he says is not heard", async () => {
  const server = new TestServer({ limits: { closeMsMax: 50, sendQueueBytesMax: 2 ** 25 } });
  const client = new TestClient(server.port);
  const connection = await client.opened();
  connection.pause();
  const id = await server.connection();
  server.transport.write(id, [pattern(2 ** 24)]);
  server.transport.close(id);
  connection.write(line("late"));
  connection.flush();
  await server.changes.until(() => server.closed.has(id));
  expect(server.received.size).toBe(0);
});

test("the transport says when its last connection has ended", async () => {
  const server = new TestServer();
  await server.transport.ended();
  const client = new TestClient(server.port);
  await client.opened();
  const id = await server.connection();
  server.transport.write(id, [line("ERROR :Restarting")]);
  server.transport.close(id);
  await server.transport.ended();
  expect(server.log).toEqual(["opened 1", "closed 1"]);
  await client.isClosed();
  expect(client.received.toString()).toBe("ERROR :Restarting\r\n");
});

/** So many connections that a flush to all is one to many. */
function crowd(flushHoldMs: number) {
  const { transport } = new TestServer({ limits: { ...defaultNetLimits, flushHoldMs } });
  const sockets = Array.from({ length: 65 }, () => new Socket());
  const ids = sockets.map((socket) => transport.opened(transport.accepted(socket)));
  const says = (text: string): void => {
    const lines = [line(text)];
    for (const id of ids) transport.write(id, lines, true);
    transport.flush();
  };
  const written = (): string[] => [
    ...new Set(sockets.map(({ writes }) => writes.map((each) => each.toString().trim()).join("|"))),
  ];
  return { transport, ids, sockets, says, written };
}

test("flushes to many keep a distance: the first goes out at once, what follows together and in order", async () => {
  const { says, written } = crowd(20);
  says("1");
  says("2");
  says("3");
  expect(written()).toEqual(["1"]);
  while (written()[0] === "1") await Bun.sleep(1);
  expect(written()).toEqual(["1|2\r\n3"]);
});

test("an answer does not wait, nor does what came before it on its connection", () => {
  const { transport, ids, sockets, says } = crowd(60_000);
  says("1");
  says("2");
  transport.write(ids[7] ?? connectionId(0), [line("PONG")]);
  transport.flush();
  const [seventh, ninth] = [7, 9].map((at) => sockets[at]?.writes.map(String));
  expect(seventh).toEqual(["1\r\n", "2\r\nPONG\r\n"]);
  expect(ninth).toEqual(["1\r\n"]);
  transport.terminate();
});

test("it says for how long what many are sent still waits", () => {
  const { transport, says } = crowd(60_000);
  expect(transport.heldForMs()).toBe(0);
  says("1");
  expect(transport.heldForMs()).toBeGreaterThan(50_000);
  expect(transport.heldForMs()).toBeLessThanOrEqual(60_000);
  transport.terminate();
});

test("to few nothing waits, and with a distance of 0 nothing ever does", () => {
  const { says, written } = crowd(0);
  says("1");
  says("2");
  expect(written()).toEqual(["1|2"]);
  const { transport, ids, sockets } = crowd(60_000);
  for (const text of ["1", "2"]) {
    transport.write(ids[0] ?? connectionId(0), [line(text)], true);
    transport.flush();
  }
  expect(sockets[0]?.writes.map(String)).toEqual(["1\r\n", "2\r\n"]);
});

test("who is closed while they wait is sent what waits first", () => {
  const { transport, ids, sockets, says } = crowd(60_000);
  says("1");
  says("2");
  transport.close(ids[3] ?? connectionId(0));
  expect(sockets[3]?.writes.map(String)).toEqual(["1\r\n", "2\r\n"]);
  transport.terminate();
});

test("lines for many at once are put together once, and are the same for each", () => {
  const { transport, ids, sockets } = crowd(0);
  const lines = [line("1"), line("2"), line("3")];
  for (const id of ids) transport.write(id, lines);
  for (const id of ids) transport.write(id, [line("own")]);
  transport.flush();
  const all = new Set(sockets.map(({ writes }) => writes.map(String).join("|")));
  expect([...all]).toEqual(["1\r\n2\r\n3\r\nown\r\n"]);
});

test("what is sent to one after the other is each one's own, however much of it is the same", () => {
  const [a, b, c] = [line("a"), line("b"), line("c")];
  const sent = [
    [a, b],
    [a, c],
    [a, b, c],
    [a, b],
    [b, a],
  ];
  for (const lines of sent) {
    const socket = new Socket();
    const peer = peerOn(socket);
    peer.write(lines);
    peer.flush();
    expect(socket.writes).toEqual([Buffer.concat(lines)]);
  }
});

test("where each line is a message of its own, so is each of several that come in one piece", () => {
  const socket = new Socket();
  const peer = peerOn(socket);
  peer.frameWith({
    frame: (one) => Buffer.concat([Buffer.from("<"), one]),
    farewell: () => line(""),
  });
  peer.write([Buffer.from("a\r\nb\r\n"), line("c")]);
  peer.flush();
  expect(socket.writes.map(String)).toEqual(["<a\r\n<b\r\n<c\r\n"]);
});

/** Takes in what it is told, and never closes. */
async function staying(port: number) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const { promise: heardAll, resolve } = Promise.withResolvers<void>();
  const { promise: isOver, resolve: over } = Promise.withResolvers<void>();
  let received = "";
  socket.on("data", (bytes) => {
    received += bytes.toString();
  });
  socket.on("end", resolve);
  socket.on("close", () => over());
  socket.on("error", () => over());
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((connected) => socket.once("connect", connected));
  return { received: () => received, heardAll, isOver };
}

test("at the end nobody is waited for who was told everything and does not close", async () => {
  const server = new TestServer({ limits: { lingerMs: 10, closeMsMax: 60_000 } });
  const client = await staying(server.port);
  const id = await server.connection();
  server.transport.write(id, [line("ERROR :Restarting")]);
  server.transport.close(id);
  await server.transport.partedWith();
  server.transport.abandon();
  await client.heardAll;
  expect(client.received()).toBe("ERROR :Restarting\r\n");
  // What a termination would have told it: `closed`.
  expect(server.log).toEqual(["opened 1"]);
});

test("at the end who has not been told everything is waited for, and then cut off", async () => {
  const server = new TestServer({
    limits: { lingerMs: 0, closeMsMax: 50, sendQueueBytesMax: 2 ** 25 },
  });
  const client = new TestClient(server.port);
  (await client.opened()).pause();
  const id = await server.connection();
  server.transport.write(id, [pattern(2 ** 24)]);
  server.transport.close(id);
  await server.transport.partedWith();
  expect(server.log).toEqual(["opened 1", "closed 1"]);
});

test("at the end who has not even begun the handshake is waited for by nobody", async () => {
  const server = new TestServer({ tls: identity, limits: { lingerMs: 60_000 } });
  const client = await staying(server.port);
  // Who comes after it is open, so it has been accepted.
  const other = new TestClient(server.port, { security: anyTls });
  await other.opened();
  server.transport.close(await server.connection());
  await server.transport.partedWith();
  await client.isOver;
  expect(client.received()).toBe("");
});
