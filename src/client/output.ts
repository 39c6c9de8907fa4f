/**
 * What the machine wants done, in order: lines to the present connection, wishes to connect, events.
 *
 * Lines that follow each other become one piece of bytes. Who calls `line` answers for its parameters; text from
 * the user passes `isWritable` first.
 */
import { cutToBytes } from "../protocol/text.ts";
import { lineBytesMax } from "../protocol/limits.ts";
import { isMiddle, type Tags, writeMessage, writeTags } from "../protocol/message.ts";
import { type ClientEvent, type Output } from "./events.ts";

export class OutputQueue {
  #items: Output[] = [];
  #lines = "";
  #connection = 0;

  get connection(): number {
    return this.#connection;
  }

  connect(): number {
    this.#flush();
    this.#connection += 1;
    this.#items.push({ kind: "connect", connection: this.#connection });
    return this.#connection;
  }

  disconnect(): void {
    this.#flush();
    this.#items.push({ kind: "disconnect", connection: this.#connection });
  }

  event(event: ClientEvent): void {
    this.#items.push({ kind: "event", event });
  }

  line(command: string, params: readonly string[], tags?: Tags): void {
    const line = writeMessage({ command, params });
    const prefix = tags === undefined || tags.size === 0 ? "" : `@${writeTags(tags)} `;
    this.#lines += `${prefix}${cutToBytes(line, lineBytesMax - 2)}\r\n`;
  }

  /** A line as the user wrote it: made one line, and cut where it is too long. */
  rawLine(line: string, tags?: Tags): void {
    const prefix = tags === undefined || tags.size === 0 ? "" : `@${writeTags(tags)} `;
    const text = cutToBytes(line.replace(/[\r\n\0]+/g, " "), lineBytesMax - 2);
    this.#lines += `${prefix}${text}\r\n`;
  }

  /** The connection is gone: what was not taken for it goes nowhere. */
  dropLines(): void {
    this.#lines = "";
    this.#items = this.#items.filter((item) => item.kind !== "bytes");
  }

  take(): Output[] {
    this.#flush();
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #flush(): void {
    if (this.#lines === "") return;
    const bytes = Uint8Array.from(Buffer.from(this.#lines, "utf8"));
    this.#lines = "";
    this.#items.push({ kind: "bytes", connection: this.#connection, bytes });
  }
}

/** Whether `command params` can be written as one line: all but the last parameter are words. */
export function isWritable(command: string, params: readonly string[]): boolean {
  if (!/^[A-Za-z]+$/.test(command)) return false;
  return params.every(
    (param, index) =>
      !/[\r\n\0]/.test(param) &&
      param.isWellFormed() &&
      (index === params.length - 1 || isMiddle(param)),
  );
}
