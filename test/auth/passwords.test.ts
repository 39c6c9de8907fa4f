/**
 * Passwords: verifiers made and held against passwords, unknown and damaged ones included.
 */
import { expect, test } from "bun:test";
import { type Argon2, loadArgon2 } from "../../src/auth/argon2.ts";
import { Keyring } from "../../src/auth/keyring.ts";
import { type MasterKeys } from "../../src/auth/keys.ts";
import { Passwords, type PasswordsOptions, type Verdict } from "../../src/auth/passwords.ts";
import { type Problem } from "../../src/auth/report.ts";
import { type Verifier } from "../../src/storage/verifiers.ts";
import { accountId } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import { CountedRows } from "../../src/auth/population.ts";
import { cheap, keyring, MapRows, masterKeys, never, noProblem, secret } from "./support.ts";

const good = "correct horse battery";
const ann = { id: accountId(7), name: "Ann" };
const bob = { id: accountId(8), name: "bob" };

function passwordsWith(options: Partial<PasswordsOptions> = {}): Passwords {
  return new Passwords({
    keyring: keyring(),
    settings: cheap,
    rows: new CountedRows(new MapRows()),
    report: noProblem,
    ...options,
  });
}

async function made(passwords: Passwords, generation = 1, owner = ann): Promise<Verifier> {
  const outcome = await passwords.verifierFor(owner, secret(good), never());
  if (outcome.kind !== "made") throw new Error(outcome.kind);
  const { form, seal } = outcome.verifier;
  return { form, data: seal(generation), generation };
}

/** Holds the password against that verifier of Ann's, or of another account. */
function verdict(
  passwords: Passwords,
  verifier: Verifier | undefined,
  password = good,
  account = ann,
): Promise<Verdict> {
  const found = { account: { ...account, isStrict: false }, verifier };
  return passwords.verify(secret(password), { name: fold(account.name), found }, never());
}

const right: Verdict = { kind: "right", isOutdated: false };
const outdated: Verdict = { kind: "right", isOutdated: true };
const wrong: Verdict = { kind: "wrong" };

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

/** As the first version of this program made them: settings, salt, hash. */
async function unsealed(): Promise<Verifier> {
  const salt = new Uint8Array(16).fill(1);
  const argon2 = await loadArgon2();
  const output = await argon2(secret(good).bytes(), salt, cheap, 32);
  const data = Buffer.concat([Uint8Array.of(1, 0, 0, 0, 8, 1, 1), salt, output]);
  return { form: "argon2id", data, generation: 1 };
}

test("a verifier proves its password and no other", async () => {
  const passwords = passwordsWith();
  const verifier = await made(passwords);
  expect(await verdict(passwords, verifier)).toEqual(right);
  for (const other of ["", "correct horse batterY", `${good} `, "\0"]) {
    expect(await verdict(passwords, verifier, other)).toEqual(wrong);
  }
});

test("two verifiers of one password have nothing in common but their key and settings", async () => {
  const passwords = passwordsWith();
  const [one, other] = [await made(passwords), await made(passwords)];
  expect(one.form).toBe("opaque");
  expect(one.data.length).toBe(231);
  expect(one.data.subarray(0, 11)).toEqual(other.data.subarray(0, 11));
  expect(one.data.subarray(4, 11)).toEqual(Uint8Array.of(1, 0, 0, 0, 8, 1, 1));
  expect(one.data.subarray(11, 23)).not.toEqual(other.data.subarray(11, 23));
  expect(one.data.subarray(23)).not.toEqual(other.data.subarray(23));
});

test("a verifier of other settings proves its password, and is said to be outdated", async () => {
  const old = await made(passwordsWith());
  const passwords = passwordsWith({ settings: { memoryKib: 16, passes: 2, lanes: 2 } });
  expect(await verdict(passwords, old)).toEqual(outdated);
});

test("a verifier of an older key proves its password as long as that key is there", async () => {
  const old = await made(passwordsWith());
  const [first] = masterKeys(1).masters;
  const [second] = masterKeys(2).masters;
  if (first === undefined || second === undefined) throw new Error("no keys");
  const both: MasterKeys = { masters: [second, first], takesUnsealed: false };
  expect(await verdict(passwordsWith({ keyring: new Keyring(both) }), old)).toEqual(outdated);
  expect(await verdict(passwordsWith({ keyring: keyring(2) }), old)).toEqual(wrong);
});

test("the database without its key verifies nothing", async () => {
  const stolen = await made(passwordsWith());
  for (let other = 2; other < 20; other += 1) {
    const without = passwordsWith({ keyring: keyring(other) });
    expect(await verdict(without, stolen)).toEqual(wrong);
  }
});

test("a verifier in the place of another account's, or of a newer one, proves nothing", async () => {
  const passwords = passwordsWith();
  const first = await made(passwords);
  const second = await made(passwords, 2);
  expect(await verdict(passwords, second)).toEqual(right);
  expect(await verdict(passwords, { ...first, generation: 2 })).toEqual(wrong);
  expect(await verdict(passwords, first, good, bob)).toEqual(wrong);
  expect(await verdict(passwords, first, good, { ...ann, id: bob.id })).toEqual(wrong);
  expect(await verdict(passwords, first, good, { ...ann, name: bob.name })).toEqual(wrong);
});

test("without a verifier, one hash of today's settings is made all the same", async () => {
  const counted = new Counted();
  const passwords = passwordsWith({ load: counted.load });
  expect(await verdict(passwords, undefined)).toEqual(wrong);
  const nobody = { name: fold("nobody"), found: { account: undefined, verifier: undefined } };
  expect(await passwords.verify(secret(good), nobody, never())).toEqual(wrong);
  expect(counted.settings).toEqual([cheap, cheap]);
});

test("a verifier damaged anywhere proves nothing, and costs one hash of today's settings", async () => {
  const counted = new Counted();
  const passwords = passwordsWith({ load: counted.load });
  const verifier = await made(passwords);
  const { data } = verifier;
  const damaged = Array.from(data, (byte, at): Verifier => {
    const changed = Uint8Array.from(data);
    changed[at] = byte ^ (1 << (at & 7));
    return { ...verifier, data: changed };
  });
  damaged.push({ ...verifier, data: new Uint8Array() });
  damaged.push({ ...verifier, data: data.slice(0, -1) });
  damaged.push({ ...verifier, data: Uint8Array.of(...data, 0) });
  damaged.push({ ...verifier, form: "argon2id" });
  damaged.push({ ...verifier, form: "scram" });
  counted.settings.length = 0;
  for (const each of damaged) expect(await verdict(passwords, each)).toEqual(wrong);
  expect(counted.settings).toEqual(damaged.map(() => cheap));
});

test("a verifier of the first form proves its password where the keys take it", async () => {
  const old = await unsealed();
  const taking: MasterKeys = { ...masterKeys(), takesUnsealed: true };
  const passwords = passwordsWith({ keyring: new Keyring(taking) });
  expect(await verdict(passwords, old)).toEqual(outdated);
  expect(await verdict(passwords, old, "correct horse batterY")).toEqual(wrong);
  expect(await verdict(passwordsWith(), old)).toEqual(wrong);
});

test("a library that cannot be loaded is reported once, with a hint, and tried again", async () => {
  const problems: Problem[] = [];
  let attempts = 0;
  const passwords = passwordsWith({
    report: (problem) => problems.push(problem),
    load: () => {
      attempts += 1;
      return Promise.reject(new Error("failed to map segment from shared object"));
    },
  });
  for (let round = 0; round < 3; round += 1) {
    expect(await verdict(passwords, undefined)).toEqual({ kind: "unavailable" });
  }
  expect(attempts).toBe(3);
  expect(problems.length).toBe(1);
  expect(problems[0]?.hint).toContain("TMPDIR");
  expect(problems[0]?.hint).toContain("noexec");
});

test("a hash that fails is unavailable and reported", async () => {
  const problems: Problem[] = [];
  const passwords = passwordsWith({
    report: (problem) => problems.push(problem),
    load: () => Promise.resolve(() => Promise.reject(new Error("Memory allocation error"))),
  });
  const outcome = await passwords.verifierFor(ann, secret(good), never());
  expect(outcome).toEqual({ kind: "unavailable" });
  expect(problems.map(({ text }) => text)).toEqual(["a password could not be hashed"]);
});

test("who is sent away because too many wait has cost nothing: their password is not even read", async () => {
  const limits = { runningMax: 1, waitingMax: 0, waitingPerSourceMax: 0, waitMsMax: 60_000 };
  const passwords = passwordsWith({ limits });
  const verifier = await made(passwords);
  const found = { account: { ...ann, isStrict: false }, verifier };
  const running = verdict(passwords, verifier);
  const unreadable = secret(good);
  unreadable.wipe();
  const sentAway = await passwords.verify(unreadable, { name: fold(ann.name), found }, never());
  expect(sentAway).toEqual({ kind: "busy" });
  expect(await running).toEqual(right);
});
