/**
 * LOG and UNLOCK: an operator reads what happened to accounts and logins, and ends a lock.
 *
 *     2026-11-25T20:14:07.120Z login.refused ann from 192.0.2.1: PLAIN: not proven
 *
 * The newest comes last, as in any log. With `--json` each line is an object of its own.
 */
import { isoTime } from "../../base/time.ts";
import { type Folded, fold, parseAccountName } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

/** As much as is on a screen. */
const countUsual = 20;
const countMax = 1_000;

type LogEntry = Extract<Answer<"audit">, { outcome: "found" }>["entries"][number];

interface Wanted {
  readonly account: Folded | undefined;
  readonly limit: number;
  readonly isJson: boolean;
}

const log: Word = {
  name: "log",
  usage: "log [NAME] [COUNT] [--json]",
  does: "shows what happened to accounts and logins, or to one account",
  speaker: "operators",
  run(ctx, rest) {
    const wanted = wantedOf(rest);
    if (typeof wanted === "string") {
      refuse(ctx, wanted);
      return;
    }
    const { account, limit, isJson } = wanted;
    ctx.ask("audit", { account, before: undefined, limit }, (answer, next) => {
      if (answer.outcome === "found") tellEntries(next, answer.entries, isJson);
      else refuse(next, notNow);
    });
  },
};

/** Or what is wrong with it. */
function wantedOf(rest: string): Wanted | string {
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const isJson = words.includes("--json");
  const others = words.filter((word) => word !== "--json");
  const counts = others.filter((word) => /^\d+$/.test(word));
  const names = others.filter((word) => !/^\d+$/.test(word));
  if (counts.length > 1 || names.length > 1) return "log [NAME] [COUNT] [--json]";
  const limit = Number(counts[0] ?? countUsual);
  if (limit < 1 || limit > countMax) return `a count is from 1 to ${countMax}`;
  const [said] = names;
  // What was no name when it was said is kept as that.
  if (said === undefined || said === "*") return { account: said && fold(said), limit, isJson };
  const name = parseAccountName(said);
  if (!name.ok) return `no account ${printable(said)}`;
  return { account: fold(name.value), limit, isJson };
}

function tellEntries(ctx: Context, entries: readonly LogEntry[], isJson: boolean): void {
  for (const entry of entries.toReversed()) {
    ctx.tell(isJson ? jsonOf(entry) : lineOf(entry));
  }
  if (entries.length === 0 && !isJson) ctx.tell("nothing is in the log");
}

function lineOf({ time, event, account, address, actor, detail }: LogEntry): string {
  const from = address === "" ? "" : ` from ${address}`;
  const by = actor === "" ? "" : ` by ${actor}`;
  const what = detail === "" ? "" : `: ${detail}`;
  return `${isoTime(time)} ${event} ${account === "" ? "-" : account}${from}${by}${what}`;
}

function jsonOf({ id, time, ...fields }: LogEntry): string {
  return JSON.stringify({ id, time: isoTime(time), ...fields });
}

const unlock: Word = {
  name: "unlock",
  usage: "unlock NAME",
  does: "takes passwords from everywhere again, after too many wrong ones",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (found, { id: account, account: { name } }, by) => {
      const action = { kind: "remove", of: "lock", which: "all" } as const;
      found.ask("credentials", { account, name, own: undefined, action }, (answer, next) => {
        if (answer.outcome !== "removed") {
          refuse(next, notNow);
        } else if (answer.count === 0) {
          next.tell(`${name} was not locked`);
        } else {
          next.note({ event: "account.unlocked", account: name, by });
          next.tell(`${name} is unlocked`);
        }
      });
    });
  },
};

export const logWords: readonly Word[] = [log, unlock];
