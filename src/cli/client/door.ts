/**
 * Door: connections to one server, as the client's machine wants them, each with the server's identity judged before
 * a byte is sent; and a look at that identity alone, before anyone is asked for a password.
 */
import {
  dial,
  type Connection as Dialled,
  type PeerIdentity,
  type Security,
} from "../../net/dialer.ts";
import { type DialFailure } from "../../net/dial-failure.ts";
import { type TlsIdentity } from "../../net/tls.ts";
import { type ServerAddress } from "./address.ts";
import { type Connect, type Connection, type ConnectionEvents } from "./client-runner.ts";
import { type Judgement } from "./trust.ts";

export interface DoorOptions {
  readonly address: ServerAddress;
  readonly isPlain: boolean;
  /** The client's own certificate, shown where the server asks for one. */
  readonly certificate?: TlsIdentity | undefined;
  readonly judge: (identity: PeerIdentity) => Judgement;
  /** The lines for a server that is not trusted. */
  readonly refusal: (identity: PeerIdentity, judgement: Judgement) => string;
  /** Told of bugs in the handlers. */
  readonly report: (bug: unknown) => void;
}

export type Look =
  | { readonly kind: "seen"; readonly identity: PeerIdentity }
  | { readonly kind: "failed"; readonly reason: string };

/** Who is there; the connection is closed before anything is sent. */
export function look({ address, report }: DoorOptions): Promise<Look> {
  const { host, port } = address;
  return new Promise((resolve) => {
    const security: Security = {
      kind: "tls",
      decide: (identity) => {
        resolve({ kind: "seen", identity });
        return "refuse";
      },
    };
    dial(
      { host, port, security, report },
      {
        opened: (connection) => connection.terminate(),
        failed: (failure) => resolve({ kind: "failed", reason: failureText(failure, address) }),
        bytes: () => undefined,
        closed: () => undefined,
      },
    );
  });
}

/** Told of what logins on a connection may be bound to. */
export type Bound = (exporter: Uint8Array | undefined, endPoint: Uint8Array | undefined) => void;

/** `bound` is told of what each connection has of it, before anything is sent on it. */
export function connector(options: DoorOptions, bound: Bound): Connect {
  return (events) => openDoor(options, events, bound);
}

function openDoor(options: DoorOptions, events: ConnectionEvents, bound: Bound): Connection {
  const { host, port } = options.address;
  let connection: Dialled | undefined;
  let refusal: string | undefined;
  const decide = (identity: PeerIdentity): "accept" | "refuse" => {
    const judgement = options.judge(identity);
    if (judgement.kind === "trusted" || judgement.kind === "to-be-proven") return "accept";
    refusal = options.refusal(identity, judgement);
    return "refuse";
  };
  const { certificate } = options;
  const own = certificate === undefined ? {} : { identity: certificate };
  const security: Security = options.isPlain ? { kind: "plain" } : { kind: "tls", decide, ...own };
  const dialing = dial(
    { host, port, security, report: options.report },
    {
      opened(opened) {
        connection = opened;
        bound(opened.encryption?.exporter, opened.encryption?.endPoint);
        events.opened();
      },
      failed(failure) {
        events.closed(refusal ?? failureText(failure, options.address), refusal !== undefined);
      },
      bytes: (bytes) => events.bytes(bytes),
      closed: (reason) => events.closed(reason, false),
    },
  );
  return {
    write: (bytes) => connection?.write(bytes),
    close() {
      dialing.abort();
      connection?.close();
    },
  };
}

function failureText(failure: DialFailure, { host }: ServerAddress): string {
  const isHere = host === "localhost" || host.startsWith("127.") || host === "::1";
  if (failure.kind !== "no-tls" || !isHere) return failure.text;
  return `${failure.text}; if it is a server without TLS on this machine, add --no-tls`;
}
