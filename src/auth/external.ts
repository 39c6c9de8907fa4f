/**
 * EXTERNAL (RFC 4422 appendix A): the account is proven by the certificate that the client has shown
 * in the TLS handshake, whose key it has signed with there. Both sides.
 *
 *     initial response: the name of the account, or nothing     → proven or refused
 *
 * Certificates are known by their SHA-256, and belong to one account each (`certificates.ts`); who
 * signed them, and until when, is nothing to us. The name is the certificate's account's or left
 * out. An account whose password the server is never told may have certificates: they tell it none.
 * A certificate is a factor of its own: no second one is asked for.
 *
 * What is refused tells nothing about names: only who holds a certificate's key learns whose it is.
 */
import { isUtf8 } from "node:buffer";
import { type ProofStep } from "../client/prover.ts";
import { fold, isSameName } from "../protocol/names.ts";
import { findCertificate } from "./certificates.ts";
import { type ClientLogin, type ClientMechanism } from "./client-mechanism.ts";
import { type Exchange, type Mechanism, type MechanismContext, type Step } from "./mechanism.ts";

export const externalName = "EXTERNAL";

export const external: Mechanism = {
  name: externalName,
  mayUse: ({ tls }) => tls?.peerCertificate !== undefined,
  takesGuess: () => false,
  begin: (context): Exchange => ({ step: (response) => login(context, response.bytes()) }),
};

/** As PLAIN's. */
const nameBytesMax = 255;

async function login(context: MechanismContext, response: Uint8Array): Promise<Step> {
  const fingerprint = context.facts.tls?.peerCertificate;
  if (fingerprint === undefined) return { kind: "refused" };
  if (response.length > nameBytesMax || !isUtf8(response)) return { kind: "refused" };
  const wanted = new TextDecoder("utf-8", { ignoreBOM: true }).decode(response);
  const found = await findCertificate(context.vault, fingerprint);
  if (found === undefined || (wanted !== "" && !isSameName(wanted, found.name))) {
    return wanted === "" ? { kind: "refused" } : { kind: "refused", name: wanted };
  }
  const account = context.findAccount(fold(found.name));
  if (account?.id !== found.account) return { kind: "refused", name: found.name };
  context.vault.used(found);
  return { kind: "proven", account, credential: found.id };
}

export const externalClient: ClientMechanism = {
  name: externalName,
  mayUse: ({ hasCertificate, offered }) =>
    hasCertificate && offered?.includes(externalName) === true,
  begin: ({ name }) => new ExternalLogin(name),
};

/** One message, in answer to an empty challenge: the name, so that another account is no login. */
class ExternalLogin implements ClientLogin {
  readonly #name: string;
  #isSent = false;

  constructor(name: string) {
    this.#name = name;
  }

  respond(challenge: Uint8Array): ProofStep {
    if (this.#isSent || challenge.length > 0) {
      const reason = "the server sent a challenge that EXTERNAL does not have";
      return { kind: "failed", code: "refused", reason };
    }
    this.#isSent = true;
    return { kind: "response", bytes: new TextEncoder().encode(this.#name) };
  }

  /** The handshake has proven the server's key, which was trusted before anything was sent. */
  isServerProven(): boolean {
    return true;
  }

  wipe(): void {
    // There is no secret in it.
  }
}
