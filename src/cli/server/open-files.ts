/**
 * How many connections the system lets this process have: each is an open file.
 */
import { readFileSync } from "node:fs";
import { type NetLimits } from "../../net/limits.ts";

/** For the database, its workers, the log, the control socket's callers, what libraries open. */
const reservedFiles = 96;
/** `net/listener.ts` opens so many for each. */
const filesPerListener = 16;
const connectionsMin = 16;
/** Of what is left, for those who are told that there is no room. */
const excessShare = 8;

type Connections = Pick<NetLimits, "connectionsMax" | "excessConnectionsMax">;

/**
 * At the limit of open files Bun would accept on and on at 100 % CPU, and neither the database nor an operator at the
 * control socket would get a file: so there are fewer connections than files, those who are only told to go included.
 */
export function connectionsPossible(
  wanted: Connections,
  listeners: number,
  limits: string = ownLimits(),
): Connections {
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  if (Number.isNaN(files)) return wanted;
  const left = Math.max(files - reservedFiles - listeners * filesPerListener, connectionsMin);
  const excessConnectionsMax = Math.min(wanted.excessConnectionsMax, Math.ceil(left / excessShare));
  return {
    connectionsMax: Math.min(wanted.connectionsMax, left - excessConnectionsMax),
    excessConnectionsMax,
  };
}

/** Linux tells; elsewhere the wanted number has to do. */
function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
