/**
 * Passwords: verifiers made and held against passwords, unknown and damaged ones included.
 */
import { expect, test } from "bun:test";
import { type Argon2, loadArgon2 } from "../../src/auth/argon2.ts";
import { Passwords } from "../../src/auth/passwords.ts";
import { type Problem } from "../../src/auth/report.ts";
import { type Verifier } from "../../src/auth/verifier-rows.ts";
import { cheap, never, noProblem, secret } from "./support.ts";

const good = "correct horse battery";

async function made(passwords: Passwords, password = good): Promise<Verifier> {
  const outcome = await passwords.verifierFor(secret(password), never());
  if (outcome.kind !== "made") throw new Error(outcome.kind);
  return outcome.verifier;
}

/** Counts what is hashed, and with which settings. */
class Counted {
  readonly settings: unknown[] = [];

  readonly load = async (): Promise<Argon2> => {
    const argon2 = await loadArgon2();
    return (password, salt, settings, length) => {
      this.settings.push(settings);
      return argon2(password, salt, settings, length);
    };
  };
}

test("a verifier proves its password and no other", async () => {
  const passwords = new Passwords({ settings: cheap, report: noProblem });
  const verifier = await made(passwords);
  const right = await passwords.verify(secret(good), verifier, never());
  expect(right).toEqual({ kind: "right", isOutdated: false });
  for (const wrong of ["", "correct horse batterY", `${good} `, "\0"]) {
    expect(await passwords.verify(secret(wrong), verifier, never())).toEqual({ kind: "wrong" });
  }
});

test("two verifiers of one password have nothing in common but their settings", async () => {
  const passwords = new Passwords({ settings: cheap, report: noProblem });
  const [one, other] = [await made(passwords), await made(passwords)];
  expect(one.form).toBe("argon2id");
  expect(one.data.length).toBe(55);
  expect(one.data.subarray(0, 7)).toEqual(Uint8Array.of(1, 0, 0, 0, 8, 1, 1));
  expect(one.data.subarray(7, 23)).not.toEqual(other.data.subarray(7, 23));
  expect(one.data.subarray(23)).not.toEqual(other.data.subarray(23));
});

test("a verifier of other settings proves its password, and is said to be outdated", async () => {
  const old = await made(new Passwords({ settings: cheap, report: noProblem }));
  const settings = { memoryKib: 16, passes: 2, lanes: 2 };
  const passwords = new Passwords({ settings, report: noProblem });
  const verdict = await passwords.verify(secret(good), old, never());
  expect(verdict).toEqual({ kind: "right", isOutdated: true });
});

test("without a verifier, one hash of today's settings is made all the same", async () => {
  const counted = new Counted();
  const passwords = new Passwords({ settings: cheap, report: noProblem, load: counted.load });
  expect(await passwords.verify(secret(good), undefined, never())).toEqual({ kind: "wrong" });
  expect(counted.settings).toEqual([cheap]);
});

test("a damaged verifier proves nothing, and costs one hash of today's settings", async () => {
  const counted = new Counted();
  const passwords = new Passwords({ settings: cheap, report: noProblem, load: counted.load });
  const { form, data } = await made(passwords);
  const changed = (at: number, byte: number) => Uint8Array.from(data).fill(byte, at, at + 1);
  const damaged: Verifier[] = [
    { form: "opaque", data },
    { form, data: new Uint8Array() },
    { form, data: data.subarray(0, 54) },
    { form, data: Uint8Array.of(...data, 0) },
    { form, data: changed(0, 2) }, // another version
    { form, data: changed(1, 255) }, // 4 TiB
    { form, data: changed(4, 7) }, // less memory than argon2 has
    { form, data: changed(5, 0) }, // no pass
    { form, data: changed(5, 101) },
    { form, data: changed(6, 0) }, // no lane
    { form, data: changed(6, 2) }, // more lanes than the memory allows
  ];
  counted.settings.length = 0;
  for (const verifier of damaged) {
    expect(await passwords.verify(secret(good), verifier, never())).toEqual({ kind: "wrong" });
  }
  expect(counted.settings).toEqual(damaged.map(() => cheap));
});

test("a verifier whose output is damaged in any bit proves nothing", async () => {
  const passwords = new Passwords({ settings: cheap, report: noProblem });
  const { form, data } = await made(passwords);
  for (const bit of [0, 128, 255]) {
    const changed = Uint8Array.from(data);
    const at = 23 + (bit >> 3);
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
    const verdict = await passwords.verify(secret(good), { form, data: changed }, never());
    expect(verdict).toEqual({ kind: "wrong" });
  }
});

test("a library that cannot be loaded is reported once, with a hint, and tried again", async () => {
  const problems: Problem[] = [];
  let attempts = 0;
  const passwords = new Passwords({
    settings: cheap,
    report: (problem) => problems.push(problem),
    load: () => {
      attempts += 1;
      return Promise.reject(new Error("failed to map segment from shared object"));
    },
  });
  for (let round = 0; round < 3; round += 1) {
    const verdict = await passwords.verify(secret(good), undefined, never());
    expect(verdict).toEqual({ kind: "unavailable" });
  }
  expect(attempts).toBe(3);
  expect(problems.length).toBe(1);
  expect(problems[0]?.hint).toContain("TMPDIR");
  expect(problems[0]?.hint).toContain("noexec");
});

test("a hash that fails is unavailable and reported", async () => {
  const problems: Problem[] = [];
  const passwords = new Passwords({
    settings: cheap,
    report: (problem) => problems.push(problem),
    load: () => Promise.resolve(() => Promise.reject(new Error("Memory allocation error"))),
  });
  expect(await passwords.verifierFor(secret(good), never())).toEqual({ kind: "unavailable" });
  expect(problems.map(({ text }) => text)).toEqual(["a password could not be hashed"]);
});
