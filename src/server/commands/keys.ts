/**
 * REKEY: another key for the passwords, and the end of the older ones. What is done is in `auth/rekeying.ts`.
 *
 *     rekey → logins, which move the passwords to the new key one by one → rekey finish
 */
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { type RekeyAction } from "../proofs.ts";
import { notNow, refuse, type Word } from "./words.ts";

const usage = "rekey [status|finish]";

const actions: ReadonlyMap<string, RekeyAction> = new Map([
  ["", "add"],
  ["status", "count"],
  ["finish", "drop"],
  ["finish force", "force"],
]);

const rekey: Word = {
  name: "rekey",
  usage,
  does: "makes a new key for the passwords; finish removes the older ones",
  speaker: "console",
  run(ctx, rest) {
    const action = actions.get(rest.toLowerCase().replaceAll(/\s+/g, " "));
    if (action === undefined) {
      refuse(ctx, `it is used like this: ${usage}`);
      return;
    }
    ctx.ask("rekey", { action }, (answer, next) => {
      if (answer.outcome === "rekeyed") rekeyed(next, action, answer);
      else refuse(next, whyNot(answer));
    });
  },
};

type Rekeyed = Extract<Answer<"rekey">, { readonly outcome: "rekeyed" }>;

function rekeyed(ctx: Context, action: RekeyAction, { keys, older, dropped, lost }: Rekeyed): void {
  if (action === "add" || dropped > 0) {
    ctx.note({ event: "keys.changed", by: ctx.operator.by, keys, older, lost });
  }
  if (action === "add") ctx.tell("a new key is in use; back the key file up, apart from the data");
  if (dropped > 0)
    ctx.tell(dropped === 1 ? "an older key is removed" : `${dropped} older keys are removed`);
  if (lost > 0) ctx.tell(`${passwords(lost)} went with it: these accounts need a new one`);
  if (keys === 1) {
    ctx.tell("all passwords are of the key in use; there is no older one");
  } else if (older === 0) {
    ctx.tell(`no password is of an older key: rekey finish removes what is left of them`);
  } else if (action === "drop") {
    refuse(ctx, `${passwords(older)} of an older key: until their next login, which moves them`);
    ctx.tell("rekey finish force removes the key and these passwords");
  } else {
    ctx.tell(`${passwords(older)} of an older key: each is moved to the new one at its next login`);
  }
}

function passwords(count: number): string {
  return count === 1 ? "1 password" : `${count} passwords`;
}

function whyNot({ outcome }: Answer<"rekey">): string {
  switch (outcome) {
    case "full":
      return "there are as many keys as there may be: rekey finish removes older ones";
    case "busy":
      return "this is being done already";
    default:
      return notNow;
  }
}

export const keyWords: readonly Word[] = [rekey];
