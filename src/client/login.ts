/**
 * Login: how to be let in, what is remembered of that from one connection to the next, and what may come of it
 * (`registration.ts`).
 */
import { type Secret } from "../base/secret.ts";
import { type EndCode } from "./events.ts";
import { type Prover } from "./prover.ts";

/** How to be let in. */
export type Login =
  | { readonly kind: "none" }
  | { readonly kind: "account"; readonly account: string; readonly prover: Prover }
  /** Asks for a new account, then logs in to it. The password stays the caller's to wipe. */
  | {
      readonly kind: "register";
      readonly account: string;
      readonly password: Secret;
      /** The token by which it may. With one of a reset, the account is there and gets this password. */
      readonly invitation?: string | undefined;
      /** For a server that asks for one. */
      readonly email?: string | undefined;
      readonly prover: Prover;
    };

/** What is remembered of the login from one connection to the next. */
export interface Credentials {
  readonly login: Login;
  readonly nick: string;
  /** The server took the registration: from now on it is a login. */
  isRegistered: boolean;
  /** REGISTER was sent and no answer came: the name may be ours already. */
  isUnsure: boolean;
}

export type Verdict =
  | { readonly kind: "registered"; readonly account: string; readonly isWaiting: boolean }
  | { readonly kind: "waiting"; readonly account: string; readonly reason: string }
  | { readonly kind: "welcomed"; readonly nick: string }
  | {
      readonly kind: "ended";
      readonly code: EndCode;
      readonly reason: string;
      readonly failCode: string | undefined;
    }
  /** Not now; the same may work later. */
  | { readonly kind: "later"; readonly reason: string }
  | { readonly kind: "warning"; readonly text: string }
  /** A person is asked for more: the login takes as long as they do. */
  | { readonly kind: "person-asked" };
