/**
 * Numerics that refuse, by a name for those who do not want to know numbers.
 */

const names: ReadonlyMap<string, string> = new Map([
  ["401", "NO_SUCH_NICK"],
  ["402", "NO_SUCH_SERVER"],
  ["403", "NO_SUCH_CHANNEL"],
  ["404", "CANNOT_SEND"],
  ["405", "TOO_MANY_CHANNELS"],
  ["407", "TOO_MANY_TARGETS"],
  ["411", "NO_RECIPIENT"],
  ["412", "NO_TEXT"],
  ["417", "TOO_LONG"],
  ["421", "UNKNOWN_COMMAND"],
  ["432", "BAD_NICK"],
  ["433", "NICK_IN_USE"],
  ["441", "NOT_A_MEMBER"],
  ["442", "NOT_ON_CHANNEL"],
  ["443", "ALREADY_ON_CHANNEL"],
  ["461", "NEED_MORE_PARAMS"],
  ["471", "CHANNEL_FULL"],
  ["472", "UNKNOWN_MODE"],
  ["473", "INVITE_ONLY"],
  ["474", "BANNED"],
  ["475", "BAD_KEY"],
  ["476", "BAD_CHANNEL_NAME"],
  ["477", "ACCOUNT_REQUIRED"],
  ["478", "LIST_FULL"],
  ["481", "NOT_AN_OPERATOR"],
  ["482", "NOT_CHANNEL_OPERATOR"],
  ["696", "BAD_MODE_PARAM"],
]);

export function isErrorNumeric(command: string): boolean {
  return /^[45]\d\d$/.test(command) ? command !== "422" : command === "696";
}

export function errorName(command: string): string {
  return names.get(command) ?? `NUMERIC_${command}`;
}

/** They say that one did not get into the channel. */
export const joinRefusals: ReadonlySet<string> = new Set(
  "403 405 437 471 473 474 475 476 477 479 489 520".split(" "),
);

/** Their first parameter after the nick is the target of a message that was not delivered. */
export const sendRefusals: ReadonlySet<string> = new Set(
  "401 402 403 404 407 408 411 412 413 414 415 417 437 477 531".split(" "),
);
