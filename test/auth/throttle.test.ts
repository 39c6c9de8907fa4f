/**
 * The throttle in the authenticator: who may try, what it costs, and that the owner gets in whatever strangers do. Time
 * passes as it is told to.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { type PasswordAnswer } from "../../src/auth/authenticator.ts";
import { KnownSources } from "../../src/auth/known-sources.ts";
import { systemEntropy } from "../../src/auth/opaque/derivation.ts";
import { loadGroup } from "../../src/auth/opaque/group.ts";
import { beginLogin } from "../../src/auth/opaque/login.ts";
import { writeFirst } from "../../src/auth/opaque/profile.ts";
import { LoginProver } from "../../src/auth/prover.ts";
import { sourceOf } from "../../src/auth/source.ts";
import { Throttle } from "../../src/auth/throttle.ts";
import { makeToken } from "../../src/auth/tokens.ts";
import { Vault } from "../../src/auth/vault.ts";
import { accountId, connectionId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { wallMs } from "../../src/base/time.ts";
import { type Proof } from "../../src/client/prover.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { Desk, good } from "./desk.ts";
import { credentialRows, keyring, overTls, overTls13, secret, WaitingClock } from "./support.ts";

setDefaultTimeout(30_000);

const wrong = "wrong password, quite";
const list = "OPAQUE-R255-EXPR,PLAIN";

function from(address: string, facts = overTls): ConnectionFacts {
  return { ...facts, address };
}

/** Where ann has registered and logged in. */
const home = from(overTls.address);
const elsewhere = from("198.51.100.1");

async function annsDesk(): Promise<Desk> {
  const desk = new Desk({ isThrottled: true });
  await desk.member(7, "ann");
  return desk;
}

let guesses = 0;

/** A wrong password that was not tried before, answered when its time has come. */
async function guess(desk: Desk, name: string, facts: ConnectionFacts): Promise<PasswordAnswer> {
  guesses += 1;
  return waited(desk, desk.login(name, `${wrong} ${guesses}`, { connection: guesses + 10, facts }));
}

/** Time passes until it is answered. */
async function waited(desk: Desk, answer: Promise<PasswordAnswer>): Promise<PasswordAnswer> {
  const goesOn = (): Promise<"not yet"> => Bun.sleep(0).then(() => "not yet");
  for (;;) {
    const outcome = await Promise.race([answer, goesOn()]);
    if (outcome !== "not yet") return outcome;
    const [next] = desk.clock.waiting;
    if (next !== undefined) desk.clock.passes(next);
  }
}

/** Enough wrong ones for the source to wait. */
async function makesWait(desk: Desk, facts: ConnectionFacts): Promise<void> {
  const names = ["ann", "bob", "cid"];
  const answers = await Promise.all(
    names.map((name, index) => desk.login(name, wrong, { connection: 100 + index, facts })),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused"]);
}

test("after three wrong passwords at once nothing from there is hashed for 15 seconds", async () => {
  const desk = await annsDesk();
  await makesWait(desk, elsewhere);
  desk.hashed.length = 0;
  const throttled: PasswordAnswer = { outcome: "throttled", seconds: 15 };
  expect(await desk.login("ann", good, { facts: elsewhere })).toEqual(throttled);
  desk.clock.passes(14_999);
  expect(await desk.login("ann", good, { facts: elsewhere })).toMatchObject({ seconds: 1 });
  expect(desk.hashed).toEqual([]);
  desk.clock.passes(1);
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("proven");
});

test("what is refused meanwhile does not make the wait longer", async () => {
  const desk = await annsDesk();
  await makesWait(desk, elsewhere);
  for (let second = 0; second < 15; second += 1) {
    expect((await desk.login("ann", wrong, { facts: elsewhere })).outcome).toBe("throttled");
    desk.clock.passes(1_000);
  }
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("proven");
});

test("a throttled password is wiped, be it of a login or a new account", async () => {
  const desk = await annsDesk();
  await makesWait(desk, home);
  const response = secret(`\0ann\0${good}`);
  const password = secret(good);
  expect((await desk.respond(response)).outcome).toBe("throttled");
  expect(await desk.enrol("bob", password, 8)).toEqual({ outcome: "throttled", seconds: 15 });
  expect(() => response.bytes()).toThrow();
  expect(() => password.bytes()).toThrow();
});

test("OPAQUE and the beginning of a registration are throttled as PLAIN is", async () => {
  const desk = await annsDesk();
  await makesWait(desk, home);
  const options = { mechanism: "OPAQUE-R255-EXPR", facts: overTls13, offered: list };
  expect((await desk.respond(secret("x"), options)).outcome).toBe("throttled");
  const ask = { connection: connectionId(1), address: home.address, name: "eve" };
  const request = new Uint8Array(32);
  const answer = await desk.ask({ kind: "evaluate", ask: { ...ask, request } });
  expect(answer).toEqual({ outcome: "throttled", seconds: 15 });
});

test("what has the form of a token is looked at, whatever its source has done", async () => {
  const desk = await annsDesk();
  await makesWait(desk, elsewhere);
  for (const purpose of ["app", "invite"] as const) {
    const answer = await desk.login("ann", makeToken(purpose), { facts: elsewhere });
    // Whether there is such an invitation, the core knows.
    expect(answer.outcome).toBe(purpose === "app" ? "refused" : "invited");
  }
  expect(desk.clock.waiting).toEqual([]);
});

test("the same wrong password again costs no more, but is said after two seconds", async () => {
  const desk = await annsDesk();
  for (let count = 0; count < 10; count += 1) {
    const answer = desk.login("ann", wrong, { facts: elsewhere });
    if (count > 0) expect(await desk.clock.isWaitedFor()).toEqual([2_000]);
    desk.clock.passes(2_000);
    expect((await answer).outcome).toBe("refused");
  }
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("proven");
});

test("a device that repeats its wrong password all the time is busy for a while", async () => {
  const desk = await annsDesk();
  const outcomes: string[] = [];
  for (let count = 0; count < 30; count += 1) {
    outcomes.push((await waited(desk, desk.login("ann", wrong, { facts: elsewhere }))).outcome);
  }
  // Ten at once, and one in five seconds, of which 2 pass with each that is looked at.
  expect(outcomes.indexOf("busy")).toBe(1 + 16);
  expect(new Set(outcomes)).toEqual(new Set(["refused", "busy"]));
});

test("beyond five wrong ones a name's refusals take longer, a right password does not", async () => {
  const desk = await annsDesk();
  const answers = Array.from({ length: 9 }, (_, index) =>
    desk.login("ann", `${wrong} ${index}`, {
      connection: index + 1,
      facts: from(`203.0.113.${index}`),
    }),
  );
  expect(await desk.clock.isWaitedFor(4)).toEqual([2_000, 4_000, 8_000, 15_000]);
  const right = await desk.login("ann", good, { connection: 50, facts: elsewhere });
  expect(right.outcome).toBe("proven");
  desk.clock.passes(15_000);
  expect((await Promise.all(answers)).map(({ outcome }) => outcome)).toEqual(
    answers.map(() => "refused"),
  );
});

test("an unknown name's refusals take as long as a known one's", async () => {
  const delays = async (name: string): Promise<number[]> => {
    const desk = await annsDesk();
    for (let index = 0; index < 7; index += 1) {
      const facts = from(`203.0.113.${index}`);
      void desk.login(name, `${wrong} ${index}`, { connection: index + 1, facts });
    }
    return desk.clock.isWaitedFor(2);
  };
  expect(await delays("nobody")).toEqual(await delays("ann"));
});

test("a challenge that is not answered costs what a wrong password costs", async () => {
  const desk = await annsDesk();
  await challenges(desk, [1, 2, 3]);
  for (const connection of [1, 2]) desk.authenticator.abandon(connectionId(connection));
  expect((await desk.login("ann", wrong, { connection: 9, facts: home })).outcome).toBe("refused");
  expect((await desk.login("ann", good, { connection: 9, facts: home })).outcome).toBe("throttled");
});

test("a challenge that the next login takes the place of is not answered", async () => {
  const desk = await annsDesk();
  await challenges(desk, [1, 1, 1, 1]);
  const next = await desk.login("ann", good, { connection: 2, facts: home });
  expect(next).toEqual({ outcome: "throttled", seconds: 15 });
});

test("a challenge that ends with a failing disk does not stay open, and is nobody's guess", async () => {
  const desk = new Desk({ isThrottled: true, report: () => undefined });
  await desk.member(7, "ann");
  for (let count = 0; count < 20; count += 1) {
    desk.rows.isBroken = true;
    expect(await challenges(desk, [count + 1])).toEqual(["unavailable"]);
    desk.rows.isBroken = false;
  }
  expect(await challenges(desk, [50])).toEqual(["challenge"]);
  expect((await desk.login("ann", good, { connection: 51, facts: home })).outcome).toBe("proven");
});

test("of one source so many challenges are open at once, and others get theirs", async () => {
  const desk = await annsDesk();
  const many = Array.from({ length: 18 }, (_, index) => index + 1);
  const outcomes = await challenges(desk, many);
  expect(outcomes).toEqual(many.map((index) => (index <= 16 ? "challenge" : "busy")));
  const other = await challenges(desk, [50], from("198.51.100.1", overTls13));
  expect(other).toEqual(["challenge"]);
});

test("of all sources together 200 logins by password begin in a second", async () => {
  const desk = await annsDesk();
  let busy = 0;
  for (let index = 0; index < 250; index += 1) {
    const facts = from(`10.0.${index >> 8}.${index & 255}`, overTls13);
    const [outcome] = await challenges(desk, [index + 1], facts);
    if (outcome === "busy") busy += 1;
  }
  expect(busy).toBe(50); // the clock stands still
  desk.clock.passes(1_000);
  expect(await challenges(desk, [999], elsewhere13)).toEqual(["challenge"]);
});

test("a stranger finds a locked account as one that does not exist; its owner gets in from home", async () => {
  const desk = await annsDesk();
  const locked = await lock(desk);
  expect(locked).toEqual([101]);
  expect((await waited(desk, desk.login("ann", good, { facts: elsewhere }))).outcome).toBe(
    "refused",
  );
  // Nor can it be guessed at home: the challenge is the one of an unknown name.
  expect(await proofAgainst(desk, elsewhere13)).toMatchObject({ code: "refused" });
  expect(await proofAgainst(desk, from(home.address, overTls13))).toMatchObject({
    kind: "response",
  });
  expect(desk.credentials.list(accountId(7), "lock").length).toBe(1);
});

test("the owner's login from a known source ends the lock for everyone", async () => {
  const desk = await annsDesk();
  await lock(desk);
  expect((await desk.login("ann", good, { facts: home })).outcome).toBe("proven");
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("proven");
});

test("at home a typing error is told at once, whatever strangers do to the name", async () => {
  const desk = await annsDesk();
  for (let index = 0; index < 20; index += 1) await guess(desk, "ann", stranger(index));
  expect((await desk.login("ann", wrong, { facts: home })).outcome).toBe("refused");
  expect(desk.clock.waiting).toEqual([]);
});

test("wrong passwords from a known source lock nothing", async () => {
  const desk = await annsDesk();
  for (let index = 0; index < 110; index += 1) {
    expect((await guess(desk, "ann", home)).outcome).toBe("refused");
    desk.clock.passes(15_000);
  }
  expect(desk.credentials.list(accountId(7), "lock")).toEqual([]);
});

test("registrations cost what guesses cost, unless they end with an account", async () => {
  const { elapsed, wait } = new WaitingClock();
  const ring = keyring();
  const wall = () => wallMs(0);
  const vault = new Vault(credentialRows(), ring, wall);
  const knownSources = new KnownSources({ vault, keyring: ring, wall });
  const throttle = new Throttle({ isOn: true, elapsed, wait, knownSources });
  const { address } = home;
  for (let count = 0; count < 10; count += 1) {
    throttle.registrationBegun(address);
    await throttle.registered(address, { id: accountId(count + 1), name: `name${count}` }, true);
  }
  expect(throttle.secondsFor(address)).toBe(0);
  for (let count = 0; count < 3; count += 1) throttle.registrationBegun(address);
  expect(throttle.secondsFor(address)).toBe(15);
  expect(knownSources.isKnown(accountId(3), sourceOf(address))).toBe(true);
});

test("an operator ends a lock, and the count begins anew", async () => {
  const desk = await annsDesk();
  await lock(desk);
  const action = { kind: "remove", of: "lock", which: "all" } as const;
  const ask = { account: accountId(7), name: "Ann", own: undefined, action };
  expect(await desk.ask({ kind: "credentials", ask })).toEqual({ outcome: "removed", count: 1 });
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("proven");
  expect(await lock(desk)).toEqual([101]);
});

test("a lock and its exceptions outlive a restart", async () => {
  const before = await annsDesk();
  await lock(before);
  const { rows, credentials } = before;
  const desk = new Desk({ rows, credentials, isThrottled: true });
  expect((await desk.login("ann", good, { facts: elsewhere })).outcome).toBe("refused");
  expect((await desk.login("ann", good, { facts: home })).outcome).toBe("proven");
});

test("the news of a lock waits for someone who is answered", async () => {
  const desk = await annsDesk();
  for (let index = 0; index < 100; index += 1) await guess(desk, "ann", stranger(index));
  const last = desk.login("ann", wrong, { connection: 1, facts: elsewhere });
  await desk.clock.isWaitedFor();
  desk.authenticator.abandon(connectionId(1));
  void last;
  expect(await guess(desk, "ann", stranger(200))).toMatchObject({ isLocked: true });
  expect(await guess(desk, "ann", stranger(201))).not.toHaveProperty("isLocked");
});

test("a thousand wrong tries from one source cost a stranger's share, and the owner nothing", async () => {
  const desk = await annsDesk();
  const outcomes = new Map<string, number>();
  for (let index = 0; index < 1_000; index += 1) {
    const { outcome } = await guess(desk, `name${index}`, elsewhere);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    desk.clock.passes(100);
  }
  // 100 seconds: one each five seconds, and a few at first.
  expect(outcomes.get("refused")).toBeLessThanOrEqual(25);
  expect(desk.hashed.length).toBe(outcomes.get("refused") ?? 0);
  await ownerGetsIn(desk);
});

test("200 sources at one account make nobody wait but strangers, and the owner gets in", async () => {
  const desk = await annsDesk();
  for (let index = 0; index < 200; index += 1) {
    const { outcome } = await guess(desk, "ann", stranger(index));
    expect(outcome).toBe("refused");
  }
  expect(desk.credentials.list(accountId(7), "lock").length).toBe(1);
  await ownerGetsIn(desk);
});

test("while strangers queue for hashes the owner waits for one of each at most", async () => {
  const desk = new Desk({ isThrottled: true, limits: { runningMax: 1 } });
  await desk.member(7, "ann");
  const order: string[] = [];
  const queued = Array.from({ length: 40 }, (_, index) => {
    const facts = stranger(index % 5);
    const login = desk.login(`name${index}`, `${wrong} ${index}`, { connection: index + 2, facts });
    return login.then(({ outcome }) => order.push(outcome === "busy" ? "busy" : "stranger"));
  });
  const owner = desk.login("ann", good, { facts: home }).then(({ outcome }) => order.push(outcome));
  await Promise.all([...queued, owner]);
  const before = order.slice(0, order.indexOf("proven")).filter((each) => each === "stranger");
  expect(before.length).toBeLessThanOrEqual(6); // the one that ran, and one of each source
});

test("throttle = false: everything is looked at, and nothing is remembered", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  for (let index = 0; index < 120; index += 1) {
    expect((await desk.login("ann", `${wrong} ${index}`)).outcome).toBe("refused");
  }
  expect((await desk.login("ann", good)).outcome).toBe("proven");
  expect(desk.credentials.page(0, 10)).toEqual([]);
});

const elsewhere13 = from("198.51.100.1", overTls13);

function stranger(index: number): ConnectionFacts {
  return from(`203.0.${index >> 8}.${index & 255}`);
}

/** First messages of OPAQUE, one on each connection; what they were answered with. */
async function challenges(
  desk: Desk,
  connections: readonly number[],
  facts = from(home.address, overTls13),
): Promise<string[]> {
  const outcomes: string[] = [];
  const group = await loadGroup();
  for (const connection of connections) {
    const { ke1 } = beginLogin(group, Buffer.from(wrong), systemEntropy);
    const response = new Secret(writeFirst("ann", ke1));
    const options = { connection, mechanism: "OPAQUE-R255-EXPR", facts, offered: list };
    outcomes.push((await desk.respond(response, options)).outcome);
  }
  return outcomes;
}

/** What a client with ann's right password makes of the challenge. */
async function proofAgainst(desk: Desk, facts: ConnectionFacts): Promise<Proof> {
  const prover = new LoginProver({ name: "ann", password: secret(good) });
  prover.connected(facts.tls?.exporter);
  prover.choose(list.split(","));
  const proof = (challenge: Uint8Array, isFirst: boolean): Promise<Proof> =>
    new Promise((resolve) => {
      prover.attach(resolve);
      const step = prover.respond("OPAQUE-R255-EXPR", challenge, isFirst);
      if (step.kind !== "later") resolve(step);
    });
  const first = await proof(new Uint8Array(), true);
  if (first.kind !== "response") return first;
  const response = new Secret(Uint8Array.from(first.bytes));
  const options = { connection: 3_000, mechanism: "OPAQUE-R255-EXPR", facts, offered: list };
  const answer = await desk.respond(response, options);
  if (answer.outcome !== "challenge") throw new Error(answer.outcome);
  return proof(answer.bytes, false);
}

/** From 101 sources; the numbers of the tries that brought the news. */
async function lock(desk: Desk): Promise<number[]> {
  const news: number[] = [];
  for (let index = 0; index < 105; index += 1) {
    const answer = await guess(desk, "ann", stranger(index));
    if (answer.outcome === "refused" && "isLocked" in answer) news.push(index + 1);
    desk.clock.passes(15_000);
  }
  return news;
}

/** Without any time passing. */
async function ownerGetsIn(desk: Desk): Promise<void> {
  const answer = await desk.login("ann", good, { connection: 5_000, facts: home });
  expect(answer.outcome).toBe("proven");
}
