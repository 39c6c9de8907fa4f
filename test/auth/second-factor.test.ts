/**
 * Second factor: set up, asked for in a login by OPAQUE, taken away; and who is shut out by it.
 */
import { expect, test } from "bun:test";
import { type AskCode } from "../../src/auth/client-second-factor.ts";
import { LoginProver } from "../../src/auth/prover.ts";
import { pendingTotpMs } from "../../src/auth/second-factor.ts";
import { hotp, totpStep } from "../../src/auth/totp.ts";
import { wrongCodeForgottenMs, wrongCodesMax } from "../../src/auth/wrong-codes.ts";
import { accountId, connectionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Proof } from "../../src/client/prover.ts";
import { type TotpAction } from "../../src/server/proofs.ts";
import { Desk, good } from "./desk.ts";
import { isWiped, overTls13, secret } from "./support.ts";

const mechanism = "OPAQUE-R255-EXPR";
const offered = `${mechanism},PLAIN`;
const own = connectionId(1);

function totp(desk: Desk, action: TotpAction, connection = own, id = 7) {
  const ask = { connection, account: accountId(id), name: "ann", action };
  return desk.ask({ kind: "totp", ask });
}

function saying(kind: "confirm" | "off" | "renew", code: string): TotpAction {
  return { kind, code: secret(code) };
}

/** RFC 4648 §6. */
function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Uint8Array.from(
    (bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
  );
}

/** What an authenticator shows. */
class Authenticator {
  readonly #desk: Desk;
  readonly #secret: Uint8Array;

  constructor(desk: Desk, base32: string) {
    this.#desk = desk;
    this.#secret = fromBase32(base32);
  }

  code(stepsOff = 0): string {
    return hotp(this.#secret, totpStep(this.#desk.now) + stepsOff);
  }

  /** None of those that are right now. */
  wrong(): string {
    const right = new Set([-1, 0, 1].map((off) => this.code(off)));
    return ["000000", "111111", "222222", "333333"].find((code) => !right.has(code)) ?? "";
  }
}

async function begun(desk: Desk): Promise<Authenticator> {
  const answer = await totp(desk, { kind: "begin", issuer: "authchat" });
  if (answer.outcome !== "begun") throw new Error(answer.outcome);
  expect(answer.uri).toContain(`secret=${answer.secret}`);
  return new Authenticator(desk, answer.secret);
}

/** ann, whose second factor is on since a minute. */
async function guarded(desk: Desk) {
  await desk.member(7, "ann");
  const authenticator = await begun(desk);
  const answer = await totp(desk, saying("confirm", authenticator.code()));
  if (answer.outcome !== "on") throw new Error(answer.outcome);
  desk.now += 60_000;
  return { authenticator, codes: answer.codes };
}

/** The whole login as both sides make it; `askCode` is the person. */
async function login(desk: Desk, askCode: AskCode | undefined, connection = 2) {
  const prover = new LoginProver({ name: "ann", password: secret(good) });
  prover.connected(overTls13.tls?.exporter);
  prover.choose(offered.split(","));
  let came: ((proof: Proof) => void) | undefined;
  prover.attach((proof) => came?.(proof), askCode);
  const how = { connection, facts: overTls13, offered };
  let challenge: Uint8Array = new Uint8Array();
  for (let isFirst = true; ; isFirst = false) {
    const proof = await new Promise<Proof>((resolve) => {
      came = resolve;
      const step = prover.respond(mechanism, challenge, isFirst);
      if (step.kind !== "later") resolve(step);
    });
    if (proof.kind === "failed")
      return { outcome: "client", reason: proof.reason, prover } as const;
    const response = new Secret(Uint8Array.from(proof.bytes));
    const named = isFirst ? { mechanism } : { mechanism: undefined };
    const answer = await desk.respond(response, { ...how, ...named });
    if (answer.outcome !== "challenge") return { ...answer, prover };
    challenge = answer.bytes;
  }
}

function typing(text: string): AskCode {
  return () => Promise.resolve(text);
}

test("a login asks for a code, which is right once", async () => {
  const desk = new Desk();
  const { authenticator } = await guarded(desk);
  const asked: unknown[] = [];
  const code = authenticator.code();
  const first = await login(desk, ({ methods }) => {
    asked.push(methods);
    return Promise.resolve(`${code.slice(0, 3)} ${code.slice(3)}`);
  });
  expect(first).toMatchObject({
    outcome: "proven",
    account: { name: "ann", credentialKind: "totp" },
  });
  expect(asked).toEqual([["totp", "recovery"]]);
  expect(first.prover.isCodeAsked).toBe(true);
  expect(await login(desk, typing(code))).toMatchObject({ outcome: "refused", name: "ann" });
  expect(await login(desk, typing(authenticator.code(-1)))).toMatchObject({ outcome: "refused" });
  desk.now += 30_000;
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("proven");
});

test("the challenge is for a person, who is given more time", async () => {
  const desk = new Desk();
  await guarded(desk);
  const steps: unknown[] = [];
  const ask = desk.ask.bind(desk);
  desk.ask = async (question) => {
    const answer = await ask(question);
    if (answer.outcome === "challenge") steps.push([answer.isForPerson, answer.bytes.length]);
    return answer;
  };
  await login(desk, typing(""));
  expect(steps).toEqual([
    [false, 328],
    [true, 2],
  ]);
});

test("the code with which it was turned on does not log in as well", async () => {
  const desk = new Desk();
  const { authenticator } = await guarded(desk);
  desk.now -= 60_000;
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("refused");
});

test("of two logins with the same code at the same moment one is let in", async () => {
  const desk = new Desk();
  const { authenticator, codes } = await guarded(desk);
  for (const code of [authenticator.code(), codes[0] ?? ""]) {
    let arrived = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const together: AskCode = async () => {
      arrived += 1;
      if (arrived === 2) resolve();
      await promise;
      return code;
    };
    const both = await Promise.all([login(desk, together, 2), login(desk, together, 3)]);
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(["proven", "refused"]);
  }
});

test("a recovery code is right once, however it is typed, and the others stay", async () => {
  const desk = new Desk();
  const { codes } = await guarded(desk);
  expect(codes).toHaveLength(10);
  const [first = "", second = ""] = codes;
  const typed = first.toUpperCase().replaceAll("-", " ");
  expect(await login(desk, typing(typed))).toMatchObject({
    outcome: "proven",
    account: { credentialKind: "recovery" },
  });
  expect((await login(desk, typing(first))).outcome).toBe("refused");
  expect((await login(desk, typing(second))).outcome).toBe("proven");
});

test("who has used up the recovery codes is asked for the authenticator's only", async () => {
  const desk = new Desk();
  const { codes } = await guarded(desk);
  for (const code of codes) expect((await login(desk, typing(code))).outcome).toBe("proven");
  let asked: unknown;
  await login(desk, ({ methods }) => {
    asked = methods;
    return Promise.resolve("");
  });
  expect(asked).toEqual(["totp"]);
});

test("guessing is over after a few wrong codes, for the right one too; recovery codes go on", async () => {
  const desk = new Desk();
  const { authenticator, codes } = await guarded(desk);
  for (let count = 0; count < wrongCodesMax; count += 1) {
    expect((await login(desk, typing(authenticator.wrong()))).outcome).toBe("refused");
  }
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("refused");
  expect((await login(desk, typing(codes[0] ?? ""))).outcome).toBe("proven");
  desk.now += wrongCodeForgottenMs; // the clock on the wall forgives nothing
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("refused");
  desk.clock.passes(wrongCodeForgottenMs);
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("proven");
});

test.each([[[]], [[2]], [[2, 1]], [[2, 3, 48]], [[1, 1, 48]], [[2, 1, ...Buffer.alloc(65, "0")]]])(
  "%j is no code: the login is refused and over",
  async (bytes) => {
    const desk = new Desk();
    const { authenticator } = await guarded(desk);
    const right = Uint8Array.of(2, 1, ...Buffer.from(authenticator.code()));
    const how = { connection: 2, facts: overTls13, mechanism: undefined };
    await login(desk, async () => {
      const response = new Secret(Uint8Array.from(bytes));
      expect(await desk.respond(response, how)).toEqual({ outcome: "refused", name: "ann" });
      expect(isWiped(response)).toBe(true);
      expect(await desk.respond(new Secret(right), how)).toEqual({ outcome: "refused" });
      return "";
    });
  },
);

test("without anyone to ask the client says what programs do", async () => {
  const desk = new Desk();
  await guarded(desk);
  const ended = await login(desk, undefined);
  expect(ended).toMatchObject({ outcome: "client" });
  expect(ended.outcome === "client" && ended.reason).toContain("app-password add LABEL");
});

test("PLAIN with the right password is refused as a wrong one, after the same work", async () => {
  const desk = new Desk();
  await guarded(desk);
  const seen: unknown[] = [];
  for (const password of [good, "wrong password, quite"]) {
    const before = desk.rows.finds;
    desk.hashed.length = 0;
    seen.push([await desk.login("ann", password), desk.hashed.length, desk.rows.finds - before]);
  }
  expect(seen[0]).toEqual([{ outcome: "refused", name: "ann" }, 1, 1]);
  expect(seen[1]).toEqual(seen[0]);
});

test("PLAIN with the password of a strict account is refused as a wrong one; OPAQUE is not", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  desk.rows.account(7, "ann", true);
  expect(await desk.login("ann", good)).toEqual({ outcome: "refused", name: "ann" });
  expect(desk.hashed).toHaveLength(1);
  expect((await login(desk, undefined)).outcome).toBe("proven");
});

test("app passwords go without a code, also of strict accounts", async () => {
  const desk = new Desk();
  await guarded(desk);
  desk.rows.account(7, "ann", true);
  const action = { kind: "add-app-password", label: "bot", lastsMs: undefined } as const;
  const ask = { account: accountId(7), name: "ann", own: undefined, action };
  const added = await desk.ask({ kind: "credentials", ask });
  const token = added.outcome === "added" ? (added.secret ?? "") : "";
  expect((await desk.login("ann", token)).outcome).toBe("proven");
});

test("it is on only when a code has shown that the authenticator has the secret", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const authenticator = await begun(desk);
  expect((await login(desk, undefined)).outcome).toBe("proven");
  expect((await totp(desk, saying("confirm", authenticator.wrong()))).outcome).toBe("wrong");
  expect((await totp(desk, saying("confirm", authenticator.code()))).outcome).toBe("on");
  expect((await totp(desk, saying("confirm", authenticator.code()))).outcome).toBe("already");
  expect((await totp(desk, { kind: "begin", issuer: "x" })).outcome).toBe("already");
});

test("a secret is confirmed where it was shown, in time, and by nobody else", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const authenticator = await begun(desk);
  const confirm = () => saying("confirm", authenticator.code());
  expect((await totp(desk, confirm(), connectionId(2))).outcome).toBe("none");
  expect((await totp(desk, confirm(), own, 8)).outcome).toBe("none");
  desk.clock.passes(pendingTotpMs);
  expect((await totp(desk, confirm())).outcome).toBe("none");
  const later = await begun(desk);
  desk.authenticator.abandon(own);
  expect((await totp(desk, saying("confirm", later.code()))).outcome).toBe("none");
});

test("a code or a recovery code ends it, and the recovery codes with it", async () => {
  const desk = new Desk();
  const { authenticator, codes } = await guarded(desk);
  expect((await totp(desk, saying("off", authenticator.wrong()))).outcome).toBe("wrong");
  expect((await totp(desk, saying("off", codes[3] ?? ""))).outcome).toBe("off");
  expect(desk.credentials.list(accountId(7), "recovery")).toEqual([]);
  expect((await login(desk, undefined)).outcome).toBe("proven");
  expect((await totp(desk, saying("off", authenticator.code()))).outcome).toBe("none");
});

test("new recovery codes take the place of those before", async () => {
  const desk = new Desk();
  const { authenticator, codes } = await guarded(desk);
  const answer = await totp(desk, saying("renew", authenticator.code()));
  if (answer.outcome !== "on") throw new Error(answer.outcome);
  expect((await login(desk, typing(codes[0] ?? ""))).outcome).toBe("refused");
  expect((await login(desk, typing(answer.codes[0] ?? ""))).outcome).toBe("proven");
});

test("codes that come with words are wiped", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  for (const kind of ["confirm", "off", "renew"] as const) {
    const code = secret("123456");
    await totp(desk, { kind, code });
    expect(isWiped(code)).toBe(true);
  }
});

test("a second factor whose row was damaged is no way around it", async () => {
  const desk = new Desk();
  const { authenticator } = await guarded(desk);
  const [row] = desk.credentials.list(accountId(7), "totp");
  desk.credentials.replace(row?.id ?? 0, new Uint8Array(60));
  expect((await login(desk, typing(authenticator.code()))).outcome).toBe("refused");
  expect((await desk.login("ann", good)).outcome).toBe("refused");
});

test("neither secret nor codes are in the database in the clear", async () => {
  const desk = new Desk();
  const answer = await (async () => {
    await desk.member(7, "ann");
    return totp(desk, { kind: "begin", issuer: "x" });
  })();
  if (answer.outcome !== "begun") throw new Error(answer.outcome);
  const authenticator = new Authenticator(desk, answer.secret);
  await totp(desk, saying("confirm", authenticator.code()));
  const rows = (["totp", "recovery"] as const).flatMap((kind) =>
    desk.credentials.list(accountId(7), kind),
  );
  expect(rows).toHaveLength(11);
  const raw = Buffer.from(fromBase32(answer.secret));
  for (const { data } of rows) expect(Buffer.from(data).includes(raw)).toBe(false);
});

test("confirmed twice at the same moment, an account has one secret", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const other = connectionId(2);
  const authenticator = await begun(desk);
  const second = await totp(desk, { kind: "begin", issuer: "x" }, other);
  if (second.outcome !== "begun") throw new Error(second.outcome);
  const elsewhere = new Authenticator(desk, second.secret);
  const both = await Promise.all([
    totp(desk, saying("confirm", authenticator.code())),
    totp(desk, saying("confirm", elsewhere.code()), other),
  ]);
  expect(both.map(({ outcome }) => outcome)).toEqual(["on", "already"]);
  const codes = both[0].outcome === "on" ? both[0].codes : [];
  expect((await login(desk, typing(codes[9] ?? ""))).outcome).toBe("proven");
  expect(desk.credentials.list(accountId(7), "totp")).toHaveLength(1);
});

test("who sets the password anew is told that a login wants the second factor", async () => {
  const desk = new Desk();
  await guarded(desk);
  const answer = await desk.enrol("ann", "another good password");
  expect(answer).toMatchObject({ outcome: "enrolled", isMoreWanted: true });
});
