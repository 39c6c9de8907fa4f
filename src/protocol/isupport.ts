/**
 * ISUPPORT (005): what the server supports, as tokens, written in lines and read back by the client.
 */

/** Modern IRC, RPL_ISUPPORT: "at most 13 parameters" of tokens in one line. */
const isupportTokensMax = 13;

/** Room for tokens in one line, the rest of it counted out: the longest names of a server and a nick, and the text. */
const isupportBytesMax = 350;

/** The tokens in groups, one group a line. */
export function isupportLines(tokens: readonly string[]): string[][] {
  const lines: string[][] = [];
  let bytes = 0;
  for (const token of tokens) {
    const last = lines.at(-1);
    bytes += token.length + 1;
    if (last !== undefined && last.length < isupportTokensMax && bytes <= isupportBytesMax) {
      last.push(token);
      continue;
    }
    lines.push([token]);
    bytes = token.length + 1;
  }
  return lines;
}

/**
 * One token. What would end a word or look like the sign between name and value is written as its code, so that in a
 * token there is never a second `=`.
 */
export function isupportToken(name: string, value: string): string {
  if (value === "") return name;
  const escaped = value.replace(/[ =\\]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return `\\x${code}`;
  });
  return `${name}=${escaped}`;
}

/** Reads the tokens of one 005 line into the map; `-TOKEN` takes one back. Values are unescaped (`\x20`). */
export function readIsupport(params: readonly string[], into: Map<string, string>): void {
  for (const token of params.slice(1, -1)) {
    if (token.startsWith("-")) {
      into.delete(token.slice(1));
      continue;
    }
    const equals = token.indexOf("=");
    const name = equals < 0 ? token : token.slice(0, equals);
    const value = equals < 0 ? "" : token.slice(equals + 1);
    into.set(
      name,
      value.replace(/\\x([0-9A-Fa-f]{2})/g, (_whole, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      ),
    );
  }
}
