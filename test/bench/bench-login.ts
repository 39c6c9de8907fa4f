/**
 * One login of the load generator: a client's mechanism, the wire, and nothing of a chat client in between.
 */
import { clientMechanisms } from "../../src/auth/client-mechanisms.ts";
import { type Known, type Tell } from "../../src/auth/client-mechanism.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Proof } from "../../src/client/prover.ts";
import { SaslAssembler, saslChunks } from "../../src/protocol/sasl.ts";

/** What a login needs of a connection. */
export interface LoginLine {
  readonly exporter: Uint8Array | undefined;
  readonly endPoint: Uint8Array | undefined;
  sends(...lines: readonly string[]): void;
  /** The next line that matches. */
  until(pattern: RegExp): Promise<string>;
}

export interface LoginAs {
  readonly mechanism: string;
  readonly name: string;
  readonly password: string;
  readonly known?: Partial<Known>;
  readonly met?: Tell["met"];
  readonly resumes?: Tell["resumes"];
}

/** The mechanisms that the server offers. */
export async function offeredOn(line: LoginLine): Promise<string[]> {
  line.sends("CAP LS 302");
  const text = await line.until(/ CAP \S+ LS .*\bsasl=/);
  return /\bsasl=(\S+)/.exec(text)?.[1]?.split(",") ?? [];
}

/** Logs in. @throws when the server does not let it in, or the client does not believe the server. */
export async function logIn(
  line: LoginLine,
  offered: readonly string[],
  { mechanism: name, name: account, password: text, ...as }: LoginAs,
): Promise<void> {
  const mechanism = clientMechanisms.find((each) => each.name === name);
  const password = Secret.fromText(text);
  const { exporter, endPoint } = line;
  const own = { name: account, password, exporter, endPoint, hasCertificate: false, offered };
  const known = { ...own, pinnedKey: undefined, ...as.known };
  if (mechanism?.mayUse(known) !== true) throw new Error(`the client cannot use ${name}`);
  let came: (proof: Proof) => void = () => undefined;
  const login = mechanism.begin(known, {
    came: (proof) => came(proof),
    met: as.met ?? ignore,
    ...(as.resumes === undefined ? {} : { resumes: as.resumes }),
  });
  const respond = (challenge: Uint8Array): Promise<Proof> =>
    new Promise((resolve) => {
      came = resolve;
      const step = login.respond(challenge);
      if (step.kind !== "later") resolve(step);
    });
  try {
    line.sends(`AUTHENTICATE ${name}`);
    for (;;) {
      const challenge = await nextChallenge(line);
      if (challenge === undefined) break;
      const proof = await respond(challenge);
      if (proof.kind === "failed") throw new Error(`${name}: ${proof.reason}`);
      line.sends(...saslChunks(proof.bytes).map((chunk) => `AUTHENTICATE ${chunk}`));
    }
    if (!login.isServerProven()) throw new Error(`${name}: the server has not proven itself`);
  } finally {
    login.wipe();
    password.wipe();
  }
}

/** Undefined: the login has succeeded. */
async function nextChallenge(line: LoginLine): Promise<Uint8Array | undefined> {
  const assembler = new SaslAssembler();
  for (;;) {
    const text = await line.until(/^AUTHENTICATE | 90[34567] | FAIL AUTHENTICATE /);
    const chunk = /^AUTHENTICATE (\S+)$/.exec(text)?.[1];
    if (chunk === undefined) {
      if (text.includes(" 903 ")) return undefined;
      throw new Error(text);
    }
    const taken = assembler.take(chunk);
    if (taken.kind === "complete") return taken.bytes;
    if (taken.kind !== "partial") throw new Error(`a challenge that is ${taken.kind}`);
  }
}

function ignore(): void {
  // Nothing is kept for a next login.
}
