/**
 * Certificates as they are: what answers the question `credentials` about them in tests, at once and without sealing.
 */
import { type Answer, type Ask } from "../../src/server/outside.ts";
import { type CredentialInfo } from "../../src/server/proofs.ts";
import { type AccountId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";

interface Known extends CredentialInfo {
  readonly account: AccountId;
}

const certificatesMax = 3;

export class PlainCredentials {
  #known: readonly Known[] = [];
  #last = 0;
  /** From now on nothing can be answered. */
  isBroken = false;

  answer({ account, own, action }: Ask<"credentials">): Answer<"credentials"> {
    if (this.isBroken) return { outcome: "unavailable" };
    const theirs = this.#known.filter((each) => each.account === account);
    switch (action.kind) {
      case "list":
        return { outcome: "listed", credentials: theirs.filter(({ kind }) => kind === action.of) };
      case "remove": {
        const gone = theirs.filter(
          ({ id }) =>
            action.which === "all" ||
            (action.which === "others" ? id !== own : id === action.which),
        );
        this.#known = this.#known.filter((each) => !gone.includes(each));
        return { outcome: "removed", count: gone.length };
      }
      case "add-certificate": {
        const { fingerprint, label } = action;
        const there = this.#known.find((each) => each.fingerprint === fingerprint);
        if (there !== undefined) return { outcome: "taken", isOwn: there.account === account };
        if (theirs.length >= certificatesMax) return { outcome: "full" };
        this.#last += 1;
        const times = {
          createdAt: wallMs(Date.UTC(2026, 0, 1)),
          usedAt: undefined,
          expiresAt: undefined,
        };
        const kept = { id: this.#last, account, kind: "certificate", label, fingerprint } as const;
        this.#known = [...this.#known, { ...kept, ...times, isOwn: false }];
        return { outcome: "added", id: this.#last, secret: undefined };
      }
    }
  }
}
