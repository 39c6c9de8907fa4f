/**
 * The table of the server's mechanisms, the one to be preferred first.
 */
import { type ConnectionFacts } from "../server/outside.ts";
import { type Mechanism } from "./mechanism.ts";
import { external } from "./external.ts";
import { opaque } from "./opaque-server.ts";
import { plain } from "./plain.ts";
import { withDevices } from "./remembering.ts";
import { resume } from "./resume-server.ts";
import { scram, scramPlus } from "./scram-server.ts";
import { withSecondFactor } from "./second-factor-login.ts";

const mechanisms: readonly Mechanism[] = [
  withDevices(withSecondFactor(opaque)),
  resume,
  external,
  scramPlus,
  scram,
  plain,
];

/** Names that the settings may list. */
export const mechanismNames: readonly string[] = mechanisms.map(({ name }) => name);

/**
 * Names of the mechanisms that a connection with these facts may be offered, the preferred one
 * first.
 */
export function mechanismsFor(facts: ConnectionFacts): string[] {
  return mechanisms.filter((mechanism) => mechanism.mayUse(facts)).map(({ name }) => name);
}

/** The mechanism of that name, if such a connection may use it. */
export function findMechanism(name: string, facts: ConnectionFacts): Mechanism | undefined {
  return mechanisms.find((mechanism) => mechanism.name === name && mechanism.mayUse(facts));
}
