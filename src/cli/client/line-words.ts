/**
 * What Tab makes of the word before the cursor: a command, a room, or a nick (who spoke last comes first).
 */
import { type Model } from "../../client/model.ts";
import { slashNames } from "../../client/slash.ts";
import { fold } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";

const namesMax = 100;

export function completions(line: string, model: Model): readonly [readonly string[], string] {
  const part = /\S*$/.exec(line)?.[0] ?? "";
  const isFirst = part === line;
  if (part === "") return [[], part];
  if (isFirst && part.startsWith("/")) {
    return [beginning(slashNames(), part.slice(1)).map((name) => `/${name} `), part];
  }
  if (part.startsWith("#")) {
    const rooms = [...model.rooms].filter((room) => !room.isPrivate).map((room) => room.name);
    return [beginning(rooms, part).map((name) => `${name} `), part];
  }
  const ending = isFirst ? ": " : " ";
  return [beginning(nicks(model), part).map((name) => name + ending), part];
}

/** People of the room in front, then everybody one talks with. */
function nicks(model: Model): string[] {
  const room = model.currentRoom === undefined ? undefined : model.room(model.currentRoom);
  const speakers = room?.messages.map(({ from }) => from).toReversed() ?? [];
  const members = room === undefined ? [] : [...room.members.values()].map(({ nick }) => nick);
  const others = [...model.rooms].filter(({ isPrivate }) => isPrivate).map(({ name }) => name);
  return [...new Set([...speakers, ...members.sort(), ...others])].filter(
    (nick) => !model.isOwnNick(nick),
  );
}

function beginning(names: readonly string[], part: string): string[] {
  const wanted = fold(part);
  return names
    .filter((name) => fold(name).startsWith(wanted))
    .map((name) => printable(name))
    .slice(0, namesMax);
}
