/**
 * Remembered logins, both sides with each other: what lets in, what is found out, and that no lost message and no
 * crash locks an honest device out.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { LoginProver } from "../../src/auth/prover.ts";
import { parseInitiator, type ResumeToken, writeInitiator } from "../../src/auth/resume.ts";
import { accountId } from "../../src/base/ids.ts";
import { dayMs } from "../../src/base/time.ts";
import { Secret } from "../../src/base/secret.ts";
import { Desk, good } from "./desk.ts";
import { answered, type CutAt, Device, factsOf, list, MemoryToken } from "./device.ts";
import { overTls, secret } from "./support.ts";

const mechanism = "HT-SHA-256-EXPR";
const opaque = "OPAQUE-R255-EXPR";
const refused = { outcome: "refused", name: "ann" } as const;

async function deskOfAnn(): Promise<{ readonly desk: Desk; readonly laptop: Device }> {
  const desk = new Desk();
  await desk.member(7, "ann");
  const laptop = new Device(desk);
  expect(await laptop.logsIn(1)).toMatchObject({ outcome: "proven", account: { credential: 1 } });
  return { desk, laptop };
}

test("a device that asked for it comes again without the password, and nothing is hashed", async () => {
  const { desk, laptop } = await deskOfAnn();
  for (const connection of [2, 3, 4]) {
    const answer: unknown = await laptop.resumes(connection);
    const account = { id: accountId(7), name: "ann", mechanism, credential: 1 };
    expect(answer).toEqual({ outcome: "proven", account });
  }
  expect(desk.hashed).toEqual([]);
});

test("who does not ask is not remembered, nor where the server does not offer it", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const provers = [
    [new LoginProver({ name: "ann", password: secret(good) }), list],
    [new Device(desk).prover(good), "OPAQUE-R255-EXPR,PLAIN"],
  ] as const;
  for (const [of, offered] of provers) {
    const { facts, exporter } = factsOf(1);
    of.connected(exporter);
    of.choose(offered.split(","));
    const first = await answered(of, opaque, new Uint8Array(), true);
    const challenge = await desk.respond(first, { facts, offered, mechanism: opaque });
    if (challenge.outcome !== "challenge") throw new Error(challenge.outcome);
    const third = await answered(of, opaque, challenge.bytes, false);
    expect(third.length).toBe(64);
    const answer = await desk.respond(third, { facts, offered, mechanism: undefined });
    expect(answer.outcome).toBe("proven");
    of.admitted();
    expect([of.isRemembered, of.hasPassword]).toEqual([false, true]);
  }
  expect(desk.credentials.list(accountId(7), "session")).toEqual([]);
});

test("a token is good once: who shows a copy of it later is found out, and the device is forgotten", async () => {
  const { desk, laptop } = await deskOfAnn();
  const copied = new MemoryToken();
  copied.token = laptop.file.token;
  const thief = new Device(desk, { file: copied });
  await laptop.resumes(2);
  await laptop.resumes(3);
  await laptop.resumes(4);
  expect(await thief.resumes(5)).toEqual({ ...refused, copied: 1 });
  expect(await laptop.resumes(6)).toEqual(refused);
  expect(laptop.file.token).toBe(undefined);
});

test("a copy that came first is found out when the device comes, however often it came", async () => {
  for (const times of [1, 2, 5]) {
    const { desk, laptop } = await deskOfAnn();
    const copied = new MemoryToken();
    copied.token = laptop.file.token;
    const thief = new Device(desk, { file: copied });
    for (let time = 0; time < times; time += 1) {
      expect((await thief.resumes(10 + time))?.outcome).toBe("proven");
    }
    expect(await laptop.resumes(3)).toEqual({ ...refused, copied: 1 });
    expect(await thief.resumes(20)).toEqual(refused);
  }
});

test("who began by a copy and waits is not let in after the device was", async () => {
  const { desk, laptop } = await deskOfAnn();
  const copied = new MemoryToken();
  copied.token = laptop.file.token;
  const of = new Device(desk, { file: copied }).prover();
  const { facts, exporter } = factsOf(9);
  of.connected(exporter);
  of.choose(list.split(","));
  const how = { connection: 9, facts, offered: list };
  const first = await answered(of, mechanism, new Uint8Array(), true);
  const challenge = await desk.respond(first, { ...how, mechanism });
  if (challenge.outcome !== "challenge") throw new Error(challenge.outcome);
  const last = await answered(of, mechanism, challenge.bytes, false);
  expect((await laptop.resumes(2))?.outcome).toBe("proven");
  expect(await desk.respond(last, { ...how, mechanism: undefined })).toEqual(refused);
  expect((await laptop.resumes(3))?.outcome).toBe("proven");
});

test("of two programs that come at once one is let in, and the other begins again", async () => {
  const { desk, laptop } = await deskOfAnn();
  const provers = [laptop.prover(), laptop.prover()];
  const challenges = await Promise.all(
    provers.map(async (of, index) => {
      const { facts, exporter } = factsOf(10 + index);
      of.connected(exporter);
      of.choose(list.split(","));
      const first = await answered(of, mechanism, new Uint8Array(), true);
      const how = { connection: 10 + index, facts, offered: list, mechanism };
      const challenge = await desk.respond(first, how);
      if (challenge.outcome !== "challenge") throw new Error(challenge.outcome);
      return challenge.bytes;
    }),
  );
  const steps = provers.map((of, index) =>
    of.respond(mechanism, challenges[index] ?? new Uint8Array(), false),
  );
  expect(steps[0]?.kind).toBe("response");
  expect(steps[1]).toMatchObject({ kind: "failed", code: "again" });
  expect((await laptop.resumes(12))?.outcome).toBe("proven");
});

test("a server that does not have the token is refused, and the token stays what it was", async () => {
  const { desk, laptop } = await deskOfAnn();
  const before = laptop.file.token;
  const of = laptop.prover();
  const { facts, exporter } = factsOf(5);
  of.connected(exporter);
  of.choose(list.split(","));
  const first = await answered(of, mechanism, new Uint8Array(), true);
  const challenge = await desk.respond(first, { connection: 5, facts, offered: list, mechanism });
  if (challenge.outcome !== "challenge") throw new Error(challenge.outcome);
  const changed = Uint8Array.from(challenge.bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  expect(of.respond(mechanism, changed, false)).toMatchObject({ kind: "failed", code: "identity" });
  expect(of.isServerProven()).toBe(false);
  expect(laptop.file.token).toBe(before);
});

test("what was made for one connection is of no use on another", async () => {
  const { desk, laptop } = await deskOfAnn();
  const of = laptop.prover();
  of.connected(factsOf(5).exporter);
  of.choose(list.split(","));
  const first = await answered(of, mechanism, new Uint8Array(), true);
  const { facts } = factsOf(6);
  expect(await desk.respond(first, { connection: 6, facts, offered: list, mechanism })).toEqual(
    refused,
  );
  expect((await laptop.resumes(7))?.outcome).toBe("proven"); // it removed nothing
});

test("unknown names, others' devices, wrong keys and any bytes are refused, and remove nothing", async () => {
  const { desk, laptop } = await deskOfAnn();
  await desk.member(8, "bob");
  const { token } = laptop.file;
  if (token === undefined) throw new Error("it is remembered");
  const { facts, exporter } = factsOf(5);
  const wrong = [
    writeInitiator("nobody", token, exporter),
    writeInitiator("bob", token, exporter),
    writeInitiator("ann", { ...token, device: token.token }, exporter),
    writeInitiator("ann", { ...token, id: token.id.with(0, 1) }, exporter),
    new Uint8Array(),
    new Uint8Array(200),
  ];
  for (const bytes of wrong) {
    const response = new Secret(Uint8Array.from(bytes));
    const how = { connection: 5, facts, offered: list, mechanism };
    const answer = await desk.respond(response, how);
    expect([answer.outcome, "copied" in answer ? answer.copied : undefined]).toEqual([
      "refused",
      undefined,
    ]);
  }
  const plain = { connection: 5, facts: overTls, offered: list, mechanism };
  const right = writeInitiator("ann", token, exporter);
  expect((await desk.respond(new Secret(Uint8Array.from(right)), plain)).outcome).toBe("refused");
  expect(parseInitiator(right)).toBeDefined();
  expect((await laptop.resumes(6))?.outcome).toBe("proven");
});

test("a device is remembered for fourteen days from its last login", async () => {
  const { desk, laptop } = await deskOfAnn();
  desk.now += 13 * dayMs;
  expect((await laptop.resumes(2))?.outcome).toBe("proven");
  const [row] = desk.credentials.list(accountId(7), "session");
  expect([row?.usedAt as number, row?.expiresAt as number]).toEqual([
    desk.now,
    desk.now + 14 * dayMs,
  ]);
  desk.now += 13 * dayMs;
  expect((await laptop.resumes(3))?.outcome).toBe("proven");
  desk.now += 14 * dayMs;
  expect(await laptop.resumes(4)).toEqual(refused);
});

test("a new password ends what was remembered", async () => {
  const { desk, laptop } = await deskOfAnn();
  await desk.enrol("ann", "another horse battery", 7);
  expect(await laptop.resumes(2)).toEqual(refused);
});

const cuts: readonly CutAt[] = [
  "before it is sent",
  "before it is answered",
  "before it is kept",
  "before it is let in",
  "nowhere",
];

/** One login of the device, and how it goes wrong. */
interface Try {
  readonly cut: CutAt;
  /** The server is killed after it: what it knew of logins under way is gone. */
  readonly isServerKilled: boolean;
  /** Someone copies the device's file before it. */
  readonly isCopied: boolean;
}

const anyTries = fc.array(
  fc.record({
    cut: fc.constantFrom(...cuts),
    isServerKilled: fc.boolean(),
    isCopied: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** Which token device, server and copy have after these, counted from the first. */
async function goesThrough(
  desk: Desk,
  laptop: Device,
  tries: readonly Try[],
): Promise<{ readonly server: number; readonly copy: number; readonly copied?: MemoryToken }> {
  let copied: MemoryToken | undefined;
  let [device, server, copy] = [0, 0, 0];
  for (const [index, { cut, isServerKilled, isCopied }] of tries.entries()) {
    if (isCopied) {
      copied = new MemoryToken();
      copied.token = laptop.file.token;
      copy = device;
    }
    const answer = await laptop.resumes(10 + index, cut);
    expect(answer?.outcome).toBe(cut === "nowhere" ? "proven" : undefined);
    if (cut !== "before it is sent") server = device;
    if (cut === "before it is let in" || cut === "nowhere") device += 1;
    if (cut === "nowhere") server = device;
    if (isServerKilled) desk.restarts();
  }
  return copied === undefined ? { server, copy } : { server, copy, copied };
}

test("whatever is lost and whoever is killed, the device comes in, and an old copy is found out", async () => {
  await fc.assert(
    fc.asyncProperty(anyTries, async (tries) => {
      const { desk, laptop } = await deskOfAnn();
      const { copied } = await goesThrough(desk, laptop, tries);
      expect((await laptop.resumes(98))?.outcome).toBe("proven");
      if (copied === undefined) return;
      const thief = new Device(desk, { file: copied });
      expect(await thief.resumes(99)).toEqual({ ...refused, copied: 1 });
    }),
    { numRuns: 50 },
  );
});

test("a copy is good for as long as what was copied is, and then the device is not let in", async () => {
  await fc.assert(
    fc.asyncProperty(anyTries, async (tries) => {
      const { desk, laptop } = await deskOfAnn();
      const { copied, copy, server } = await goesThrough(desk, laptop, tries);
      if (copied === undefined) return;
      const got = await new Device(desk, { file: copied }).resumes(98);
      expect(got?.outcome).toBe(copy < server ? "refused" : "proven");
      expect((await laptop.resumes(99))?.outcome).toBe("refused");
      expect(desk.credentials.list(accountId(7), "session")).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

class FullDisk extends MemoryToken {
  isFull = true;

  override replace(before: ResumeToken, after: ResumeToken): boolean {
    if (this.isFull) throw new Error("cannot write sessions.json: the disk is full");
    return super.replace(before, after);
  }
}

test("a token that cannot be kept is not used up: the login ends, and the next one is good", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const file = new FullDisk();
  const laptop = new Device(desk, { file });
  await laptop.logsIn(1);
  const ended = await laptop.resumes(2).catch(String);
  expect(ended).toMatch(/unavailable: cannot write .* --no-remember/);
  file.isFull = false;
  expect((await laptop.resumes(3))?.outcome).toBe("proven");
});
