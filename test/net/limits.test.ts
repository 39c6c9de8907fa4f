/**
 * The limits of connections that count over several of them: of one source, and what waits for all readers together.
 */
import { expect, test } from "bun:test";
import { connectionId } from "../../src/base/ids.ts";
import { defaultNetLimits } from "../../src/net/limits.ts";
import { SocketTransport } from "../../src/net/transport.ts";
import { pattern, Socket, TestServer } from "./support.ts";

test("of one source only so many come in, a few more are told, and the rest is just closed", () => {
  const { events, report } = new TestServer().transport;
  const limits = { ...defaultNetLimits, connectionsPerAddressMax: 2, excessConnectionsMax: 1 };
  const sourceOf = (address: string): string => address.replace(/:.*/, "");
  const transport = new SocketTransport({ limits, events, report, sourceOf });
  const comes = (address: string) => {
    const place = transport.place(address);
    return { place, peer: transport.accepted(new Socket(), address) };
  };
  const first = comes("a:1");
  const others = [comes("a:2"), comes("a:3")];
  expect([first, ...others].map(({ place }) => place)).toEqual(["free", "free", "crowded"]);
  expect(["a:4", "b:1", undefined].map((address) => transport.place(address))).toEqual([
    "none",
    "free",
    "free",
  ]);
  transport.closed(first.peer, undefined, "gone");
  expect(transport.place("a:4")).toBe("crowded");
  for (const { peer } of others) transport.closed(peer, undefined, "gone");
  expect(transport.place("a:4")).toBe("free");
});

test("of many who are behind, those who are furthest are closed when it is too much together", () => {
  const { events, report } = new TestServer().transport;
  const limits = { ...defaultNetLimits, sendQueueBytesMax: 1_000, sendQueuesBytesMax: 1_500 };
  const transport = new SocketTransport({ limits, events, report });
  const behind = [300, 900, 500, 0].map((bytes) => {
    const socket = new Socket();
    socket.takes = [0];
    return { socket, bytes, id: transport.opened(transport.accepted(socket)) };
  });
  for (const { id, bytes } of behind) transport.write(id, [pattern(bytes)]);
  transport.flush();
  expect(behind.map(({ socket }) => socket.calls)).toEqual([[], ["terminate"], [], []]);
  const [first] = behind;
  transport.write(first?.id ?? connectionId(0), [pattern(600)]);
  transport.flush();
  expect(behind.map(({ socket }) => socket.calls)).toEqual([[], ["terminate"], [], []]);
});
