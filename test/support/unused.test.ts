/** What nobody uses is found, and what somebody uses is not. */
import { expect, test } from "bun:test";
import { type SourceFile } from "./source.ts";
import { unusedExports, unusedFiles, unusedPackages } from "./unused.ts";

const files: readonly SourceFile[] = [
  {
    path: "src/main.ts",
    text: 'import { used } from "./a.ts";\nawait import("./b.ts").then((b) => b.late);',
  },
  {
    path: "src/a.ts",
    text: [
      "export function used(): Shape {}",
      "export const unused = 1;",
      "export const tested = 2;",
      "export interface Shape {}",
      "export type Alone = 1;",
      "// unused is not used by being mentioned here",
      "const self = unused;",
    ].join("\n"),
  },
  { path: "src/b.ts", text: "export const late = 1;\nexport const never = 2;" },
  { path: "src/c.ts", text: "const lonely = 1;" },
  {
    path: "test/a.test.ts",
    text: 'import { tested } from "../src/a.ts";\nimport fc from "fast-check";',
  },
  { path: "test/support/tool.ts", text: "" },
  { path: "test/support/old.ts", text: "" },
];

test("exports that nobody uses are told from those only tests use", () => {
  expect(unusedExports(files)).toEqual({
    anywhere: ["src/a.ts: unused", "src/a.ts: Alone", "src/b.ts: never"],
    butInTests: ["src/a.ts: tested"],
  });
});

test("files that nobody imports or starts are found", () => {
  expect(unusedFiles(files, "bun test/support/tool.ts")).toEqual([
    "src/c.ts",
    "test/support/old.ts",
  ]);
});

test("packages that nobody imports or names are found", () => {
  const names = ["fast-check", "oxlint", "left-pad"];
  expect(unusedPackages(names, files, "node_modules/.bin/oxlint")).toEqual(["left-pad"]);
});
