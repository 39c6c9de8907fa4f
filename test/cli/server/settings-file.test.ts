/**
 * The settings file: what it says is what is served, and all its problems are told at once, with line and key.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { readSettings } from "../../../src/cli/server/settings-file.ts";
import {
  defaultServeSettings,
  listenerAt,
  type ServeSettings,
} from "../../../src/cli/server/serve-settings.ts";
import { freshFolder } from "../../support/folder.ts";

function settings(text: string, folder = freshFolder()): ServeSettings {
  const file = join(folder, "authchat.toml");
  writeFileSync(file, text);
  return readSettings(file);
}

/** What the fault says, with the file's own path left out. */
function problems(text: string): readonly string[] {
  const folder = freshFolder();
  try {
    settings(text, folder);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code).toBe(78);
    const lines = [error.message, ...(error.hint?.split("\n") ?? [])];
    return lines.map((line) => line.replaceAll(`${folder}/`, ""));
  }
  throw new Error("it was taken");
}

test("an empty file is the defaults", () => {
  expect(settings("")).toEqual(defaultServeSettings);
});

test("every key has its place", () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "motd.txt"), "Welcome\n\nBe kind\n");
  writeFileSync(join(folder, "pass.txt"), "open sesame\n", { mode: 0o600 });
  const text = `
      [server]
      name = "chat.example.org"
      network = "Example"
      description = "ours"
      data-dir = "data"
      motd-file = "motd.txt"
      icon = "https://example.org/icon.svg?size=1"
      password-file = "pass.txt"
      trusted-proxies = ["10.0.0.0/8"]
      [[listen]]
      address = "127.0.0.1:6667"
      tls = false
      [[listen]]
      address = "0.0.0.0:6697"
      [[listen]]
      address = "127.0.0.1:8097"
      tls = false
      websocket = true
      proxy-protocol = true
      [tls]
      cert-file = "cert.pem"
      key-file = "/etc/key.pem"
      sts-days = 30
      [[operator]]
      name = "root"
      password = "$argon2id$v=19$m=8,t=1,p=1$cccccccccccccccccccccc$ddddddddddddddddddddddddddddddddddddddddddd"
      [sessions]
      always-on = "never"
      [history]
      keep-days = 90
      [accounts]
      required = false
      before-connect = false
      email-required = true
      nick = "free"
      default-modes = "+wi"
      registration = "open"
      rooms = ["#a", "#b"]
      [auth]
      mechanisms = ["PLAIN"]
      argon2 = { memory-kib = 64, passes = 1, lanes = 2 }
      password-length = 0
      throttle = false
      [limits]
      flood = false
      held-lines-max = 7
    `;
  const read = settings(text, folder);
  expect([read.stsDays, read.secrets.operators.map(({ name }) => name)]).toEqual([30, ["root"]]);
  expect(read.secrets.serverPassword).toHaveLength(32);
  expect(read.server).toMatchObject({
    name: "chat.example.org",
    network: "Example",
    description: "ours",
    motd: ["Welcome", "", "Be kind"],
    icon: "https://example.org/icon.svg?size=1",
    hasPassword: true,
    registration: "open",
    rooms: ["#a", "#b"],
    accountsRequired: false,
    beforeConnect: false,
    emailRequired: true,
    nicks: "free",
    defaultModes: "iw",
    alwaysOn: "never",
    keepDays: 90,
    mechanisms: ["PLAIN"],
    limits: { ...defaultServeSettings.server.limits, flood: false, heldLinesMax: 7 },
  });
  const { dataFolder, listeners, certificate, passwords, trustedProxies } = read;
  expect({ dataFolder, listeners, certificate, passwords, trustedProxies }).toEqual({
    trustedProxies: ["10.0.0.0/8"],
    dataFolder: join(folder, "data"),
    listeners: [
      listenerAt({ host: "127.0.0.1", port: 6667 }, false),
      listenerAt({ host: "0.0.0.0", port: 6697 }, true),
      {
        address: { host: "127.0.0.1", port: 8097 },
        isTls: false,
        isWebSocket: true,
        hasProxyProtocol: true,
      },
    ],
    certificate: { certFile: join(folder, "cert.pem"), keyFile: "/etc/key.pem" },
    passwords: { memoryKib: 64, passes: 1, lanes: 2, lengthMin: 0, isThrottled: false },
  });
});

test("plain text goes out of the machine only where it says insecure", () => {
  const listen = '[[listen]]\naddress = "0.0.0.0:6667"\ntls = false\n';
  expect(settings(`${listen}insecure = true`).listeners[0]?.isTls).toBe(false);
  expect(problems(listen)[1]).toBe(
    "authchat.toml:3: listen[1].tls: " +
      "plain text is for loopback addresses; insecure = true lets it out",
  );
});

test("a PROXY header comes before TLS, so both cannot be had", () => {
  const listen = '[[listen]]\naddress = "[::]:6697"\nproxy-protocol = true\n';
  expect(problems(listen)[1]).toBe(
    "authchat.toml:3: listen[1].proxy-protocol: comes before TLS and is for listeners with tls = false",
  );
});

test("all problems are told at once, by line, with their keys", () => {
  const text = [
    "[server]",
    'nam = "chat"',
    "network = 5",
    "",
    "[acounts]",
    "x = 1",
    "[auth]",
    "argon2 = { memory-kib = 7, pases = 1 }",
    "[[listen]]",
    'address = "127.0.0.1:6697"',
    "[[listen]]",
    'address = "example.org:6697"',
    "[limits]",
    "flood = 1",
  ].join("\n");
  expect(problems(text)).toEqual([
    "the settings have 7 problems",
    "authchat.toml:2: server.nam: there is no such setting; did you mean name?",
    "authchat.toml:3: server.network: must be a text",
    "authchat.toml:5: acounts: there is no such setting; did you mean accounts?",
    "authchat.toml:8: auth.argon2.memory-kib: must be a whole number from 32 to 4194304",
    "authchat.toml:8: auth.argon2.pases: there is no such setting; did you mean passes?",
    "authchat.toml:12: listen[2].address: the host of an address to listen on is an IP address",
    "authchat.toml:14: limits.flood: must be true or false",
  ]);
});

test("room for nothing is no limit, but flushes may keep no distance", () => {
  expect(settings("[limits]\nflush-hold-ms = 0").connections.flushHoldMs).toBe(0);
  expect(problems("[limits]\nheld-lines-max = 0").at(-1)).toBe(
    "authchat.toml:2: limits.held-lines-max: must be a whole number from 1 to 2147483647",
  );
});

test("what is no TOML is refused with its line", () => {
  expect(problems('[server]\nname = "x\n')[0]).toStartWith("authchat.toml:2: ");
});

test("the same key twice is refused", () => {
  expect(problems('[server]\nname = "a"\nname = "b"')).toEqual([
    "authchat.toml:3: Cannot redefine key 'name'",
  ]);
});

test("every mechanism that the server has may be listed, and no other", () => {
  const all =
    "OPAQUE-R255-EXPR HT-SHA-256-EXPR EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN".split(" ");
  const text = `[auth]\nmechanisms = ${JSON.stringify(all)}`;
  expect(settings(text).server.mechanisms).toEqual(all);
  expect(settings("").server.mechanisms).not.toContain("SCRAM-SHA-256");
  expect(problems('[auth]\nmechanisms = ["SCRAM-SHA-1"]')[1]).toContain(
    "authchat.toml:2: auth.mechanisms: must be one of ",
  );
});

test("a certificate without its key is refused", () => {
  expect(problems('[tls]\ncert-file = "a.pem"')[1]).toBe(
    "authchat.toml:1: tls.key-file: is missing: a certificate has its key",
  );
});

test("a listener without address is refused", () => {
  expect(problems("[[listen]]\ntls = true")[1]).toBe(
    "authchat.toml:1: listen[1].address: is missing",
  );
});

test("tables and arrays in the wrong places are refused", () => {
  expect(problems('server = "x"\nlisten = "y"\n[accounts]\nrooms = "#a"')).toEqual([
    "the settings have 3 problems",
    "authchat.toml:1: server: must be a table",
    "authchat.toml:2: listen: must be an array of tables: [[listen]]",
    "authchat.toml:4: accounts.rooms: must be an array of texts",
  ]);
});

test("names that cannot be on the wire are refused", () => {
  const names = ['name = "two words"', 'network = "a b"', 'description = "a\\u0007"'];
  for (const line of names) expect(problems(`[server]\n${line}`)[0]).toContain("a problem");
  expect(problems('[accounts]\nrooms = ["general"]')[0]).toContain("a problem");
});

test("keys named like what every object has are unknown settings", () => {
  expect(problems('"__proto__" = { a = 1 }\n[server]\nconstructor = 1')).toEqual([
    "the settings have 2 problems",
    "authchat.toml:1: __proto__: there is no such setting",
    "authchat.toml:3: server.constructor: there is no such setting",
  ]);
});

test("a message of the day that cannot be read is a problem of its key", () => {
  expect(problems('[server]\nmotd-file = "none.txt"')[1]).toStartWith(
    "authchat.toml:2: server.motd-file: ENOENT",
  );
});

test("a file that is missing or a folder is refused", () => {
  const folder = freshFolder();
  mkdirSync(join(folder, "authchat.toml"));
  expect(() => readSettings(join(folder, "authchat.toml"))).toThrow("cannot read");
  expect(() => readSettings(join(folder, "none.toml"))).toThrow("cannot read");
});

test("accounts that are asked for by who is connected only, and needed to connect, are a problem", () => {
  const text = "[accounts]\nbefore-connect = false";
  expect(problems(text)).toEqual([
    "the settings have a problem",
    "authchat.toml:2: accounts.before-connect: false is for required = false: " +
      "otherwise nobody without an account could ask for one",
  ]);
  expect(settings(`${text}\nrequired = false`).server.beforeConnect).toBe(false);
});
