/**
 * The catalog: all families together, as dispatch, CAP and ISUPPORT look them up.
 */
import { assert } from "../base/assert.ts";
import { capabilityNames, type Capability } from "../protocol/capabilities.ts";
import { isupportToken } from "../protocol/isupport.ts";
import { type CapabilityOffer, type Command, type Family } from "./command.ts";
import { type NetworkView } from "./context.ts";
import { type Session } from "./session.ts";
import { type ServerSettings } from "./settings.ts";

/** Different offers that are remembered: with TLS and without, and as the settings were. */
const offersMax = 64;

export class Catalog {
  readonly #commands = new Map<string, Command>();
  readonly #offers = new Map<Capability, string | CapabilityOffer>();
  readonly #families: readonly Family[];
  /** By settings, which are made anew when they change: everyone who comes is told them. */
  readonly #isupport = new WeakMap<ServerSettings, readonly string[]>();
  /** Of those whose offer is not the same for everyone, in the order of the table. */
  readonly #asked: readonly CapabilityOffer[];
  /** By what they answered. */
  readonly #offered = new Map<string, ReadonlyMap<Capability, string>>();

  constructor(families: readonly Family[]) {
    this.#families = families;
    for (const { commands, capabilities } of families) {
      for (const command of commands) {
        assert(!this.#commands.has(command.name), `one family answers to ${command.name}`);
        this.#commands.set(command.name, command);
      }
      for (const name of capabilityNames) {
        const offer = capabilities?.[name];
        if (offer !== undefined) this.#offers.set(name, offer);
      }
    }
    const offers = capabilityNames.map((name) => this.#offers.get(name));
    this.#asked = offers.filter((offer) => typeof offer === "function");
  }

  command(name: string): Command | undefined {
    return this.#commands.get(name);
  }

  /** Every command that is answered to, in alphabetical order. */
  get commandNames(): readonly string[] {
    return [...this.#commands.keys()].sort();
  }

  /** What this connection is offered, with values (`""`: none), in the order of the table: one map for all of an offer. */
  offered(
    session: Session,
    settings: ServerSettings,
    network: NetworkView,
  ): ReadonlyMap<Capability, string> {
    const values = this.#asked.map((offer) => offer(session, settings, network));
    const key = JSON.stringify(values);
    const known = this.#offered.get(key);
    if (known !== undefined) return known;
    const offered = new Map<Capability, string>();
    let asked = 0;
    for (const name of capabilityNames) {
      const offer = this.#offers.get(name);
      const isAsked = typeof offer === "function";
      const value = isAsked ? values[asked] : offer;
      if (isAsked) asked += 1;
      if (value !== undefined) offered.set(name, value);
    }
    if (this.#offered.size >= offersMax) this.#offered.clear();
    this.#offered.set(key, offered);
    return offered;
  }

  /** ISUPPORT tokens, `NAME` or `NAME=value`, in alphabetical order. */
  isupport(settings: ServerSettings): readonly string[] {
    const known = this.#isupport.get(settings);
    if (known !== undefined) return known;
    const tokens = this.#families.flatMap(({ isupport }) =>
      Object.entries(isupport?.(settings) ?? {}).map(([name, value]) => isupportToken(name, value)),
    );
    this.#isupport.set(settings, tokens.sort());
    return tokens;
  }
}
