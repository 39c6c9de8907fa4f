/**
 * HT-SHA-256-EXPR, the server's side: a device that is remembered comes again without the password,
 * and proves no more than that it is that device. No second factor is asked for and nothing is
 * stretched: a login is a handful of hashes and one write.
 *
 *     initiator's message → responder's message (challenge) → empty → proven or refused
 *
 * The messages, and what becomes of lost ones and of copies: `resume.ts`. Whatever there is under
 * the name, the same is looked for and computed, and the refusal is the same; rows are found by an
 * id of 16 random bytes, which who tries names does not have.
 */
import { randomBytes } from "node:crypto";
import { type Secret } from "../base/secret.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import {
  contentOf,
  deviceLastsMs,
  findDevice,
  parseContent,
  type RememberedDevice,
} from "./devices.ts";
import { exporterOf } from "./exporter.ts";
import { type Exchange, type Mechanism, type MechanismContext, type Step } from "./mechanism.ts";
import {
  areEqual,
  deviceMac,
  initiatorMac,
  type InitiatorMessage,
  nextToken,
  parseInitiator,
  resumeKeyBytes,
  resumeName,
  writeResponder,
} from "./resume.ts";
import { type Kept } from "./vault.ts";

export const resume: Mechanism = {
  name: resumeName,
  mayUse: (facts) => exporterOf(facts) !== undefined,
  takesGuess: () => false,
  begin: (context) => new Resumption(context),
};

/** Between the responder's message and the client's last. */
interface Waiting {
  readonly account: NamedAccount;
  readonly kept: Kept;
  readonly device: Uint8Array;
  readonly next: Uint8Array;
}

/** Who is not found is compared with these: nobody has them. */
const nobody = { device: randomBytes(resumeKeyBytes), token: randomBytes(resumeKeyBytes) };

class Resumption implements Exchange {
  readonly #context: MechanismContext;
  #waiting: Waiting | undefined;

  constructor(context: MechanismContext) {
    this.#context = context;
  }

  step(response: Secret): Promise<Step> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return this.#begin(response.bytes());
    if (response.length > 0) return Promise.resolve(refusal(waiting.account));
    return this.#finish(waiting);
  }

  async #begin(bytes: Uint8Array): Promise<Step> {
    const { facts, vault } = this.#context;
    const exporter = exporterOf(facts);
    const message = parseInitiator(bytes);
    if (message === undefined || exporter === undefined) return { kind: "refused" };
    const account = this.#context.findAccount(message.name);
    const kept = await findDevice(vault, message.id);
    const known = (kept === undefined ? undefined : parseContent(kept.content)) ?? nobody;
    const isDevice = areEqual(deviceMac(known.device, exporter), message.device);
    const token = shownToken(known.token, exporter, message);
    const isTheirs = account !== undefined && kept?.account === account.id && known !== nobody;
    if (!isTheirs || !isDevice) return refusal(account);
    if (token === undefined) {
      vault.remove(account.id, "session", kept.id);
      return { kind: "refused", name: account.name, copied: kept.id };
    }
    const { device } = known;
    const current = await this.#caughtUp(kept, { device, token });
    if (current === undefined) return refusal(account);
    const random = randomBytes(resumeKeyBytes);
    this.#waiting = { account, kept: current, device, next: nextToken(token, random) };
    return { kind: "challenge", bytes: writeResponder(token, exporter, random) };
  }

  /** The row with the token that was shown in it. The device has written it long since, when it is the next one. */
  async #caughtUp(kept: Kept, shown: RememberedDevice): Promise<Kept | undefined> {
    const content = contentOf(shown);
    if (areEqual(content, kept.content)) return kept;
    const isDone = await this.#context.vault.renew(kept, { lastsMs: deviceLastsMs, content });
    return isDone ? { ...kept, content } : undefined;
  }

  /** Only if nobody has come in by this row meanwhile. */
  async #finish({ account, kept, device, next }: Waiting): Promise<Step> {
    const isRenewed = await this.#context.vault.renew(kept, {
      lastsMs: deviceLastsMs,
      content: contentOf({ device, token: next }),
    });
    if (!isRenewed) return refusal(account);
    return { kind: "proven", account: { id: account.id, name: account.name }, credential: kept.id };
  }
}

/** The token by which the message was made: the row's, or the one that comes after it. */
function shownToken(
  token: Uint8Array,
  exporter: Uint8Array,
  { values, hashed, from }: InitiatorMessage,
): Uint8Array | undefined {
  const after = nextToken(token, from ?? hashed);
  const isThis = areEqual(initiatorMac(token, exporter, values), hashed);
  const isAfter = areEqual(initiatorMac(after, exporter, values), hashed);
  if (isThis) return token;
  return isAfter && from !== undefined ? after : undefined;
}

function refusal(account: NamedAccount | undefined): Step {
  return account === undefined ? { kind: "refused" } : { kind: "refused", name: account.name };
}
