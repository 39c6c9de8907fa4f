/**
 * Second factor: what an account may ask for besides its password. Set up, asked for, taken away.
 *
 * A code of the owner's authenticator (`totp.ts`), or one of ten recovery codes for when that is
 * lost. Rows of the vault, which seals them:
 *
 *     totp       secret, 20 · the last step whose code was taken, 8; one for each account
 *     recovery   SHA-256 of the code, 32; one for each code that is left
 *
 * Promises: a code works once, also when it comes twice at the same moment, and is used up before
 * the login is proven; guessing is slow (`wrong-codes.ts`). An account whose row does not open has
 * a second factor nevertheless, of which no code is right.
 *
 * A new secret is pending, in memory, until its owner has shown by a code that their authenticator
 * has it: nobody locks themselves out.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { type AccountId } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { type Answer, type Ask } from "../server/outside.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import { type Client } from "./clients.ts";
import { type CodeMethod } from "./code-method.ts";
import { hashRecoveryCode, makeRecoveryCode, recoveryCodeCount } from "./recovery-codes.ts";
import { base32, matchTotp, otpauthUri, totpSecretBytes } from "./totp.ts";
import { type Vault } from "./vault.ts";
import { WrongCodes } from "./wrong-codes.ts";

/** A secret that its owner has not confirmed by then is forgotten. */
export const pendingTotpMs = 10 * 60_000;

/** What time it is, which codes go by; and how much passes, which guessing and forgetting go by: clocks are set. */
export interface SecondFactorClocks {
  readonly wall: () => WallMs;
  readonly elapsed: () => ElapsedMs;
}

export class SecondFactor {
  readonly #vault: Vault;
  readonly #wall: () => WallMs;
  readonly #elapsed: () => ElapsedMs;
  readonly #wrongCodes: WrongCodes;

  constructor(vault: Vault, { wall, elapsed }: SecondFactorClocks) {
    this.#vault = vault;
    this.#wall = wall;
    this.#elapsed = elapsed;
    this.#wrongCodes = new WrongCodes(elapsed);
  }

  isOn(account: AccountId): boolean {
    return this.#vault.has(account, "totp");
  }

  /** What the account can answer with; nothing: it has no second factor. */
  methods(account: AccountId): readonly CodeMethod[] {
    if (!this.isOn(account)) return [];
    return this.#vault.has(account, "recovery") ? ["totp", "recovery"] : ["totp"];
  }

  /** Whether the code is right; it is used up. */
  async take(account: AccountId, method: CodeMethod, code: Uint8Array): Promise<boolean> {
    return method === "totp" ? this.#takeTotp(account, code) : this.#takeRecovery(account, code);
  }

  /** The words of an owner about their own. */
  async manage(client: Client, ask: Ask<"totp">): Promise<Answer<"totp">> {
    const { account: id, name, action } = ask;
    const account = { id, name };
    if (action.kind === "begin") return this.#begin(client, account, action.issuer);
    try {
      switch (action.kind) {
        case "confirm":
          return await this.#confirm(client, account, action.code);
        case "off":
          return await this.#off(account, action.code);
        case "renew":
          return await this.#renew(account, action.code);
      }
    } finally {
      action.code.wipe();
    }
  }

  #begin(client: Client, account: NamedAccount, issuer: string): Answer<"totp"> {
    if (this.isOn(account.id)) return { outcome: "already" };
    client.pendingTotp?.secret.fill(0);
    const secret = Uint8Array.from(randomBytes(totpSecretBytes));
    client.pendingTotp = { account: account.id, secret, at: this.#elapsed() };
    const uri = otpauthUri(secret, { issuer, name: account.name });
    return { outcome: "begun", secret: base32(secret), uri };
  }

  async #confirm(client: Client, { id }: NamedAccount, code: Secret): Promise<Answer<"totp">> {
    if (this.isOn(id)) return { outcome: "already" };
    const pending = client.pendingTotp;
    if (pending === undefined || pending.account !== id || this.#isOver(pending.at)) {
      return { outcome: "none" };
    }
    const { secret } = pending;
    const step = matchTotp(secret, code.bytes(), { atMs: this.#wall(), last: -1 });
    // Whoever may guess here has the secret on their screen.
    if (step === undefined) return { outcome: "wrong" };
    client.pendingTotp = undefined;
    const content = contentOf(secret, step);
    secret.fill(0);
    const row = await this.#vault.addUpTo(1, { account: id, kind: "totp", label: "", content });
    if (row === undefined) return { outcome: "already" }; // by another connection, meanwhile
    this.#wrongCodes.right(id);
    // After a crash before this, the authenticator, which has shown that it works, gets new ones.
    return { outcome: "on", codes: await this.#newRecoveryCodes(id) };
  }

  async #off({ id }: NamedAccount, code: Secret): Promise<Answer<"totp">> {
    if (!this.isOn(id)) return { outcome: "none" };
    if (!(await this.#takeAny(id, code.bytes()))) return { outcome: "wrong" };
    this.#vault.removeOf(id, "totp");
    this.#vault.removeOf(id, "recovery");
    return { outcome: "off" };
  }

  async #renew({ id }: NamedAccount, code: Secret): Promise<Answer<"totp">> {
    if (!this.isOn(id)) return { outcome: "none" };
    if (!(await this.#takeAny(id, code.bytes()))) return { outcome: "wrong" };
    return { outcome: "on", codes: await this.#newRecoveryCodes(id) };
  }

  /** In the place of those before. */
  async #newRecoveryCodes(account: AccountId): Promise<readonly string[]> {
    const codes = Array.from({ length: recoveryCodeCount }, makeRecoveryCode);
    this.#vault.removeOf(account, "recovery");
    for (const code of codes) {
      const content = hashRecoveryCode(Buffer.from(code)) ?? new Uint8Array();
      await this.#vault.add({ account, kind: "recovery", label: "", content });
    }
    return codes;
  }

  async #takeAny(account: AccountId, code: Uint8Array): Promise<boolean> {
    const isRecovery = hashRecoveryCode(code) !== undefined;
    return this.take(account, isRecovery ? "recovery" : "totp", code);
  }

  async #takeTotp(account: AccountId, code: Uint8Array): Promise<boolean> {
    if (!this.#wrongCodes.mayTry(account)) return false;
    this.#wrongCodes.wrong(account); // until it is right: many may be tried at the same moment
    const atMs = this.#wall();
    const isRight = await this.#vault.change(account, "totp", (content) => {
      const { secret, last } = parseContent(content);
      const step = matchTotp(secret, code, { atMs, last });
      return step === undefined ? undefined : contentOf(secret, step);
    });
    if (isRight) this.#wrongCodes.right(account);
    return isRight;
  }

  async #takeRecovery(account: AccountId, code: Uint8Array): Promise<boolean> {
    const hash = hashRecoveryCode(code);
    if (hash === undefined) return false;
    const left = await this.#vault.list(account, "recovery");
    const found = left.find(
      ({ content }) => content.length === hash.length && timingSafeEqual(content, hash),
    );
    return found !== undefined && this.#vault.remove(account, "recovery", found.id);
  }

  #isOver(at: ElapsedMs): boolean {
    return this.#elapsed() - at >= pendingTotpMs;
  }
}

const contentBytes = totpSecretBytes + 8;

function contentOf(secret: Uint8Array, last: number): Uint8Array {
  const content = Buffer.alloc(contentBytes);
  content.set(secret);
  content.writeBigUInt64BE(BigInt(last), totpSecretBytes);
  return Uint8Array.from(content);
}

function parseContent(content: Uint8Array): { readonly secret: Uint8Array; readonly last: number } {
  const view = Buffer.from(content);
  // What is no content has no code: no step comes after this one.
  if (view.length !== contentBytes) return { secret: view, last: Number.MAX_SAFE_INTEGER };
  return {
    secret: view.subarray(0, totpSecretBytes),
    last: Number(view.readBigUInt64BE(totpSecretBytes)),
  };
}
