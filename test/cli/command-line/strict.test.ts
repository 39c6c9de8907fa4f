/**
 * The command line: what is taken, and that everything else is refused with a suggestion.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { subcommandHelp } from "../../../src/cli/command-line/help.ts";
import {
  type Arguments,
  parseArguments,
  type Usage,
} from "../../../src/cli/command-line/strict.ts";

const usage: Usage = {
  name: "connect",
  summary: "Join a server",
  options: [
    { kind: "flag", name: "register", summary: "Ask for an account" },
    { kind: "flag", name: "no-input", summary: "Never ask" },
    { kind: "text", name: "nick", short: "n", value: "NAME", summary: "Your name" },
    {
      kind: "text",
      name: "channel",
      short: "c",
      value: "CHANNEL",
      summary: "A room",
      isRepeatable: true,
    },
    { kind: "choice", name: "color", choices: ["auto", "always", "never"], summary: "Colours" },
    { kind: "number", name: "port", value: "N", min: 1, max: 65_535, summary: "The port" },
  ],
  positionals: [{ name: "address", summary: "Where", isRequired: true }],
};

const severalWords: Usage = {
  ...usage,
  positionals: [
    ...usage.positionals,
    { name: "words", summary: "What to say", isRequired: false, isRepeatable: true },
  ],
};

function given(...words: string[]): Arguments {
  const parsed = parseArguments(usage, words);
  if (parsed.kind !== "run") throw new Error(`not run but ${parsed.kind}`);
  return parsed.args;
}

function refusal(...words: string[]): string {
  try {
    parseArguments(usage, words);
  } catch (error) {
    if (error instanceof Fault && error.code === 2) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

test("a value stands after the option, after = or right after the letter", () => {
  for (const words of [["--nick", "x"], ["--nick=x"], ["-n", "x"], ["-nx"], ["-n=x"]]) {
    expect(given(...words, "h").text("nick")).toBe("x");
  }
});

test("an option may stand after the arguments", () => {
  const args = given("h", "--register", "--port", "6697");
  expect([args.positional("address"), args.flag("register"), args.number("port")]).toEqual([
    "h",
    true,
    6697,
  ]);
});

test("what is not given is undefined, or false, or nothing", () => {
  const args = given("h");
  expect([args.text("nick"), args.flag("register"), args.number("port")]).toEqual([
    undefined,
    false,
    undefined,
  ]);
  expect(args.texts("channel")).toEqual([]);
});

test("a repeatable option gives all its values in order", () => {
  expect(given("h", "-c", "#a", "--channel=#b", "-c#c").texts("channel")).toEqual([
    "#a",
    "#b",
    "#c",
  ]);
});

test("an unknown option is refused with the one that was meant", () => {
  expect(refusal("--colour", "never", "h:1")).toBe(
    "unknown option --colour; did you mean --color?",
  );
});

test("an unknown option nothing is like is refused without a suggestion", () => {
  expect(refusal("h", "--frobnicate")).toBe("unknown option --frobnicate");
  expect(refusal("h", "-z")).toBe("unknown option -z");
});

test("names of properties every object has are unknown options", () => {
  expect(refusal("h", "--toString")).toBe("unknown option --toString");
  expect(refusal("h", "--__proto__=x")).toBe("unknown option --__proto__");
});

test("an option is no value of the option before it", () => {
  expect(refusal("--nick", "-x", "h")).toBe(
    "--nick needs a value (one that begins with - is written --nick=-x)",
  );
});

test("a value that begins with - is taken after =", () => {
  expect(given("--nick=-x", "h").text("nick")).toBe("-x");
});

test("a value that is missing or empty is refused", () => {
  expect(refusal("h", "--nick")).toBe("--nick needs a value");
  expect(refusal("h", "--nick=")).toBe("--nick needs a value");
  expect(refusal("h", "--nick", "")).toBe("--nick needs a value");
});

test("an option that is not repeatable is refused the second time", () => {
  expect(refusal("-n", "a", "-n", "b", "h")).toBe("-n is given twice");
  expect(refusal("--register", "--register", "h")).toBe("--register is given twice");
});

test("a flag takes no value", () => {
  expect(refusal("--register=yes", "h")).toBe("--register takes no value");
});

test("what is not a number in its range is refused", () => {
  for (const port of ["abc", "0", "65536", "1.5", "-1", "0x10", "1e3"]) {
    expect(refusal("h", `--port=${port}`)).toStartWith(
      "--port needs a whole number from 1 to 65535",
    );
  }
});

test("a choice that is none is refused with all there are", () => {
  expect(refusal("h", "--color", "nevr")).toBe(
    '--color cannot be "nevr": it is one of auto, always, never; did you mean never?',
  );
});

test("asking for an option that was not declared is a bug", () => {
  expect(() => given("h").flag("nick")).toThrow("connect declares the flag option nick");
});

test("one too many is refused", () => {
  expect(refusal("a", "b", "c")).toBe('unexpected argument "b"');
});

test("one that is missing is refused", () => {
  expect(refusal()).toBe("ADDRESS is missing");
});

test("after -- nothing is an option", () => {
  expect(given("--", "--nick").positional("address")).toBe("--nick");
  expect(refusal("h", "--", "--help")).toBe('unexpected argument "--help"');
});

test("a single - is an argument", () => {
  expect(given("-").positional("address")).toBe("-");
});

test("the last one takes all that follows when it is repeatable", () => {
  const parsed = parseArguments(severalWords, ["h", "one", "--", "-two"]);
  expect(parsed.kind === "run" && parsed.args.rest("words")).toEqual(["one", "-two"]);
});

test("--help before -- is asked for whatever else is wrong", () => {
  expect(parseArguments(usage, ["--bad", "a", "b", "--help"]).kind).toBe("help");
  expect(parseArguments(usage, ["-h"]).kind).toBe("help");
});

test("--version of a subcommand is the program's", () => {
  expect(parseArguments(usage, ["--version"]).kind).toBe("version");
});

test("its text is plain where colours are not wanted", async () => {
  const text = await subcommandHelp(severalWords, { hasColours: false });
  expect(text).not.toContain("\x1b");
  expect(text).not.toMatch(/[ \t]$/m);
  for (const part of ["authchat connect", "<ADDRESS>", "[WORDS]", "-c, --channel=<CHANNEL>"]) {
    expect(text).toContain(part);
  }
  expect(text).toContain("--color=<auto|always|never>");
  expect(text).toContain("A room (may be given several times)");
});

test("its text has colours where they are wanted", () => {
  // In a process of its own: citty looks at the environment when it is loaded, and CI is one without colours.
  const help = JSON.stringify(join(import.meta.dir, "../../../src/cli/command-line/help.ts"));
  const code = `const { subcommandHelp } = await import(${help});
    const usage = { name: "x", summary: "X", options: [], positionals: [] };
    console.log(await subcommandHelp(usage, { hasColours: true }));`;
  const environment = { TERM: "xterm-256color" };
  const { stdout } = Bun.spawnSync([process.execPath, "-e", code], { env: environment });
  expect(stdout.toString()).toContain("\x1b[");
});
