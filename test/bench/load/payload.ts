/**
 * The text of a message that is measured: who says it, which of theirs it is, and which of all; of one length, so that it
 * is found from the end of its line without reading what stands before it.
 *
 *     B 07 00001234 00056789 xxxx…
 */

const mark = 66; // B
const senderAt = 2;
const sequenceAt = 5;
const numberAt = 14;
const bytesMin = 23;

export function payload(sender: number, sequence: number, number: number, bytes: number): string {
  const digits = (value: number, count: number): string => String(value).padStart(count, "0");
  const head = `B ${digits(sender, 2)} ${digits(sequence, 8)} ${digits(number, 8)} `;
  return head.padEnd(Math.max(bytes, bytesMin), "x");
}

export interface Said {
  readonly sender: number;
  readonly sequence: number;
  readonly number: number;
}

/** What the line that ends before `end` (its CR LF left out) says; undefined: it is none of ours. */
export function readPayload(bytes: Uint8Array, end: number, length: number): Said | undefined {
  const at = end - length;
  if (at < 1 || bytes[at] !== mark || bytes[at - 1] !== 58) return undefined;
  return {
    sender: readDigits(bytes, at + senderAt, 2),
    sequence: readDigits(bytes, at + sequenceAt, 8),
    number: readDigits(bytes, at + numberAt, 8),
  };
}

function readDigits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) value = value * 10 + (bytes[at] ?? 0) - 48;
  return value;
}
