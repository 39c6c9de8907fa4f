/**
 * The event loop around the machine, randomness, and where questions and instructions go.
 */
import { expect, test } from "bun:test";
import { connectionId, questionId } from "../../../src/base/ids.ts";
import { type ElapsedMs, elapsedMs, wallMs } from "../../../src/base/time.ts";
import {
  EventLoop,
  Instructions,
  instructionsMax,
  type Machine,
  type PasswordAnswers,
  type SearchAnswers,
  QuestionRouter,
  SystemRandom,
  systemClocks,
} from "../../../src/cli/server/outside.ts";
import { type Answer, type Input, type OperatorAnswer } from "../../../src/server/outside.ts";

class Recorder implements Machine {
  readonly turns: Input[][] = [];
  #inputs: Input[] = [];
  onTurn: (() => void) | undefined;

  take(input: Input): void {
    this.#inputs.push(input);
  }

  turn(): void {
    this.turns.push(this.#inputs);
    this.#inputs = [];
    this.onTurn?.();
  }
}

function noBugs(bug: unknown): never {
  throw bug;
}

function closed(number: number): Input {
  return { kind: "closed", connection: connectionId(number), reason: "" };
}

function nextTurn(machine: Recorder): Promise<void> {
  return new Promise((resolve) => {
    machine.onTurn = resolve;
  });
}

test("the first turn comes by itself, and inputs that come together have one turn", async () => {
  const machine = new Recorder();
  const loop = new EventLoop(systemClocks, noBugs);
  loop.drive(machine);
  loop.take(closed(1));
  loop.take(closed(2));
  await nextTurn(machine);
  loop.take(closed(3));
  await nextTurn(machine);
  expect(machine.turns).toEqual([[closed(1), closed(2)], [closed(3)]]);
});

test("a turn comes at the moment that was asked for, also when an earlier one was asked before", async () => {
  const machine = new Recorder();
  const loop = new EventLoop(systemClocks, noBugs);
  loop.drive(machine);
  await nextTurn(machine);
  const now = systemClocks.elapsed();
  const due = elapsedMs(now + 20);
  loop.wakeAt(elapsedMs(now + 5));
  loop.wakeAt(due);
  await nextTurn(machine);
  expect(systemClocks.elapsed()).toBeGreaterThanOrEqual(due);
});

test("a moment that is past comes at once, one that is not wanted any more never", async () => {
  const machine = new Recorder();
  const loop = new EventLoop(systemClocks, noBugs);
  loop.drive(machine);
  await nextTurn(machine);
  loop.wakeAt(elapsedMs(0));
  await nextTurn(machine);
  loop.wakeAt(elapsedMs(systemClocks.elapsed() + 1));
  loop.wakeAt(undefined);
  loop.take(closed(1));
  await nextTurn(machine);
  expect(machine.turns).toEqual([[], [], [closed(1)]]);
});

test("what a turn throws is handed on as a bug", async () => {
  const bugs: unknown[] = [];
  const machine = new Recorder();
  const loop = new EventLoop(systemClocks, (bug) => bugs.push(bug));
  loop.drive(machine);
  machine.onTurn = () => {
    throw new Error("a bug");
  };
  while (bugs.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(bugs).toEqual([new Error("a bug")]);
});

test("after stop there are no turns", async () => {
  const machine = new Recorder();
  const clocks = { wall: () => wallMs(0), elapsed: (): ElapsedMs => elapsedMs(0) };
  const loop = new EventLoop(clocks, noBugs);
  loop.drive(machine);
  loop.stop();
  loop.take(closed(1));
  loop.wakeAt(elapsedMs(0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setImmediate(resolve));
  expect(machine.turns).toEqual([]);
});

test("randomness covers the whole range of 32 bits", () => {
  const random = new SystemRandom();
  const numbers = Array.from({ length: 2_000 }, () => random.uint32());
  expect(numbers.every((number) => Number.isInteger(number) && number < 2 ** 32)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(1_990);
  expect(numbers.some((number) => number >= 2 ** 31)).toBe(true);
});

test("questions about passwords go to the authenticator, searches to their desk, others to the store on a later turn", async () => {
  const asked: unknown[] = [];
  const authenticator: PasswordAnswers = {
    ask: (id, { kind }) => asked.push([id, kind]),
    abandon: (connection) => asked.push(["abandon", connection]),
  };
  const search: SearchAnswers = {
    ask: (id) => asked.push([id, "search"]),
    abandon: (connection) => asked.push(["abandon search", connection]),
  };
  let taken: Input | undefined;
  const store = { answer: () => ({ outcome: "unavailable" }) as const };
  const arrived = new Promise<void>((resolve) => {
    const take = (input: Input): void => {
      taken = input;
      resolve();
    };
    const reload = (): Answer<"reload"> => ({ outcome: "refused", lines: [] });
    const router = new QuestionRouter(authenticator, store, take, { reload, search });
    router.ask(questionId(1), { kind: "forget", ask: { account: 0 as never } });
    router.ask(questionId(4), { kind: "search", ask: {} as never });
    router.ask(questionId(2), { kind: "channels", ask: { after: undefined, limit: 1 } });
    router.abandon(connectionId(3));
  });
  expect([asked, taken]).toEqual([
    [
      [1, "forget"],
      [4, "search"],
      ["abandon", 3],
      ["abandon search", 3],
    ],
    undefined,
  ]);
  await arrived;
  expect(taken).toEqual({ kind: "answer", id: questionId(2), answer: { outcome: "unavailable" } });
});

test("the store answers one question after the other, and in between others have their turn", async () => {
  const happened: (number | string)[] = [];
  const nobody = { ask: () => undefined, abandon: () => undefined };
  const store = {
    answer() {
      Bun.sleepSync(3);
      return { outcome: "unavailable" } as const;
    },
  };
  const arrived = new Promise<void>((resolve) => {
    const take = (input: Input): void => {
      if (input.kind === "answer") happened.push(input.id);
      if (happened.length === 1) setImmediate(() => happened.push("another turn"));
      if (input.kind === "answer" && input.id === questionId(3)) resolve();
    };
    const reload = (): Answer<"reload"> => ({ outcome: "refused", lines: [] });
    const router = new QuestionRouter(nobody, store, take, { reload, search: nobody });
    for (const id of [1, 2, 3]) {
      router.ask(questionId(id), { kind: "channels", ask: { after: undefined, limit: 1 } });
    }
  });
  await arrived;
  expect(happened.map(String)).toEqual(["1", "another turn", "2", "3"]);
});

test("each instruction gets its own answer, once", () => {
  const inputs: Input[] = [];
  const answers: OperatorAnswer[] = [];
  const instructions = new Instructions((input) => inputs.push(input));
  instructions.give("console", "who", (answer) => answers.push(answer));
  instructions.give("root", "help", (answer) => answers.push(answer));
  expect(inputs).toEqual([
    { kind: "words", port: 1, by: "console", words: "who" },
    { kind: "words", port: 2, by: "root", words: "help" },
  ]);
  instructions.answer(2, { isDone: true, lines: ["two"] });
  instructions.answer(2, { isDone: true, lines: ["again"] });
  instructions.answer(9, { isDone: true, lines: ["nobody's"] });
  expect(answers).toEqual([{ isDone: true, lines: ["two"] }]);
});

test("too many instructions at once are refused", () => {
  const answers: OperatorAnswer[] = [];
  const instructions = new Instructions(() => undefined);
  for (let count = 0; count <= instructionsMax; count += 1) {
    instructions.give("root", "who", (answer) => answers.push(answer));
  }
  expect(answers).toEqual([
    { isDone: false, lines: ["The server is busy with other instructions."] },
  ]);
});
