/** The server's own secrets: what OPER and PASS are held against. */
import { describe, expect, test } from "bun:test";
import { type Argon2, loadArgon2 } from "../../src/auth/argon2.ts";
import {
  hashServerPassword,
  type OperatorEntry,
  parsePasswordHash,
  ServerSecrets,
} from "../../src/auth/server-secrets.ts";
import { type Secret } from "../../src/base/secret.ts";
import { connectionId } from "../../src/base/ids.ts";
import { present } from "../../src/base/assert.ts";
import { Desk } from "./desk.ts";
import { isWiped, overTls, secret } from "./support.ts";

const connection = connectionId(1);
const { address } = overTls;

/** A hash that another implementation has made. */
async function entry(name: string, password: string): Promise<OperatorEntry> {
  const made = await Bun.password.hash(password, {
    algorithm: "argon2id",
    memoryCost: 8,
    timeCost: 1,
  });
  return { name, password: present(parsePasswordHash(made), "it is a hash") };
}

function ask(name: string, password: Secret) {
  return { connection, facts: overTls, name, password };
}

describe("operators", () => {
  test("the right password is right, however the name is written, and no other is", async () => {
    const operators = [await entry("root", "first secret"), await entry("olga", "other secret")];
    const secrets = new ServerSecrets({ operators, serverPassword: undefined });
    const answers = [
      await secrets.operate(ask("ROOT", secret("first secret"))),
      await secrets.operate(ask("olga", secret("other secret"))),
      await secrets.operate(ask("olga", secret("first secret"))),
      await secrets.operate(ask("nobody", secret("first secret"))),
    ];
    expect(answers).toEqual([
      { outcome: "right", name: "root" },
      { outcome: "right", name: "olga" },
      { outcome: "wrong" },
      { outcome: "wrong" },
    ]);
  });

  test("an unknown name costs one hash of the same settings, and every password is wiped", async () => {
    const costs: string[] = [];
    const counted = async (): Promise<Argon2> => {
      const argon2 = await loadArgon2();
      return (password, salt, settings, length) => {
        costs.push(JSON.stringify([settings, salt.length, length]));
        return argon2(password, salt, settings, length);
      };
    };
    const operators = [await entry("root", "first secret")];
    const secrets = new ServerSecrets({ operators, serverPassword: undefined }, counted);
    const offered = ["root", "nobody", "root"].map((name) => [name, secret("wrong one")] as const);
    for (const [name, password] of offered) await secrets.operate(ask(name, password));
    expect(costs).toHaveLength(3);
    expect(new Set(costs).size).toBe(1);
    expect(offered.map(([, password]) => isWiped(password))).toEqual([true, true, true]);
  });

  test("where the settings name nobody there is nothing to be right about", async () => {
    const secrets = new ServerSecrets({ operators: [], serverPassword: undefined });
    const password = secret("anything");
    expect(await secrets.operate(ask("root", password))).toEqual({ outcome: "none" });
    expect(isWiped(password)).toBe(true);
  });

  test("one is computed at a time, and more than eight do not wait", async () => {
    let running = 0;
    let most = 0;
    const slow = (): Promise<Argon2> =>
      Promise.resolve(async (_password, _salt, _settings, length) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return new Uint8Array(length);
      });
    const operators = [await entry("root", "first secret")];
    const secrets = new ServerSecrets({ operators, serverPassword: undefined }, slow);
    const asked = Array.from({ length: 10 }, () => secrets.operate(ask("root", secret("x"))));
    const outcomes: string[] = (await Promise.all(asked)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual([...Array.from({ length: 8 }, () => "wrong"), "busy", "busy"]);
    expect(most).toBe(1);
  });

  test("a library that cannot be loaded is unavailable, not a wrong password", async () => {
    const operators = [await entry("root", "first secret")];
    const reports: unknown[] = [];
    const desk = new Desk({
      secrets: { operators, serverPassword: undefined },
      load: () => Promise.reject(new Error("no library")),
      report: (problem) => reports.push(problem),
    });
    const answer = await desk.ask({ kind: "operate", ask: ask("root", secret("first secret")) });
    expect([answer, reports.length]).toEqual([{ outcome: "unavailable" }, 1]);
  });
});

test("the server's password is compared whole, wiped, and replaced with the settings", async () => {
  const first = hashServerPassword(secret("open sesame"));
  const secrets = new ServerSecrets({ operators: [], serverPassword: first });
  const offered = ["open sesame", "open sesam", "open sesame ", ""].map((text) => secret(text));
  const outcomes: string[] = [];
  for (const password of offered) {
    outcomes.push((await secrets.enter({ connection, address, password })).outcome);
  }
  expect(outcomes).toEqual(["right", "wrong", "wrong", "wrong"]);
  expect(offered.every(isWiped)).toBe(true);
  secrets.replace({ operators: [], serverPassword: hashServerPassword(secret("other")) });
  expect(await secrets.enter({ connection, address, password: secret("open sesame") })).toEqual({
    outcome: "wrong",
  });
});

test("wrong guesses at the server's own secrets are throttled by their source, and all are wiped", async () => {
  const operators = [await entry("root", "first secret")];
  const serverPassword = hashServerPassword(secret("open sesame"));
  const guesses = [
    (password: Secret) => ({ kind: "operate", ask: ask("root", password) }) as const,
    (password: Secret) => ({ kind: "enter", ask: { connection, address, password } }) as const,
  ];
  for (const question of guesses) {
    const desk = new Desk({ secrets: { operators, serverPassword }, isThrottled: true });
    const offered = ["a", "b", "c", "d", "e", "f"].map((text) => secret(text));
    const outcomes = new Set<string>();
    for (const password of offered) outcomes.add((await desk.ask(question(password))).outcome);
    expect([...outcomes]).toEqual(["wrong", "throttled"]);
    expect(offered.every(isWiped)).toBe(true);
    for (const right of ["first secret", "open sesame"]) {
      expect((await desk.ask(question(secret(right)))).outcome).toBe("throttled");
    }
    expect((await desk.login("ann", "some password")).outcome).toBe("throttled");
  }
});

const salt = "c".repeat(22);
const output = "d".repeat(43);

test.each([
  "",
  "secret",
  `$argon2i$v=19$m=8,t=1,p=1$${salt}$${output}`,
  `$argon2id$v=16$m=8,t=1,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=4,t=1,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=9999999,t=1,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=8,t=0,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=8,t=1,p=1$c$${output}`,
  `$argon2id$v=19$m=8,t=1,p=1$${salt}$dddd`,
  `$argon2id$v=19$m=8,t=1,p=1$${salt}$${"d".repeat(100)}`,
  `$argon2id$v=19$m=8,t=1,p=1$${salt}$${output}=`,
  `$argon2id$v=19$m=8,t=1,p=1$${salt}$${output}\n`,
])("%j is no hash", (text) => {
  expect(parsePasswordHash(text)).toBe(undefined);
});
