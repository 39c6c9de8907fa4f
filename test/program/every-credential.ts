/**
 * Every credential there is, made and used on a running server: by a member who has them all, and by people who come
 * by links. What was secret in it is answered, for whoever looks for it afterwards.
 *
 * A new kind of credential is made and used here, and is then looked for in all that the programs leave behind.
 */
import { expect } from "bun:test";
import { makeCertificate } from "../../src/auth/certificate.ts";
import { type ResumeToken, resumeKeysOf } from "../../src/auth/resume.ts";
import { hotp, totpStep } from "../../src/auth/totp.ts";
import { wallMs } from "../../src/base/time.ts";
import { type TlsIdentity } from "../../src/net/tls.ts";
import { fold } from "../../src/protocol/names.ts";
import { BenchLine } from "../bench/bench-line.ts";
import { logIn, type LoginAs, offeredOn } from "../bench/bench-login.ts";
import { passwordFile } from "../support/client-process.ts";
import { runs } from "../support/server-process.ts";

export interface SecretThing {
  readonly what: string;
  readonly secret: string | Uint8Array;
}

export interface Host {
  readonly port: number;
  readonly data: string;
}

interface Member {
  readonly name: string;
  readonly password: string;
}

/** What the settings file has to list for all of it; at the end of its table `[auth]`. */
export const everyMechanism =
  'mechanisms = ["OPAQUE-R255-EXPR", "HT-SHA-256-EXPR", "EXTERNAL", "SCRAM-SHA-256-PLUS", ' +
  '"SCRAM-SHA-256", "PLAIN"]\n';

const opaque = "OPAQUE-R255-EXPR";

/** The member is there, with that password and no more. `others`: names that nobody has. */
export async function useEverything(
  host: Host,
  member: Member,
  [guest, friend]: readonly [string, string],
): Promise<SecretThing[]> {
  return [
    ...(await useCredentials(host, member)),
    ...(await useLogin(host, guest)),
    ...(await useLinks(host, friend)),
  ];
}

/** All that an account can have besides its password, each used at least once. */
async function useCredentials({ port }: Host, { name, password }: Member): Promise<SecretThing[]> {
  const identity = makeCertificate({ names: [name], now: wallMs(Date.now()) });
  const as = { name, password };
  let token: ResumeToken | undefined;
  const owner = await online(port, {
    ...as,
    mechanism: opaque,
    identity,
    known: { remember: "laptop" },
    met: ({ sessionKey }) => {
      token = { ...resumeKeysOf(sessionKey, fold(name)), from: undefined };
    },
  });
  const first = token;
  await asks(owner, "cert add laptop", /certificate \d+ added/);
  const app = await asks(owner, "app-password add bot", /(?<=shown only now: )\S+/);
  for (const mechanism of ["SCRAM-SHA-256-PLUS", "PLAIN"])
    (await online(port, { ...as, mechanism })).ends();
  const groups = await asks(owner, "totp begin", /(?<=into an authenticator: ).+/);
  const secret = fromBase32(groups.replaceAll(" ", ""));
  const code = hotp(secret, totpStep(Date.now()));
  await asks(owner, `totp confirm ${code}`, /the second factor is on/);
  const recovery: string[] = [];
  for (let count = 0; count < 10; count += 1) {
    recovery.push(await shown(owner, /(?:[0-9a-z]{4}-){3}[0-9a-z]{4}/));
  }
  const [used = ""] = recovery;
  // Each step's code is for one use; the next one's is taken as well.
  for (const typed of [used, hotp(secret, totpStep(Date.now()) + 1)]) {
    const known = { askCode: () => Promise.resolve(typed) };
    (await online(port, { ...as, mechanism: opaque, known })).ends();
  }
  const resumed = await online(port, {
    ...as,
    mechanism: "HT-SHA-256-EXPR",
    known: { password: undefined, resume: first },
    resumes: (next) => {
      token = next;
      return true;
    },
  });
  resumed.ends();
  const certified = { password: undefined, hasCertificate: true };
  (await online(port, { ...as, mechanism: "EXTERNAL", identity, known: certified })).ends();
  await usePassword(port, { name, password: app });
  owner.ends();
  return [
    { what: "app password", secret: app },
    { what: "TOTP secret, as people see it", secret: groups.replaceAll(" ", "") },
    { what: "TOTP secret", secret },
    ...recovery.flatMap((each) => [
      { what: "recovery code", secret: each },
      { what: "recovery code, as it is read", secret: each.replaceAll("-", "") },
    ]),
    ...keysOf("first", first),
    ...keysOf("next", token),
    { what: "certificate's key", secret: identity.key.split("\n")[1] ?? "" },
  ];
}

/** A name and a token in the place of a password; then another password, by words. */
async function useLogin(host: Host, name: string): Promise<SecretThing[]> {
  const token = await linkToken("invite", "--data", host.data);
  const password = `${name} likes the new canary`;
  const guest = await online(host.port, { name, password: token, mechanism: "PLAIN" });
  await asks(guest, `SET PASSWORD ${password}`, /your password is changed/);
  guest.ends();
  await usePassword(host.port, { name, password });
  return [
    { what: "invitation that was a login", secret: token },
    { what: "password by SET PASSWORD", secret: password },
  ];
}

/** An account by NickServ's words; its password set by the shell, and then by a reset link. */
async function useLinks({ port, data }: Host, name: string): Promise<SecretThing[]> {
  const [byWords, byShell, byLink] = ["words", "shell", "link"].map(
    (way) => `${name} sings by the ${way}`,
  );
  const invitation = await linkToken("invite", "--data", data);
  const asking = await BenchLine.connect(port);
  asking.sends(`NICK ${name}`, "USER x 0 * :x");
  await asks(asking, `REGISTER ${byWords} ${invitation}`, / 900 /);
  asking.ends();
  const file = passwordFile(byShell ?? "");
  const given = ["account", "passwd", name, "--password-file", file, "--data", data];
  expect((await runs(...given)).code).toBe(0);
  await usePassword(port, { name, password: byShell ?? "" });
  const reset = await linkToken("account", "reset", name, "--data", data);
  const again = await BenchLine.connect(port);
  again.sends(`REGISTER ${name} ${reset} :${byLink}`);
  await again.until(/ REGISTER SUCCESS /);
  again.ends();
  // Another that nobody uses, and one that is shown where it does not belong.
  const left = await linkToken("invite", "--data", data);
  const wrong = await BenchLine.connect(port);
  wrong.sends(`PASS ${left}`, `OPER x ${left}`, `NICK ${left}`, `NS IDENTIFY ${left}`, left);
  await asks(wrong, "help", / NOTICE /);
  wrong.ends();
  return [
    { what: "password by NickServ REGISTER", secret: byWords ?? "" },
    { what: "password by the shell", secret: byShell ?? "" },
    { what: "password by a reset link", secret: byLink ?? "" },
    { what: "invitation", secret: invitation },
    { what: "reset link", secret: reset },
    { what: "invitation that is good", secret: left },
  ];
}

/** By each of the ways of clients that know nothing else. */
async function usePassword(port: number, { name, password }: Member): Promise<void> {
  (await online(port, { name, password, mechanism: "PLAIN" })).ends();
  for (const words of [`PASS :${name}:${password}`, `NS IDENTIFY ${name} ${password}`]) {
    const line = await BenchLine.connect(port);
    line.sends(words);
    await line.until(/ 900 /);
    line.ends();
  }
}

async function online(
  port: number,
  { identity, ...as }: LoginAs & { readonly identity?: TlsIdentity },
): Promise<BenchLine> {
  const line = await BenchLine.connect(port, identity);
  const offered = await offeredOn(line);
  line.sends(`NICK ${as.name}`, "USER x 0 * :x");
  await logIn(line, offered, as);
  line.sends("CAP END");
  await line.until(/ 001 /);
  return line;
}

/** Says it to the service, and answers what is looked for in its answer. */
function asks(line: BenchLine, words: string, pattern: RegExp): Promise<string> {
  line.sends(`PRIVMSG NickServ :${words}`);
  return shown(line, pattern);
}

async function shown(line: BenchLine, pattern: RegExp): Promise<string> {
  return pattern.exec(await line.until(pattern))?.[0] ?? "";
}

async function linkToken(...words: readonly string[]): Promise<string> {
  const { code, out } = await runs(...words);
  expect(code).toBe(0);
  return /act-invite-[0-9a-z]{26}/.exec(out)?.[0] ?? "";
}

function keysOf(which: string, token: ResumeToken | undefined): SecretThing[] {
  if (token === undefined) throw new Error("no device was remembered");
  return [
    { what: `device's key, ${which}`, secret: token.device },
    { what: `device's token, ${which}`, secret: token.token },
  ];
}

function fromBase32(text: string): Uint8Array {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(text, (each) => letters.indexOf(each).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
}
