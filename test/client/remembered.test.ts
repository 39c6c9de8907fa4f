/**
 * The client's machine with a token: what it does when the token is refused, when another program was first, and when
 * its device is logged out.
 */
import { expect, test } from "bun:test";
import { type Proof, type Prover } from "../../src/client/prover.ts";
import { plainProver, Talk } from "./talk.ts";

const sasl = ":srv CAP * LS :sasl=HT-SHA-256-EXPR,PLAIN";

/** Has a token, and the password if it `knows` it; `given` are its answers by the token, one a login. */
class TokenProver implements Prover {
  readonly told: string[] = [];
  readonly #knows: boolean;
  readonly #given: Proof[];
  #hasToken = true;

  constructor(knows: boolean, given: readonly Proof[] = []) {
    this.#knows = knows;
    this.#given = [...given];
  }

  choose(): ReturnType<Prover["choose"]> {
    if (this.#hasToken) return { kind: "mechanism", name: "HT-SHA-256-EXPR" };
    return this.#knows ? { kind: "mechanism", name: "PLAIN" } : { kind: "none" };
  }

  respond(mechanism: string): Proof {
    if (mechanism === "PLAIN") return { kind: "response", bytes: Uint8Array.from([0, 97, 0, 98]) };
    return this.#given.shift() ?? { kind: "response", bytes: Uint8Array.of(1) };
  }

  isServerProven(): boolean {
    return true;
  }

  admitted(): void {
    this.told.push("admitted");
  }

  refused(): boolean {
    const wasToken = this.#hasToken;
    this.#hasToken = false;
    this.told.push("refused");
    return wasToken && this.#knows;
  }
}

function talks(prover: Prover): Talk {
  const talk = new Talk({ login: { kind: "account", account: "ann", prover } }).opens();
  talk.hears(sasl, ":srv CAP * ACK :sasl");
  return talk;
}

test("a token that is refused is followed by the password on the same connection", () => {
  const prover = new TokenProver(true);
  const talk = talks(prover);
  talk.hears("AUTHENTICATE +", ":srv 904 ann :No");
  expect(talk.sees().at(-1)).toBe("AUTHENTICATE PLAIN");
  talk.hears("AUTHENTICATE +", ":srv 900 ann a!a@h ann :in", ":srv 903 ann :ok");
  talk.hears(":srv 001 ann :Welcome");
  expect(talk.session.model.state).toEqual({ state: "online" });
  expect(prover.told).toEqual(["refused", "admitted"]);
});

test("without a password the refused token is the end", () => {
  const prover = new TokenProver(false);
  const talk = talks(prover);
  talk.hears("AUTHENTICATE +", ":srv 904 ann :No");
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "refused" });
});

test("a refused password is not followed by another way", () => {
  const talk = talks(plainProver("ann"));
  talk.hears("AUTHENTICATE +", ":srv 904 ann :No");
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "refused" });
});

test("a busy server has refused no token", () => {
  const prover = new TokenProver(true);
  const talk = talks(prover);
  talk.hears("AUTHENTICATE +", ":srv FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Later");
  talk.hears(":srv 904 ann :No");
  expect(talk.session.model.state).toMatchObject({ state: "offline" });
  expect(prover.told).toEqual([]);
});

test("a login that another program was faster with is begun again", () => {
  const again = { kind: "failed", code: "again", reason: "not the first" } as const;
  const prover = new TokenProver(true, [again]);
  const talk = talks(prover);
  talk.sees();
  talk.hears("AUTHENTICATE +");
  expect(talk.sees()).toEqual(["AUTHENTICATE *"]);
  talk.hears(":srv 906 ann :Aborted");
  expect(talk.sees()).toEqual(["AUTHENTICATE HT-SHA-256-EXPR"]);
  talk.hears("AUTHENTICATE +", ":srv 900 ann a!a@h ann :in", ":srv 903 ann :ok");
  expect(prover.told).toEqual(["admitted"]);
});

test("a device that is logged out does not come again by itself", () => {
  const talk = new Talk().comesOnline();
  talk.hears("ERROR :Closing link: Logged out");
  expect(talk.session.model.state).toMatchObject({
    state: "closed",
    code: "refused",
    failCode: "LOGGED_OUT",
  });
  expect(talk.session.wakeAt).toBe(undefined);
});
