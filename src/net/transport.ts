/**
 * Transport: all connections of the server, by number: what the core writes to, whichever listener
 * they came from.
 *
 * Everything written during a turn goes out right after it (`setImmediate`, or `flush`), one write
 * for each connection. When many are due at once, most of what a flush costs is the calls to the
 * system, however little each brings. So flushes to many keep a distance (`flushHoldMs`, or as long
 * as the last one took): the first goes out at once, and meanwhile what may wait is put together.
 * Who reads too slowly is closed at the end of that round, so that nothing
 * changes under it, and what happens to one connection costs no other anything but its turn.
 *
 * Listeners bring the connections in: they ask for a `place`, and tell `opened` and `closed`.
 */
import { type ConnectionId, connectionId } from "../base/ids.ts";
import { type ConnectionFacts, type Line, type Transport } from "../server/outside.ts";
import { Alarms } from "./alarms.ts";
import { type ReportBug } from "./faults.ts";
import { defaultNetLimits, type NetLimits } from "./limits.ts";
import { Peer, type PeerOptions, type PeerSocket } from "./peer.ts";

/** Each `opened` is followed by one `closed`, and `bytes` come only between them. */
export interface ConnectionEvents {
  opened(connection: ConnectionId, facts: ConnectionFacts): void;
  /** The bytes are the receiver's to keep: Bun gives each call a buffer of its own. */
  bytes(connection: ConnectionId, bytes: Uint8Array): void;
  closed(connection: ConnectionId, reason: string): void;
}

export interface TransportOptions {
  readonly limits?: NetLimits;
  readonly events: ConnectionEvents;
  readonly report: ReportBug;
  /** What counts as one place that connections come from; left out: each address. */
  readonly sourceOf?: (address: string) => string;
}

/** Where a connection that has just come in may go. */
export type Place = "free" | "excess" | "crowded" | "none";

/** A flush to more is one to many: to so many it takes some 0.3 ms. */
const manyConnections = 64;

export class SocketTransport implements Transport {
  readonly limits: NetLimits;
  readonly events: ConnectionEvents;
  readonly report: ReportBug;
  readonly #peers = new Map<ConnectionId, Peer>();
  readonly #peerOptions: PeerOptions;
  /** All that have a socket, also those that are not opened yet, or never will be. */
  readonly #sockets = new Set<Peer>();
  readonly #sourceOf: (address: string) => string;
  /** How many of them each source has. */
  readonly #perSource = new Map<string, number>();
  readonly #sources = new Map<Peer, string>();
  /** For whom something waited when it was last sent. */
  readonly #behind = new Set<Peer>();
  #written = new Set<Peer>();
  /** Lists that were written since the last flush, and from the second time on what they are in one piece. */
  readonly #shared = new Map<readonly Line[], readonly Uint8Array[]>();
  /** Of these, who is not to wait. */
  #urgent = new Set<Peer>();
  #isFlushDue = false;
  /** No flush to many before that. */
  #holdUntil = 0;
  #held: NodeJS.Timeout | undefined;
  #last = 0;
  #ended: PromiseWithResolvers<void> | undefined;
  /** Who has been sent all, and waits for the other side to close. */
  readonly #silent = new Set<Peer>();
  /** Of the end of the program. */
  #allSaid: PromiseWithResolvers<void> | undefined;

  constructor({ limits, events, report, sourceOf }: TransportOptions) {
    this.#sourceOf = sourceOf ?? ((address) => address);
    this.limits = limits ?? defaultNetLimits;
    this.events = events;
    this.report = report;
    this.#peerOptions = {
      limits: this.limits,
      alarms: new Alarms<Peer>((peer) => peer.gaveUp()),
      saidAll: (peer) => {
        this.#silent.add(peer);
        this.#lookWhetherAllIsSaid();
      },
    };
  }

  /** Open connections. */
  get size(): number {
    return this.#peers.size;
  }

  write(connection: ConnectionId, lines: readonly Line[], mayWait = false): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    if (peer.isFramed || lines.length < 2) peer.write(lines);
    else peer.writeRaw(this.#joined(lines));
    this.#written.add(peer);
    if (!mayWait) this.#urgent.add(peer);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => this.flush());
  }

  heldForMs(): number {
    return Math.max(0, this.#holdUntil - performance.now());
  }

  pause(connection: ConnectionId): void {
    this.#peers.get(connection)?.pause();
  }

  resume(connection: ConnectionId): void {
    this.#peers.get(connection)?.resume();
  }

  close(connection: ConnectionId): void {
    this.#peers.get(connection)?.close();
  }

  /** Sends what has been written, but for what may wait and has to. */
  flush(): void {
    this.#isFlushDue = false;
    this.#shared.clear();
    const urgent = this.#urgent;
    this.#urgent = new Set();
    const start = performance.now();
    if (this.#written.size > manyConnections && start < this.#holdUntil) {
      for (const peer of urgent) this.#written.delete(peer);
      this.#send(urgent);
      this.#held ??= setTimeout(() => {
        this.#held = undefined; // a timer may ring a little early: then there is another one
        this.flush();
      }, this.#holdUntil - start);
      return;
    }
    clearTimeout(this.#held);
    this.#held = undefined;
    const written = this.#written;
    this.#written = new Set();
    this.#send(written);
    if (written.size <= manyConnections || this.limits.flushHoldMs === 0) return;
    const end = performance.now();
    this.#holdUntil = end + Math.max(this.limits.flushHoldMs, end - start);
  }

  #send(peers: ReadonlySet<Peer>): void {
    const slow: Peer[] = [];
    for (const peer of peers) {
      peer.flush();
      if (peer.isTooSlow) slow.push(peer);
      else if (peer.queuedBytes > 0) this.#behind.add(peer);
    }
    for (const peer of slow) peer.break("Reads too slowly");
    if (this.#behind.size > 0) this.#relieve();
  }

  /** Each may be as far behind as the limit says, and all of them only so far together. */
  #relieve(): void {
    let total = 0;
    for (const peer of this.#behind) {
      if (peer.queuedBytes === 0) this.#behind.delete(peer);
      total += peer.queuedBytes;
    }
    if (total <= this.limits.sendQueuesBytesMax) return;
    const longestFirst = [...this.#behind].toSorted(
      (one, other) => other.queuedBytes - one.queuedBytes,
    );
    for (const peer of longestFirst) {
      total -= peer.queuedBytes;
      peer.break("Reads too slowly");
      if (total <= this.limits.sendQueuesBytesMax) return;
    }
  }

  /** In one piece, if it is not for one connection alone: then each has less to queue and to copy. */
  #joined(lines: readonly Line[]): readonly Uint8Array[] {
    const known = this.#shared.get(lines);
    if (known === undefined) {
      this.#shared.set(lines, lines);
      return lines;
    }
    if (known !== lines) return known;
    const joined = [Buffer.concat(lines)];
    this.#shared.set(lines, joined);
    return joined;
  }

  /** Closes everything that is not closed yet, whatever it is doing. */
  terminate(): void {
    clearTimeout(this.#held);
    for (const peer of [...this.#sockets]) peer.break("Server closed");
  }

  /**
   * At the end of the program: what has nothing to do any more but to wait for the other side is left to the system, which
   * still brings over what is on its way; a termination here would make it lose that (measured: a reader who had not read
   * yet got nothing). All else is closed at once.
   */
  abandon(): void {
    for (const peer of [...this.#sockets]) if (!peer.hasSaidAll) peer.break("Server closed");
  }

  /**
   * Done when no socket is left, or when all that was written after `close` on all has gone out, and the other sides have
   * had `lingerMs` to close: who sends something meanwhile would lose by our end what he has not read. Connections that
   * are not open yet are closed at once.
   */
  async partedWith(): Promise<void> {
    const open = new Set(this.#peers.values());
    for (const peer of [...this.#sockets]) if (!open.has(peer)) peer.break("Server closed");
    this.#allSaid ??= Promise.withResolvers<void>();
    this.#lookWhetherAllIsSaid();
    const lingering = this.#allSaid.promise.then(() => Bun.sleep(this.limits.lingerMs));
    await Promise.race([this.ended(), lingering]);
  }

  #lookWhetherAllIsSaid(): void {
    if (this.#allSaid === undefined) return;
    if (this.#silent.size === this.#sockets.size) this.#allSaid.resolve();
  }

  /**
   * Done when no socket is left: after `close` on all, within `closeMsMax` of the slowest's last
   * progress.
   */
  ended(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    this.#ended ??= Promise.withResolvers<void>();
    return this.#ended.promise;
  }

  // --- For listeners -----------------------------------------------------------------------------

  /** Whether one more may come in; `address`: whence, unless that is a place many come from. */
  place(address?: string): Place {
    const { connectionsMax, connectionsPerAddressMax, excessConnectionsMax } = this.limits;
    if (this.#sockets.size >= connectionsMax + excessConnectionsMax) return "none";
    if (this.#sockets.size >= connectionsMax) return "excess";
    if (address === undefined) return "free";
    const count = this.#perSource.get(this.#sourceOf(address)) ?? 0;
    if (count < connectionsPerAddressMax) return "free";
    return count < connectionsPerAddressMax + excessConnectionsMax ? "crowded" : "none";
  }

  accepted(socket: PeerSocket, address?: string): Peer {
    const peer = new Peer(socket, this.#peerOptions);
    this.#sockets.add(peer);
    if (address !== undefined) this.#count(peer, this.#sourceOf(address));
    return peer;
  }

  #count(peer: Peer, source: string): void {
    this.#sources.set(peer, source);
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
  }

  #uncount(peer: Peer): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    this.#sources.delete(peer);
    const left = (this.#perSource.get(source) ?? 0) - 1;
    if (left > 0) this.#perSource.set(source, left);
    else this.#perSource.delete(source);
  }

  /** Gives it a number: from now on it can be written to. */
  opened(peer: Peer): ConnectionId {
    this.#last += 1;
    const connection = connectionId(this.#last);
    this.#peers.set(connection, peer);
    return connection;
  }

  /** The socket is closed; `connection` is undefined when it was never opened. */
  closed(peer: Peer, connection: ConnectionId | undefined, reason: string): void {
    peer.closed();
    this.#sockets.delete(peer);
    this.#silent.delete(peer);
    this.#behind.delete(peer);
    this.#uncount(peer);
    if (connection !== undefined) {
      this.#peers.delete(connection);
      this.events.closed(connection, reason);
    }
    if (this.#sockets.size === 0) this.#ended?.resolve();
    this.#lookWhetherAllIsSaid();
  }
}
