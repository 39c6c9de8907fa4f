/**
 * ALWAYS-ON: whether someone stays in their rooms while no client of theirs is connected, where the settings leave the
 * choice (`[sessions] always-on`).
 *
 * Who stays is shown as away, and is told what was said when they come back. Who does not leaves no ghost: with their
 * last connection they quit, for everyone to see, and are in no room any more; what is said there meanwhile is not for
 * them. Private messages are kept for either, and the rooms of the settings are entered again by who comes back.
 */
import { type AccountId } from "../../base/ids.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type User } from "../state/user.ts";
import { leaveBehind, stays } from "./parting.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

interface AlwaysOnChanged {
  readonly account: AccountId;
  readonly name: string;
  /** Undefined: as the settings say. */
  readonly isAlwaysOn: boolean | undefined;
  readonly by: string;
}

const alwaysOnChanged = event<AlwaysOnChanged>("always-on", {
  apply(network, { account, isAlwaysOn }) {
    network.setAccount(account, { isAlwaysOn });
  },
  keep({ account }, network) {
    const user = network.userById(account);
    return user === undefined ? undefined : { kind: "account", account: user.account };
  },
  note: ({ name, isAlwaysOn, by }) => ({
    event: "account.always-on",
    account: name,
    choice: isAlwaysOn === undefined ? "default" : isAlwaysOn ? "on" : "off",
    by,
  }),
});

const own: Word = {
  name: "set always-on",
  usage: "set always-on on|off|default",
  does: "whether you stay in your rooms while you are not connected",
  speaker: "owners",
  run(ctx, rest) {
    const choice = parseChoice(rest);
    if (choice === undefined) refuse(ctx, "set always-on on, off or default");
    else choose(ctx, ctx.user, choice);
  },
};

const ofOthers: Word = {
  name: "always-on",
  usage: "always-on NAME on|off|default",
  does: "whether an account stays in its rooms while it is not connected",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", wanted = ""] = rest.split(/\s+/);
    const choice = parseChoice(wanted);
    if (choice === undefined) refuse(ctx, "always-on NAME on, off or default");
    else withAccount(ctx, name, (next, user) => choose(next, user, choice));
  },
};

interface Choice {
  readonly isAlwaysOn: boolean | undefined;
}

function parseChoice(word: string): Choice | undefined {
  const choices: ReadonlyMap<string, Choice> = new Map([
    ["on", { isAlwaysOn: true }],
    ["off", { isAlwaysOn: false }],
    ["default", { isAlwaysOn: undefined }],
  ]);
  return choices.get(word.toLowerCase());
}

/** Who is not connected leaves at once; their channels are needed in memory for that. */
function choose(ctx: Context, { id }: User, { isAlwaysOn }: Choice): void {
  const channels = ctx.network.userById(id)?.channels ?? [];
  const lookups = [...channels].map((by) => ({ kind: "channel", by }) as const);
  ctx.load(lookups, (next, outcome) => {
    const user = next.network.userById(id);
    if (user === undefined || outcome === "unavailable") {
      refuse(next, notNow);
      return;
    }
    const { name } = user.account;
    next.emit(alwaysOnChanged({ account: id, name, isAlwaysOn, by: next.operator.by }));
    const isStaying = stays(user, next.settings);
    if (!isStaying) leaveBehind(next, user, "Not always on");
    next.tell(
      isStaying
        ? `${name} stays in the rooms while not connected`
        : `${name} leaves the rooms with the last connection`,
    );
    const isOverruled = isAlwaysOn === true && next.settings.alwaysOn === "never";
    if (isOverruled) next.tell("this server keeps nobody always on");
  });
}

export const alwaysOnWords: readonly Word[] = [own, ofOthers];
