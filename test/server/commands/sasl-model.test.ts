/**
 * The conversation of SASL against a reference machine: whatever is sent in whatever order, each exchange has one
 * outcome, no question is answered twice, lines behind a slow login wait for it and keep their order, and nobody is
 * left without an answer.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { mechanismsFor } from "../../../src/auth/mechanisms.ts";
import { Chat, password, type Person } from "../../support/chat.ts";
import { type Break, failuresMax, SaslMachine } from "./sasl-machine.ts";

const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: "0".repeat(64),
  spki: "",
};
const facts = { address: "127.0.0.1", isLoopback: true, listener: "test", tls };
/** All there are, each with as many challenges as the table says. */
const mechanisms = mechanismsFor(facts);

const never = 1_000_000_000;

/** The server of all runs: making one takes twenty times as long as a run. */
function makeChat(): Chat {
  const chat = new Chat({
    settings: { mechanisms },
    limits: {
      loginFailuresMax: failuresMax,
      registrationMs: never,
      pingAfterMs: never,
      answerWithinMs: 1_000,
    },
  });
  chat.member("ann"); // in memory: her account is not looked up
  return chat;
}

/** One connection to it that logs in, or not. */
class Real {
  readonly chat: Chat;
  readonly person: Person;

  constructor(chat: Chat) {
    this.chat = chat;
    chat.notes.length = 0;
    this.person = chat.stranger({ tls });
    this.person.sends("CAP LS 302", "NICK someone", "USER a 0 * :a");
    this.person.sees();
    chat.holdsQuestions();
  }

  ends(): void {
    this.person.drops();
    this.chat.answersAll();
  }

  sees(): string[] {
    return this.person.sees().flatMap(categoryOf);
  }

  get refusals(): number {
    const { connection } = this.person;
    return this.chat.notes.filter(
      (note) => note.event === "login.refused" && note.connection === connection,
    ).length;
  }
}

const ofTheWelcome = new Set("002 003 004 005 251 252 253 254 255 265 266 422".split(" "));

/** What kind of answer it is; nothing for what only surrounds the welcome. */
function categoryOf(line: string): string[] {
  const words = line.split(" ");
  if (words[0]?.startsWith(":") === true) words.shift();
  const [command = "", first, second] = words;
  if (ofTheWelcome.has(command)) return [];
  if (command === "FAIL") return [`FAIL ${first} ${second}`];
  return command === "AUTHENTICATE" ? [`AUTHENTICATE ${first}`] : [command];
}

/** One thing that happens, to both alike; afterwards both have said the same. */
class Happening implements fc.Command<SaslMachine, Real> {
  readonly #title: string;
  readonly #onMachine: (machine: SaslMachine) => void;
  readonly #onServer: (real: Real) => void;

  constructor(
    title: string,
    onMachine: (machine: SaslMachine) => void,
    onServer: (real: Real) => void,
  ) {
    this.#title = title;
    this.#onMachine = onMachine;
    this.#onServer = onServer;
  }

  check(): boolean {
    return true;
  }

  run(machine: SaslMachine, real: Real): void {
    this.#onMachine(machine);
    this.#onServer(real);
    expect(real.sees()).toEqual(machine.shows());
    expect(real.refusals).toBe(machine.refusals);
    // Who is gone is not closed by the server as well.
    if (real.person.isClosed) expect(machine.isClosed).toBe(true);
  }

  toString(): string {
    return this.#title.length > 60
      ? `${this.#title.slice(0, 40)}… (${this.#title.length})`
      : this.#title;
  }
}

function sent(line: string): Happening {
  return new Happening(
    line,
    (machine) => machine.takes(line),
    ({ person }) => person.sends(line),
  );
}

const answers = new Happening(
  "(the answer comes)",
  (machine) => machine.answers(),
  ({ chat }) => chat.answersHeld(),
);
const timesOut = new Happening(
  "(the answer does not come in time)",
  (machine) => machine.timesOut(),
  ({ chat }) => chat.passes(1_000),
);
const drops = new Happening(
  "(the connection is lost)",
  (machine) => machine.drops(),
  ({ person }) => person.drops(),
);

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

const right = base64(`\0ann\0${password}`);
const wrong = base64("\0ann\0wrong");
/** Exactly one chunk: without `+` it does not end. */
const wholeChunk = base64(`\0ann\0${"w".repeat(295)}`);

const argument = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...mechanisms, ...mechanisms, "plain", "SCRAM-SHA-1") },
  { weight: 6, arbitrary: fc.constantFrom(right, right, right, wrong, base64("\0nobody\0wrong")) },
  { weight: 4, arbitrary: fc.constantFrom("*", "+", "=", "====", "!!!!", "QQ=", "QR==", "A") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(wholeChunk, ...[399, 400, 400, 401, 480, 800].map(lettersA)),
  },
);

function lettersA(count: number): string {
  return "A".repeat(count);
}

const oddLines = ["AUTHENTICATE", "AUTHENTICATE :", "AUTHENTICATE : ", "AUTHENTICATE   PLAIN"];

const happening = fc.oneof(
  { weight: 12, arbitrary: argument.map((text) => sent(`AUTHENTICATE ${text}`)) },
  { weight: 6, arbitrary: fc.constant(answers) },
  { weight: 1, arbitrary: fc.constantFrom(...oddLines, "PING x", "PING x").map(sent) },
  { weight: 1, arbitrary: fc.constantFrom("CAP END", "CAP END", "QUIT").map(sent) },
  { weight: 1, arbitrary: fc.constantFrom(timesOut, timesOut, drops) },
);

const byPlain = sent("AUTHENTICATE PLAIN");
const isRight = sent(`AUTHENTICATE ${right}`);
const byOpaque = sent("AUTHENTICATE OPAQUE-R255-EXPR");
const byScram = sent("AUTHENTICATE SCRAM-SHA-256");
const aborts = sent("AUTHENTICATE *");
const chunk = sent(`AUTHENTICATE ${lettersA(400)}`);

/** How far it has come before anything may happen. */
const beginnings: readonly (readonly Happening[])[] = [
  [],
  [byPlain, isRight],
  [byPlain, isRight, answers],
  [byPlain, isRight, sent("CAP END"), byPlain],
  [byPlain, chunk, aborts, byPlain, isRight],
  [byOpaque, sent("AUTHENTICATE +"), answers],
  [byOpaque, sent("AUTHENTICATE +"), answers, aborts],
  [byScram, sent("AUTHENTICATE +"), answers, sent("AUTHENTICATE +"), answers],
  [byPlain, isRight, answers, sent("CAP END"), byOpaque, sent("AUTHENTICATE +"), answers],
  [byPlain, ...Array.from({ length: 20 }, () => chunk)],
];

/** @throws when they do not say the same, or someone is left without an answer. */
function converses(chat: Chat, happenings: readonly Happening[], broken?: Break): void {
  const machine = new SaslMachine(mechanisms, broken);
  const real = new Real(chat);
  try {
    for (const each of happenings) each.run(machine, real);
    // Whatever has happened: what waits is answered, and then the next line is.
    for (let count = 0; count < happenings.length; count += 1) answers.run(machine, real);
    real.person.sends("PING end");
    expect(real.sees()).toEqual(machine.isClosed ? [] : ["PONG"]);
  } finally {
    real.ends();
  }
}

const conversation = fc
  .tuple(fc.constantFrom(...beginnings), fc.array(happening, { maxLength: 25 }))
  .map(([beginning, rest]) => [...beginning, ...rest]);

test("whatever is sent and whenever it is answered, the server says what the reference machine says", () => {
  const chat = makeChat();
  fc.assert(
    fc.property(conversation, (happenings) => converses(chat, happenings)),
    { numRuns: 400 },
  );
});

test.each<Break>([
  "aborted challenges are not counted",
  "an aborted response goes on",
  "a chunk of 400 ends the response",
  "lines do not wait for an answer",
  "who is logged in may begin again",
  "who is logged in never begins again",
  "failures close one too late",
])("a difference is seen: %s", (broken) => {
  const chat = makeChat();
  const runs = fc.check(
    fc.property(conversation, (happenings) => converses(chat, happenings, broken)),
    { numRuns: 1_000, endOnFailure: true },
  );
  expect(runs.failed).toBe(true);
});
