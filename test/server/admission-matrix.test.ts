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

/** As `auth` makes them. */
const wrongToken = `act-invite-${"9".repeat(26)}`;
const tokenOnce = `act-invite-${"8".repeat(26)}`;

/** A server with that account on it, whose password is told. */
function chatWith(
  way: WayIn,
  state: State,
): { readonly chat: Chat; readonly passwords: Passwords } {
  const passwords = new Passwords();
  const { registration = "open", isByToken = false, isOutdated = false } = way;
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
    case "throttled":
      chat.hasAccount(name);
      passwords.hinders(name, state === "locked" ? "refused" : state);
      break;
    case "claimed": {
      const record = Buffer.from(password).toString("base64");
      const shown = way.registration === "closed" ? invitationOf(chat) : "*";
      const request = `OPAQUE REG ${name} * ${shown} ${record}`;
      chat.stranger({ tls }).sends(request, `OPAQUE REC ${name} ${record}`);
      break;
    }
    case "absent":
  }
  const { account } = passwords;
  if (account !== undefined && isByToken) passwords.put(account, tokenOnce);
  if (isOutdated) passwords.outdated.add(name);
  return { chat, passwords };
}

/** They know whose password they were given last. */
class Passwords extends PlainPasswords {
  account: Parameters<PlainPasswords["put"]>[0] | undefined;

  override put(account: Parameters<PlainPasswords["put"]>[0], text: string): void {
    this.account = account;
    super.put(account, text);
  }

  /** An app password of the account's. */
  adds(): string {
    if (this.account === undefined) return "";
    const { id: account } = this.account;
    const action = { kind: "add-app-password", label: "bot", lastsMs: undefined } as const;
    const answer = this.credentials.answer({ account, name, own: undefined, action });
    return answer.outcome === "added" ? (answer.secret ?? "") : "";
  }
}

function invitationOf(chat: Chat): string {
  return chat.operatorSays("invite")[0] ?? "";
}

/** What the way shows; a wrong one where there can be none. */
function tokenFor({ shows }: WayIn, chat: Chat): string {
  if (shows === undefined) return "";
  if (shows === "invitation") return invitationOf(chat);
  const [link = ""] = chat.operatorSays(`reset ${name}`);
  return link.startsWith("act-") ? link : wrongToken;
}

interface Entered {
  readonly lines: readonly string[];
  /** CAP END has made them a user. */
  readonly isIn: boolean;
  readonly isNoted: boolean;
}

function enters(way: WayIn, state: State, isWrong = state === "wrong password"): Entered {
  const { chat, passwords } = chatWith(way, state);
  const person: Person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK someone", "USER a 0 * :a");
  person.sees();
  const { connection } = person;
  const right = {
    name,
    password: way.isByToken === true ? tokenOnce : password,
    appPassword: passwords.adds(),
    token: tokenFor(way, chat),
  };
  const wrongShown = way.shows === undefined ? "" : wrongToken;
  const wrong = { name, password: "another", appPassword: "app-99", token: wrongShown };
  way.enters(person, isWrong ? wrong : right);
  const lines = person.sees();
  person.sends("CAP END");
  const welcome = [...lines, ...person.sees()].some((line) => line.includes(` 001 ${name} `));
  const isIn = welcome && !lines.some((line) => line.includes(" 904 "));
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
  if (/RATE_LIMITED|too many/i.test(text)) return "throttled";
  if (/ACCOUNT_EXISTS|This name is taken/.test(text)) return "taken";
  if (/VERIFICATION_REQUIRED|has yet to approve/.test(text)) return "waits";
  if (/TEMPORARILY_UNAVAILABLE|this cannot be done now/.test(text)) return "busy";
  if (way.shows === "reset link") {
    // Who has the link has shown that they know of the account.
    if (isRefusal(linesAfter(lines, / REGISTER SUCCESS /))) return "set, not in";
    if (isRefusal(linesAfter(lines, /^AUTHENTICATE /))) return "refused";
  }
  // What is told to who tries a name that nobody has: no other refusal may say anything else.
  const unknown = enters(way, "absent", true).lines.join("\n");
  return text === unknown ? "refused" : text;
}

/** None when there is no such line. */
function linesAfter(lines: readonly string[], pattern: RegExp): readonly string[] {
  const index = lines.findLastIndex((line) => pattern.test(line));
  return index === -1 ? [] : lines.slice(index + 1);
}

/** As of any login. */
function isRefusal(lines: readonly string[]): boolean {
  const refusal = linesAfter(enters(plainWay, "absent").lines, /^AUTHENTICATE /);
  return lines.length > 0 && lines.join("\n") === refusal.join("\n");
}

const plainWay = waysIn.find(({ title }) => title === "SASL PLAIN") ?? unlisted();

function unlisted(): never {
  throw new Error("PLAIN is not in the table");
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
    // Whoever comes through that door once more stays who they are: it puts back what the gate has written over.
    expect(commands.flatMap(otherGates)).toEqual(["login.ts againDoor"]);
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

/** Where a session's proof is written: `file function`. */
function otherGates({ path, text }: SourceFile): string[] {
  const { code } = scan(text);
  const writes = /\b(?:changeSession|sessionChanged)\([^;]*?[{,]\s*proven\s*[,:}]/g;
  return [...code.matchAll(writes)].map(
    ({ index }) => `${path.split("/").at(-1)} ${outermost(code.slice(0, index))}`,
  );
}
