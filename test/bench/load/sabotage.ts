/**
 * Sabotage: loses, doubles or swaps lines of what one connection was sent, so that it can be seen that the checks find it.
 */
import { type Sabotage } from "./job.ts";

/** Lines that pass first. */
const linesBefore = 5;

export function sabotaged(how: Sabotage, take: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let rest = "";
  let lines = 0;
  let held: string | undefined;
  return (bytes) => {
    const parts = (rest + bytes.toString("latin1")).split("\n");
    rest = parts.pop() ?? "";
    const out: string[] = [];
    for (const line of parts) {
      lines += 1;
      if (lines !== linesBefore) out.push(line);
      else if (how === "double") out.push(line, line);
      else if (how === "swap") held = line;
      if (lines > linesBefore && held !== undefined) {
        out.push(held);
        held = undefined;
      }
    }
    if (out.length > 0) take(Buffer.from(out.map((line) => `${line}\n`).join(""), "latin1"));
  };
}
