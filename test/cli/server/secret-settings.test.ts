/** Secrets of the settings: hashes that are hashes, and a password that nobody else can read. */
import { createHash } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { operatorsOf, serverPasswordFrom } from "../../../src/cli/server/secret-settings.ts";
import { type Problem, TableReader, writePath } from "../../../src/cli/server/settings-reader.ts";
import { freshFolder } from "../../support/folder.ts";

const hash = `$argon2id$v=19$m=8,t=1,p=1$${"c".repeat(22)}$${"d".repeat(43)}`;

function operators(value: unknown): { names: string[]; problems: string[] } {
  const problems: Problem[] = [];
  const file = new TableReader({ operator: value }, [], problems);
  const names = operatorsOf(file.tables("operator")).map(({ name }) => name);
  return {
    names,
    problems: problems.map(({ path, message }) => `${writePath(path)}: ${message}`),
  };
}

function passwordFile(text: string, mode = 0o600): string {
  const file = join(freshFolder(), "pass.txt");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test("each operator has a name and a hash", () => {
  expect(
    operators([
      { name: "root", password: hash },
      { name: "olga", password: hash },
    ]),
  ).toEqual({
    names: ["root", "olga"],
    problems: [],
  });
});

test("what is missing, no hash, there twice or too much is a problem, with its place", () => {
  expect(operators([{ name: "a", password: "secret" }]).problems).toEqual([
    "operator[1].password: is no argon2id hash ($argon2id$…), as `authchat account hash` makes them",
  ]);
  const pair = [
    { name: "root", password: hash },
    { name: "ROOT", password: hash, host: "x" },
  ];
  expect(operators(pair).problems).toEqual([
    "operator[2].host: there is no such setting",
    "operator[2].name: is there twice",
  ]);
  expect(operators([{ name: "a:b" }]).problems).toHaveLength(2);
  const many = Array.from({ length: 101 }, (_, index) => ({ name: `o${index}`, password: hash }));
  expect(operators(many).problems).toEqual(["operator[101].name: there are at most 100 operators"]);
});

test("the server's password is the line of its file, kept as its hash", () => {
  const wanted = createHash("sha256").update("open sesame").digest();
  for (const text of ["open sesame", "open sesame\n", "open sesame\r\n"]) {
    const read = serverPasswordFrom(passwordFile(text));
    expect(read.ok && Buffer.from(read.value).equals(wanted)).toBe(true);
  }
});

test("a password file that is empty, too long, of two lines, not there or open to others is refused", () => {
  const file = passwordFile("open sesame", 0o644);
  const texts = [passwordFile("\n"), passwordFile("x".repeat(401)), passwordFile("a\nb"), file]
    .concat("/nowhere/pass.txt")
    .map((path) => {
      const read = serverPasswordFrom(path);
      return read.ok ? "taken" : read.error.replaceAll(path, "FILE").replace(/: ENOENT.*$/, "");
    });
  expect(texts).toEqual([
    "FILE is empty",
    "FILE has more than 400 bytes",
    "FILE has more than one line",
    "others may read the key FILE (mode 644)",
    "cannot read FILE",
  ]);
});
