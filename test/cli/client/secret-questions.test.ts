/**
 * Secret questions: what is typed goes to the answers alone, and readline hears again afterwards.
 */
import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { type ReadStream } from "node:tty";
import { SecretQuestions } from "../../../src/cli/client/secret-questions.ts";

interface Asked {
  readonly types: (keys: string) => void;
  /** What readline has heard. */
  readonly heard: string[];
  /** The questions as they were shown, and how it ended. */
  readonly log: string[];
  readonly questions: SecretQuestions;
}

function asks(...questions: readonly string[]): Asked {
  const input = new PassThrough();
  const heard: string[] = [];
  const log: string[] = [];
  input.on("keypress", (text: string) => heard.push(text));
  const asked = new SecretQuestions({
    // Of a terminal only its events are used here.
    input: input as unknown as ReadStream,
    questions,
    ask: () => log.push("ask"),
    halt: () => log.push("halt"),
    done: (secrets) =>
      log.push(secrets?.map((each) => Buffer.from(each.bytes()).toString()).join("|") ?? "none"),
  });
  const types = (keys: string): void => {
    for (const sequence of keys) input.emit("keypress", sequence, { sequence });
  };
  return { types, heard, log, questions: asked };
}

test("each line answers one question, also when all come at once, and what follows is readline's", () => {
  const { types, heard, log, questions } = asks("Old: ", "New: ");
  expect(questions.question).toBe("Old: ");
  types("on");
  expect(heard).toEqual([]);
  types("e\rtwo\rhello");
  expect(log).toEqual(["ask", "ask", "one|two"]);
  expect(heard.join("")).toBe("hello");
});

test("Backspace and Ctrl-U edit, Ctrl-Z halts and loses nothing", () => {
  const { types, log } = asks("Old: ");
  types("wrong\x15onf\x7fe\x1a\r");
  expect(log).toEqual(["ask", "halt", "one"]);
});

test.each([
  ["Ctrl-C", "half\x03"],
  ["Ctrl-D on an empty line", "\x04"],
])("%s ends all of it without an answer", (_, keys) => {
  const { types, heard, log } = asks("Old: ", "New: ");
  types(`one\r${keys}x`);
  expect(log).toEqual(["ask", "ask", "none"]);
  expect(heard).toEqual(["x"]);
});
