/**
 * A client that knows nothing: lines out, lines in, over TLS or plain text, on a real socket.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface RawOptions {
  readonly port: number;
  readonly tls: boolean;
  readonly host?: string;
  /** The address it comes from: any of 127.0.0.0/8. */
  readonly from?: string;
  /** It says nothing when it is asked whether it is there. */
  readonly isDeaf?: boolean;
}

export class RawClient {
  /** Every line received, in order. */
  readonly lines: string[] = [];
  /** The server, or the network, has ended the connection. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #rest = "";
  #read = 0;
  readonly #isDeaf: boolean;
  #isClosed = false;
  #arrived: () => void = () => undefined;

  private constructor(socket: Socket, isDeaf: boolean) {
    this.#socket = socket;
    this.#isDeaf = isDeaf;
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => this.#take(String(chunk)));
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#isClosed = true;
        this.#arrived();
        resolve();
      });
    });
  }

  static connect(options: RawOptions): Promise<RawClient> {
    const { port, tls, host = "127.0.0.1", from, isDeaf = false } = options;
    const to = { host, port, ...(from === undefined ? {} : { localAddress: from }) };
    return new Promise((resolve, reject) => {
      const socket = tls ? connectTls({ ...to, rejectUnauthorized: false }) : connectPlain(to);
      socket.once("error", reject);
      socket.once(tls ? "secureConnect" : "connect", () => resolve(new RawClient(socket, isDeaf)));
    });
  }

  sends(...lines: readonly string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Bytes as they are. */
  sendsRaw(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /**
   * The first line, after those looked at before, that matches. @throws when the connection ends without it, or
   * nothing more comes for ten seconds.
   */
  async until(pattern: RegExp | ((line: string) => boolean)): Promise<string> {
    const matches = typeof pattern === "function" ? pattern : (line: string) => pattern.test(line);
    for (;;) {
      while (this.#read < this.lines.length) {
        const line = this.lines[this.#read] ?? "";
        this.#read += 1;
        if (matches(line)) return line;
      }
      if (this.#isClosed) throw new Error(`closed before ${String(pattern)}; ${this.#seen()}`);
      if (!(await this.#more())) throw new Error(`no ${String(pattern)} came; ${this.#seen()}`);
    }
  }

  /** Asks for an account, or logs in to it, and waits for the answer's line. */
  async registers(name: string, password: string): Promise<string> {
    this.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
    await this.until(/ CAP \S+ LS /);
    this.sends(`REGISTER * * :${password}`);
    return this.until(/ (?:REGISTER|FAIL|NOTE) |^(?:REGISTER|FAIL) /);
  }

  /** With these capabilities besides. */
  async logsIn(name: string, password: string, ...besides: readonly string[]): Promise<string> {
    this.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
    const wanted = ["sasl echo-message message-tags", ...besides].join(" ");
    this.sends(`CAP REQ :${wanted}`, "AUTHENTICATE PLAIN");
    await this.until(/AUTHENTICATE \+/);
    const response = Buffer.from(`\0${name}\0${password}`).toString("base64");
    this.sends(`AUTHENTICATE ${response}`);
    const answer = await this.until(/ 90[34] /);
    this.sends("CAP END");
    return answer;
  }

  /** Reads nothing any more. */
  pauses(): void {
    this.#socket.pause();
  }

  /** Ends the connection without a word. */
  leaves(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    const parts = (this.#rest + chunk).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.replace(/\r$/, "");
      if (line.startsWith("PING ") && !this.#isDeaf) this.sends(`PONG ${line.slice(5)}`);
      this.lines.push(line);
    }
    this.#arrived();
  }

  /** Whether something has come, or ended, within ten seconds. */
  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve(false), 10_000);
      this.#arrived = () => {
        clearTimeout(deadline);
        resolve(true);
      };
    });
  }

  #seen(): string {
    return `seen:\n${this.lines.map((line) => `  ${line}`).join("\n")}`;
  }
}
