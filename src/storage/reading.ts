/**
 * Reading: up to when accounts have read, and up to which entry their devices were shown what was
 * said.
 *
 * It promises: neither ever runs back, whatever is written after what; and both are bounded for
 * each account: beyond the limit, what is oldest is forgotten. A device that is forgotten is a new
 * one when it comes again.
 *
 * Writing is part of the store's transaction. An account that is removed takes its rows with it (by
 * foreign key); a channel leaves its markers, which nobody asks for any more.
 */
import { accountId, channelId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { type Answer, type Ask, type LogRef } from "../server/outside.ts";
import { type ReadingRecord, type ReadMarker } from "../server/reading.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { integer, oneOf, type Row } from "./rows.ts";

/** Of one account: more conversations than anyone keeps up with. */
export const readMarkersMax = 1_000;
/** Of one account: app passwords and certificates are devices, and so is each name given at a login. */
export const devicesMax = 100;

const kinds = ["channel", "account"] as const;

export class Reading {
  readonly #markers: Query<Omit<ReadMarker, "log"> & { readonly row: Row }>;
  readonly #moveMarker: Change;
  readonly #addMarker: Change;
  readonly #trimMarkers: Change;
  readonly #seen: Query<number>;
  readonly #moveSeen: Change;
  readonly #addSeen: Change;
  readonly #trimSeen: Change;

  constructor(database: Database) {
    this.#markers = database.query(
      "SELECT kind, target, time FROM read_marker WHERE account = ?1",
      (row) => ({ row, time: wallMs(integer(row, "time")) }),
    );
    this.#moveMarker = database.change(
      `UPDATE read_marker SET time = max(time, ?4)
       WHERE account = ?1 AND kind = ?2 AND target = ?3`,
    );
    this.#addMarker = database.change(
      "INSERT INTO read_marker (account, kind, target, time) VALUES (?1, ?2, ?3, ?4)",
    );
    this.#trimMarkers = database.change(
      `DELETE FROM read_marker WHERE account = ?1 AND time < (
         SELECT time FROM read_marker WHERE account = ?1 ORDER BY time DESC
         LIMIT 1 OFFSET ${readMarkersMax - 1})`,
    );
    this.#seen = database.query(
      "SELECT entry FROM device_seen WHERE account = ?1 AND device = ?2",
      (row) => integer(row, "entry"),
    );
    this.#moveSeen = database.change(
      `UPDATE device_seen SET entry = max(entry, ?3), at = ?4 WHERE account = ?1 AND device = ?2`,
    );
    this.#addSeen = database.change(
      "INSERT INTO device_seen (account, device, entry, at) VALUES (?1, ?2, ?3, ?4)",
    );
    this.#trimSeen = database.change(
      `DELETE FROM device_seen WHERE account = ?1 AND device IN (
         SELECT device FROM device_seen WHERE account = ?1 ORDER BY at DESC, entry DESC
         LIMIT -1 OFFSET ${devicesMax})`,
    );
  }

  find({ account, device }: Ask<"reading">): Answer<"reading"> {
    const markers = this.#markers
      .all(account)
      .map(({ row, time }) => ({ log: logOf(account, row), time }));
    return { outcome: "found", markers, seen: this.#seen.first(account, device) };
  }

  mark({ account, log, time }: Extract<ReadingRecord, { readonly kind: "read-marker" }>): void {
    const [kind, target] = targetOf(account, log);
    if (this.#moveMarker.run(account, kind, target, time) > 0) return;
    this.#addMarker.run(account, kind, target, time);
    this.#trimMarkers.run(account);
  }

  seen(
    { account, device, entry }: Extract<ReadingRecord, { readonly kind: "device-seen" }>,
    now: WallMs,
  ): void {
    if (this.#moveSeen.run(account, device, entry, now) > 0) return;
    this.#addSeen.run(account, device, entry, now);
    this.#trimSeen.run(account);
  }
}

/** A channel, or the other one of a conversation, which may be oneself. */
function targetOf(account: number, log: LogRef): [kind: (typeof kinds)[number], target: number] {
  if (log.kind === "channel") return ["channel", log.channel];
  const [one, other] = log.between;
  return ["account", one === account ? other : one];
}

function logOf(account: ReadMarkerOwner, row: Row): LogRef {
  const target = integer(row, "target");
  return oneOf(row, "kind", kinds) === "channel"
    ? { kind: "channel", channel: channelId(target) }
    : { kind: "conversation", between: [account, accountId(target)] };
}

type ReadMarkerOwner = Ask<"reading">["account"];
