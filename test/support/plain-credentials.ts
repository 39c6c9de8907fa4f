/**
 * Credentials as they are: what answers the questions about app passwords, certificates and second factors in tests of
 * the core, at once and without keys. Tokens are `app-1`, `app-2`, …; the right code is always the same.
 */
import { type AccountId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { type Answer, type Ask } from "../../src/server/outside.ts";
import { type CredentialInfo } from "../../src/server/proofs.ts";

export const rightCode = "123456";
export const recoveryCodes = ["aaaa-1111", "bbbb-2222"];
/** More than these an account does not get. */
const credentialsMax = 3;

interface Adding {
  readonly account: AccountId;
  readonly kind: CredentialInfo["kind"];
  readonly label: string;
  readonly lastsMs?: number | undefined;
  readonly fingerprint?: string;
}

interface Owned extends CredentialInfo {
  readonly account: AccountId;
}

export class PlainCredentials {
  #kept: Owned[] = [];
  #last = 0;
  readonly #begun = new Set<AccountId>();
  /** From now on nothing can be answered. */
  isBroken = false;

  /** The account and number of the app password, if it is one. */
  find(token: string): { readonly account: AccountId; readonly id: number } | undefined {
    return this.#kept.find((each) => each.kind === "app-password" && `app-${each.id}` === token);
  }

  hasSecondFactor(account: AccountId): boolean {
    return this.#kept.some((each) => isOf(each, account, "totp"));
  }

  answer({ account, own, action }: Ask<"credentials">): Answer<"credentials"> {
    if (this.isBroken) return { outcome: "unavailable" };
    switch (action.kind) {
      case "list": {
        const those = this.#kept.filter((each) => isOf(each, account, action.of));
        return {
          outcome: "listed",
          credentials: those.map((each) => ({ ...each, isOwn: each.id === own })),
        };
      }
      case "remove": {
        const gone = this.#kept.filter((each) => {
          const { which } = action;
          const isMeant =
            which === "all" || which === each.id || (which === "others" && each.id !== own);
          return isMeant && isOf(each, account, action.of);
        });
        this.#kept = this.#kept.filter((each) => !gone.includes(each));
        return { outcome: "removed", count: gone.length };
      }
      case "add-app-password": {
        const those = this.#kept.filter((each) => isOf(each, account, "app-password"));
        if (those.length >= credentialsMax) return { outcome: "full" };
        const { label, lastsMs } = action;
        const id = this.#add({ account, kind: "app-password", label, lastsMs });
        return { outcome: "added", id, secret: `app-${id}` };
      }
      case "add-certificate": {
        const { fingerprint, label } = action;
        const there = this.#kept.find((each) => each.fingerprint === fingerprint);
        if (there !== undefined) return { outcome: "taken", isOwn: there.account === account };
        const those = this.#kept.filter((each) => isOf(each, account, "certificate"));
        if (those.length >= credentialsMax) return { outcome: "full" };
        const id = this.#add({ account, kind: "certificate", label, fingerprint });
        return { outcome: "added", id, secret: undefined };
      }
    }
  }

  totp({ account, name, action }: Ask<"totp">): Answer<"totp"> {
    const isOn = this.hasSecondFactor(account);
    if (action.kind === "begin") {
      if (isOn) return { outcome: "already" };
      this.#begun.add(account);
      return {
        outcome: "begun",
        secret: "ABCDEFGH",
        uri: `otpauth://totp/${action.issuer}:${name}`,
      };
    }
    const code = Buffer.from(action.code.bytes()).toString();
    action.code.wipe();
    const isMissing = action.kind === "confirm" ? !this.#begun.has(account) : !isOn;
    if (isMissing) return { outcome: "none" };
    if (code !== rightCode) return { outcome: "wrong" };
    if (action.kind === "off") {
      this.#kept = this.#kept.filter((each) => !isOf(each, account, "totp"));
      return { outcome: "off" };
    }
    if (action.kind === "confirm") this.#add({ account, kind: "totp", label: "" });
    return { outcome: "on", codes: recoveryCodes };
  }

  #add({ account, kind, label, lastsMs, fingerprint }: Adding): number {
    this.#last += 1;
    const createdAt = wallMs(Date.UTC(2026, 0, 1));
    const expiresAt = lastsMs === undefined ? undefined : wallMs(createdAt + lastsMs);
    const what = { id: this.#last, kind, label, isOwn: false };
    this.#kept.push({ ...what, account, createdAt, usedAt: undefined, expiresAt, fingerprint });
    return this.#last;
  }
}

function isOf(each: Owned, account: AccountId, kind: CredentialInfo["kind"]): boolean {
  return each.account === account && each.kind === kind;
}
