/** Settings read again: what changes now, and what is left for a restart. */
import { expect, test } from "bun:test";
import { reloaded } from "../../../src/cli/server/reloading.ts";
import {
  defaultServeSettings as current,
  listenerAt,
  type ServeSettings,
} from "../../../src/cli/server/serve-settings.ts";

function wanted(rest: Partial<ServeSettings["server"]>, around: Partial<ServeSettings> = {}) {
  return { ...current, ...around, server: { ...current.server, ...rest } };
}

test("the same again is no change", () => {
  expect(reloaded(current, wanted({}))).toEqual({
    settings: current,
    lines: ["the settings are as they were"],
  });
});

test("what can change changes, and is named as in the file", () => {
  const icon = "https://example.org/icon.svg";
  const limits = { ...current.server.limits, targetsMax: 3 };
  const { settings, lines } = reloaded(current, wanted({ motd: ["Hello"], icon, limits }));
  expect(settings.server).toEqual({ ...current.server, motd: ["Hello"], icon, limits });
  expect(lines).toEqual(["changed: server.motd-file, server.icon, limits.targets-max"]);
});

test("sts that is left out ends: who was told it is told that it is over, and no change is told twice", () => {
  const on = { ...current.server, sts: { port: 6697, durationSeconds: 86_400 } };
  const first = reloaded({ ...current, server: on }, wanted({}));
  expect(first.settings.server.sts).toEqual({ port: 6697, durationSeconds: 0 });
  expect(first.lines).toEqual(["changed: tls.sts-days"]);
  const second = reloaded(first.settings, wanted({}));
  expect(second.settings.server.sts).toEqual({ port: 6697, durationSeconds: 0 });
  expect(second.lines).toEqual(["the settings are as they were"]);
});

test("what cannot change stays as it is, and is named", () => {
  const limits = { ...current.server.limits, heldLinesMax: 1, flood: false };
  const listeners = [listenerAt({ host: "::1", port: 1 }, true)];
  const { settings, lines } = reloaded(current, wanted({ name: "other", limits }, { listeners }));
  expect(settings).toEqual(current);
  expect(lines).toEqual([
    "changes only with a restart: server.name, limits.flood, limits.held-lines-max, listen",
  ]);
});

test("operators and the server's password change, and none of them is told", () => {
  const password = { salt: new Uint8Array(8).fill(7), output: new Uint8Array(32).fill(9) };
  const entry = { settings: { memoryKib: 8, passes: 1, lanes: 1 }, ...password };
  const secrets = {
    operators: [{ name: "root", password: entry }],
    serverPassword: new Uint8Array(32).fill(8),
  };
  const first = reloaded(current, wanted({ hasPassword: true }, { secrets }));
  expect(first.settings.secrets).toEqual(secrets);
  expect(first.lines).toEqual(["changed: server.password-file, operator"]);
  const other = { ...secrets, serverPassword: new Uint8Array(32).fill(1) };
  const second = reloaded(first.settings, wanted({ hasPassword: true }, { secrets: other }));
  expect(second.lines).toEqual(["changed: server.password-file"]);
});
