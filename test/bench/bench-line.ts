/**
 * A connection of the load generator: lines over TLS and nothing else, as little work as can be, so that what is
 * measured is the server.
 */
import { endPointOf } from "../../src/net/end-point.ts";
import { clientTls, encryptionOf, type TlsIdentity } from "../../src/net/tls.ts";

/** Nobody waits longer for one line. */
const patienceMs = 120_000;

interface Waiting {
  readonly matches: (line: string) => boolean;
  readonly found: (line: string) => void;
  readonly failed: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class BenchLine {
  /** RFC 9266 `tls-exporter` of the connection. */
  exporter: Uint8Array | undefined;
  /** RFC 5929 `tls-server-end-point` of the server's certificate. */
  endPoint: Uint8Array | undefined;
  isClosed = false;
  /** Told of every line as it comes, in place of `until`. */
  heard: ((line: string) => void) | undefined;
  #socket: Bun.Socket | undefined;
  #rest = "";
  #lines: string[] = [];
  #waiting: Waiting | undefined;

  /** Connected, the handshake done. */
  static connect(port: number, identity?: TlsIdentity): Promise<BenchLine> {
    const line = new BenchLine();
    const tls = clientTls({ serverName: undefined, authorities: undefined, identity });
    return new Promise((resolve, reject) => {
      void Bun.connect({
        hostname: "127.0.0.1",
        port,
        tls,
        socket: {
          handshake(socket) {
            line.#socket = socket;
            const encryption = encryptionOf(socket);
            const certificate = encryption?.peerCertificate;
            line.exporter = encryption?.exporter;
            line.endPoint = certificate === undefined ? undefined : endPointOf(certificate.raw);
            if (line.exporter === undefined) reject(new Error("the connection is not TLS 1.3"));
            else resolve(line);
          },
          data: (_, bytes) => line.#take(bytes.toString("latin1")),
          close: () => line.#closed(),
          error: (_, error) => reject(error),
          connectError: (_, error) => reject(error),
        },
      }).catch(reject);
    });
  }

  sends(...lines: readonly string[]): void {
    this.#socket?.write(lines.map((each) => `${each}\r\n`).join(""));
  }

  /** The next line that matches; those before it are passed over. @throws when the connection ends first. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((found, failed) => {
      const matches = (line: string): boolean => pattern.test(line);
      const index = this.#lines.findIndex(matches);
      const line = this.#lines[index];
      this.#lines = index === -1 ? [] : this.#lines.slice(index + 1);
      if (line !== undefined) found(line);
      else if (this.isClosed) failed(new Error(`closed before ${String(pattern)}`));
      else {
        const timer = setTimeout(() => failed(new Error(`no ${String(pattern)}`)), patienceMs);
        this.#waiting = { matches, found, failed, timer };
      }
    });
  }

  ends(): void {
    this.#socket?.end();
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split("\r\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) this.#arrived(part);
  }

  #arrived(line: string): void {
    if (line.startsWith("PING ")) this.sends(`PONG ${line.slice(5)}`);
    if (this.heard !== undefined) {
      this.heard(line);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === undefined) this.#lines.push(line);
    else if (waiting.matches(line)) {
      this.#waiting = undefined;
      clearTimeout(waiting.timer);
      waiting.found(line);
    }
  }

  #closed(): void {
    this.isClosed = true;
    clearTimeout(this.#waiting?.timer);
    this.#waiting?.failed(new Error("the server closed the connection"));
    this.#waiting = undefined;
  }
}
