/**
 * Listener: takes connections in, over TLS or in plain text, and hands them to the transport.
 *
 *     accepted → (TLS: handshake) → (PROXY header) → (WebSocket: upgrade) → opened → bytes … → closed
 *
 * What comes before `opened` has `handshakeMsMax`, each.
 *
 * Promises: `opened` comes only after the handshake, with facts read from it; who never finishes it
 * is closed at the deadline and never heard of; above the connection limit, of all or of one
 * address, one is told so (`ERROR :Server full`) and closed, and far above it just closed. `[::]` takes IPv4 too. A bug of ours in a
 * socket's handler is reported, and costs that connection.
 *
 * What Bun wants, measured with 1.4.5: with a `handshake` handler `open` comes when the socket is
 * accepted, without one only after the handshake, so that silent connections could not be seen. It
 * has no handshake timeout, accepts on and on at the limit of open files at 100 % CPU, and reports
 * a client's own certificate as an error also when it is wanted. Its queue of connections to accept
 * is 512 long, whatever is asked for.
 *
 * Whether plain text may be listened for is left to `cli`.
 */
import { type ConnectionId } from "../base/ids.ts";
import { failed, ok, type Result } from "../base/result.ts";
import { type ConnectionFacts, type TlsFacts } from "../server/outside.ts";
import { isLoopback, remoteAddress } from "./address.ts";
import { Alarms } from "./alarms.ts";
import { closeReason, faultCode } from "./faults.ts";
import { keepAliveMs } from "./limits.ts";
import { type Peer } from "./peer.ts";
import {
  certificateSha256,
  checkIdentity,
  encryptionOf,
  type ServerMarks,
  serverTls,
  type TlsIdentity,
} from "./tls.ts";
import { Prelude, type PreludeStep } from "./prelude.ts";
import { type Place, type SocketTransport } from "./transport.ts";
import { type Taken, type WebSocketServer } from "./websocket.ts";

export interface ListenOptions {
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The address as configured: it is one of each connection's facts. */
  readonly name: string;
  /** Undefined: plain text. */
  readonly tls: TlsIdentity | undefined;
  readonly transport: SocketTransport;
  /** Lines come as WebSocket messages. */
  readonly isWebSocket?: boolean;
  /** In plain text: trusted proxies begin with a PROXY header, and have to. */
  readonly hasProxyProtocol?: boolean;
  /** Whose word is taken for whom they speak. */
  readonly isTrustedProxy?: (address: string) => boolean;
}

export interface Listener {
  readonly port: number;
  /** Takes in no more; connections that are there stay. */
  stop(): void;
}

export interface ListenFailure {
  /**
   * `EADDRINUSE`, `EACCES`, …; undefined when the system gave none, or the certificate is at fault.
   */
  readonly code: string | undefined;
  /** For the operator. */
  readonly text: string;
}

type Accepted = { readonly peer: Peer } & (
  | {
      readonly phase: "handshake";
      readonly refusal: Uint8Array | undefined;
      readonly address: string;
    }
  | {
      readonly phase: "prelude";
      readonly refusal: Uint8Array | undefined;
      readonly prelude: Prelude;
    }
  | {
      readonly phase: "open";
      readonly connection: ConnectionId;
      readonly websocket: WebSocketServer | undefined;
      /** It has said something. */
      isHeard: boolean;
    }
  | { readonly phase: "refused" }
);
interface Entering {
  readonly peer: Peer;
  readonly refusal: Uint8Array | undefined;
  readonly facts: ConnectionFacts;
  readonly websocket: WebSocketServer | undefined;
}

/** Undefined until `open`: some events can come before it. */
type ServerSocket = Bun.Socket<Accepted | undefined>;

/**
 * Sockets that listen on each port. Connections wait in a queue until they are accepted, and Bun's is 512 long: when
 * thousands come back at once, the rest would try again a second later. Linux spreads them over all that share a port.
 */
const sharesPort = process.platform === "linux" ? 16 : 1;

const refusals: Readonly<Record<Exclude<Place, "none">, Uint8Array | undefined>> = {
  free: undefined,
  excess: Uint8Array.from(Buffer.from("ERROR :Server full\r\n")),
  crowded: Uint8Array.from(Buffer.from("ERROR :Too many connections from your address\r\n")),
};

export function listen(options: ListenOptions): Result<Listener, ListenFailure> {
  const { hostname, port, tls } = options;
  const identity = tls === undefined ? ok(undefined) : checkIdentity(tls);
  if (!identity.ok) return failed({ code: undefined, text: `cannot use TLS: ${identity.error}` });
  const intake = new Intake(options, identity.value);
  const opens = (port: number, isShared: boolean): Bun.TCPSocketListener<Accepted | undefined> =>
    Bun.listen<Accepted | undefined>({
      hostname,
      port,
      ...(tls === undefined ? {} : { tls: serverTls(tls) }),
      socket: intake.handlers(),
      ...(isShared ? { reusePort: true } : {}),
    });
  const opened: Bun.TCPSocketListener<Accepted | undefined>[] = [];
  try {
    const first = opens(port, false);
    if (sharesPort === 1) opened.push(first);
    else {
      // Alone first: sockets that share a port would share it with those of another program too.
      const taken = first.port;
      first.stop(true);
      for (let count = 0; count < sharesPort; count += 1) opened.push(opens(taken, true));
    }
    const [{ port: bound } = first] = opened;
    return ok({
      port: bound,
      stop() {
        for (const each of opened) each.stop(false);
      },
    });
  } catch (error) {
    for (const each of opened) each.stop(true);
    return failed(listenFailure(error, options.name));
  }
}

class Intake {
  readonly #options: ListenOptions;
  readonly #transport: SocketTransport;
  /** Undefined: plain text. */
  readonly #marks: ServerMarks | undefined;
  readonly #handshakes = new Alarms<Peer>((peer) => peer.break("No TLS handshake in time"));

  constructor(options: ListenOptions, marks: ServerMarks | undefined) {
    this.#options = options;
    this.#transport = options.transport;
    this.#marks = marks;
  }

  handlers(): Bun.SocketHandler<Accepted | undefined> {
    return {
      open: (socket) => this.#accepted(socket),
      // Success and error say what Bun thinks of the client's certificate, which nobody asked it.
      handshake: (socket) => this.#shookHands(socket),
      data: (socket, bytes) => this.#heard(socket, bytes),
      drain: (socket) => socket.data?.peer.drained(),
      close: (socket, fault) => this.#closed(socket, fault),
      error: (socket, error) => this.#failed(socket, error),
    };
  }

  #accepted(socket: ServerSocket): void {
    const address = remoteAddress(socket);
    const counted = this.#isOfMany(address) ? undefined : address;
    const place = this.#transport.place(counted);
    if (place === "none") {
      socket.terminate();
      return;
    }
    const peer = this.#transport.accepted(socket, counted);
    socket.data = { peer, phase: "handshake", refusal: refusals[place], address };
    if (this.#marks === undefined) this.#begin(socket, undefined);
    else this.#handshakes.set(peer, this.#transport.limits.handshakeMsMax);
  }

  /** Many people come from there. */
  #isOfMany(address: string): boolean {
    return isLoopback(address) || this.#options.isTrustedProxy?.(address) === true;
  }

  #shookHands(socket: ServerSocket): void {
    const accepted = socket.data;
    if (accepted?.phase !== "handshake" || this.#marks === undefined) return;
    this.#handshakes.clear(accepted.peer);
    const encryption = encryptionOf(socket);
    if (encryption === undefined) {
      accepted.peer.break("No TLS handshake");
      return;
    }
    const { version, exporter, peerCertificate } = encryption;
    const shown = peerCertificate === undefined ? undefined : certificateSha256(peerCertificate);
    this.#begin(socket, { version, exporter, peerCertificate: shown, ...this.#marks });
  }

  #begin(socket: ServerSocket, tls: TlsFacts | undefined): void {
    const accepted = socket.data;
    if (accepted?.phase !== "handshake" || accepted.peer.isEnding) return;
    const { peer, refusal, address } = accepted;
    const { name, isWebSocket, hasProxyProtocol, isTrustedProxy } = this.#options;
    const isTrusted = isTrustedProxy?.(address) === true;
    const facts: ConnectionFacts = {
      address,
      isLoopback: isLoopback(address),
      listener: name,
      tls,
      ...(isTrusted ? { isTrustedProxy: true } : {}),
    };
    const has = { header: hasProxyProtocol === true && isTrusted, websocket: isWebSocket === true };
    if (!has.header && !has.websocket) {
      this.#enter(socket, { peer, refusal, facts, websocket: undefined });
      return;
    }
    socket.data = { peer, phase: "prelude", refusal, prelude: new Prelude(facts, has) };
    this.#handshakes.set(peer, this.#transport.limits.handshakeMsMax);
  }

  /** The connection is one of the core's from here on. */
  #enter(socket: ServerSocket, { peer, refusal, facts, websocket }: Entering): void {
    this.#handshakes.clear(peer);
    if (websocket !== undefined) peer.frameWith(websocket);
    if (refusal !== undefined) {
      socket.data = { peer, phase: "refused" };
      peer.write([refusal]);
      peer.close();
      return;
    }
    const connection = this.#transport.opened(peer);
    socket.data = { peer, phase: "open", connection, websocket, isHeard: false };
    this.#transport.events.opened(connection, facts);
  }

  #heard(socket: ServerSocket, bytes: Uint8Array): void {
    const accepted = socket.data;
    if (accepted === undefined || accepted.peer.isEnding) return;
    switch (accepted.phase) {
      case "prelude":
        this.#goOn(socket, accepted, accepted.prelude.take(bytes));
        return;
      case "open":
        // Four calls to the system: not for those who only come, since they are closed soon, and many may come at once.
        if (!accepted.isHeard) socket.setKeepAlive(true, keepAliveMs);
        accepted.isHeard = true;
        if (accepted.websocket === undefined) {
          this.#transport.events.bytes(accepted.connection, bytes);
        } else this.#takeFrames(accepted, accepted.websocket.take(bytes));
        return;
      case "handshake":
      case "refused":
    }
  }

  #goOn(
    socket: ServerSocket,
    { peer, refusal }: Extract<Accepted, { readonly phase: "prelude" }>,
    step: PreludeStep,
  ): void {
    switch (step.kind) {
      case "more":
        return;
      case "broken":
        peer.break("No PROXY header");
        return;
      case "refused":
        peer.writeRaw(step.answers);
        peer.close();
        return;
      case "done": {
        const { facts, websocket, answers, said } = step;
        peer.writeRaw(answers);
        peer.flush();
        this.#enter(socket, { peer, refusal, facts, websocket });
        const entered = socket.data;
        if (entered?.phase === "open") {
          this.#takeFrames(entered, { lines: said, answers: [], isOver: false });
        }
      }
    }
  }

  #takeFrames(
    { peer, connection }: Extract<Accepted, { readonly phase: "open" }>,
    { lines, answers, isOver }: Taken,
  ): void {
    for (const line of lines) {
      if (!peer.isEnding) this.#transport.events.bytes(connection, line);
    }
    peer.writeRaw(answers);
    peer.flush();
    if (isOver) peer.close();
  }

  #closed(socket: ServerSocket, fault: Error | undefined): void {
    const accepted = socket.data;
    if (accepted === undefined) return;
    socket.data = undefined;
    const { peer } = accepted;
    this.#handshakes.clear(peer);
    const connection = accepted.phase === "open" ? accepted.connection : undefined;
    this.#transport.closed(peer, connection, peer.brokenBy ?? closeReason(fault));
  }

  #failed(socket: ServerSocket, error: Error): void {
    if (faultCode(error) === undefined) this.#transport.report(error);
    socket.data?.peer.break(faultCode(error) === undefined ? "Internal error" : closeReason(error));
  }
}

function listenFailure(error: unknown, name: string): ListenFailure {
  const code = faultCode(error);
  switch (code) {
    case "EADDRINUSE":
      return { code, text: `cannot listen on ${name}: another program has this port` };
    case "EACCES":
      return { code, text: `cannot listen on ${name}: not allowed (ports below 1024 need rights)` };
    case "EADDRNOTAVAIL":
      return { code, text: `cannot listen on ${name}: this machine does not have that address` };
    default:
      return { code, text: `cannot listen on ${name}: ${describe(error)}` };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
