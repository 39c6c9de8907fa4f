/**
 * Prelude: what comes on a connection before its first line, on listeners that have it.
 *
 *     PROXY header (from trusted proxies, who have to) → WebSocket upgrade → done
 *
 * It takes bytes as they come and says how far it is; no socket is touched here.
 */
import { type ConnectionFacts } from "../server/outside.ts";
import { isLoopback, plainAddress } from "./address.ts";
import { type ProxyHeader, readProxyHeader } from "./proxy-protocol.ts";
import { WebSocketServer } from "./websocket.ts";

export type PreludeStep =
  | { readonly kind: "more" }
  /** A PROXY header was to come, and something else did. */
  | { readonly kind: "broken" }
  /** After the answers the connection is to be closed. */
  | { readonly kind: "refused"; readonly answers: readonly Uint8Array[] }
  | {
      readonly kind: "done";
      readonly facts: ConnectionFacts;
      readonly websocket: WebSocketServer | undefined;
      readonly answers: readonly Uint8Array[];
      /** What the client has said already. */
      readonly said: readonly Uint8Array[];
    };

export class Prelude {
  #facts: ConnectionFacts;
  /** What has come of a PROXY header; undefined: none is awaited (any more). */
  #header: Uint8Array | undefined;
  readonly #websocket: WebSocketServer | undefined;

  constructor(
    facts: ConnectionFacts,
    has: { readonly header: boolean; readonly websocket: boolean },
  ) {
    this.#facts = facts;
    this.#header = has.header ? new Uint8Array() : undefined;
    this.#websocket = has.websocket ? new WebSocketServer() : undefined;
  }

  take(bytes: Uint8Array): PreludeStep {
    const header = this.#header;
    if (header === undefined) return this.#upgrade(bytes);
    const all = Buffer.concat([header, bytes]);
    const read = readProxyHeader(all);
    if (read === "none") return { kind: "broken" };
    if (read === "more") {
      this.#header = all;
      return { kind: "more" };
    }
    this.#header = undefined;
    if (!read.isLocal) this.#facts = proxied(this.#facts, read);
    return this.#upgrade(all.subarray(read.length));
  }

  #upgrade(bytes: Uint8Array): PreludeStep {
    const facts = this.#facts;
    const websocket = this.#websocket;
    if (websocket === undefined) {
      const said = bytes.length === 0 ? [] : [bytes];
      return { kind: "done", facts, websocket, answers: [], said };
    }
    const { lines: said, answers, isOver } = websocket.take(bytes);
    if (isOver) return { kind: "refused", answers };
    if (!websocket.isOpen) return { kind: "more" };
    const shown = websocket.isFromPage ? withoutCertificate(facts) : facts;
    return { kind: "done", facts: shown, websocket, answers, said };
  }
}

/**
 * A browser shows its certificate for whatever page asks it to connect: it proves the person's
 * browser, and not that the person wants to log in by that page (EXTERNAL).
 */
function withoutCertificate(facts: ConnectionFacts): ConnectionFacts {
  const { tls } = facts;
  return tls === undefined ? facts : { ...facts, tls: { ...tls, peerCertificate: undefined } };
}

/**
 * As the proxy says that it is. Where it does not say from where, the proxy's address is shown, but
 * the client is not the proxy: what that may do, and what its TLS has shown, is not the client's.
 */
function proxied(facts: ConnectionFacts, { address, isEncrypted }: ProxyHeader): ConnectionFacts {
  const { listener } = facts;
  const from = plainAddress(address ?? facts.address);
  return {
    address: from,
    isLoopback: address !== undefined && isLoopback(from),
    listener,
    tls: undefined,
    isEncryptedToProxy: isEncrypted,
  };
}
