/**
 * Logins by OPAQUE from end to end, on real TLS sockets, and with someone between the two.
 */
import { join } from "node:path";
import { expect, onTestFinished, test } from "bun:test";
import { LoginProver, type LoginProverOptions } from "../../../src/auth/prover.ts";
import { type ConnectionId } from "../../../src/base/ids.ts";
import { Secret } from "../../../src/base/secret.ts";
import { ClientRunner } from "../../../src/cli/client/client-runner.ts";
import { openDataFolder } from "../../../src/cli/server/data-folder.ts";
import { connector, type DoorOptions } from "../../../src/cli/client/door.ts";
import { Engine } from "../../../src/cli/server/engine.ts";
import { systemClocks, SystemRandom } from "../../../src/cli/server/outside.ts";
import {
  defaultServeSettings,
  type ServeSettings,
} from "../../../src/cli/server/serve-settings.ts";
import { type ConnectionState } from "../../../src/client/events.ts";
import { ClientSession } from "../../../src/client/session.ts";
import { type Connection, dial, type Security } from "../../../src/net/dialer.ts";
import { listen } from "../../../src/net/listener.ts";
import { type TlsIdentity } from "../../../src/net/tls.ts";
import { SocketTransport } from "../../../src/net/transport.ts";
import { type Note } from "../../../src/server/notes.ts";
import { MemoryToken } from "../../auth/device.ts";
import { identity, otherIdentity, TestServer } from "../../net/support.ts";
import { freshFolder } from "../../support/folder.ts";

const password = "correct horse battery";

function rethrow(bug: unknown): void {
  throw bug;
}

interface OpenServer {
  readonly port: number;
  readonly notes: readonly Note[];
}

/** A server as `serve` has it, with argon2 at its cheapest. */
function opens(mechanisms?: readonly string[]): OpenServer {
  const { server } = defaultServeSettings;
  const settings: ServeSettings = {
    ...defaultServeSettings,
    server: { ...server, registration: "open", mechanisms: mechanisms ?? server.mechanisms },
    passwords: { memoryKib: 8, passes: 1, lanes: 1, lengthMin: 15, isThrottled: true },
  };
  const notes: Note[] = [];
  const engine = new Engine({
    folder: openDataFolder(join(freshFolder(), "data")),
    settings,
    note: (note) => notes.push(note),
    problem: rethrow,
    failed: rethrow,
  });
  const transport = new SocketTransport({
    report: rethrow,
    events: {
      opened: (connection, facts) => engine.take({ kind: "opened", connection, facts }),
      bytes: (connection, bytes) =>
        engine.take({ kind: "bytes", connection, bytes: Uint8Array.from(bytes) }),
      closed: (connection, reason) => engine.take({ kind: "closed", connection, reason }),
    },
  });
  engine.start(transport);
  const hostname = "127.0.0.1";
  const listening = listen({ hostname, port: 0, name: "test", tls: identity, transport });
  if (!listening.ok) throw new Error(listening.error.text);
  onTestFinished(() => {
    listening.value.stop();
    engine.close();
    transport.terminate();
  });
  return { port: listening.value.port, notes };
}

interface Came {
  readonly state: ConnectionState;
  readonly prover: LoginProver;
}

/** A client that accepts any certificate, until it is online or at its end. */
function comes(
  port: number,
  how: Partial<LoginProverOptions> & { readonly isNew?: boolean; readonly typed?: string } = {},
): Promise<Came> {
  const { isNew = false, typed = password, ...options } = how;
  const account = options.name ?? "ann";
  const secret = Secret.fromText(typed);
  const floor = { memoryKib: 8, passes: 1, lanes: 1 };
  const prover = new LoginProver({ floor, ...options, name: account, password: secret.copy() });
  const session = new ClientSession({
    login: isNew
      ? { kind: "register", account, password: secret, prover }
      : { kind: "account", account, prover },
    random: new SystemRandom(),
  });
  const { promise, resolve } = Promise.withResolvers<Came>();
  const door: DoorOptions = {
    address: {
      host: "127.0.0.1",
      port,
      account: undefined,
      isPlain: false,
      channels: [],
      invite: undefined,
      pin: undefined,
    },
    isPlain: false,
    judge: () => ({ kind: "trusted" }),
    refusal: () => "",
    report: rethrow,
  };
  const runner = new ClientRunner(session, {
    connect: connector(door, (exporter, endPoint) => prover.connected(exporter, { endPoint })),
    clocks: systemClocks,
    listener: (event) => {
      if (event.kind !== "state") return;
      const { state } = event;
      if (["online", "closed", "offline"].includes(state.state)) resolve({ state, prover });
    },
  });
  prover.attach((proof) => runner.prove(proof));
  runner.start();
  onTestFinished(() => runner.stop());
  return promise;
}

/** The server's key, as a new member learns it. */
async function keyOf({ port }: OpenServer): Promise<string> {
  const { state, prover } = await comes(port, { isNew: true });
  if (prover.serverKey === undefined) throw new Error(`no key was learnt: ${state.state}`);
  return prover.serverKey;
}

interface Relay {
  readonly port: number;
  /** All that the client said. */
  readonly captured: () => string;
}

/** Someone with a certificate of their own, who passes everything on and changes what they like. */
function between(
  port: number,
  change: (text: string) => string = (text) => text,
  tls: TlsIdentity = otherIdentity,
): Relay {
  const out = new Map<ConnectionId, Connection>();
  const early = new Map<ConnectionId, Buffer[]>();
  let captured = "";
  const relay = new TestServer({
    tls,
    bytes: (server, connection, bytes) => {
      captured += Buffer.from(bytes).toString("latin1");
      const upstream = out.get(connection);
      if (upstream !== undefined) {
        upstream.write(Uint8Array.from(bytes));
        return;
      }
      const waiting = early.get(connection) ?? [];
      waiting.push(Buffer.from(bytes));
      early.set(connection, waiting);
      if (waiting.length > 1) return;
      const security: Security = { kind: "tls", decide: () => "accept" };
      dial(
        { host: "127.0.0.1", port, security, report: rethrow },
        {
          opened: (opened) => {
            out.set(connection, opened);
            for (const each of early.get(connection) ?? []) opened.write(each);
          },
          failed: ({ text }) => rethrow(new Error(text)),
          bytes: (back) => {
            const text = change(Buffer.from(back).toString("latin1"));
            server.transport.write(connection, [Buffer.from(text, "latin1")]);
          },
          closed: () => server.transport.close(connection),
        },
      );
    },
  });
  onTestFinished(() => {
    for (const upstream of out.values()) upstream.terminate();
  });
  return { port: relay.port, captured: () => captured };
}

test("a member logs in by OPAQUE, learns the server's key, and comes again with it", async () => {
  const server = opens();
  expect((await comes(server.port, { isNew: true })).state.state).toBe("online");
  const { state, prover } = await comes(server.port);
  expect(state.state).toBe("online");
  expect(prover.serverKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  const again = await comes(server.port, { pinnedKey: prover.serverKey });
  expect([again.state.state, again.prover.serverKey]).toEqual(["online", prover.serverKey]);
  const logins = server.notes.filter(({ event }) => event === "login.ok");
  expect(logins.slice(-2)).toMatchObject([
    { account: "ann", mechanism: "OPAQUE-R255-EXPR" },
    { account: "ann", mechanism: "OPAQUE-R255-EXPR" },
  ]);
});

test("a member of another program logs in by PLAIN with the same record", async () => {
  const server = opens();
  await comes(server.port, { isNew: true });
  const { state } = await comes(server.port, { mechanisms: ["PLAIN"] });
  expect(state.state).toBe("online");
});

test("a token through someone with another certificate proves nothing, and stays good", async () => {
  const server = opens();
  const remembered = new MemoryToken();
  const how = { remembered, device: "laptop" };
  await comes(server.port, { ...how, isNew: true });
  const { token } = remembered;
  const relay = between(server.port);
  expect((await comes(relay.port, how)).state).toMatchObject({ state: "closed", code: "identity" });
  expect(relay.captured()).toContain("AUTHENTICATE HT-SHA-256-EXPR");
  remembered.token = token;
  const { state, prover } = await comes(server.port, how);
  expect([state.state, prover.hasPassword]).toEqual(["online", false]);
  const logins = server.notes.filter(({ event }) => event === "login.ok");
  expect(logins).toMatchObject([
    { mechanism: "OPAQUE-R255-EXPR" },
    { mechanism: "HT-SHA-256-EXPR" },
  ]);
});

test("a wrong password and an unknown name end alike, and each counts as refused", async () => {
  const server = opens();
  await comes(server.port, { isNew: true });
  const ends = [
    await comes(server.port, { typed: "correct horse batterY" }),
    await comes(server.port, { name: "nobody" }),
  ].map(({ state }) => state);
  expect(ends[0]).toMatchObject({
    state: "closed",
    code: "refused",
    reason: "wrong name or password",
  });
  expect(ends[1]).toEqual(ends[0] ?? { state: "online" });
  await comes(server.port);
  const refused = server.notes.filter(({ event }) => event === "login.refused");
  expect(refused.length).toBe(2);
});

test("who is between with a certificate of their own gets no login and nothing to guess at", async () => {
  const server = opens();
  const key = await keyOf(server);
  const before = server.notes.filter(({ event }) => event === "login.ok").length;
  const relay = between(server.port);
  for (const pinnedKey of [undefined, key]) {
    const { state } = await comes(relay.port, { pinnedKey });
    expect(state).toMatchObject({ state: "closed", code: "identity" });
  }
  const said = relay.captured();
  expect(said).toContain("AUTHENTICATE OPAQUE-R255-EXPR");
  expect(said).not.toContain(password);
  expect(said).not.toContain(Buffer.from(password).toString("base64").slice(2, -4));
  // The first message: a blinded element, a nonce and a key share. KE3 would be 88 characters.
  const responses = [...said.matchAll(/AUTHENTICATE ([A-Za-z0-9+/=]{20,})\r\n/g)];
  expect(responses.map(([, text]) => text?.length)).toEqual([136, 136]);
  const logins = server.notes.filter(({ event }) => event === "login.ok");
  expect(logins.length).toBe(before);
});

const scram = "SCRAM-SHA-256";
const plus = `${scram}-PLUS`;

test("a member who registered by OPAQUE logs in by SCRAM too, where the server lists it", async () => {
  const server = opens(["OPAQUE-R255-EXPR", plus, scram, "PLAIN"]);
  expect((await comes(server.port, { isNew: true })).state.state).toBe("online");
  for (const mechanism of [plus, scram]) {
    const { state } = await comes(server.port, { mechanisms: [mechanism] });
    expect(state.state).toBe("online");
    expect(server.notes.findLast(({ event }) => event === "login.ok")).toMatchObject({ mechanism });
  }
  const { state } = await comes(server.port, { mechanisms: [plus], typed: `${password}!` });
  expect(state).toMatchObject({ state: "closed", code: "refused" });
});

test("who is between with a certificate of their own gets no login by PLUS, at the server", async () => {
  const server = opens([plus, scram]);
  await comes(server.port, { isNew: true });
  const before = server.notes.length;
  const relay = between(server.port);
  const { state } = await comes(relay.port);
  expect(state).toMatchObject({ state: "closed", code: "refused" });
  expect(relay.captured()).toContain(`AUTHENTICATE ${plus}`);
  expect(relay.captured()).not.toContain(password);
  const notes = server.notes.slice(before);
  expect(notes.filter(({ event }) => event === "login.ok")).toEqual([]);
  expect(notes.filter(({ event }) => event === "login.refused")).toMatchObject([
    { mechanism: plus, account: "ann" },
  ]);
});

test("who takes PLUS out of the list is found out by the server", async () => {
  const server = opens([plus, scram]);
  await comes(server.port, { isNew: true });
  const before = server.notes.length;
  const relay = between(server.port, (text) => text.replace(`${plus},`, ""));
  const { state } = await comes(relay.port);
  expect(state).toMatchObject({ state: "closed", code: "refused" });
  expect(server.notes.slice(before).filter(({ event }) => event === "login.ok")).toEqual([]);
});

test("who is between, and has the client named SCRAM without PLUS, gets the login: PLUS is for that", async () => {
  const server = opens([plus, scram]);
  await comes(server.port, { isNew: true });
  const { state } = await comes(between(server.port).port, { mechanisms: [scram] });
  expect(state.state).toBe("online");
});

test("who takes OPAQUE out of the list gets no password of who knows that it was there", async () => {
  const server = opens();
  const pinnedKey = await keyOf(server);
  const relay = between(server.port, (text) => text.replace("OPAQUE-R255-EXPR,", ""));
  const { state } = await comes(relay.port, { pinnedKey });
  expect(state).toMatchObject({ state: "closed", code: "identity" });
  expect(relay.captured()).not.toContain("AUTHENTICATE");
});

test("a server with other keys is not the one of the last login", async () => {
  const [first, second] = [opens(), opens()];
  const pinnedKey = await keyOf(first);
  await comes(second.port, { isNew: true });
  const { state } = await comes(second.port, { pinnedKey });
  expect(state).toMatchObject({ state: "closed", code: "identity" });
});

test("a server that turned OPAQUE off is told the password only when that is asked for", async () => {
  const pinnedKey = await keyOf(opens());
  const server = opens(["PLAIN"]);
  await comes(server.port, { isNew: true });
  const { state } = await comes(server.port, { pinnedKey });
  expect(state).toMatchObject({ state: "closed", code: "identity" });
  const forced = await comes(server.port, { pinnedKey, mechanisms: ["PLAIN"] });
  expect(forced.state.state).toBe("online");
});

test("who registers tells the server no password, and is in by a first login", async () => {
  const server = opens();
  // Between the two, and with the server's own certificate: nothing is encrypted to it.
  const relay = between(server.port, undefined, identity);
  const plainText = await comes(relay.port, { isNew: true });
  expect(plainText.state).toMatchObject({ state: "closed", code: "identity" });
  expect(relay.captured()).toContain("OPAQUE REC ann ");
  expect(relay.captured()).not.toContain(password);
  // The relay is still there, and with it the claim on that name.
  const { state } = await comes(server.port, { isNew: true, name: "bob" });
  expect(state.state).toBe("online");
  const logins = server.notes.filter(({ event }) => event === "login.ok");
  expect(logins).toMatchObject([{ account: "bob", mechanism: "OPAQUE-R255-EXPR" }]);
});

test("who registers with a password that is too easy is told so, and nothing is sent", async () => {
  const server = opens();
  const { state } = await comes(server.port, { isNew: true, typed: "short" });
  expect(state).toMatchObject({ code: "registration", failCode: "WEAK_PASSWORD" });
});

test("a server that stretches less than the floor gets no record", async () => {
  const server = opens();
  const floor = { memoryKib: 19_456, passes: 2, lanes: 1 };
  const { state } = await comes(server.port, { isNew: true, floor });
  expect(state).toMatchObject({ state: "closed", code: "refused" });
});

test("a name that someone has is refused before anything is computed for it", async () => {
  const server = opens();
  await keyOf(server);
  const { state } = await comes(server.port, { isNew: true });
  expect(state).toMatchObject({ code: "registration", failCode: "ACCOUNT_EXISTS" });
});

test("where the server takes no OPAQUE, who registers does it as everywhere", async () => {
  const server = opens(["PLAIN"]);
  const { state, prover } = await comes(server.port, { isNew: true });
  expect([state.state, prover.serverKey]).toEqual(["online", undefined]);
});

/** A server of someone's own, that says what is in the script to each line that begins so. */
function pretends(script: Readonly<Record<string, string>>): number {
  const server = new TestServer({
    tls: otherIdentity,
    bytes: ({ transport }, connection, bytes) => {
      for (const line of Buffer.from(bytes).toString("latin1").split("\r\n")) {
        const key = Object.keys(script).find((start) => line.startsWith(start));
        const answer = key === undefined ? undefined : script[key];
        if (answer !== undefined) transport.write(connection, [Buffer.from(`${answer}\r\n`)]);
      }
    },
  });
  return server.port;
}

const offer = {
  "CAP LS": ":x CAP * LS :sasl=OPAQUE-R255-EXPR,PLAIN",
  "CAP REQ": ":x CAP * ACK :sasl",
};
const welcome = ":x 001 ann :Welcome";

test.each([
  ["success before any challenge", { ...offer, "AUTHENTICATE OPAQUE": ":x 903 ann :Done" }],
  [
    "success in the place of the proof",
    { ...offer, "AUTHENTICATE OPAQUE": "AUTHENTICATE +", "AUTHENTICATE A": ":x 903 ann :Done" },
  ],
  ["the welcome in the place of a login", { ...offer, "AUTHENTICATE OPAQUE": welcome }],
])("a server is not believed that says %s", async (_, script) => {
  const { state } = await comes(pretends(script));
  expect(state).toMatchObject({ state: "closed", code: "identity" });
});

test.each([
  [
    "has no logins",
    { "CAP LS": ":x CAP * LS :server-time", "CAP REQ": ":x CAP * ACK :server-time" },
  ],
  ["just welcomes", { NICK: welcome }],
])("a server that proved itself once is not believed when it %s", async (_, script) => {
  const pinnedKey = await keyOf(opens());
  const { state } = await comes(pretends(script), { pinnedKey });
  expect(state).toMatchObject({ state: "closed", code: "identity" });
});

test("a server that proved itself once is told no password by REGISTER", async () => {
  const pinnedKey = await keyOf(opens());
  const server = opens(["PLAIN"]);
  const { state } = await comes(server.port, { pinnedKey, isNew: true });
  expect(state).toMatchObject({ state: "closed", code: "identity" });
  expect(server.notes.some(({ event }) => event === "account.registered")).toBe(false);
});
