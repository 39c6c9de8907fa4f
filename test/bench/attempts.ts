/**
 * The table of what the timing of refusals is measured with: for each of the server's mechanisms, a login that fails,
 * as anyone could try it with a name.
 *
 * A new mechanism is one more row. An attempt is made outside of what is measured; all of its answers to challenges
 * must be possible without knowing whether the name is known.
 */
import { randomBytes } from "node:crypto";
import { externalName } from "../../src/auth/external.ts";
import { systemEntropy } from "../../src/auth/opaque/derivation.ts";
import { loadGroup } from "../../src/auth/opaque/group.ts";
import { beginLogin } from "../../src/auth/opaque/login.ts";
import { inputOf, opaqueName, writeFirst } from "../../src/auth/opaque/profile.ts";
import { plainMessage, plainName } from "../../src/auth/plain.ts";
import {
  deviceIdBytes,
  resumeKeyBytes,
  resumeName,
  type ResumeToken,
  writeInitiator,
} from "../../src/auth/resume.ts";
import { beginClient } from "../../src/auth/scram/exchange.ts";
import {
  type BindingFlag,
  bytesOf,
  parseServerFirst,
  writeClientFinal,
  writeHeader,
  writeWithoutProof,
} from "../../src/auth/scram/messages.ts";
import { scramName, scramPlusName } from "../../src/auth/scram-verifiers.ts";
import { makeToken } from "../../src/auth/tokens.ts";
import { Secret } from "../../src/base/secret.ts";
import { fold } from "../../src/protocol/names.ts";

export interface AttemptRow {
  readonly mechanism: string;
  /** What is tried by it, where there is more than one row of the mechanism. */
  readonly by?: string;
  /** The name is not even looked for. */
  readonly isNameIgnored?: boolean;
  /** The first response, with a wrong password (or key) for that name. */
  readonly first: (name: string, exporter: Uint8Array) => Promise<Uint8Array>;
  /** The response to a challenge; left out: there is none. */
  readonly next?: (challenge: Uint8Array, exporter: Uint8Array) => Uint8Array;
}

export function titleOf({ mechanism, by }: AttemptRow): string {
  return by === undefined ? mechanism : `${mechanism} by ${by}`;
}

const guess = Buffer.from("a wrong password");

export const attemptRows: readonly AttemptRow[] = [
  {
    mechanism: opaqueName,
    async first(name) {
      const { ke1 } = beginLogin(await loadGroup(), inputOf(fold(name), guess), systemEntropy);
      return writeFirst(name, ke1);
    },
    next: () => new Uint8Array(64), // no KE3 that is right
  },
  {
    mechanism: resumeName,
    first: (name, exporter) => Promise.resolve(writeInitiator(name, noToken(), exporter)),
  },
  {
    mechanism: externalName, // nobody has the connection's certificate
    isNameIgnored: true,
    first: (name) => Promise.resolve(Buffer.from(name)),
  },
  scramRow(scramPlusName, { kind: "used", type: "tls-exporter" }),
  scramRow(scramName, { kind: "none" }),
  {
    mechanism: plainName,
    first: (name) => Promise.resolve(plainMessage(name, new Secret(Uint8Array.from(guess)))),
  },
  {
    mechanism: plainName,
    by: "an app password",
    first: (name) => Promise.resolve(plainMessage(name, Secret.fromText(makeToken("app")))),
  },
  {
    mechanism: plainName,
    by: "an invitation's token",
    first: (name) => Promise.resolve(plainMessage(name, Secret.fromText(makeToken("invite")))),
  },
];

/** A token by which no device is remembered. */
function noToken(): ResumeToken {
  const id = randomBytes(deviceIdBytes);
  const [device, token] = [randomBytes(resumeKeyBytes), randomBytes(resumeKeyBytes)];
  return { id, device, token, from: undefined };
}

/** All is right but the proof. */
function scramRow(mechanism: string, flag: BindingFlag): AttemptRow {
  const channelOf = (exporter: Uint8Array): Uint8Array =>
    flag.kind === "used" ? exporter : new Uint8Array();
  return {
    mechanism,
    first(name, exporter) {
      const nonce = randomBytes(24).toString("base64");
      const { header, bare } = beginClient({ name, nonce, flag, channel: channelOf(exporter) });
      return Promise.resolve(bytesOf(header + bare));
    },
    next(challenge, exporter) {
      const nonce = parseServerFirst(challenge)?.nonce ?? "";
      const binding = Buffer.concat([bytesOf(writeHeader(flag)), channelOf(exporter)]);
      return bytesOf(writeClientFinal(writeWithoutProof(binding, nonce), randomBytes(32)));
    },
  };
}
