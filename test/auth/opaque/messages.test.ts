/**
 * Messages: other implementations read ours and we read theirs. opaque-ke 4.0 (Rust, by way of
 * @serenity-kit/opaque) with argon2id, both ways; and 1,000 random passwords, names and contexts
 * against a second implementation of our own on another library.
 */
import { client, ready, server } from "@serenity-kit/opaque";
import { expect, test } from "bun:test";
import { loadArgon2 } from "../../../src/auth/argon2.ts";
import { systemEntropy } from "../../../src/auth/opaque/derivation.ts";
import { type Stretch } from "../../../src/auth/opaque/envelope.ts";
import { beginLogin, finishLogin, respondToLogin } from "../../../src/auth/opaque/login.ts";
import { parseRecord, type RegistrationRecord } from "../../../src/auth/opaque/messages.ts";
import {
  beginRegistration,
  finishRegistration,
  respondToRegistration,
  type ServerKeys,
} from "../../../src/auth/opaque/registration.ts";
import { hash } from "../../../src/auth/opaque/derivation.ts";
import { stretchBy } from "../../../src/auth/opaque/stretch.ts";
import {
  refBlind,
  refKe1,
  refKe2,
  refKe3,
  refRecord,
  refRespond,
  type ReferenceServer,
} from "./reference.ts";
import { group, hex, makeServerKeys, text } from "./support.ts";

const settings = { memoryKib: 1024, passes: 2, lanes: 2 };
const keyStretching = {
  "argon2id-custom": { memory: 1024, iterations: 2, parallelism: 2 },
} as const;
const stretch = stretchBy(await loadArgon2(), settings);
const password = "correct horse battery";
const userIdentifier = "ann";
const empty = { context: new Uint8Array(), identities: {} };
const both = {
  context: new Uint8Array(),
  identities: { client: text("ann"), server: text("chat.example") },
};
const identifiers = { client: "ann", server: "chat.example" };

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function bytes(of: string): Uint8Array {
  return Uint8Array.from(Buffer.from(of, "base64url"));
}

function joinedRecord({ clientPublicKey, maskingKey, envelope }: RegistrationRecord): Uint8Array {
  return Buffer.concat([clientPublicKey, maskingKey, envelope]);
}

function recordOf(of: Uint8Array): RegistrationRecord {
  const record = parseRecord(of);
  if (record === undefined) throw new Error("no record");
  return record;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("nothing");
  return value;
}

/** Their server's keys are `oprf_seed ‖ private key ‖ a key for fake records`. */
function theirSetup({ oprfSeed, ake }: ServerKeys): string {
  const fake = makeServerKeys().ake.publicKey;
  return base64(Buffer.concat([oprfSeed, ake.privateKey, fake]));
}

for (const agreed of [empty, both]) {
  const ids = agreed === both ? { identifiers } : {};
  const titled = agreed === both ? "with identities" : "without identities";

  test(`our client registers and logs in at opaque-ke, ${titled}`, async () => {
    await ready;
    const serverSetup = server.createSetup();
    const secret = text(password);
    const begun = beginRegistration(group, secret, systemEntropy);
    const { registrationResponse } = server.createRegistrationResponse({
      serverSetup,
      userIdentifier,
      registrationRequest: base64(begun.element),
    });
    const { identities } = agreed;
    const record = await finishRegistration(group, bytes(registrationResponse), {
      password: secret,
      blind: begun.blind,
      identities,
      stretch,
      entropy: systemEntropy,
    });
    const state = beginLogin(group, secret, systemEntropy);
    const { loginResponse, serverLoginState } = server.startLogin({
      serverSetup,
      userIdentifier,
      registrationRecord: base64(joinedRecord(known(record))),
      startLoginRequest: base64(state.ke1),
      ...ids,
    });
    const ke2 = bytes(loginResponse);
    const outcome = await finishLogin(group, { state, ke2, password: secret, agreed, stretch });
    if (outcome.kind !== "done") throw new Error(outcome.kind);
    const finishLoginRequest = base64(outcome.ke3);
    const { sessionKey } = server.finishLogin({ serverLoginState, finishLoginRequest, ...ids });
    expect(sessionKey).toBe(base64(outcome.sessionKey));
    expect(base64(outcome.serverPublicKey)).toBe(server.getPublicKey(serverSetup));
  });

  test(`opaque-ke's client registers and logs in at our server, ${titled}`, async () => {
    await ready;
    const keys = makeServerKeys();
    const identifier = text(userIdentifier);
    const begun = client.startRegistration({ password });
    const request = bytes(begun.registrationRequest);
    const response = respondToRegistration(group, request, { keys, identifier });
    const { registrationRecord, serverStaticPublicKey } = client.finishRegistration({
      password,
      registrationResponse: base64(known(response)),
      clientRegistrationState: begun.clientRegistrationState,
      keyStretching,
      ...ids,
    });
    expect(serverStaticPublicKey).toBe(base64(keys.ake.publicKey));
    const { clientLoginState, startLoginRequest } = client.startLogin({ password });
    const reply = respondToLogin(group, {
      ke1: bytes(startLoginRequest),
      record: recordOf(bytes(registrationRecord)),
      keys,
      identifier,
      agreed,
      entropy: systemEntropy,
    });
    const finished = client.finishLogin({
      password,
      clientLoginState,
      loginResponse: base64(known(reply).ke2),
      keyStretching,
      ...ids,
    });
    expect(finished?.finishLoginRequest).toBe(base64(known(reply).expected));
    expect(finished?.sessionKey).toBe(base64(known(reply).sessionKey));
    expect(theirSetup(keys).length).toBe(171);
  });

  test(`opaque-ke with our keys answers what we answer, ${titled}`, async () => {
    await ready;
    const keys = makeServerKeys();
    const registrationRequest = client.startRegistration({ password }).registrationRequest;
    const theirs = server.createRegistrationResponse({
      serverSetup: theirSetup(keys),
      userIdentifier,
      registrationRequest,
    });
    const ours = respondToRegistration(group, bytes(registrationRequest), {
      keys,
      identifier: text(userIdentifier),
    });
    expect(base64(known(ours))).toBe(theirs.registrationResponse);
  });
}

// --- A thousand runs ------------------------------------------------------------------------------

const runs = 1000;

/** The second implementation's key stretching. */
const small: Stretch = (output) => Promise.resolve(hash(output));

function random(lengthMax: number): Uint8Array {
  const length = (systemEntropy(2)[0] ?? 0) % (lengthMax + 1);
  return systemEntropy(length);
}

async function ourClient(theirs: ReferenceServer): Promise<void> {
  const [secret, context, name] = [random(80), random(200), random(40)];
  const agreed = { context, identities: { client: name } };
  const { element, blind } = beginRegistration(group, secret, systemEntropy);
  const record = await finishRegistration(group, refRespond(theirs, name, element), {
    password: secret,
    blind,
    identities: agreed.identities,
    stretch: small,
    entropy: systemEntropy,
  });
  const state = beginLogin(group, secret, systemEntropy);
  const kept = joinedRecord(known(record));
  const told = { ke1: state.ke1, record: kept };
  const reply = refKe2(theirs, { context, client: name }, told);
  const how = { state, ke2: reply.ke2, password: secret, agreed, stretch: small };
  const outcome = await finishLogin(group, how);
  if (outcome.kind !== "done") throw new Error(outcome.kind);
  expect(hex(outcome.ke3)).toBe(hex(reply.ke3));
  expect(hex(outcome.sessionKey)).toBe(hex(reply.sessionKey));
}

function ourServer(keys: ServerKeys): void {
  const [secret, context, name] = [random(80), random(200), random(40)];
  const agreed = { context, identities: { client: name } };
  const { blind, blinded } = refBlind(secret);
  const response = known(respondToRegistration(group, blinded, { keys, identifier: name }));
  const record = recordOf(refRecord(secret, blind, response, name));
  const login = refKe1(secret);
  const { ke1 } = login;
  const entropy = systemEntropy;
  const reply = known(
    respondToLogin(group, { ke1, record, keys, identifier: name, agreed, entropy }),
  );
  const told = { login, ke2: reply.ke2 };
  const finished = known(refKe3(secret, { context, client: name }, told));
  expect(hex(finished.ke3)).toBe(hex(reply.expected));
  expect(hex(finished.sessionKey)).toBe(hex(reply.sessionKey));
}

test("1,000 random logins with the second implementation agree, half of them each way", async () => {
  const keys = makeServerKeys();
  const theirs: ReferenceServer = {
    seed: keys.oprfSeed,
    secretKey: keys.ake.privateKey,
    publicKey: keys.ake.publicKey,
  };
  for (let run = 0; run < runs; run += 2) {
    await ourClient(theirs);
    ourServer(keys);
  }
}, 60_000);
