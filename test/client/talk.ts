/**
 * Talk: a client session and a server that says what the test says, line by line, without sockets or clocks.
 *
 * `sees()` are the lines the server has received since the last call, `events()` what the session told; time moves
 * only by `waits`.
 */
import { SeededRandom } from "../../src/base/random.ts";
import { elapsedMs, type ElapsedMs, later, wallMs } from "../../src/base/time.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Action, type ClientEvent, type ClientInput } from "../../src/client/events.ts";
import { type ClientLimits } from "../../src/client/limits.ts";
import { type Prover } from "../../src/client/prover.ts";
import { type Login } from "../../src/client/login.ts";
import { ClientSession, type SessionOptions } from "../../src/client/session.ts";

/** PLAIN, as in `auth/prover.ts`, with the password `secret`. */
export function plainProver(account: string): Prover {
  return {
    choose: (offered) =>
      offered === undefined || offered.includes("PLAIN")
        ? { kind: "mechanism", name: "PLAIN" }
        : { kind: "none" },
    isServerProven: () => true,
    respond: () => ({
      kind: "response",
      bytes: Uint8Array.from(Buffer.from(`\0${account}\0secret`)),
    }),
  };
}

export function loginOf(account: string): Login {
  return { kind: "account", account, prover: plainProver(account) };
}

export function registering(account: string): Login {
  const password = Secret.fromText("secret");
  return { kind: "register", account, password, prover: plainProver(account) };
}

export const everything =
  "sasl=PLAIN server-time message-tags batch labeled-response echo-message account-tag " +
  "account-notify extended-join multi-prefix userhost-in-names cap-notify standard-replies " +
  "draft/account-registration=before-connect draft/chathistory";

export class Talk {
  readonly session: ClientSession;
  connection = 0;
  elapsed: ElapsedMs = elapsedMs(1_000);
  isConnected = false;
  #lines: string[] = [];
  #events: ClientEvent[] = [];

  constructor(options: Partial<SessionOptions> & { limits?: Partial<ClientLimits> } = {}) {
    this.session = new ClientSession({
      login: loginOf("ann"),
      random: new SeededRandom(1),
      ...options,
    });
  }

  /** Starts, and lets the connection open. */
  opens(): this {
    this.input({ kind: "start" });
    this.input({ kind: "opened", connection: this.connection });
    return this;
  }

  /** Opens and logs in, up to the end of the message of the day. */
  comesOnline(capabilities = everything, isupport = "CHATHISTORY=100"): this {
    this.opens();
    this.isLetIn(capabilities, isupport);
    return this;
  }

  isLetIn(capabilities = everything, isupport = "CHATHISTORY=100"): this {
    this.hears(`:srv CAP * LS :${capabilities}`);
    const names = capabilities.replace(/=\S*/g, "");
    if (names !== "") this.hears(`:srv CAP * ACK :${names}`);
    if (names.includes("sasl")) {
      this.hears("AUTHENTICATE +", ":srv 900 ann ann!ann@host ann :in", ":srv 903 ann :ok");
    }
    this.hears(
      "@time=2026-11-25T10:00:00.000Z :srv 001 ann :Welcome",
      `:srv 005 ann ${isupport} PREFIX=(qov)~@+ :are supported`,
      ":srv 422 ann :no MOTD",
    );
    return this;
  }

  hears(...lines: readonly string[]): this {
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
    return this.input({ kind: "bytes", connection: this.connection, bytes });
  }

  does(action: Action): this {
    return this.input({ kind: "action", action });
  }

  says(target: string, text: string, ref?: string): this {
    return this.does({ kind: "send", target, text, ...(ref === undefined ? {} : { ref }) });
  }

  loses(reason = "reset"): this {
    return this.input({ kind: "closed", connection: this.connection, reason });
  }

  /** Lets time pass, waking the session whenever it wants. */
  waits(ms: number): this {
    const end = later(this.elapsed, ms);
    for (;;) {
      const at = this.session.wakeAt;
      if (at === undefined || at > end) break;
      this.elapsed = at > this.elapsed ? at : this.elapsed;
      this.input({ kind: "tick" });
    }
    this.elapsed = end;
    return this;
  }

  /** Lets time pass until it connects. */
  connects(): this {
    while (this.session.model.state.state !== "connecting") {
      this.waits((this.session.wakeAt ?? this.elapsed) - this.elapsed);
    }
    return this;
  }

  comesBack(): this {
    this.connects();
    this.input({ kind: "opened", connection: this.connection });
    return this;
  }

  input(input: ClientInput): this {
    this.session.take(input, wallMs(1_700_000_000_000 + this.elapsed), this.elapsed);
    for (const output of this.session.takeOutput()) {
      if (output.kind === "connect") this.connection = output.connection;
      if (output.kind === "event") this.#events.push(output.event);
      if (output.kind === "bytes") {
        this.#lines.push(...Buffer.from(output.bytes).toString("utf8").split("\r\n").slice(0, -1));
      }
    }
    return this;
  }

  sees(): string[] {
    return this.#lines.splice(0);
  }

  events(): ClientEvent[] {
    return this.#events.splice(0);
  }

  eventsOf<K extends ClientEvent["kind"]>(kind: K): Extract<ClientEvent, { kind: K }>[] {
    const found: Extract<ClientEvent, { kind: K }>[] = [];
    for (const event of this.events()) {
      // The kind was just compared; the compiler does not narrow by a type parameter.
      if (event.kind === kind) found.push(event as Extract<ClientEvent, { kind: K }>);
    }
    return found;
  }

  texts(): string[] {
    return this.eventsOf("message").map(({ message }) => message.text);
  }
}

/** The tag's value in a line the client sent. */
export function tagOf(line: string | undefined, name: string): string {
  const match = new RegExp(`[@;]${name}=([^; ]+)`).exec(line ?? "");
  return match?.[1] ?? "";
}
