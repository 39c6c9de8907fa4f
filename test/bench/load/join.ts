/**
 * `join`: everybody comes into one room at the same moment. Each must know all the others in the end, by the list they
 * were given or by a JOIN, and hear of no one twice.
 */
import { Guest, manyAtOnce } from "./guest.ts";
import { type JoinJob, type Job, type Outcome } from "./job.ts";
import { Costs, remarksOn } from "./process-cost.ts";
import { sabotaged } from "./sabotage.ts";

const room = "#crowd";
const settlesMs = 60_000;

export async function join(job: Job, { members }: JoinJob): Promise<Outcome> {
  const numbers = Array.from({ length: members }, (_, number) => number);
  const guests = await manyAtOnce(numbers, job.atOnce, (number) =>
    Guest.comes(job.place, { nick: nickOf(number) }),
  );
  let whole = 0;
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const views = guests.map((guest) => {
    const view = new View(members, () => {
      whole += 1;
      if (whole === members) isOver();
    });
    guest.takeRest();
    guest.wire.data = (bytes) => view.take(bytes);
    return view;
  });
  const last = guests.at(-1);
  const { sabotage } = job;
  if (last !== undefined && sabotage !== undefined) {
    last.wire.data = sabotaged(sabotage, last.wire.data);
  }
  const costs = new Costs(job.pid);
  for (const guest of guests) guest.sends(`JOIN ${room}`);
  await Promise.race([over, Bun.sleep(settlesMs)]);
  const cost = costs.soFar();
  await Bun.sleep(50); // what is one too many
  for (const guest of guests) guest.wire.drops();
  const lost = views.reduce((sum, view) => sum + view.missing, 0);
  const doubled = views.reduce((sum, view) => sum + view.doubled, 0);
  return {
    figures: { seconds: cost.ms / 1_000, cpuSeconds: cost.serverMs / 1_000 },
    faults: [...(lost > 0 ? [`${lost} lost`] : []), ...(doubled > 0 ? [`${doubled} doubled`] : [])],
    remarks: remarksOn(cost),
  };
}

/** Of one length, so that it is found in a line without splitting it. */
function nickOf(number: number): string {
  return `j${String(number).padStart(5, "0")}`;
}

/** Whom one of them knows to be there. */
class View {
  doubled = 0;
  missing: number;
  readonly #joins: Uint8Array;
  readonly #known: Uint8Array;
  readonly #whole: () => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(members: number, whole: () => void) {
    this.#joins = new Uint8Array(members);
    this.#known = new Uint8Array(members);
    this.missing = members;
    this.#whole = whole;
  }

  take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let start = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
      this.#line(all, start, end);
      start = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(start));
  }

  /** `:j00042!… JOIN #crowd`, or a line of names. */
  #line(all: Buffer, start: number, end: number): void {
    if (all[start + 1] === 106 && all[start + 7] === 33) {
      let number = 0;
      for (let at = start + 2; at < start + 7; at += 1) number = number * 10 + (all[at] ?? 0) - 48;
      if ((this.#joins[number] ?? 0) > 0) this.doubled += 1;
      this.#joins[number] = 1;
      this.#knows(number);
      return;
    }
    const line = all.toString("latin1", start, end);
    if (!line.includes(" 353 ")) return;
    for (const [, digits] of line.slice(line.indexOf(room)).matchAll(/j(\d{5})/g)) {
      this.#knows(Number(digits));
    }
  }

  #knows(number: number): void {
    if (this.#known[number] !== 0) return;
    this.#known[number] = 1;
    this.missing -= 1;
    if (this.missing === 0) this.#whole();
  }
}
