/**
 * HT-SHA-256-EXPR, the client's side: comes again as a device that the server remembers, and goes on
 * only with a server that remembers it.
 *
 *     respond (empty challenge) → initiator's message
 *     respond (responder's message) → empty, once the next token is kept; or failed
 *
 * What is sent before the server has proven itself is of no use on any other connection. The
 * messages, and why the next token is kept before the last one is sent: `resume.ts`.
 */
import { assert } from "../base/assert.ts";
import { type Proof, type ProofStep } from "../client/prover.ts";
import {
  type ClientLogin,
  type ClientMechanism,
  type Known,
  type Tell,
} from "./client-mechanism.ts";
import {
  areEqual,
  nextToken,
  parseResponder,
  responderMac,
  resumeName,
  type ResumeToken,
  writeInitiator,
} from "./resume.ts";

export const resumeClient: ClientMechanism = {
  name: resumeName,
  mayUse: ({ resume, exporter, offered }) =>
    resume !== undefined && exporter !== undefined && offered?.includes(resumeName) === true,
  begin(known, tell) {
    const { resume, exporter } = known;
    assert(resume !== undefined && exporter !== undefined, "it may be used");
    return new ResumeLogin({ ...known, resume, exporter }, tell);
  },
};

interface Usable extends Known {
  readonly resume: ResumeToken;
  readonly exporter: Uint8Array;
}

class ResumeLogin implements ClientLogin {
  readonly #known: Usable;
  readonly #tell: Tell;
  #isServerProven = false;
  #steps = 0;

  constructor(known: Usable, tell: Tell) {
    this.#known = known;
    this.#tell = tell;
  }

  respond(challenge: Uint8Array): ProofStep {
    const { name, resume, exporter } = this.#known;
    this.#steps += 1;
    if (this.#steps === 1 && challenge.length === 0) {
      return { kind: "response", bytes: writeInitiator(name, resume, exporter) };
    }
    if (this.#steps === 2) return this.#finish(challenge);
    return failed("refused", "the server sent a challenge that this login does not have");
  }

  isServerProven(): boolean {
    return this.#isServerProven;
  }

  wipe(): void {
    // The token is in a file anyway, for the next login.
  }

  /** "The initiating entity MUST verify the responder-msg to achieve mutual authentication." */
  #finish(challenge: Uint8Array): Proof {
    const { resume, exporter } = this.#known;
    const message = parseResponder(challenge);
    if (message === undefined) {
      return failed("refused", "the server's challenge is none of this login");
    }
    if (message.kind === "failure") {
      return failed("refused", "the server does not remember this device");
    }
    const { values, next: from, hashed } = message;
    if (!areEqual(responderMac(resume.token, exporter, values), hashed)) {
      return failed("identity", betweenText);
    }
    return this.#keep({ ...resume, token: nextToken(resume.token, from), from });
  }

  /** Without the next token kept there is no going on: it would be the only good one. */
  #keep(next: ResumeToken): Proof {
    try {
      if (this.#tell.resumes?.(next) !== true) {
        return failed("again", "another of this account's programs here came in at the same time");
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed("unavailable", `${why}; with --no-remember the password is enough`);
    }
    this.#isServerProven = true;
    return { kind: "response", bytes: new Uint8Array() };
  }
}

const betweenText = [
  "The server could not prove that it remembers this device:",
  "SOMEONE MAY BE BETWEEN YOU AND IT. Not going on, and nothing of use to them was sent.",
  "Try from another network, and tell the server's operator.",
].join("\n");

function failed(code: Extract<Proof, { kind: "failed" }>["code"], reason: string): Proof {
  return { kind: "failed", code, reason };
}
