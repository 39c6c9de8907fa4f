/**
 * A raw connection of the load generator: bytes out, bytes in, over TCP or TLS, and nothing else.
 */
import { clientTls, encryptionOf } from "../../../src/net/tls.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export class Wire {
  /** What comes is given here. */
  data: (bytes: Buffer) => void = () => undefined;
  closed: () => void = () => undefined;
  isClosed = false;
  /** RFC 9266 `tls-exporter` of the connection. */
  exporter: Uint8Array | undefined;
  readonly #socket: Bun.Socket;
  /** What the system did not take yet. */
  #rest: Buffer | undefined;

  private constructor(socket: Bun.Socket) {
    this.#socket = socket;
  }

  /** Connected, with the handshake done where there is one. */
  static opens({ host, port, tls }: Place): Promise<Wire> {
    let wire: Wire | undefined;
    return new Promise((resolve, reject) => {
      const isOpen = (socket: Bun.Socket): void => {
        wire = new Wire(socket);
        resolve(wire);
      };
      const security = { serverName: undefined, authorities: undefined, identity: undefined };
      void Bun.connect({
        hostname: host,
        port,
        ...(tls ? { tls: clientTls(security) } : {}),
        socket: {
          open: (socket) => {
            if (!tls) isOpen(socket);
          },
          ...(tls
            ? {
                handshake(socket) {
                  isOpen(socket);
                  if (wire !== undefined) wire.exporter = encryptionOf(socket)?.exporter;
                },
              }
            : {}),
          data: (_, bytes) => wire?.data(bytes),
          drain: () => wire?.drains(),
          close: () => {
            if (wire === undefined)
              reject(new Error("closed before the connection, or its handshake, was done"));
            else wire.ended();
          },
          error: (_, error) => reject(error),
          connectError: (_, error) => reject(error),
        },
      }).catch(reject);
    });
  }

  sends(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.#write(this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]));
  }

  /** Gone at once, without a word. */
  drops(): void {
    this.isClosed = true;
    this.#socket.terminate();
  }

  drains(): void {
    if (this.#rest !== undefined) this.#write(this.#rest);
  }

  ended(): void {
    const wasOpen = !this.isClosed;
    this.isClosed = true;
    if (wasOpen) this.closed();
  }

  #write(bytes: Buffer): void {
    const taken = Math.max(0, this.#socket.write(bytes));
    this.#rest = taken < bytes.length ? bytes.subarray(taken) : undefined;
  }
}
