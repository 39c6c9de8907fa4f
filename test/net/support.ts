/**
 * What the tests of `net` stand on: a server and clients on loopback, and waiting for what happens,
 * never for time.
 */
import { onTestFinished } from "bun:test";
import { makeCertificate, type ServerCertificate } from "../../src/auth/certificate.ts";
import { type ConnectionId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import {
  type Connection,
  dial,
  type DialEvents,
  type DialOptions,
  type Security,
} from "../../src/net/dialer.ts";
import { type DialFailure } from "../../src/net/dial-failure.ts";
import { defaultNetLimits, type NetLimits } from "../../src/net/limits.ts";
import { listen, type Listener, type ListenOptions } from "../../src/net/listener.ts";
import { type PeerSocket } from "../../src/net/peer.ts";
import { type TlsIdentity } from "../../src/net/tls.ts";
import { SocketTransport } from "../../src/net/transport.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";

export const identity: ServerCertificate = makeCertificate({
  names: ["localhost", "127.0.0.1", "::1"],
  now: wallMs(Date.now()),
});
export const otherIdentity: ServerCertificate = makeCertificate({
  names: ["chat.example.org"],
  now: wallMs(Date.now()),
});

/** Waits for something to become true; looked at whenever `changed` is called. */
export class Changes {
  #waiting: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];

  changed(): void {
    const done = this.#waiting.filter(({ isTrue }) => isTrue());
    this.#waiting = this.#waiting.filter((waiting) => !done.includes(waiting));
    for (const { resolve } of done) resolve();
  }

  until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ isTrue, resolve });
    return promise;
  }
}

export interface ServerOptions {
  readonly tls?: TlsIdentity;
  readonly hostname?: string;
  readonly listener?: Partial<
    Pick<ListenOptions, "isWebSocket" | "hasProxyProtocol" | "isTrustedProxy">
  >;
  readonly limits?: Partial<NetLimits>;
  readonly bytes?: (server: TestServer, connection: ConnectionId, bytes: Uint8Array) => void;
  readonly report?: (bug: unknown) => void;
}

/** A transport with one listener, and all that it told. */
export class TestServer {
  readonly transport: SocketTransport;
  readonly listener: Listener;
  readonly opened = new Map<ConnectionId, ConnectionFacts>();
  readonly received = new Map<ConnectionId, number>();
  readonly closed = new Map<ConnectionId, string>();
  readonly changes = new Changes();
  /** In the order in which it was told. */
  readonly log: string[] = [];

  constructor(options: ServerOptions = {}) {
    this.transport = new SocketTransport({
      limits: { ...defaultNetLimits, ...options.limits },
      events: {
        opened: (connection, facts) => {
          this.log.push(`opened ${connection}`);
          this.opened.set(connection, facts);
          this.changes.changed();
        },
        bytes: (connection, bytes) => {
          const before = this.received.get(connection) ?? 0;
          this.received.set(connection, before + bytes.length);
          options.bytes?.(this, connection, bytes);
          this.changes.changed();
        },
        closed: (connection, reason) => {
          this.log.push(`closed ${connection}`);
          this.closed.set(connection, reason);
          this.changes.changed();
        },
      },
      report:
        options.report ??
        ((bug) => {
          throw bug;
        }),
    });
    const listening = listen({
      hostname: options.hostname ?? "127.0.0.1",
      port: 0,
      name: "test:0",
      tls: options.tls,
      transport: this.transport,
      ...options.listener,
    });
    if (!listening.ok) throw new Error(listening.error.text);
    this.listener = listening.value;
    onTestFinished(() => {
      this.listener.stop();
      this.transport.terminate();
    });
  }

  get port(): number {
    return this.listener.port;
  }

  /** The n-th connection, from 0, once it is open. */
  async connection(index = 0): Promise<ConnectionId> {
    await this.changes.until(() => this.opened.size > index);
    const id = [...this.opened.keys()][index];
    if (id === undefined) throw new Error("no connection");
    return id;
  }
}

/** A client by `dial`, and all that it was told. */
export class TestClient {
  readonly changes = new Changes();
  connection: Connection | undefined;
  failure: DialFailure | undefined;
  closed: string | undefined;
  received = Buffer.alloc(0);
  readonly abort: () => void;

  constructor(port: number, options: Partial<DialOptions> = {}) {
    const events: DialEvents = {
      opened: (connection) => {
        if (this.connection !== undefined) throw new Error("opened twice");
        this.connection = connection;
        this.changes.changed();
      },
      failed: (failure) => {
        if (this.failure !== undefined || this.connection !== undefined) throw new Error("failed");
        this.failure = failure;
        this.changes.changed();
      },
      bytes: (bytes) => {
        this.received = Buffer.concat([this.received, bytes]);
        this.changes.changed();
      },
      closed: (reason) => {
        if (this.closed !== undefined) throw new Error("closed twice");
        this.closed = reason;
        this.changes.changed();
      },
    };
    const dialing = dial(
      {
        host: "127.0.0.1",
        port,
        security: { kind: "plain" },
        report: (bug) => {
          throw bug;
        },
        ...options,
      },
      events,
    );
    this.abort = () => dialing.abort();
    onTestFinished(() => {
      dialing.abort();
      this.connection?.terminate();
    });
  }

  async opened(): Promise<Connection> {
    await this.changes.until(() => this.connection !== undefined || this.failure !== undefined);
    if (this.connection === undefined) throw new Error(this.failure?.text);
    return this.connection;
  }

  async failed(): Promise<DialFailure> {
    await this.changes.until(() => this.connection !== undefined || this.failure !== undefined);
    if (this.failure === undefined) throw new Error("it is open");
    return this.failure;
  }

  async sees(text: string): Promise<void> {
    await this.changes.until(() => this.received.includes(text));
  }

  async isClosed(): Promise<string> {
    await this.changes.until(() => this.closed !== undefined);
    return this.closed ?? "";
  }
}

export const anyTls: Extract<Security, { readonly kind: "tls" }> = {
  kind: "tls",
  decide: () => "accept",
};

/** A socket that speaks whatever it is told, with nothing of ours in it. */
export class RawClient {
  readonly changes = new Changes();
  received = Buffer.alloc(0);
  isClosed = false;
  #socket: Bun.Socket | undefined;

  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient();
    await client.#connect(port);
    return client;
  }

  get socket(): Bun.Socket {
    if (this.#socket === undefined) throw new Error("not connected");
    return this.#socket;
  }

  ended(): Promise<void> {
    return this.changes.until(() => this.isClosed);
  }

  async #connect(port: number): Promise<void> {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => {
          this.received = Buffer.concat([this.received, bytes]);
          this.changes.changed();
        },
        close: () => {
          this.isClosed = true;
          this.changes.changed();
        },
        error: () => {
          // `close` follows.
        },
      },
    });
    this.#socket = socket;
    onTestFinished(() => socket.terminate());
  }
}

export function line(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${text}\r\n`));
}

/** Bytes of which every position can be told from its neighbours. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE(at, at);
  return bytes;
}

/** A socket that takes what it is told to take, and remembers what it was given. */
export class Socket implements PeerSocket {
  readonly writes: Buffer[] = [];
  readonly calls: string[] = [];
  /** What it takes of the next writes; all, when there is nothing here. */
  takes: number[] = [];

  write(bytes: Uint8Array): number {
    const taken = this.takes.shift() ?? bytes.length;
    this.writes.push(Buffer.from(bytes.subarray(0, Math.max(taken, 0))));
    return taken;
  }

  shutdown(): void {
    this.calls.push("shutdown");
  }

  terminate(): void {
    this.calls.push("terminate");
  }

  pause(): void {
    this.calls.push("pause");
  }

  resume(): void {
    this.calls.push("resume");
  }
}
