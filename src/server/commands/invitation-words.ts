/**
 * INVITE, INVITATIONS, UNINVITE and OWNER: operators' words about invitations.
 */
import { dayMs, isoTime } from "../../base/time.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { parseChannelName } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type AccountRole, type InvitationRow } from "../outside.ts";
import {
  hasRoomFor,
  linkOf,
  makeInvitation,
  ownerLabel,
  purposeOf,
  removeExpired,
  revoke,
  revokeOwnerLink,
  shownHash,
} from "./invitations.ts";
import { notNow, refuse, type Word } from "./words.ts";

/** Links in one answer. */
const invitedAtOnceMax = 20;
const usesMax = 1_000;
const daysMax = 365;
const roomsMax = 10;
const labelLengthMax = 32;
/** Digits of a hash that say which one is meant. */
const prefixDigitsMin = 4;

interface Wanted {
  readonly names: readonly string[];
  readonly uses: number;
  readonly days: number;
  readonly role: AccountRole;
  readonly rooms: readonly string[];
}

const usage = "invite [NAME…] [--uses N] [--days N] [--role member|operator] [--room #ROOM]…";

const invite: Word = {
  name: "invite",
  usage: "invite [NAME…] [--uses N]…",
  does: "makes links that make accounts; also --days N, --role ROLE, --room #ROOM",
  speaker: "operators",
  run(ctx, rest) {
    const wanted = parseWanted(rest);
    if (!wanted.ok) {
      refuse(ctx, wanted.error);
      return;
    }
    const { names, uses, days, role, rooms } = wanted.value;
    const labels = names.length === 0 ? [""] : names;
    if (!hasRoomFor(ctx, labels.length)) {
      refuse(ctx, "there are too many invitations; uninvite some");
      return;
    }
    let left = labels.length;
    for (const label of labels) {
      const purpose = { kind: "member", role, rooms } as const;
      makeInvitation(ctx, { purpose, uses, lastsMs: days * dayMs, label }, (next, token) => {
        left -= 1;
        if (token === undefined) {
          refuse(next, notNow);
          return;
        }
        const link = linkOf(next.settings, token);
        next.tell(label === "" ? link : `${label} ${link}`);
        if (left === 0) next.tell(conditions(wanted.value));
      });
    }
  },
};

function conditions({ uses, days, role }: Wanted): string {
  const many = uses === 1 ? "for one person" : `for ${uses} people`;
  const time = days === 1 ? "1 day" : `${days} days`;
  const whom = role === "operator" ? ", who will run the server" : "";
  return `good ${many}${whom}, for ${time}; whoever has the link can use it`;
}

/** The words of `invite`, and what they mean where nothing is said. */
function parseWanted(rest: string): Result<Wanted> {
  const names: string[] = [];
  const rooms: string[] = [];
  const numbers = { uses: 1, days: 7 };
  let role: AccountRole = "member";
  const words = rest.split(/\s+/).filter((word) => word !== "");
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith("--")) {
      if (printable(word) !== word || word.length > labelLengthMax) {
        return failed(`a NAME is one word of at most ${labelLengthMax} characters`);
      }
      if (word === ownerLabel)
        return failed(`${ownerLabel} is what the first operator's link is called`);
      names.push(word);
      continue;
    }
    const [option = "", attached] = word.split("=", 2);
    const value = attached ?? words.shift() ?? "";
    if (option === "--uses" || option === "--days") {
      const most = option === "--uses" ? usesMax : daysMax;
      const number = /^\d{1,6}$/.test(value) ? Number(value) : 0;
      if (number < 1 || number > most) return failed(`${option} is a number from 1 to ${most}`);
      numbers[option === "--uses" ? "uses" : "days"] = number;
    } else if (option === "--role") {
      if (value !== "member" && value !== "operator") {
        return failed("a role is member or operator");
      }
      role = value;
    } else if (option === "--room") {
      const room = parseChannelName(value.startsWith("#") ? value : `#${value}`);
      if (!room.ok) return room;
      rooms.push(room.value);
    } else return failed(usage);
  }
  if (names.length > invitedAtOnceMax) return failed(`at most ${invitedAtOnceMax} at once`);
  if (rooms.length > roomsMax) return failed(`at most ${roomsMax} rooms`);
  return ok({ names, rooms, role, ...numbers });
}

const invitations: Word = {
  name: "invitations",
  usage: "invitations",
  does: "lists the links that are good",
  speaker: "operators",
  run(ctx) {
    removeExpired(ctx);
    let told = 0;
    for (const invitation of ctx.network.invitations.values()) {
      told += 1;
      if (told > ctx.settings.limits.accountsListedMax) {
        ctx.tell(`… and more: ${ctx.network.invitations.size} in all`);
        return;
      }
      ctx.tell(lineOf(invitation));
    }
    if (told === 0) ctx.tell("no invitation is good");
  },
};

function lineOf(invitation: InvitationRow): string {
  const { label, uses, usesLeft, expiresAt, madeBy, purpose } = invitation;
  const rooms = purpose.kind === "member" ? purpose.rooms.map((room) => ` ${room}`).join("") : "";
  const until = `${isoTime(expiresAt).slice(0, 16)}Z`;
  const name = label === "" ? "-" : label;
  const left = `${usesLeft} of ${uses} left`;
  return `${shownHash(invitation)} ${name} ${purposeOf(invitation)}${rooms}, ${left}, until ${until}, by ${madeBy}`;
}

const uninvite: Word = {
  name: "uninvite",
  usage: "uninvite PREFIX",
  does: "takes a link back, by the digits that invitations shows",
  speaker: "operators",
  run(ctx, rest) {
    const prefix = rest.toLowerCase();
    if (!/^[0-9a-f]+$/.test(prefix) || prefix.length < prefixDigitsMin) {
      refuse(ctx, `which one? ${prefixDigitsMin} or more of the digits that invitations shows`);
      return;
    }
    removeExpired(ctx);
    const found = [...ctx.network.invitations.values()].filter(({ hash }) =>
      hash.startsWith(prefix),
    );
    const [invitation] = found;
    if (invitation === undefined) refuse(ctx, `no invitation ${prefix}`);
    else if (found.length > 1) refuse(ctx, `${prefix} is more than one; say more of it`);
    else {
      revoke(ctx, invitation, ctx.operator.by);
      ctx.tell(`${shownHash(invitation)} ${invitation.label}`.trimEnd() + " is good no more");
    }
  },
};

const owner: Word = {
  name: "owner",
  usage: "owner",
  does: "makes the link of the first operator anew: one use, 24 hours",
  speaker: "console",
  run(ctx) {
    revokeOwnerLink(ctx, ctx.operator.by);
    if (!hasRoomFor(ctx, 1)) {
      refuse(ctx, "there are too many invitations; uninvite some");
      return;
    }
    const purpose = { kind: "member", role: "operator", rooms: [] } as const;
    const how = { purpose, uses: 1, lastsMs: dayMs, label: ownerLabel };
    makeInvitation(ctx, how, (next, token) => tellLink(next, token));
  },
};

function tellLink(ctx: Context, token: string | undefined): void {
  if (token === undefined) refuse(ctx, notNow);
  else ctx.tell(linkOf(ctx.settings, token));
}

export const invitationWords: readonly Word[] = [invite, invitations, uninvite, owner];
