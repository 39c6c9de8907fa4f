/**
 * Invitations: their rows, written whole and read all at once.
 *
 * There are few (the server has a limit), so the server keeps them in memory; here is what survives
 * it. The token itself is nowhere: a row is found by its hash.
 */
import { accountId } from "../base/ids.ts";
import { wallMs } from "../base/time.ts";
import { type InvitationPurpose, type InvitationRow } from "../server/outside.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { DamagedRow, integer, oneOf, type Row, text } from "./rows.ts";

export class Invitations {
  readonly #save: Change;
  readonly #remove: Change;
  readonly #all: Query<InvitationRow>;

  constructor(database: Database) {
    this.#save = database.change(
      `INSERT INTO invitation (hash, purpose, role, rooms, account, uses, uses_left, label, made_by,
         created_at, expires_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
       ON CONFLICT (hash) DO UPDATE SET uses_left = excluded.uses_left`,
    );
    this.#remove = database.change("DELETE FROM invitation WHERE hash = ?1");
    this.#all = database.query(
      `SELECT hash, purpose, role, rooms, account, uses, uses_left, label, made_by, created_at,
         expires_at
       FROM invitation`,
      parseInvitation,
    );
  }

  /** Only the number of uses changes once it is made. */
  save(invitation: InvitationRow): void {
    const { hash, purpose, uses, usesLeft, label, madeBy, createdAt, expiresAt } = invitation;
    const isReset = purpose.kind === "reset";
    const role = isReset ? "member" : purpose.role;
    const rooms = JSON.stringify(isReset ? [] : purpose.rooms);
    const account = isReset ? purpose.account : null;
    const about = [uses, usesLeft, label, madeBy, createdAt, expiresAt] as const;
    this.#save.run(hash, purpose.kind, role, rooms, account, ...about);
  }

  remove(hash: string): void {
    this.#remove.run(hash);
  }

  /** The oldest first. */
  all(): InvitationRow[] {
    return this.#all.all().sort((left, right) => left.createdAt - right.createdAt);
  }
}

function parseInvitation(row: Row): InvitationRow {
  return {
    hash: text(row, "hash"),
    purpose: parsePurpose(row),
    uses: integer(row, "uses"),
    usesLeft: integer(row, "uses_left"),
    label: text(row, "label"),
    madeBy: text(row, "made_by"),
    createdAt: wallMs(integer(row, "created_at")),
    expiresAt: wallMs(integer(row, "expires_at")),
  };
}

function parsePurpose(row: Row): InvitationPurpose {
  const kind = oneOf(row, "purpose", ["member", "reset"]);
  if (kind === "reset") return { kind, account: accountId(integer(row, "account")) };
  return { kind, role: oneOf(row, "role", ["member", "operator"]), rooms: parseRooms(row) };
}

function parseRooms(row: Row): readonly string[] {
  const rooms: unknown = parseJson(text(row, "rooms"));
  if (Array.isArray(rooms) && rooms.every((room) => typeof room === "string")) return rooms;
  throw new DamagedRow("column rooms is no list of names");
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
