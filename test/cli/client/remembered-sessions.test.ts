/**
 * The file of tokens: kept whole, for its owner only, and by one program at a time.
 */
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { type ResumeToken } from "../../../src/auth/resume.ts";
import { RememberedSessions } from "../../../src/cli/client/remembered-sessions.ts";
import { freshFolder } from "../../support/folder.ts";

const place = "chat.example:6697";

function token(of: number, from?: number): ResumeToken {
  return {
    id: new Uint8Array(16).fill(1),
    device: new Uint8Array(32).fill(2),
    token: new Uint8Array(32).fill(of),
    from: from === undefined ? undefined : new Uint8Array(32).fill(from),
  };
}

function opens(folder: string, warnings: string[] = []): RememberedSessions {
  return new RememberedSessions(folder, (line) => warnings.push(line));
}

test("a token is found again by place and account, whatever the case of the name", () => {
  const folder = join(freshFolder(), "client");
  expect(opens(folder).of(place, "Ann", "laptop").put(token(3))).toBe(true);
  const again = opens(folder);
  expect(again.has(place, "aNN")).toBe(true);
  expect(again.has(place, "bob") || again.has("other:1", "ann")).toBe(false);
  expect(again.of(place, "ann", "laptop").find()).toEqual(token(3));
  expect(again.list()).toMatchObject([{ place, account: "Ann", label: "laptop" }]);
  expect(statSync(again.path).mode & 0o777).toBe(0o600);
});

test("the next token takes the place of the one that was shown, once", () => {
  const folder = freshFolder();
  const [one, other] = [opens(folder), opens(folder)].map((all) => all.of(place, "ann", "laptop"));
  one?.put(token(3));
  expect(one?.replace(token(3), token(4, 5))).toBe(true);
  expect(other?.replace(token(3), token(6, 7))).toBe(false);
  expect(other?.find()).toEqual(token(4, 5));
});

test("a refused token is removed, and not one that has come since", () => {
  const remembered = opens(freshFolder()).of(place, "ann", "laptop");
  remembered.put(token(3));
  remembered.remove(token(4));
  expect(remembered.find()).toEqual(token(3));
  remembered.remove(token(3));
  expect(remembered.find()).toBe(undefined);
});

test("a place is forgotten as a whole, or one account of it", () => {
  const all = opens(freshFolder());
  for (const name of ["ann", "bob", "eve"]) all.of(place, name, "laptop").put(token(3));
  expect([all.forget(place, "bob"), all.forget(place, "bob")]).toEqual([true, false]);
  expect(all.list().length).toBe(2);
  expect([all.forget(place), all.forget(place)]).toEqual([true, false]);
  expect(all.list()).toEqual([]);
});

test.each(["", "[]", '{"version":1}', '{"version":1,"sessions":{"a:1":{"ann":{"id":"AA"}}}}'])(
  "the file %j is an error, and stays as it is",
  (text) => {
    const folder = freshFolder();
    const warnings: string[] = [];
    const all = opens(folder, warnings);
    writeFileSync(all.path, text);
    expect(() => all.has(place, "ann")).toThrow("cannot be understood");
    expect(all.of(place, "ann", "laptop").put(token(3))).toBe(false);
    expect(warnings[0]).toContain("this machine is not remembered");
    expect(readFileSync(all.path, "utf8")).toBe(text);
  },
);

test("a lock that a killed program left is waited for, and then taken away", () => {
  const all = opens(freshFolder());
  const lock = `${all.path}.lock`;
  writeFileSync(lock, "");
  const old = Date.now() / 1_000 - 60;
  utimesSync(lock, old, old);
  expect(all.of(place, "ann", "laptop").put(token(3))).toBe(true);
  expect(statSync(lock, { throwIfNoEntry: false })).toBe(undefined);
});

test("a folder that cannot be written leaves the machine unremembered, with a warning", () => {
  const warnings: string[] = [];
  const file = join(freshFolder(), "file");
  writeFileSync(file, "");
  const all = opens(file, warnings);
  expect(all.of(place, "ann", "laptop").put(token(3))).toBe(false);
  expect(warnings.length).toBe(1);
});
