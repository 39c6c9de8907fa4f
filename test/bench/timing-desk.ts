/**
 * The desk of the timing: the server's authenticator on a real database, with accounts in every state.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authenticator, type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { Keyring } from "../../src/auth/keyring.ts";
import { KnownSources } from "../../src/auth/known-sources.ts";
import { Passwords } from "../../src/auth/passwords.ts";
import { CountedRows } from "../../src/auth/population.ts";
import { Rekeying } from "../../src/auth/rekeying.ts";
import { type Problem } from "../../src/auth/report.ts";
import { scramName, scramPlusName, ScramVerifiers } from "../../src/auth/scram-verifiers.ts";
import { ServerSecrets } from "../../src/auth/server-secrets.ts";
import { Throttle } from "../../src/auth/throttle.ts";
import { Vault } from "../../src/auth/vault.ts";
import { accountId, connectionId, questionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { wallMs } from "../../src/base/time.ts";
import { type AccountState } from "../../src/server/outside.ts";
import { Credentials } from "../../src/storage/credentials.ts";
import { systemClocks, wait } from "../../src/cli/server/outside.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { Verifiers } from "../../src/storage/verifiers.ts";
import { type TimingDesk } from "./timing.ts";
import { keep } from "../storage/records.ts";

/** A different one each time, so that no row is warmer than others. */
const namesOfEach = 16;
const states: readonly AccountState[] = ["active", "pending", "disabled"];

export interface OpenDesk {
  readonly desk: TimingDesk;
  readonly close: () => void;
}

/** `leaks`: what is done besides, for a known name only, to see that it is seen. */
export async function openTimingDesk(leaks?: (name: string) => void): Promise<OpenDesk> {
  const folder = mkdtempSync(join(tmpdir(), "authchat-timing-"));
  const database = openDatabase(join(folder, "authchat.db"));
  const store = new SqliteStore(database, fails);
  const rows = new CountedRows(new Verifiers(database));
  const keyring = new Keyring({
    masters: [new Secret(new Uint8Array(32).fill(1))],
    takesUnsealed: false,
  });
  const wall = () => wallMs(Date.now());
  const findAccountByName = rows.findAccountByName.bind(rows);
  rows.findAccountByName = (name) => {
    const account = findAccountByName(name);
    if (account !== undefined) leaks?.(name);
    return account;
  };
  const vault = new Vault(new Credentials(database), keyring, wall);
  const report = ({ text }: Problem): never => fails(text);
  const { elapsed } = systemClocks;
  const passwords = new Passwords({
    keyring,
    rows,
    settings: { memoryKib: 8, passes: 1, lanes: 1 },
    report,
  });
  const authenticator = new Authenticator({
    rows,
    passwords,
    vault,
    scram: new ScramVerifiers({
      rows,
      vault,
      keyring,
      mechanisms: [scramName, scramPlusName],
      report,
    }),
    // Its waits are the same for all names, and much longer than what is timed.
    throttle: new Throttle({
      isOn: false,
      elapsed,
      wait,
      knownSources: new KnownSources({ vault, keyring, wall }),
    }),
    serverSecrets: new ServerSecrets({ operators: [], serverPassword: undefined }),
    rekeying: new Rekeying({ keyring, keyFile: noKeyFile, rows, vault }),
    serverNames: [],
    passwordLengthMin: 0,
    wall,
    elapsed,
    report,
    answer: (_, answer) => desk.answered(answer),
  });
  const namesOf = (kind: string): string[] =>
    Array.from({ length: namesOfEach }, (_, index) => `${kind.padEnd(8, "x")}${10 + index}`);
  const names = {
    active: namesOf("active"),
    pending: namesOf("pending"),
    disabled: namesOf("disabled"),
    unknown: namesOf("unknown"),
  };
  const desk: TimingDesk = { authenticator, names, answered: () => undefined };
  let last = 0;
  for (const state of states) {
    for (const name of names[state]) {
      last += 1;
      await enrols(desk, last, name);
      const id = accountId(last);
      const born = { role: "member", createdAt: wall(), isStrict: false } as const;
      const account = { id, name, state, ...born, expiresAt: undefined };
      keep(store, [{ kind: "account", account }], wall());
    }
  }
  return {
    desk,
    close: () => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function enrols(desk: TimingDesk, id: number, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<PasswordAnswer>();
  desk.answered = resolve;
  const password = Secret.fromText(`the password of ${name}`);
  const connection = connectionId(1);
  const ask = { connection, address: undefined, account: accountId(id), name, password };
  desk.authenticator.ask(questionId(id), { kind: "enrol", ask });
  const { outcome } = await promise;
  if (outcome !== "enrolled") throw new Error(outcome);
}

const noKeyFile = {
  read: (): string => fails("no key is changed here"),
  write: (): void => fails("no key is changed here"),
};

function fails(problem: string): never {
  throw new Error(problem);
}
