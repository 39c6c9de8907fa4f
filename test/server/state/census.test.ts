/** What is counted of all: exact among few, a second old at most among many. */
import { expect, test } from "bun:test";
import { accountId, connectionId } from "../../../src/base/ids.ts";
import { elapsedMs, wallMs } from "../../../src/base/time.ts";
import { Session } from "../../../src/server/session.ts";
import { defaultLimits } from "../../../src/server/settings.ts";
import { Network } from "../../../src/server/state/network.ts";
import { Chat } from "../../support/chat.ts";

test("LUSERS counts operators, the invisible, who is not registered yet, and channels that are not secret", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.stranger().sends("CAP LS 302");
  ann.sends("JOIN #secret", "MODE #secret +s", "MODE ann +i");
  ann.sees();
  bob.sends("LUSERS");
  const counted = bob.sees().filter((line) => / 25[1-4] /.test(line));
  expect(counted).toEqual([
    ":server 251 bob :There are 1 users and 1 invisible on 1 servers",
    ":server 252 bob 0 :operator(s) online",
    ":server 253 bob 1 :unknown connection(s)",
    ":server 254 bob 1 :channels formed",
  ]);
});

function networkOf(sessions: number): Network {
  const opening = {
    nextAccount: accountId(1),
    nextChannel: 1 as never,
    pendingAccounts: 0,
    invitations: [],
    hasOperator: false,
    lastEntry: 0,
    latest: wallMs(0),
  };
  const network = new Network("server", opening);
  addSessions(network, sessions);
  return network;
}

function addSessions(network: Network, count: number): void {
  for (let added = 0; added < count; added += 1) {
    const id = connectionId(network.sessions.size + 1);
    const facts = { address: "127.0.0.1", isLoopback: true, listener: "x", tls: undefined };
    network.sessions.set(id, new Session(id, facts, elapsedMs(0), defaultLimits));
  }
}

test.each([
  [999, 1_000],
  [1_000, 1_000],
])("of %d connections, and one more a moment later, %d are counted", (before, counted) => {
  const network = networkOf(before);
  expect(network.counts(elapsedMs(0)).unknown).toBe(before);
  addSessions(network, 1);
  expect(network.counts(elapsedMs(999)).unknown).toBe(counted);
  expect(network.counts(elapsedMs(1_000)).unknown).toBe(before + 1);
});
