/**
 * Fake records: what names are answered with that have none, kept sealed as the others are.
 *
 * Each is opened from its seal whenever it is used: that alone is 10 µs, by which known names could
 * be told from unknown ones.
 */
import { serverAccount } from "../base/ids.ts";
import { type Verifier } from "../storage/verifiers.ts";
import { areEqual } from "./argon2-settings.ts";
import { type KeyRing } from "./keys.ts";
import { type Scheme } from "./population.ts";
import { type Credential, openRecord, opaqueForm, sealRecord } from "./sealed-record.ts";

interface Sealed {
  readonly scheme: Scheme;
  readonly verifier: Verifier;
}

export class FakeRecords {
  /** One for each scheme that was ever asked for: as many as there are keys and settings. */
  #sealed: readonly Sealed[] = [];

  of(scheme: Scheme, ring: KeyRing): Credential {
    const { keys, settings } = scheme;
    const fake = { record: keys.fake, settings, keys };
    return openRecord(ring, this.#sealedOf(scheme, fake), serverAccount) ?? fake;
  }

  #sealedOf({ keys, settings }: Scheme, fake: Credential): Verifier {
    const known = this.#sealed.find(
      ({ scheme }) => scheme.keys === keys && areEqual(scheme.settings, settings),
    );
    if (known !== undefined) return known.verifier;
    const generation = 0;
    const data = sealRecord(fake, { account: serverAccount, generation });
    const verifier = { form: opaqueForm, data, generation };
    this.#sealed = [...this.#sealed, { scheme: { keys, settings }, verifier }];
    return verifier;
  }
}
