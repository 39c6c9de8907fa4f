/**
 * The log: one record of what happened becomes one line, a sentence for people or a JSON object for programs.
 *
 * consola sorts by level and calls our reporter; nothing else of it is used. Its own reporters would write through
 * `process.stdout` and pass terminal escapes on, and its throttle would swallow lines that are equal.
 */
import { createConsola } from "consola/core";
import { isoTime, type WallMs } from "../../base/time.ts";
import { printable } from "../../protocol/text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogForm = "text" | "json";

export interface LogRecord {
  readonly level: LogLevel;
  /** A stable name: `login.ok`. */
  readonly event: string;
  /** For people. */
  readonly sentence: string;
  /** For programs; those that are undefined are left out. */
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}

export interface LogOptions {
  readonly form: LogForm;
  readonly level: "debug" | "info";
  readonly print: (line: string) => void;
  readonly now: () => WallMs;
}

export interface Log {
  write(record: LogRecord): void;
}

const levelNumbers = { error: 0, warn: 1, info: 3, debug: 4 } as const;

export function createLog({ form, level, print, now }: LogOptions): Log {
  const written = form === "json" ? jsonLine : textLine;
  const consola = createConsola({
    level: levelNumbers[level],
    // Even at 0 it would swallow equal lines while the clock runs back.
    throttle: Number.NEGATIVE_INFINITY,
    reporters: [
      {
        log({ args }) {
          // `write` gives exactly this, and nobody else has this instance.
          print(written(args[0] as LogRecord, now()));
        },
      },
    ],
  });
  return { write: (record) => consola[record.level].raw(record) };
}

/** `09:41:02 info  ann joined #general`, in the time of the machine's place. */
function textLine({ level, sentence }: LogRecord, now: WallMs): string {
  const time = new Date(now);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${clock} ${level.padEnd(5)} ${printable(sentence)}`;
}

function jsonLine({ level, event, fields }: LogRecord, now: WallMs): string {
  return escapeJson(JSON.stringify({ ts: isoTime(now), level, event, ...fields }));
}

/** JSON leaves DEL, C1 controls, bidirectional overrides and line separators as they are; a terminal would not. */
export function escapeJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
