/**
 * The table of what `bun bench login` measures: a row for each of the server's mechanisms, and for what else there is
 * to log in with by one of them.
 *
 * A new mechanism is one more row. Name, password, exporter and the list of mechanisms are known to every login; what
 * one needs besides is its row's to say. `bun bench login` does not run while a mechanism has no row.
 */
import { makeCertificate } from "../../src/auth/certificate.ts";
import { type Known, type Tell } from "../../src/auth/client-mechanism.ts";
import { type ResumeToken, resumeKeysOf } from "../../src/auth/resume.ts";
import { Secret } from "../../src/base/secret.ts";
import { wallMs } from "../../src/base/time.ts";
import { type TlsIdentity } from "../../src/net/tls.ts";
import { fold } from "../../src/protocol/names.ts";
import { BenchLine } from "./bench-line.ts";
import { logIn, offeredOn } from "./bench-login.ts";

export const benchPassword = "nine lives of a benchmark";

export interface LoginRow {
  /** As both tables of mechanisms name it. */
  readonly mechanism: string;
  /** What is logged in with, where there is more than one row of the mechanism. */
  readonly by?: string;
  /** The certificate that its connections show. */
  readonly identity?: (worker: Worker) => TlsIdentity | undefined;
  /** Before anything is measured, for each worker: what its logins need is made on the server. */
  readonly prepares?: (worker: Worker) => Promise<void>;
  /** What the worker's next login knows besides. */
  readonly knows?: (worker: Worker) => Partial<Known>;
  /** What a login has told: for the next one to know, where it goes on from there. */
  readonly met?: (worker: Worker, met: Parameters<Tell["met"]>[0]) => void;
  readonly resumes?: (worker: Worker, next: ResumeToken) => void;
  /** In the place of a SASL login: resolves when it has let in. */
  readonly logsIn?: (worker: Worker, line: BenchLine) => Promise<void>;
}

/** Each has an account of its own, and one login at a time. */
export interface Worker {
  readonly number: number;
  readonly account: string;
  readonly port: number;
}

export function titleOf({ mechanism, by }: LoginRow): string {
  return by === undefined ? mechanism : `${mechanism} by ${by}`;
}

const opaque = "OPAQUE-R255-EXPR";

/** By account: the token of its next login, its certificate, its app password. */
const tokens = new Map<string, ResumeToken>();
const identities = new Map<string, TlsIdentity>();
const appPasswords = new Map<string, string>();

export const loginRows: readonly LoginRow[] = [
  { mechanism: opaque },
  {
    mechanism: "HT-SHA-256-EXPR",
    prepares: isRemembered,
    knows: ({ account }) => ({ password: undefined, resume: tokens.get(account) }),
    resumes: ({ account }, next) => tokens.set(account, next),
  },
  {
    mechanism: "EXTERNAL",
    identity: ({ account }) => identities.get(account),
    prepares: addsCertificate,
    knows: () => ({ password: undefined, hasCertificate: true }),
  },
  { mechanism: "SCRAM-SHA-256-PLUS" },
  // Who has nothing to be bound to: whoever has, and says so, is refused where PLUS is offered.
  { mechanism: "SCRAM-SHA-256", knows: () => ({ exporter: undefined, endPoint: undefined }) },
  { mechanism: "PLAIN" },
  {
    mechanism: "PLAIN",
    by: "an app password",
    prepares: addsAppPassword,
    knows: ({ account }) => ({ password: Secret.fromText(appPasswords.get(account) ?? "") }),
  },
  {
    mechanism: "PLAIN",
    by: "PASS",
    async logsIn({ account }, line) {
      line.sends(`PASS :${account}:${benchPassword}`);
      await line.until(/ 900 /);
    },
  },
];

/** Logs in by OPAQUE once, and leaves the token by which the next login comes. */
async function isRemembered(worker: Worker): Promise<void> {
  const { account: name, port } = worker;
  const line = await BenchLine.connect(port);
  await logIn(line, await offeredOn(line), {
    mechanism: opaque,
    name,
    password: benchPassword,
    known: { remember: "bench" },
    met({ sessionKey }) {
      tokens.set(name, { ...resumeKeysOf(sessionKey, fold(name)), from: undefined });
    },
  });
  line.ends();
}

async function addsCertificate(worker: Worker): Promise<void> {
  const { account } = worker;
  const identity = makeCertificate({ names: [account], now: wallMs(Date.now()) });
  identities.set(account, identity);
  await says(worker, "cert add bench", /certificate \d+ added: /);
}

async function addsAppPassword(worker: Worker): Promise<void> {
  const shown = await says(worker, "app-password add bench", /shown only now: /);
  appPasswords.set(worker.account, shown.replace(/^.*shown only now: /, ""));
}

/** Logged in, on a connection that shows the account's certificate where it has one; answers the service's line. */
async function says({ account: name, port }: Worker, words: string, done: RegExp): Promise<string> {
  const line = await BenchLine.connect(port, identities.get(name));
  const offered = await offeredOn(line);
  line.sends(`NICK ${name}`, "USER x 0 * :x");
  await logIn(line, offered, { mechanism: opaque, name, password: benchPassword });
  line.sends("CAP END");
  await line.until(/ 001 /);
  line.sends(`NS ${words}`);
  const answer = await line.until(done);
  line.ends();
  return answer;
}
