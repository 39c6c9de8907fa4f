/**
 * What is said at the start: to people how to join and what to do next, to programs the same as fields.
 */
import { expect, test } from "bun:test";
import {
  type Greeting,
  greetingLines,
  greetingRecords,
  openDoors,
  ownerLinkLines,
  ownerLinkRecord,
} from "../../../src/cli/server/greeting.ts";
import { defaultServeSettings } from "../../../src/cli/server/serve-settings.ts";
import { softwareVersion } from "../../../src/cli/command-line/software.ts";

const greeting: Greeting = {
  dataFolder: "/var/lib/authchat",
  listeners: [
    { address: { host: "127.0.0.1", port: 6667 }, isTls: false },
    { address: { host: "::", port: 6697 }, isTls: true },
  ],
  fingerprint: "SHA256:abc",
  certificate: "2F:2B",
  join: { scheme: "authchat", place: "chat.example.org", pin: "abc" },
  pendingAccounts: 2,
  hasConsole: true,
};

test("people read where it listens, how it is recognised, how to join and what to do next", () => {
  expect(greetingLines(greeting)).toEqual([
    `authchat ${softwareVersion}  data /var/lib/authchat`,
    "  listening   127.0.0.1:6667 (plain text)",
    "  listening   [::]:6697 (TLS)",
    "  fingerprint SHA256:abc",
    "  certificate 2F:2B",
    "  join with   authchat connect chat.example.org",
    "  2 accounts wait for a decision",
    "  type help for commands, stop to end",
  ]);
});

test("nobody is told to type where there is no prompt, nor of accounts when none waits", () => {
  const lines = greetingLines({ ...greeting, hasConsole: false, pendingAccounts: 0 });
  expect(lines.slice(6)).toEqual(["  press Ctrl-C to stop"]);
});

test("the command to join says that a listener has no TLS", () => {
  const join = { scheme: "irc", place: "127.0.0.1:6667", pin: undefined } as const;
  expect(greetingLines({ ...greeting, join })).toContain(
    "  join with   authchat connect 127.0.0.1:6667 --no-tls",
  );
  expect(greetingLines({ ...greeting, listeners: [], join: undefined })).toContain(
    "  join with   nothing: no listener is open",
  );
});

test("the owner's link is a command for people and a field for programs", () => {
  const link = "authchat://host/?invite=act-invite-x&pin=sha256:y";
  expect(ownerLinkLines(link)[0]).toBe(`  owner link  authchat connect '${link}'`);
  expect(ownerLinkRecord(link)).toMatchObject({ event: "owner.link", fields: { link, hours: 24 } });
});

test("programs read one record a listener, and one when all are open", () => {
  const records: readonly unknown[] = greetingRecords(greeting).map(({ event, fields }) => ({
    event,
    ...fields,
  }));
  expect(records).toEqual([
    { event: "listening", address: "127.0.0.1", port: 6667, tls: false },
    {
      event: "listening",
      address: "::",
      port: 6697,
      tls: true,
      fingerprint: "SHA256:abc",
      certificate: "2F:2B",
    },
    {
      event: "started",
      version: softwareVersion,
      data: "/var/lib/authchat",
      pending: 2,
    },
  ]);
});

test("that anyone may come in, or is asked for a password, is said at every start", () => {
  const server = defaultServeSettings.server;
  expect(openDoors({ server })).toEqual([]);
  expect(openDoors({ server: { ...server, accountsRequired: false, hasPassword: true } })).toEqual([
    "people may chat WITHOUT AN ACCOUNT (accounts.required = false)",
    "every connection is asked for the server's password (server.password-file)",
  ]);
});
