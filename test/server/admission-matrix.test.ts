/**
 * The matrix of admission: every way in, with an account in every state. The table is in `ways-in.ts`; what there is
 * to be in it is looked for in the sources, so that a way in without a row fails here.
 */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { wallMs } from "../../src/base/time.ts";
import { Chat, password, type Person } from "../support/chat.ts";
import { PlainPasswords } from "../support/plain-passwords.ts";
import { readSources, scan, type SourceFile } from "../support/source.ts";
import { type Answer, type State, states, type WayIn, waysIn } from "./ways-in.ts";

const name = "ann";
const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: "0".repeat(64),
  spki: "",
};
const facts = { address: "127.0.0.1", isLoopback: true, listener: "test", tls };
const mechanisms = mechanismsFor(facts);

/** A server with that account on it. */
function chatWith(state: State, isApproved: boolean): Chat {
  const passwords = new PlainPasswords();
  const registration = isApproved ? "approval" : "open";
  const chat = new Chat({ passwords, settings: { registration, mechanisms } });
  switch (state) {
    case "active":
    case "wrong password":
      chat.hasAccount(name);
      break;
    case "pending":
    case "disabled":
      chat.hasAccount(name, state);
      break;
    case "expired":
      chat.hasAccount(name, { expiresAt: wallMs(1) });
      break;
    case "locked":
    case "busy":
      chat.hasAccount(name);
      passwords.hinders(name, state === "busy" ? "busy" : "refused");
      break;
    case "claimed": {
      const record = Buffer.from(password).toString("base64");
      chat.stranger({ tls }).sends(`OPAQUE REC ${name} ${record}`);
      break;
    }
    case "absent":
  }
  return chat;
}

interface Entered {
  readonly lines: readonly string[];
  /** CAP END has made them a user. */
  readonly isIn: boolean;
  readonly isNoted: boolean;
}

function enters(way: WayIn, state: State): Entered {
  const chat = chatWith(state, way.isApproved === true);
  const person: Person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK someone", "USER a 0 * :a");
  person.sees();
  const { connection } = person;
  way.enters(person, { name, password: state === "wrong password" ? "another" : password });
  const lines = person.sees();
  person.sends("CAP END");
  const isIn = person.sees().some((line) => line.includes(` 001 ${name} `));
  const isNoted = chat.notes.some(
    (note) => note.event === "login.ok" && note.connection === connection,
  );
  return { lines, isIn, isNoted };
}

/** What it amounts to; words that are none of the answers are given as they are. */
function answerOf({ lines, isIn, isNoted }: Entered, way: WayIn): string {
  const text = lines.join("\n");
  if (isIn !== isNoted) return `in without a note, or noted without being in:\n${text}`;
  if (isIn) return "in" satisfies Answer;
  if (text.includes("ACCOUNT_EXISTS")) return "taken";
  if (text.includes("VERIFICATION_REQUIRED")) return "waits";
  if (text.includes("TEMPORARILY_UNAVAILABLE")) return "busy";
  // What is told to who tries a name that nobody has: no other refusal may say anything else.
  const unknown = enters({ ...way, isApproved: false }, "absent").lines.join("\n");
  return text === unknown ? "refused" : text;
}

describe.each(waysIn.map((way) => [way.title, way] as const))("%s", (_, way) => {
  test.each([...states])("to an account that is: %s", (state) => {
    expect(answerOf(enters(way, state), way)).toBe(way.answers[state]);
  });
});

const all = await readSources(join(import.meta.dir, "../.."), ["src/server"]);
const commands = all.filter(({ path }) => path !== "src/server/commands/admission.ts");

describe("the table is whole", () => {
  test("every call of the gate is in it", () => {
    const inTable = new Set(waysIn.map(({ admits }) => admits));
    const found = commands.flatMap(callsOfTheGate);
    expect(found.filter((call) => !inTable.has(call))).toEqual([]);
    expect([...inTable].filter((call) => !found.includes(call))).toEqual([]);
  });

  test("every door is in it", () => {
    const inTable = new Set(waysIn.map(({ door }) => door));
    const found = all.flatMap(doors);
    expect(found.filter((door) => !inTable.has(door))).toEqual([]);
    expect([...inTable].filter((door) => !found.includes(door))).toEqual([]);
  });

  test("every mechanism of SASL is in it", () => {
    const inTable = new Set(waysIn.map(({ mechanism }) => mechanism));
    expect(mechanisms.filter((each) => !inTable.has(each))).toEqual([]);
  });

  test("nobody is let in but by the gate", () => {
    expect(commands.flatMap(otherGates)).toEqual([]);
  });
});

describe("what is not in the table is found", () => {
  const file = (text: string): SourceFile => ({ path: "src/server/commands/pass.ts", text });

  test("a call of the gate, in a function or a command", () => {
    expect(
      callsOfTheGate(file("function enter(ctx) {\n  admit(ctx, proven, passDoor);\n}")),
    ).toEqual(["pass.ts enter"]);
    const inCommand = "const pass = command({\n  run(ctx) {\n    admit(ctx, p, d);\n  },\n});";
    expect(callsOfTheGate(file(inCommand))).toEqual(["pass.ts pass"]);
    expect(callsOfTheGate(file("// admit(ctx)\nfunction admit(ctx) {}"))).toEqual([]);
  });

  test("a door, and one that is made", () => {
    const text = "export const passDoor: Door = {};\nfunction doorFor(word: Word): Door {";
    expect(doors(file(text))).toEqual(["passDoor", "doorFor"]);
  });

  test("a login past the gate", () => {
    expect(otherGates(file("changeSession(ctx, { proven, waitingFor: undefined });"))).toHaveLength(
      1,
    );
    expect(otherGates(file("changeSession(ctx, { claim: undefined });"))).toEqual([]);
  });
});

/** `file function` of each; the definition itself is none. */
function callsOfTheGate({ path, text }: SourceFile): string[] {
  const { code } = scan(text);
  return [...code.matchAll(/(?<!function\s)\badmit\(/g)].map(
    ({ index }) => `${path.split("/").at(-1)} ${outermost(code.slice(0, index))}`,
  );
}

/** The last function or constant that begins at the left edge. */
function outermost(code: string): string {
  const names = [...code.matchAll(/^(?:export )?(?:function|const|class) (\w+)/gm)];
  return names.at(-1)?.[1] ?? "";
}

function doors({ text }: SourceFile): string[] {
  const { code } = scan(text);
  const found = /\bconst (\w+): Door\b|\bfunction (\w+)\([^)]*\): Door\b/g;
  return [...code.matchAll(found)].map((match) => match[1] ?? match[2] ?? "");
}

/** Where a session's proof is written. */
function otherGates({ path, text }: SourceFile): string[] {
  const { code } = scan(text);
  const writes = /\b(?:changeSession|sessionChanged)\([^;]*?[{,]\s*proven\s*[,:}]/g;
  return [...code.matchAll(writes)].map(() => path);
}
