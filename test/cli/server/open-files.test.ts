/**
 * Connections are fewer than the files the process may open.
 */
import { expect, test } from "bun:test";
import { connectionsPossible } from "../../../src/cli/server/open-files.ts";

const limits = (files: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${files}                 4096                 files\n`;

const wanted = { connectionsMax: 10_000, excessConnectionsMax: 64 };

test("some files are left for everything else, and some for those who find no room", () => {
  expect(connectionsPossible(wanted, 1, limits("1024"))).toEqual({
    connectionsMax: 848,
    excessConnectionsMax: 64,
  });
  expect(connectionsPossible({ ...wanted, connectionsMax: 500 }, 1, limits("1024"))).toEqual({
    connectionsMax: 500,
    excessConnectionsMax: 64,
  });
});

test("every listener takes some, and with few files few are told that there is no room", () => {
  expect(connectionsPossible(wanted, 2, limits("256"))).toEqual({
    connectionsMax: 112,
    excessConnectionsMax: 16,
  });
});

test("a few connections there are always, and where the system says nothing all that are wanted", () => {
  const few = { connectionsMax: 14, excessConnectionsMax: 2 };
  expect(connectionsPossible(wanted, 1, limits("64"))).toEqual(few);
  expect(connectionsPossible(wanted, 1, "")).toEqual(wanted);
  expect(connectionsPossible(wanted, 1, limits("unlimited"))).toEqual(wanted);
});
