/**
 * The rules of the house that the linter cannot check. Each checker is run over the repository, and over a
 * deliberate violation, so that it is known to see one.
 */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { refusals } from "../src/protocol/replies.ts";
import {
  checkAssertions,
  checkFamilies,
  checkFinished,
  checkHeader,
  checkImports,
  checkLength,
  checkMirror,
  checkName,
  checkPackagesInOneFile,
  checkProven,
  checkPurity,
  checkRefusals,
} from "./support/house.ts";
import { importsOf, readSources, scan, type SourceFile } from "./support/source.ts";

const root = join(import.meta.dir, "..");
const sources = await readSources(root, ["src"]);
const tests = await readSources(root, ["test"]);
const all = [...sources, ...tests];

function file(path: string, text = "/** What. */\n"): SourceFile {
  return { path, text };
}

describe("in this repository", () => {
  test("every folder imports only what the table lets it", () => {
    expect(sources.flatMap(checkImports)).toEqual([]);
  });

  test("packages that are for one file are in one file", () => {
    expect(checkPackagesInOneFile(sources)).toEqual([]);
  });

  test("every file opens with what it is for", () => {
    expect(all.flatMap(checkHeader)).toEqual([]);
  });

  test("pure folders never wait, and never ask for the machine's language", () => {
    expect(sources.flatMap(checkPurity)).toEqual([]);
  });

  test("every type assertion in src says why it holds", () => {
    expect(sources.flatMap(checkAssertions)).toEqual([]);
  });

  test("one file in src/auth makes proven accounts", () => {
    expect(checkProven(sources)).toEqual([]);
  });

  test("no file is over 500 lines", () => {
    expect(all.flatMap(checkLength)).toEqual([]);
  });

  test("nothing is marked as left to be done", () => {
    expect(all.flatMap(checkFinished)).toEqual([]);
  });

  test("every file's name says what is in it", () => {
    expect(all.flatMap(checkName)).toEqual([]);
  });

  test("tests mirror the sources", () => {
    expect(checkMirror(all)).toEqual([]);
  });

  test("every family of commands is in the table", () => {
    expect(checkFamilies(sources)).toEqual([]);
  });

  test("every refusal is tested by its name", () => {
    expect(checkRefusals(Object.keys(refusals), all)).toEqual([]);
  });
});

describe("a violation is seen", () => {
  test.each([
    ["src/base/a.ts", 'import { fold } from "../protocol/names.ts";'],
    ["src/protocol/a.ts", 'import { type Turn } from "../server/turn.ts";'],
    ["src/server/a.ts", 'import { Model } from "../client/model.ts";'],
    ["src/server/a.ts", 'import type { Model } from "../client/model.ts";'],
    ["src/client/screen/a.ts", 'import { Server } from "../../server/server.ts";'],
    ["src/client/a.ts", 'import { readFileSync } from "node:fs";'],
    ["src/server/a.ts", 'export { isUtf8 } from "node:buffer";'],
    ["src/auth/a.ts", 'import { Server } from "../server/server.ts";'],
    ["src/auth/a.ts", 'import { type Turn, Server } from "../server/server.ts";'],
    ["src/storage/a.ts", 'import { hash } from "../auth/passwords.ts";'],
    ["src/net/a.ts", 'import { fold } from "../protocol/names.ts";'],
    ["src/net/a.ts", 'import { Database } from "bun:sqlite";'],
    ["src/server/a.ts", 'const { x } = await import("../net/listener.ts");'],
    ["src/auth/a.ts", 'import consola from "consola";'],
    ["src/cli/a.ts", 'import lodash from "lodash";'],
    ["src/cli/a.ts", 'import lodash from "cittyful";'],
    ["src/cli/a.ts", 'import { Chat } from "../../test/support/chat.ts";'],
    ["src/server/a.ts", 'import "../net/listener.ts";'],
    ["src/server/a.ts", 'import * as names\n  from "../client/model.ts";'],
    ["src/plugins/a.ts", ""],
  ])("%s with %j", (path, text) => {
    expect(checkImports(file(path, text)).length).toBe(1);
  });

  test.each([
    ["src/auth/a.ts", 'import { type Turn } from "../server/turn.ts";'],
    ["src/auth/a.ts", 'import type { Turn } from "../server/turn.ts";'],
    ["src/auth/a.ts", 'const library = await import("@node-rs/argon2");'],
    ["src/server/state/a.ts", 'import { user } from "./user.ts";'],
    ["src/protocol/text.ts", 'import { isUtf8 } from "node:buffer";'],
    ["src/cli/a.ts", 'import { Server } from "../server/server.ts";'],
    ["src/cli/a.ts", 'import { createConsola } from "consola/core";'],
    ["src/base/a.ts", '// import { fold } from "../protocol/names.ts";'],
    ["src/base/a.ts", 'const text = `import { fold } from "../protocol/names.ts"`;'],
  ])("but %s with %j is none", (path, text) => {
    expect(checkImports(file(path, text))).toEqual([]);
  });

  test("a package in two files", () => {
    const text = 'import { hash } from "@node-rs/argon2";';
    const files = [file("src/auth/a.ts", text), file("src/auth/b.ts", text)];
    expect(checkPackagesInOneFile(files).length).toBe(1);
    expect(checkPackagesInOneFile(files.slice(1))).toEqual([]);
  });

  test.each(["const a = 1;\n", "// What.\n", "/** */\n", "/* What. */\n"])(
    "the header %j",
    (text) => {
      expect(checkHeader(file("src/base/a.ts", text)).length).toBe(1);
    },
  );

  test.each([
    "const a = await b;",
    "const a = async () => 1;",
    "a.localeCompare(b);",
    "a.toLocaleLowerCase();",
    "const a = new Intl.Collator();",
    "const a = `${await b}`;",
    "const a: Promise<void> = b;",
  ])("%j in a pure folder", (text) => {
    expect(checkPurity(file("src/server/a.ts", text)).length).toBe(1);
    expect(checkPurity(file("src/net/a.ts", text))).toEqual([]);
  });

  test.each([
    "// await",
    "const a = 'await';",
    "/* async */ const a = /await/;",
    "const a = `await`;",
  ])("but %j is none", (text) => {
    expect(checkPurity(file("src/server/a.ts", text))).toEqual([]);
  });

  test.each(["const a = b as C;", "// Because.\n\nconst a = b as { c: 1 };", "f(a as [string]);"])(
    "the assertion in %j",
    (text) => {
      expect(checkAssertions(file("src/base/a.ts", text)).length).toBe(1);
    },
  );

  test.each([
    "const a = b as C; // because",
    "// Because.\nconst a = b as C;",
    "const a = [1] as const;",
    'import { a as b } from "./c.ts";',
    'import * as b from "./c.ts";',
    "export { a as b };",
    "const a = 'known as C';",
  ])("but %j is none", (text) => {
    expect(checkAssertions(file("src/base/a.ts", text))).toEqual([]);
  });

  test("a proven account that is made elsewhere, or in two places", () => {
    const text = "const a = b as ProvenAccount;";
    expect(checkProven([file("src/server/a.ts", text)]).length).toBe(1);
    expect(checkProven([file("src/auth/a.ts", text), file("src/auth/b.ts", text)]).length).toBe(1);
    expect(checkProven([file("src/auth/a.ts", text)])).toEqual([]);
  });

  test("a file that is too long", () => {
    expect(checkLength(file("a.ts", "x\n".repeat(501))).length).toBe(1);
    expect(checkLength(file("a.ts", "x\n".repeat(500)))).toEqual([]);
  });

  test("a mark that something is left to be done", () => {
    for (const mark of ["TO", "FIX"]) {
      const text = mark === "TO" ? `// ${mark}DO: later` : `// ${mark}ME`;
      expect(checkFinished(file("a.ts", text)).length).toBe(1);
    }
  });

  test.each([
    "utils.ts",
    "helpers.ts",
    "common.ts",
    "types.ts",
    "misc.ts",
    "String_Utils.ts",
    "aB.ts",
  ])("the name %s", (name) => {
    expect(checkName(file(`src/base/${name}`)).length).toBe(1);
  });

  test("a test without a source", () => {
    const paths = [
      "test/base/a.test.ts",
      "test/base/b.test.ts",
      "src/base/b.ts",
      "test/cli/c.test.ts",
    ];
    expect(checkMirror(paths.map((path) => file(path)))).toEqual([
      "test/base/a.test.ts: tests no file of its name",
    ]);
  });

  test("a family that is not in the table, once there is one", () => {
    const topic = file("src/server/commands/topic.ts", "export const topicFamily = 1;\n");
    const index = "src/server/commands/index.ts";
    expect(checkFamilies([topic])).toEqual([]);
    expect(checkFamilies([topic, file(index)]).length).toBe(1);
    expect(
      checkFamilies([topic, file(index, 'import { topicFamily } from "./topic.ts";')]),
    ).toEqual([]);
  });

  test("a refusal without a test, once there are commands", () => {
    const index = file("src/server/commands/index.ts");
    const path = "test/server/commands/a.test.ts";
    expect(checkRefusals(["needOperator"], [])).toEqual([]);
    expect(checkRefusals(["needOperator"], [index]).length).toBe(1);
    expect(
      checkRefusals(["needOperator"], [index, file(path, 'test("needOperator: no")')]),
    ).toEqual([]);
    expect(
      checkRefusals(["needOperator"], [index, file(path, 'expect("needOperator"); f("needOp: x")')])
        .length,
    ).toBe(1);
  });
});

describe("the scanner", () => {
  test("keeps every offset and line", () => {
    for (const { text } of all) {
      const { code } = scan(text);
      expect(code.length).toBe(text.length);
      expect(code.split("\n").length).toBe(text.split("\n").length);
    }
  });

  test.each([
    ["a / b; c / 'x'", "a / b; c / ' '"],
    ["f(/'/g, 'x')", "f(/  g, ' ')"],
    ["`a${b + `c${d}`}e`", "`  {b + `  {d}`} `"],
    ["`{${ {a: 1} }}`", "`  { {a: 1} } `"],
    ['"\\"//" // x', '"    "     '],
    ["a /* \n */ b", "a    \n    b"],
  ])("reads %j as %j", (text, code) => {
    expect(scan(text).code).toBe(code);
  });

  test("tells names and types of imports", () => {
    const text =
      'import { type A, b as c } from "./x.ts";\nimport type D from "y";\nexport * from "z";';
    expect(importsOf(text)).toEqual([
      { from: "./x.ts", names: ["A", "b"], isTypeOnly: false, line: 1 },
      { from: "y", names: ["D"], isTypeOnly: true, line: 2 },
      { from: "z", names: ["*"], isTypeOnly: false, line: 3 },
    ]);
  });
});
