/**
 * Tokens: what is one, by what it is known, and what a login makes of one in the place of a password.
 */
import { expect, test } from "bun:test";
import { hashToken, isToken, makeToken } from "../../src/auth/tokens.ts";
import { connectionId } from "../../src/base/ids.ts";
import { Desk, good } from "./desk.ts";
import { isWiped, secret } from "./support.ts";

const hex = (token: string): string => Buffer.from(hashToken(Buffer.from(token))).toString("hex");

test("a token that is made is one, of its purpose, and is made once", () => {
  const made = new Set(Array.from({ length: 100 }, () => makeToken("invite")));
  expect(made.size).toBe(100);
  for (const token of made) {
    expect(token).toMatch(/^act-invite-[0-9a-hjkmnp-tv-z]{26}$/);
    expect(isToken("invite", secret(token))).toBe(true);
    expect(isToken("app", secret(token))).toBe(false);
  }
});

test.each(["", "act-invite-", `act-invite-${"0".repeat(25)}`, `act-invite-${"0".repeat(27)}`])(
  "%j is no token",
  (text) => {
    expect(isToken("invite", secret(text))).toBe(false);
  },
);

test("letters that can be mistaken are in no token", () => {
  for (const letter of "ilou") {
    expect(isToken("invite", secret(`act-invite-${letter.repeat(26)}`))).toBe(false);
  }
});

test("a minted token is recognised by its hash, and is wiped where it was shown", async () => {
  const desk = new Desk();
  const minted = await desk.ask({ kind: "mint", ask: { purpose: "invitation" } });
  if (minted.outcome !== "minted") throw new Error("no token");
  expect(minted.hash).toBe(hex(minted.token));
  const shown = secret(minted.token);
  const recognise = (token: typeof shown) =>
    desk.ask({ kind: "recognise", ask: { connection: connectionId(1), token } });
  expect(await recognise(shown)).toEqual({ outcome: "token", hash: minted.hash });
  expect(isWiped(shown)).toBe(true);
  expect(await recognise(secret("act-invite-nonsense"))).toEqual({ outcome: "none" });
});

test("a token in the place of a password costs what a wrong password costs, and may be an invitation", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const token = makeToken("invite");
  for (const name of ["ann", "nobody"]) {
    const answer = await desk.login(name, token);
    expect(answer).toMatchObject({ outcome: "invited", name, hash: hex(token) });
    expect(answer.outcome === "invited" && Buffer.from(answer.token.bytes()).toString()).toBe(
      token,
    );
  }
  expect(desk.hashed).toHaveLength(2);
  expect((await desk.login("ann", "wrong")).outcome).toBe("refused");
});

test("a token that is the account's password is the account's password, and said to be a token", async () => {
  const desk = new Desk();
  const token = makeToken("invite");
  await desk.member(7, "ann", token);
  expect(await desk.login("ann", token)).toMatchObject({ outcome: "proven", isByToken: true });
  await desk.member(8, "bob", good);
  expect("isByToken" in (await desk.login("bob", good))).toBe(false);
});
