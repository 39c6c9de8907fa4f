/**
 * MODE of a user: read and change one's own user modes.
 *
 * They are the user's, the same on all of their connections, and last until the last of these has gone.
 */
import {
  parseUserModeChanges,
  userModes,
  withFlag,
  writeModeChanges,
  type ModeChange,
} from "../../protocol/modes.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { event, usersNamed } from "../event.ts";
import { type Network } from "../state/network.ts";
import { giveUpOperator } from "./oper.ts";
import { type User } from "../state/user.ts";

interface UserModesChanged {
  readonly nick: string;
  readonly changes: readonly ModeChange[];
}

const userModesChanged = event<UserModesChanged>("user-mode", {
  audience: (network, { nick }) => usersNamed(network, nick),
  apply: (network, { nick, changes }) => applyUserModes(network, nick, changes),
  line: ({ nick, changes }) => ({ command: "MODE", params: [nick, ...writeModeChanges(changes)] }),
});

/** What the settings give to everyone who comes; they are told by 221. */
const userModesGiven = event<UserModesChanged>("user-mode-default", {
  apply: (network, { nick, changes }) => applyUserModes(network, nick, changes),
});

function applyUserModes(network: Network, nick: string, changes: readonly ModeChange[]): void {
  const user = network.user(nick);
  if (user !== undefined) network.setUserModes(user, modesAfter(user, changes));
}

function modesAfter({ modes }: User, changes: readonly ModeChange[]): string {
  return changes.reduce((after, { letter, isSet }) => withFlag(after, letter, isSet), modes);
}

const settable: ReadonlySet<string> = new Set(
  userModes.filter(({ isSettable }) => isSettable).map(({ letter }) => letter),
);

/** Modern IRC, "User mode": "If <target> is a different nick …, the ERR_USERSDONTMATCH numeric is returned". */
export function userMode(
  ctx: Context,
  target: User,
  text: string | undefined,
): Refusal | undefined {
  const { user } = ctx;
  if (target !== user) return refusals.usersDontMatch();
  if (text === undefined) {
    ctx.reply(replies.userModeIs(user.shownModes));
    return undefined;
  }
  const asked = parseUserModeChanges(text);
  if (asked.some(({ letter, isSet }) => letter === "o" && !isSet)) giveUpOperator(ctx);
  const before = user.modes;
  const after = modesAfter(
    user,
    asked.filter(({ letter }) => settable.has(letter)),
  );
  const changes = [...settable]
    .filter((letter) => before.includes(letter) !== after.includes(letter))
    .map((letter) => ({ letter, isSet: after.includes(letter), param: undefined }));
  if (changes.length > 0) ctx.emit(userModesChanged({ nick: user.nick, changes }));
  // "the server MUST apply the modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG in reply". What is
  // known and not for users to set (`o`, `Z`) is left as it is, without a word, as servers do.
  const isUnknown = asked.some(({ letter }) => !userModes.some((mode) => mode.letter === letter));
  return isUnknown ? refusals.unknownUserMode() : undefined;
}

/** The first connection of a user has come: their modes are those of the settings. */
export function giveDefaultModes(ctx: Context, user: User): void {
  const changes = [...ctx.settings.defaultModes]
    .filter((letter) => settable.has(letter))
    .map((letter) => ({ letter, isSet: true, param: undefined }));
  if (changes.length > 0) ctx.emit(userModesGiven({ nick: user.nick, changes }));
}
