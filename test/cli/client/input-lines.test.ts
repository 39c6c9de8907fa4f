/**
 * Standard input as lines, whatever the pieces it comes in; a password before them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readInputLines } from "../../../src/cli/client/input-lines.ts";
import { StandardInput } from "../../../src/cli/client/standard-input.ts";

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Uint8Array.from(Buffer.from(text));
  }
}

async function linesOf(input: AsyncIterable<Uint8Array>): Promise<(string | undefined)[]> {
  const lines: (string | undefined)[] = [];
  await readInputLines(input, (line) => {
    lines.push(line);
    return Promise.resolve();
  });
  return lines;
}

test("lines come whole, the last one also without its end", async () => {
  expect(await linesOf(pieces("a\r\nb", "c\n\nd"))).toEqual(["a", "bc", "", "d"]);
});

test("what is too long or not UTF-8 is one bad line, and the next is read", async () => {
  const long = "x".repeat(300_000);
  expect(await linesOf(pieces(long, long, "\nok\n"))).toEqual([undefined, "ok"]);
  expect(await linesOf(pieces(Uint8Array.of(0xff, 10), "ok"))).toEqual([undefined, "ok"]);
});

test("any cut gives the same lines", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z\n]{0,5}$/)), async (texts) => {
      const expected = texts.join("").split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(await linesOf(pieces(...texts))).toEqual(expected);
    }),
  );
});

test("the first line is the password, the rest is input", async () => {
  const input = new StandardInput(() => pieces("sec", "ret\r\nhello\n", "bye"));
  const secret = await input.firstLine();
  expect(Buffer.from(secret?.bytes() ?? []).toString()).toBe("secret");
  expect(await linesOf(input)).toEqual(["hello", "bye"]);
});

test("a first line without end is a password too, one too long is none", async () => {
  const short = await new StandardInput(() => pieces("secret")).firstLine();
  expect(short?.length).toBe(6);
  expect(await new StandardInput(() => pieces("x".repeat(5_000))).firstLine()).toBeUndefined();
});
