/**
 * Registration: RFC 9807's vectors byte for byte, and what is no message.
 */
import { expect, test } from "bun:test";
import { systemEntropy } from "../../../src/auth/opaque/derivation.ts";
import {
  beginRegistration,
  enrol,
  finishRegistration,
  oprfKey,
  respondToRegistration,
} from "../../../src/auth/opaque/registration.ts";
import {
  group,
  hex,
  identity,
  inTurn,
  makeServerKeys,
  serverKeys,
  text,
  vector,
} from "./support.ts";

const named = { client: text("alice"), server: text("bob") };
const cases = [
  { name: "C.1.1", identities: {} },
  { name: "C.1.2", identities: named },
] as const;

for (const { name, identities } of cases) {
  test(`RFC 9807 ${name}: request, response and record are the vector's`, async () => {
    const of = vector(name);
    const keys = serverKeys(of);
    const identifier = of("credential_identifier");
    const password = of("password");
    const begun = beginRegistration(group, password, inTurn(of("blind_registration")));
    expect(hex(begun.element)).toBe(hex(of("registration_request")));
    expect(hex(keys.ake.publicKey)).toBe(hex(of("server_public_key")));
    expect(hex(oprfKey(group, keys.oprfSeed, identifier))).toBe(hex(of("oprf_key")));
    const response = respondToRegistration(group, begun.element, { keys, identifier });
    expect(hex(response)).toBe(hex(of("registration_response")));
    const record = await finishRegistration(group, of("registration_response"), {
      password,
      blind: begun.blind,
      identities,
      stretch: identity,
      entropy: inTurn(of("envelope_nonce")),
    });
    expect(hex(bytesOf(record))).toBe(hex(of("registration_upload")));
  });

  test(`RFC 9807 ${name}: the server alone makes the same record`, async () => {
    const of = vector(name);
    const record = await enrol(group, of("password"), {
      keys: serverKeys(of),
      identifier: of("credential_identifier"),
      identities,
      stretch: identity,
      entropy: inTurn(of("envelope_nonce")),
    });
    expect(hex(bytesOf(record))).toBe(hex(of("registration_upload")));
  });
}

test("a request that is no element is not answered", () => {
  const keys = makeServerKeys();
  const context = { keys, identifier: text("ann") };
  for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(31)]) {
    expect(respondToRegistration(group, bad, context)).toBeUndefined();
  }
});

test("a response with anything but two elements makes no record", async () => {
  const keys = makeServerKeys();
  const password = text("secret");
  const { element, blind } = beginRegistration(group, password, systemEntropy);
  const good = respondToRegistration(group, element, { keys, identifier: text("ann") });
  const zeros = new Uint8Array(32);
  const bad = [
    good?.subarray(1),
    Buffer.concat([good ?? zeros, Uint8Array.of(0)]),
    Buffer.concat([zeros, keys.ake.publicKey]),
    Buffer.concat([good?.subarray(0, 32) ?? zeros, zeros]),
  ];
  const finishing = { password, blind, identities: {}, stretch: identity, entropy: systemEntropy };
  for (const response of bad) {
    expect(await finishRegistration(group, response ?? zeros, finishing)).toBeUndefined();
  }
});

function bytesOf(record: Awaited<ReturnType<typeof finishRegistration>>): Uint8Array | undefined {
  if (record === undefined) return undefined;
  return Buffer.concat([record.clientPublicKey, record.maskingKey, record.envelope]);
}
