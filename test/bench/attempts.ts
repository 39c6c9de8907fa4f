/**
 * The table of what the timing of refusals is measured with: for each of the server's mechanisms, a login that fails,
 * as anyone could try it with a name.
 *
 * A new mechanism is one more row. An attempt is made outside of what is measured; all of its answers to challenges
 * must be possible without knowing whether the name is known.
 */
import { systemEntropy } from "../../src/auth/opaque/derivation.ts";
import { loadGroup } from "../../src/auth/opaque/group.ts";
import { beginLogin } from "../../src/auth/opaque/login.ts";
import { inputOf, opaqueName, writeFirst } from "../../src/auth/opaque/profile.ts";
import { plainMessage, plainName } from "../../src/auth/plain.ts";
import { Secret } from "../../src/base/secret.ts";
import { fold } from "../../src/protocol/names.ts";

export interface AttemptRow {
  readonly mechanism: string;
  /** The first response, with a wrong password (or key) for that name. */
  readonly first: (name: string) => Promise<Uint8Array>;
  /** The response to a challenge; left out: there is none. */
  readonly next?: (challenge: Uint8Array) => Uint8Array;
}

const guess = Buffer.from("a wrong password");

export const attemptRows: readonly AttemptRow[] = [
  {
    mechanism: opaqueName,
    async first(name) {
      const { ke1 } = beginLogin(await loadGroup(), inputOf(fold(name), guess), systemEntropy);
      return writeFirst(name, ke1);
    },
    next: () => new Uint8Array(64), // no KE3 that is right
  },
  {
    mechanism: plainName,
    first: (name) => Promise.resolve(plainMessage(name, new Secret(Uint8Array.from(guess)))),
  },
];
