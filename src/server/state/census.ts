/**
 * Census: what of all users, connections and channels is counted by going through them.
 *
 * Everyone who comes is told these numbers. Where there are many, they are a second old at most: thousands who come at
 * once would otherwise each cost as much as there are others.
 */
import { type ElapsedMs, secondMs } from "../../base/time.ts";
import { type Network } from "./network.ts";

export interface Counts {
  /** Present. */
  readonly operators: number;
  readonly invisible: number;
  /** Connections that are not registered yet. */
  readonly unknown: number;
  /** That are not secret. */
  readonly channels: number;
}

/** To go through so many takes some 0.1 ms. */
const fewMax = 1_000;
const oldMsMax = secondMs;

export class Census {
  #last: { readonly at: ElapsedMs; readonly counts: Counts } | undefined;

  take(network: Network, now: ElapsedMs): Counts {
    const size = network.sessions.size + network.presentUsers;
    if (this.#last !== undefined && size > fewMax && now - this.#last.at < oldMsMax) {
      return this.#last.counts;
    }
    const counts = count(network);
    this.#last = { at: now, counts };
    return counts;
  }
}

function count(network: Network): Counts {
  let [operators, invisible, unknown, channels] = [0, 0, 0, 0];
  for (const user of network.users()) {
    if (!user.isPresent) continue;
    if (user.isOperator) operators += 1;
    if (user.hasMode("i")) invisible += 1;
  }
  for (const { phase } of network.sessions.values()) if (phase === "registering") unknown += 1;
  for (const channel of network.channels()) if (!channel.hasFlag("s")) channels += 1;
  return { operators, invisible, unknown, channels };
}
