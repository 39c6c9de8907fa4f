/**
 * The command line of the built program: help, versions, and what is refused with which code.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { runs } from "../support/server-process.ts";

setDefaultTimeout(30_000);

test("help is on standard output, without colours, and says what there is", async () => {
  for (const words of [["--help"], ["-h"], ["help"]]) {
    const { code, out, error } = await runs(...words);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).not.toContain("\x1b");
    for (const name of ["serve", "connect", "account", "servers", "version"]) {
      expect(out).toContain(name);
    }
  }
});

test("help of a command is the same however it is asked for", async () => {
  const asked = await Promise.all([
    runs("help", "serve"),
    runs("serve", "--help"),
    runs("serve", "--bad", "x", "-h"),
  ]);
  expect(new Set(asked.map(({ out }) => out)).size).toBe(1);
  expect(asked.map(({ code }) => code)).toEqual([0, 0, 0]);
});

test("the version is told as a command, an option, and as JSON", async () => {
  const asked = await Promise.all([runs("version"), runs("--version"), runs("serve", "--version")]);
  for (const { code, out } of asked) {
    expect(code).toBe(0);
    expect(out).toMatch(/^authchat \d+\.\d+\.\d+ \(Bun 1\.4\.5, /);
  }
  const { out } = await runs("version", "--json");
  expect(JSON.parse(out)).toMatchObject({ bun: "1.4.5" });
});

test("errors of usage are 2, on standard error, with a suggestion", async () => {
  const wrong: readonly (readonly [string[], string])[] = [
    [[], "a command is missing"],
    [["conect", "h"], 'unknown command "conect"; did you mean connect?'],
    [["toString"], 'unknown command "toString"'],
    [["__proto__"], 'unknown command "__proto__"'],
    [["--hepl"], 'unknown option "--hepl"'],
    [["serve", "--lisen", "x"], "unknown option --lisen; did you mean --listen?"],
    [["serve", "extra"], 'unexpected argument "extra"'],
    [["serve", "--", "--help"], 'unexpected argument "--help"'],
    [["serve", "--listen", "x"], '--listen "x": an address to listen on is HOST:PORT'],
    [["account"], "ACTION is missing"],
    [["account", "approve"], "account approve needs a NAME"],
    [["account", "list", "ann"], "account list takes fewer words"],
    [["account", "log", "ann", "member"], "account log takes fewer words"],
    [["account", "list", "--json"], "--count and --json go with log"],
    [["account", "log", "--count", "0"], "--count needs a whole number from 1 to 1000"],
    [["account", "approve", "ann bob"], "a name is one word"],
    [["account", "role", "ann", "king"], 'ROLE cannot be "king"'],
    [["account", "approve", "ann", "--state", "pending"], "--state goes with list"],
    [["help", "serv"], 'unknown command "serv"; did you mean serve?'],
  ];
  const ended = await Promise.all(wrong.map(([words]) => runs(...words)));
  for (const [index, { code, out, error }] of ended.entries()) {
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toStartWith(`authchat: ${wrong[index]?.[1]}`);
    expect(error).toMatch(/\n {2}See authchat( [a-z]+)? --help\n$/);
  }
});

test("where there is no server's data, account says so and makes none", async () => {
  const data = join(freshFolder(), "none");
  const { code, error } = await runs("account", "list", "--data", data);
  expect([code, existsSync(data)]).toEqual([1, false]);
  expect(error).toStartWith(`authchat: there is no server's data in ${data}\n`);
});
