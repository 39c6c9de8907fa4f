/** Lines without the ids of tags that are not kept, which are other ones each time. @throws when one has none. */
export function withoutPassingIds(lines: readonly string[]): string[] {
  return lines.map((line) => {
    if (!/^@msgid=t\w+-\w+[; ]/.test(line)) throw new Error(`no passing id: ${line}`);
    return line.replace(/^@msgid=t\w+-\w+;/, "@").replace(/^@msgid=t\w+-\w+ /, "");
  });
}
