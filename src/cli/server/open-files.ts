/**
 * How many connections the system lets this process have: each is an open file.
 */
import { readFileSync } from "node:fs";

/** For the database, the log, what libraries open. */
const reservedFiles = 128;
const connectionsMin = 16;

/** At the limit of open files Bun would accept on and on at 100 % CPU: so there are fewer connections than files. */
export function connectionsPossible(wanted: number, limits: string = ownLimits()): number {
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  if (files === undefined) return wanted;
  return Math.min(wanted, Math.max(Number(files) - reservedFiles, connectionsMin));
}

/** Linux tells; elsewhere the wanted number has to do. */
function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
