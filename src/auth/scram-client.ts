/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the client's side: proves the password to the server without
 * telling it, and has the server prove that it knows the password's verifier.
 *
 *     respond (empty challenge) → client-first
 *     respond (server-first) → later → client-final, or failed
 *     respond (server-final) → nothing, or failed: the server does not know the verifier
 *
 * Where the server has PLUS and this connection has something to be bound to, nothing less is used:
 * who is between has another connection. A server that asks for so little stretching that guessing
 * would be cheap, or for so much that this machine would stand still, is refused.
 */
import { randomBytes } from "node:crypto";
import { assert } from "../base/assert.ts";
import { type Secret } from "../base/secret.ts";
import { type Proof, type ProofStep } from "../client/prover.ts";
import {
  type ClientLogin,
  type ClientMechanism,
  type Known,
  type Tell,
} from "./client-mechanism.ts";
import { preparePassword } from "./password-rules.ts";
import { deriveKeys } from "./scram/derivation.ts";
import {
  beginClient,
  type ClientBegun,
  type ClientFinished,
  finishClient,
  isAnswer,
} from "./scram/exchange.ts";
import {
  type BindingFlag,
  bytesOf,
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
} from "./scram/messages.ts";
import { areBearable } from "./scram/verifier.ts";
import { scramName, scramPlusName } from "./scram-verifiers.ts";

export const scramClient: ClientMechanism = {
  name: scramName,
  mayUse: ({ password, offered }) =>
    password !== undefined && offered?.includes(scramName) === true,
  begin(known, tell) {
    // RFC 5802 §6: `y`, "the client supports channel binding and thinks the server does not"; to
    // a server that does say it, who could and was told not to, would be lying.
    const isWithheld = channelOf(known) !== undefined && !isPlusOffered(known);
    const flag: BindingFlag = { kind: isWithheld ? "unused" : "none" };
    return new ScramLogin(known, tell, { flag, data: new Uint8Array() });
  },
};

export const scramPlusClient: ClientMechanism = {
  name: scramPlusName,
  mayUse: (known) =>
    known.password !== undefined && channelOf(known) !== undefined && isPlusOffered(known),
  begin(known, tell) {
    const channel = channelOf(known);
    assert(channel !== undefined, "it may be used");
    const flag: BindingFlag = { kind: "used", type: channel.type };
    return new ScramLogin(known, tell, { flag, data: channel.data });
  },
};

interface Channel {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The exporter is of this connection alone; the certificate's hash is what TLS 1.2 has. */
function channelOf({ exporter, endPoint }: Known): Channel | undefined {
  if (exporter !== undefined) return { type: "tls-exporter", data: exporter };
  return endPoint === undefined ? undefined : { type: "tls-server-end-point", data: endPoint };
}

function isPlusOffered({ offered }: Known): boolean {
  return offered?.includes(scramPlusName) === true;
}

type Phase =
  | { readonly kind: "new" }
  | { readonly kind: "begun"; readonly begun: ClientBegun }
  | { readonly kind: "computing" }
  | { readonly kind: "finished"; readonly finished: ClientFinished }
  | { readonly kind: "over"; readonly isServerProven: boolean };

/** Without padding in base64. */
const nonceBytes = 24;

class ScramLogin implements ClientLogin {
  readonly #name: string;
  readonly #password: Secret;
  readonly #tell: Tell;
  readonly #binding: { readonly flag: BindingFlag; readonly data: Uint8Array };
  #phase: Phase = { kind: "new" };

  constructor(
    { name, password }: Known,
    tell: Tell,
    binding: { readonly flag: BindingFlag; readonly data: Uint8Array },
  ) {
    assert(password !== undefined, "it may be used");
    this.#name = name;
    this.#password = preparePassword(password.copy());
    this.#tell = tell;
    this.#binding = binding;
  }

  respond(challenge: Uint8Array): ProofStep {
    const phase = this.#phase;
    if (phase.kind === "new" && challenge.length === 0) return this.#begin();
    if (phase.kind === "begun") return this.#compute(phase.begun, challenge);
    if (phase.kind === "finished") return this.#judge(phase.finished, challenge);
    return this.#fail("the server sent a challenge that SCRAM does not have");
  }

  isServerProven(): boolean {
    return this.#phase.kind === "over" && this.#phase.isServerProven;
  }

  wipe(): void {
    this.#password.wipe();
  }

  #begin(): ProofStep {
    const nonce = randomBytes(nonceBytes).toString("base64");
    const { flag, data: channel } = this.#binding;
    const begun = beginClient({ name: this.#name, nonce, flag, channel });
    this.#phase = { kind: "begun", begun };
    return { kind: "response", bytes: bytesOf(begun.header + begun.bare) };
  }

  #compute(begun: ClientBegun, challenge: Uint8Array): ProofStep {
    const first = parseServerFirst(challenge);
    if (first === undefined || !isAnswer(begun, first)) {
      return this.#fail("the server's challenge is none of this login");
    }
    if (!areBearable(first.iterations)) {
      return this.#fail("the server wants the password stretched too much, or too little");
    }
    this.#phase = { kind: "computing" };
    void this.#finish(begun, first)
      .catch(() => failed("unavailable", "this machine cannot compute the login"))
      .then((proof) => this.#tell.came(proof));
    return { kind: "later" };
  }

  async #finish(begun: ClientBegun, first: ServerFirst): Promise<Proof> {
    const keys = await deriveKeys("sha256", this.#password.bytes(), first);
    this.wipe();
    const finished = finishClient("sha256", begun, { first, keys });
    keys.clientKey.fill(0);
    this.#phase = { kind: "finished", finished };
    return { kind: "response", bytes: bytesOf(finished.clientFinal) };
  }

  #judge(finished: ClientFinished, challenge: Uint8Array): ProofStep {
    const final = parseServerFinal(challenge);
    if (final?.kind === "error") return this.#fail("the server refused the login");
    if (final === undefined || !finished.isServers(final.signature)) {
      this.#phase = { kind: "over", isServerProven: false };
      return failed("identity", notTheServerText);
    }
    this.#phase = { kind: "over", isServerProven: true };
    return { kind: "response", bytes: new Uint8Array() };
  }

  #fail(reason: string): ProofStep {
    this.wipe();
    this.#phase = { kind: "over", isServerProven: false };
    return failed("refused", reason);
  }
}

const notTheServerText = [
  "The server could not prove itself: it does not know what is kept of your password.",
  "SOMEONE MAY BE BETWEEN YOU AND IT. The password itself was not sent.",
].join("\n");

function failed(code: Extract<Proof, { kind: "failed" }>["code"], reason: string): Proof {
  return { kind: "failed", code, reason };
}
