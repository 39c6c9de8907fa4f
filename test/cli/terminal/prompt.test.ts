/**
 * The prompt on a real terminal: nothing of a password is shown, and the terminal is given back as it was.
 */
import { expect, test } from "bun:test";
import { Answer } from "../../../src/cli/terminal/prompt.ts";

const script = `
  import { EndOfInput, Interrupted, Prompt } from ${JSON.stringify(`${import.meta.dir}/../../../src/cli/terminal/prompt.ts`)};
  const prompt = Prompt.open();
  if (prompt === undefined) process.exit(2);
  try {
    const name = await prompt.ask("Name: ");
    const secret = await prompt.askPassword("Password: ");
    prompt.say(name + " has " + secret.length);
    process.exit(0);
  } catch (error) {
    process.exit(error instanceof Interrupted ? 130 : error instanceof EndOfInput ? 1 : 70);
  }
`;

/** Lets the script run on a terminal; each text is typed when the one before it has been shown. */
async function onTerminal(
  steps: readonly (readonly [shown: string, typed: string])[],
): Promise<{ readonly screen: string; readonly code: number; readonly isEchoRestored: boolean }> {
  let screen = "";
  const left = [...steps];
  const child = Bun.spawn([process.execPath, "-e", script], {
    terminal: {
      cols: 80,
      rows: 24,
      data(terminal, bytes) {
        screen += Buffer.from(bytes).toString();
        const next = left[0];
        if (next === undefined || !screen.endsWith(next[0])) return;
        left.shift();
        terminal.write(next[1]);
      },
    },
  });
  const flags = child.terminal?.localFlags;
  const code = await child.exited;
  const isEchoRestored = flags !== undefined && child.terminal?.localFlags === flags;
  child.terminal?.close();
  return { screen, code, isEchoRestored };
}

test("a name is shown, a password is not", async () => {
  const { screen, code, isEchoRestored } = await onTerminal([
    ["Name: ", "annx\x7f\r"],
    ["Password: ", "secret\r"],
  ]);
  expect(screen).toContain("ann has 6");
  expect(screen).not.toContain("secret");
  expect({ code, isEchoRestored }).toEqual({ code: 0, isEchoRestored: true });
});

test("Ctrl-C ends with 130 and gives the terminal back", async () => {
  const { code, isEchoRestored } = await onTerminal([
    ["Name: ", "ann\r"],
    ["Password: ", "half a pass\x03"],
  ]);
  expect({ code, isEchoRestored }).toEqual({ code: 130, isEchoRestored: true });
});

test("Ctrl-D on an empty line ends the input", async () => {
  const { code, isEchoRestored } = await onTerminal([["Name: ", "\x04"]]);
  expect({ code, isEchoRestored }).toEqual({ code: 1, isEchoRestored: true });
});

test("what is pasted beyond a line end answers the next question", async () => {
  const { screen, code } = await onTerminal([["Name: ", "ann\rsecret\r"]]);
  expect(screen).toContain("ann has 6");
  expect(code).toBe(0);
});

function answered(...typed: readonly string[]): Answer {
  const answer = new Answer(() => undefined);
  for (const text of typed) answer.take(text);
  return answer;
}

test("Backspace takes one character as people see it, Ctrl-U the line", () => {
  expect(answered("a👩‍👩‍👧‍👦", "\x7f").text).toBe("a");
  expect(answered("ae\u0301", "\b").text).toBe("a");
  expect(answered("abc", "\x15", "d\r").text).toBe("d");
});

test("keys that are no characters do nothing", () => {
  expect(answered("a\x1b[A\x1bOP\tb\x1b[200~c\x1b[201~\r")).toMatchObject({
    text: "abc",
    outcome: "line",
  });
});

test("Ctrl-D in a line that has text does nothing", () => {
  expect(answered("a\x04").outcome).toBeUndefined();
});
