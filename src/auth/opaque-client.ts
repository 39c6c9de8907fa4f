/**
 * OPAQUE-R255-EXPR, the client's side: proves the password to the server and the server to the
 * client, and tells neither anything else.
 *
 *     respond (empty challenge) → later → first message
 *     respond (KE2) → later → KE3, or failed: nothing more is sent
 *     respond (what a second factor can be answered with) → later → a code, as a person has it
 *
 * Whoever is between the two has a certificate of their own, so another exporter than the server;
 * or another list of mechanisms; then KE2 does not fit, and what was sent until then is one blinded
 * element, which says nothing. A server asks for stretching as it likes; beyond a ceiling, which
 * would stop this machine, it is refused.
 */
import { assert } from "../base/assert.ts";
import { type Secret } from "../base/secret.ts";
import { type Proof, type ProofStep } from "../client/prover.ts";
import { type Folded, fold } from "../protocol/names.ts";
import { loadArgon2 } from "./argon2.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import {
  type ClientLogin,
  type ClientMechanism,
  type Known,
  type Tell,
} from "./client-mechanism.ts";
import { answerMethods } from "./client-second-factor.ts";
import { systemEntropy } from "./opaque/derivation.ts";
import { loadGroup } from "./opaque/group.ts";
import { beginLogin, finishLogin, type LoginOutcome, type LoginState } from "./opaque/login.ts";
import {
  contextOf,
  identitiesOf,
  inputOf,
  opaqueName,
  parseSecond,
  writeFirst,
  writeThird,
} from "./opaque/profile.ts";
import { stretchBy } from "./opaque/stretch.ts";
import { preparePassword } from "./password-rules.ts";

export const opaqueClient: ClientMechanism = {
  name: opaqueName,
  mayUse: ({ password, exporter, offered }) =>
    password !== undefined && exporter !== undefined && offered?.includes(opaqueName) === true,
  begin(known, tell) {
    const { password, exporter } = known;
    assert(password !== undefined && exporter !== undefined, "it may be used");
    return new OpaqueLogin({ ...known, password, exporter }, tell);
  },
};

interface Usable extends Known {
  readonly password: Secret;
  readonly exporter: Uint8Array;
}

/** More than this would stop the client's machine. */
const ceiling: Argon2Settings = { memoryKib: 1_048_576, passes: 16, lanes: 16 };

class OpaqueLogin implements ClientLogin {
  readonly #known: Usable;
  readonly #tell: Tell;
  readonly #name: Folded;
  readonly #input: Uint8Array;
  #isMet = false;
  #state: LoginState | undefined;
  #steps = 0;
  readonly #over = new AbortController();

  constructor(known: Usable, tell: Tell) {
    this.#known = known;
    this.#tell = tell;
    this.#name = fold(known.name);
    const password = preparePassword(known.password.copy());
    this.#input = inputOf(this.#name, password.bytes());
    password.wipe();
  }

  respond(challenge: Uint8Array): ProofStep {
    this.#steps += 1;
    if (this.#steps === 1 && challenge.length === 0) return this.#later(() => this.#begin());
    if (this.#steps === 2 && this.#state !== undefined) {
      const state = this.#state;
      const copy = Uint8Array.from(challenge);
      return this.#later(() => this.#finish(state, copy));
    }
    if (this.#steps === 3 && this.#isMet) {
      const copy = Uint8Array.from(challenge);
      const { signal } = this.#over;
      const later = this.#later(() => answerMethods(copy, this.#known.askCode, signal));
      return { ...later, isForPerson: true };
    }
    this.wipe();
    return failed("refused", "the server sent a challenge that this login does not have");
  }

  isServerProven(): boolean {
    return this.#isMet;
  }

  wipe(): void {
    this.#input.fill(0);
    this.#over.abort();
  }

  #later(work: () => Promise<Proof>): Extract<ProofStep, { kind: "later" }> {
    const unavailable = (): Proof =>
      failed("unavailable", "this machine cannot compute the login: argon2 does not work here");
    void work()
      .catch(unavailable)
      .then((proof) => this.#tell.came(proof));
    return { kind: "later" };
  }

  async #begin(): Promise<Proof> {
    const state = beginLogin(await loadGroup(), this.#input, systemEntropy);
    this.#state = state;
    return { kind: "response", bytes: writeFirst(this.#known.name, state.ke1) };
  }

  async #finish(state: LoginState, challenge: Uint8Array): Promise<Proof> {
    try {
      const second = parseSecond(challenge);
      if (second === undefined) return notOfThisLogin;
      const { settings, ke2 } = second;
      if (!isBearable(settings)) {
        return failed("refused", "the server wants more memory and time for a login than is safe");
      }
      const [group, argon2] = await Promise.all([loadGroup(), loadArgon2()]);
      const { exporter } = this.#known;
      const offered = this.#known.offered?.join(",") ?? "";
      const authorization = new Uint8Array();
      const outcome = await finishLogin(group, {
        state,
        ke2,
        password: this.#input,
        agreed: {
          context: contextOf({ authorization, settings, offered, exporter }),
          identities: identitiesOf(this.#name),
        },
        stretch: stretchBy(argon2, settings),
      });
      return this.#judge(outcome, settings);
    } finally {
      this.#input.fill(0);
    }
  }

  #judge(outcome: LoginOutcome, settings: Argon2Settings): Proof {
    switch (outcome.kind) {
      case "malformed":
        return notOfThisLogin;
      case "not-stretched":
        return failed("unavailable", "the password could not be stretched");
      case "no-envelope":
        return failed("refused", "wrong name or password");
      case "not-the-server":
        return failed("identity", betweenText);
      case "done": {
        const { pinnedKey } = this.#known;
        const key = Buffer.from(outcome.serverPublicKey).toString("base64");
        if (pinnedKey !== undefined && pinnedKey !== key) return failed("identity", otherKeyText);
        this.#isMet = true;
        this.#tell.met({ serverKey: key, sessionKey: outcome.sessionKey, settings });
        const { remember } = this.#known;
        return { kind: "response", bytes: writeThird({ ke3: outcome.ke3, remember }) };
      }
    }
  }
}

const notOfThisLogin = failed("refused", "the server's challenge is none of this login");

const betweenText = [
  "The server could not prove itself: SOMEONE MAY BE BETWEEN YOU AND IT.",
  "Name and password are right, but this connection does not end where the password is kept,",
  "or what the server offers was changed on the way. Nothing of the password was sent.",
  "Try from another network, and tell the server's operator.",
].join("\n");

const otherKeyText = [
  "The server's login key HAS CHANGED: it is not the server of the last login.",
  "Not logging in. If the operator confirms that the server's keys are new:",
  "  authchat servers forget HOST:PORT",
].join("\n");

/** What this machine computes for a server. */
export function isBearable({ memoryKib, passes, lanes }: Argon2Settings): boolean {
  return memoryKib <= ceiling.memoryKib && passes <= ceiling.passes && lanes <= ceiling.lanes;
}

function failed(code: Extract<Proof, { kind: "failed" }>["code"], reason: string): Proof {
  return { kind: "failed", code, reason };
}
