/**
 * The checker of the load generator sees what is lost, doubled or reordered, whoever it happens to, whatever the pieces.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { payload } from "./load/payload.ts";
import { sabotaged } from "./load/sabotage.ts";
import { type Faults, SharedStream } from "./load/stream.ts";

const bytes = 40;
const none: Faults = { lost: 0, doubled: 0, reordered: 0 };

interface Line {
  readonly sender: number;
  readonly sequence: number;
  readonly number: number;
}

/** Two senders in turn. */
function lines(count: number): Line[] {
  return Array.from({ length: count }, (_, number) => {
    return { sender: number % 2, sequence: Math.trunc(number / 2) + 1, number };
  });
}

function wire(said: readonly Line[], prefix = ":n!u@h PRIVMSG #bench :"): Buffer {
  const written = said.map(({ sender, sequence, number }) => {
    return `${prefix}${payload(sender, sequence, number, bytes)}\r\n`;
  });
  return Buffer.from(written.join(""), "latin1");
}

/** In pieces of these lengths, over and over. */
function pieces(all: Buffer, lengths: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0, turn = 0; at < all.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    found.push(all.subarray(at, at + length));
    at += length;
  }
  return found;
}

function sum(faults: readonly Faults[]): Faults {
  return faults.reduce(
    (left, right) => ({
      lost: left.lost + right.lost,
      doubled: left.doubled + right.doubled,
      reordered: left.reordered + right.reordered,
    }),
    none,
  );
}

/** What three members are told, the last one by `last`; each in turn gets a piece of its own. */
function checked(
  told: readonly Buffer[],
  lengths: readonly number[],
  own?: number,
): { readonly delivered: number; readonly faults: Faults } {
  let delivered = 0;
  const stream = new SharedStream(bytes, () => {
    delivered += 1;
  });
  const followers = told.map((_, index) =>
    own !== undefined && index === told.length - 1 ? stream.sender(own) : stream.follower(),
  );
  const queues = told.map((all) => pieces(all, lengths));
  while (queues.some((queue) => queue.length > 0)) {
    for (const [index, queue] of queues.entries()) {
      const piece = queue.shift();
      if (piece !== undefined) followers[index]?.take(piece);
    }
  }
  const faults = [stream.finish([5, 5]), ...followers.map((follower) => follower.finish())];
  return { delivered, faults: sum(faults) };
}

const cut = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });

test("what everybody is told alike has no fault, in whatever pieces it comes", () => {
  fc.assert(
    fc.property(cut, (lengths) => {
      const all = wire(lines(10));
      expect(checked([all, all, all], lengths)).toEqual({ delivered: 30, faults: none });
    }),
  );
});

test("a sender without echo, who is told all but their own, has no fault", () => {
  fc.assert(
    fc.property(cut, (lengths) => {
      const all = wire(lines(10));
      const others = wire(lines(10).filter(({ sender }) => sender !== 0));
      expect(checked([all, all, others], lengths, 0)).toEqual({ delivered: 25, faults: none });
    }),
  );
});

test("the same messages in other bytes have no fault", () => {
  const all = wire(lines(10));
  const other = wire(lines(10), "@time=x :n!u@h PRIVMSG #bench :");
  expect(checked([all, all, other], [64])).toEqual({ delivered: 30, faults: none });
});

for (const [how, fault] of [
  ["lose", { ...none, lost: 1 }],
  ["double", { ...none, doubled: 1 }],
  ["swap", { ...none, reordered: 1 }],
] as const) {
  test(`one member of whom the line is broken is found: ${how}`, () => {
    fc.assert(
      fc.property(cut, fc.boolean(), (lengths, isFirst) => {
        const all = wire(lines(10));
        const broken: Buffer[] = [];
        sabotaged(how, (piece) => broken.push(piece))(all);
        const last = Buffer.concat(broken);
        const { faults } = checked(isFirst ? [last, all, all] : [all, all, last], lengths);
        if (isFirst) expect(faults).not.toEqual(none);
        else expect(faults).toEqual(fault);
      }),
    );
  });
}

test("what nobody was told is lost", () => {
  const all = wire(lines(10).filter(({ number }) => number !== 4 && number !== 9));
  expect(checked([all, all], [50]).faults).toEqual({ ...none, lost: 2 });
});

test("a sender's messages are found in the wrong order, though all are told the same", () => {
  const [a, b, c, d, ...rest] = lines(10);
  const all = wire([a, d, c, b, ...rest].filter((line) => line !== undefined));
  expect(checked([all, all], [50]).faults).toEqual({ ...none, reordered: 1 });
});
