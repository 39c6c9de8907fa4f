/**
 * Dialer: the client's way to a server.
 *
 *     dial → opened → bytes … → closed
 *          → failed
 *          → nothing, after `abort`
 *
 * Promises: exactly one of `opened` and `failed`, never while `dial` runs; with TLS, `decide` is
 * asked about the server after the handshake and before any byte is sent, and a server it refuses
 * gets none; no connection in `connectMsMax` is a failure; each failure is a sentence with host,
 * port and a next step.
 *
 * What Bun says about the server, measured with 1.4.5: the boolean of `handshake` is true for a
 * self-signed certificate and false for one of another name; its error comes first from the chain,
 * then from the name; `checkServerIdentity` is never called. So here a server is *authorized* when
 * the chain raised no error and the name, checked by ourselves, is the certificate's. What an
 * untrusted certificate says of itself is untrusted text.
 */
import { type X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { remoteAddress } from "./address.ts";
import { Alarms } from "./alarms.ts";
import { endPointOf } from "./end-point.ts";
import { type DialFailure, dialFailure } from "./dial-failure.ts";
import { closeReason, faultCode, type ReportBug } from "./faults.ts";
import { defaultNetLimits, keepAliveMs, type NetLimits } from "./limits.ts";
import { Peer } from "./peer.ts";
import {
  certificateSha256,
  clientTls,
  type Encryption,
  encryptionOf,
  spkiSha256,
  type TlsIdentity,
} from "./tls.ts";
import { secondMs } from "../base/time.ts";

const connectMsMax = 10 * secondMs;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  readonly report: ReportBug;
  readonly connectMsMax?: number;
  readonly limits?: Pick<NetLimits, "sendQueueBytesMax" | "closeMsMax">;
}

export type Security =
  | { readonly kind: "plain" }
  | {
      readonly kind: "tls";
      readonly decide: (server: PeerIdentity) => "accept" | "refuse";
      /** PEM of authorities to trust instead of the system's. */
      readonly authorities?: string;
      /** The client's own certificate, for EXTERNAL. */
      readonly identity?: TlsIdentity;
    };

/** Who the server is, as far as its certificate and the authorities say. */
export interface PeerIdentity {
  /** Base64. */
  readonly spkiSha256: string;
  /** Lower-case hex. */
  readonly certificateSha256: string;
  /** An authority vouches for it, and for the name that was dialled. */
  readonly isAuthorized: boolean;
  /** Why not, in OpenSSL's or our words. */
  readonly authorizationError: string | undefined;
  readonly subject: string;
  readonly validTo: string;
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
}

export interface DialEvents {
  opened(connection: Connection): void;
  failed(failure: DialFailure): void;
  /** The bytes are not to be kept: they may be overwritten after the call. */
  bytes(bytes: Uint8Array): void;
  closed(reason: string): void;
}

export interface Dialing {
  /** Gives up, if it is not opened yet: nothing more is told. */
  abort(): void;
}

export interface Connection {
  /** The server's address, without port. */
  readonly address: string;
  readonly encryption: ServerEncryption | undefined;
  /**
   * Queues; sent with everything else written meanwhile, at the latest when the event loop comes
   * round.
   */
  write(bytes: Uint8Array): void;
  flush(): void;
  pause(): void;
  resume(): void;
  /** Closes once all that was written has been sent. */
  close(): void;
  /** Closes at once. */
  terminate(): void;
}

export interface ServerEncryption {
  readonly server: PeerIdentity;
  /** RFC 9266 `tls-exporter`, 32 bytes; undefined before TLS 1.3. */
  readonly exporter: Uint8Array | undefined;
  /** RFC 5929 `tls-server-end-point`; undefined where the certificate has none. */
  readonly endPoint: Uint8Array | undefined;
}

export function dial(options: DialOptions, events: DialEvents): Dialing {
  const call = new Call(options, events);
  void call.connect();
  return { abort: () => call.abort() };
}

type Socket = Bun.Socket;

class Call {
  readonly #options: DialOptions;
  readonly #events: DialEvents;
  readonly #timeout: NodeJS.Timeout;
  readonly #alarms = new Alarms<Peer>((peer) => peer.gaveUp());
  #phase: "connecting" | "handshake" | "open" | "over" = "connecting";
  #peer: Peer | undefined;
  #isFlushDue = false;

  constructor(options: DialOptions, events: DialEvents) {
    this.#options = options;
    this.#events = events;
    const timeoutMs = options.connectMsMax ?? connectMsMax;
    this.#timeout = setTimeout(() => this.#timedOut(), timeoutMs);
  }

  async connect(): Promise<void> {
    const { host: hostname, port, security } = this.#options;
    try {
      const tls = security.kind === "plain" ? {} : { tls: tlsOf(hostname, security) };
      await Bun.connect({ hostname, port, ...tls, socket: this.#handlers() });
    } catch (error) {
      // `connectError` has told it already, unless the arguments themselves were refused.
      this.#fail("connect", error);
    }
  }

  abort(): void {
    if (this.#phase === "connecting" || this.#phase === "handshake") this.#over("Aborted");
  }

  #handlers(): Bun.SocketHandler<undefined> {
    return {
      open: (socket) => this.#connected(socket),
      handshake: (socket, _, fault) => this.#shookHands(socket, fault),
      data: (_, bytes) => {
        if (this.#phase === "open" && this.#peer?.isEnding === false) this.#events.bytes(bytes);
      },
      drain: () => this.#peer?.drained(),
      close: (_, fault) => this.#closed(fault),
      error: (_, error) => this.#failed(error),
      connectError: (_, error) => this.#fail("connect", error),
    };
  }

  #connected(socket: Socket): void {
    if (this.#phase !== "connecting") {
      socket.terminate(); // given up meanwhile
      return;
    }
    this.#phase = "handshake";
    const limits = this.#options.limits ?? defaultNetLimits;
    this.#peer = new Peer(socket, { limits, alarms: this.#alarms });
    socket.setKeepAlive(true, keepAliveMs);
    if (this.#options.security.kind === "plain") this.#open(socket, undefined);
  }

  #shookHands(socket: Socket, fault: Error | null): void {
    const { security, host } = this.#options;
    if (this.#phase !== "handshake" || security.kind === "plain") return;
    const encryption = encryptionOf(socket);
    const certificate = encryption?.peerCertificate;
    if (encryption === undefined || certificate === undefined) {
      this.#fail("handshake", fault);
      return;
    }
    const server = identityOf(host, certificate, { encryption, fault });
    if (security.decide(server) === "refuse") this.#fail("decision", undefined);
    else {
      const { exporter } = encryption;
      this.#open(socket, { server, exporter, endPoint: endPointOf(certificate.raw) });
    }
  }

  #open(socket: Socket, encryption: ServerEncryption | undefined): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    clearTimeout(this.#timeout);
    this.#phase = "open";
    this.#events.opened({
      address: remoteAddress(socket),
      encryption,
      write: (bytes) => this.#write(peer, bytes),
      flush: () => this.#flush(peer),
      pause: () => peer.pause(),
      resume: () => peer.resume(),
      close: () => peer.close(),
      terminate: () => peer.break("Closed"),
    });
  }

  #write(peer: Peer, bytes: Uint8Array): void {
    peer.write([bytes]);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => this.#flush(peer));
  }

  #flush(peer: Peer): void {
    this.#isFlushDue = false;
    peer.flush();
    if (peer.isTooSlow) peer.break("The server reads too slowly");
  }

  #closed(fault: Error | undefined): void {
    const peer = this.#peer;
    if (this.#phase === "handshake") this.#fail("handshake", fault);
    peer?.closed();
    if (this.#phase !== "open") return;
    this.#phase = "over";
    this.#events.closed(peer?.brokenBy ?? closeReason(fault));
  }

  #failed(error: Error): void {
    const isBug = faultCode(error) === undefined;
    if (isBug) this.#options.report(error);
    if (this.#phase === "open") this.#peer?.break(isBug ? "Internal error" : closeReason(error));
    else this.#fail("handshake", error);
  }

  #timedOut(): void {
    this.#fail(this.#phase === "handshake" ? "silence" : "timeout", undefined);
  }

  #fail(stage: Parameters<typeof dialFailure>[0], fault: unknown): void {
    if (this.#phase === "open" || this.#phase === "over") return;
    this.#over("Not connected");
    const { host, port } = this.#options;
    this.#events.failed(dialFailure(stage, fault, { host, port }));
  }

  #over(why: string): void {
    this.#phase = "over";
    clearTimeout(this.#timeout);
    this.#peer?.break(why);
  }
}

function tlsOf(
  host: string,
  { authorities, identity }: Extract<Security, { kind: "tls" }>,
): ReturnType<typeof clientTls> {
  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in HostName".
  return clientTls({ serverName: isIP(host) === 0 ? host : undefined, authorities, identity });
}

function identityOf(
  host: string,
  certificate: X509Certificate,
  { encryption, fault }: { readonly encryption: Encryption; readonly fault: Error | null },
): PeerIdentity {
  const isNamed =
    isIP(host) === 0
      ? certificate.checkHost(host) !== undefined
      : certificate.checkIP(host) !== undefined;
  const nameError = isNamed ? undefined : "the certificate is for another name";
  const authorizationError = fault === null ? nameError : fault.message;
  return {
    spkiSha256: spkiSha256(certificate),
    certificateSha256: certificateSha256(certificate),
    isAuthorized: authorizationError === undefined,
    authorizationError,
    subject: certificate.subject,
    validTo: certificate.validTo,
    version: encryption.version,
  };
}
