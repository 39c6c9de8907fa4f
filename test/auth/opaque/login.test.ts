/**
 * Login: RFC 9807's vectors byte for byte, and that nothing but the right password, the right
 * server, the same context and untouched messages comes to an end.
 */
import { expect, test } from "bun:test";
import { systemEntropy } from "../../../src/auth/opaque/derivation.ts";
import {
  type Agreed,
  beginLogin,
  finishLogin,
  type LoginOutcome,
  respondToLogin,
  type ServerReply,
  verify,
} from "../../../src/auth/opaque/login.ts";
import { parseRecord, type RegistrationRecord } from "../../../src/auth/opaque/messages.ts";
import { enrol, type ServerKeys } from "../../../src/auth/opaque/registration.ts";
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
  test(`RFC 9807 ${name}: KE1, KE2, KE3 and the session's key are the vector's`, async () => {
    const of = vector(name);
    const agreed = { context: of("Context"), identities };
    const password = of("password");
    const state = beginLogin(
      group,
      password,
      inTurn(of("blind_login"), of("client_nonce"), of("client_keyshare_seed")),
    );
    expect(hex(state.ke1)).toBe(hex(of("KE1")));
    const reply = respondToLogin(group, {
      ke1: state.ke1,
      record: recordOf(of("registration_upload")),
      keys: serverKeys(of),
      identifier: of("credential_identifier"),
      agreed,
      entropy: inTurn(of("masking_nonce"), of("server_nonce"), of("server_keyshare_seed")),
    });
    expect(hex(reply?.ke2)).toBe(hex(of("KE2")));
    expect(hex(reply?.expected)).toBe(hex(of("KE3")));
    expect(hex(reply?.sessionKey)).toBe(hex(of("session_key")));
    const finishing = { state, ke2: of("KE2"), password, agreed, stretch: identity };
    const outcome = await finishLogin(group, finishing);
    if (outcome.kind !== "done") throw new Error(outcome.kind);
    expect(hex(outcome.ke3)).toBe(hex(of("KE3")));
    expect(hex(outcome.sessionKey)).toBe(hex(of("session_key")));
    expect(hex(outcome.serverPublicKey)).toBe(hex(of("server_public_key")));
  });
}

test("RFC 9807 C.2.1: who is not known gets the vector's KE2", () => {
  const of = vector("C.2.1");
  const reply = respondToLogin(group, {
    ke1: of("KE1"),
    record: {
      clientPublicKey: of("client_public_key"),
      maskingKey: of("masking_key"),
      envelope: new Uint8Array(96),
    },
    keys: serverKeys(of),
    identifier: of("credential_identifier"),
    agreed: { context: of("Context"), identities: named },
    entropy: inTurn(of("masking_nonce"), of("server_nonce"), of("server_keyshare_seed")),
  });
  expect(hex(reply?.ke2)).toBe(hex(of("KE2")));
});

// --- What goes wrong ------------------------------------------------------------------------------

const good = text("correct horse battery");
const identifier = text("ann");
const here: Agreed = { context: text("here"), identities: { client: identifier } };

interface Registered {
  readonly keys: ServerKeys;
  readonly record: RegistrationRecord;
}

async function registered(keys = makeServerKeys()): Promise<Registered> {
  const { identities } = here;
  const how = { keys, identifier, identities, stretch: identity, entropy: systemEntropy };
  const record = await enrol(group, good, how);
  if (record === undefined) throw new Error("not stretched");
  return { keys, record };
}

interface Attempt {
  readonly password?: Uint8Array;
  readonly client?: Agreed;
  readonly server?: Agreed;
  readonly change1?: (ke1: Uint8Array) => Uint8Array;
  readonly change2?: (ke2: Uint8Array) => Uint8Array;
}

async function attempt(
  { keys, record }: Registered,
  how: Attempt,
): Promise<{ reply: ServerReply | undefined; outcome: LoginOutcome | undefined }> {
  const { password = good, client = here, server = here } = how;
  const state = beginLogin(group, password, systemEntropy);
  const ke1 = how.change1?.(state.ke1) ?? state.ke1;
  const entropy = systemEntropy;
  const reply = respondToLogin(group, { ke1, record, keys, identifier, agreed: server, entropy });
  if (reply === undefined) return { reply, outcome: undefined };
  const ke2 = how.change2?.(reply.ke2) ?? reply.ke2;
  const finishing = { state, ke2, password, agreed: client, stretch: identity };
  return { reply, outcome: await finishLogin(group, finishing) };
}

test("the right password comes to an end, with one session key on both sides", async () => {
  const { reply, outcome } = await attempt(await registered(), {});
  if (outcome?.kind !== "done") throw new Error(outcome?.kind);
  expect(hex(outcome.ke3)).toBe(hex(reply?.expected));
  expect(hex(outcome.sessionKey)).toBe(hex(reply?.sessionKey));
});

test("another password opens no envelope", async () => {
  const { outcome } = await attempt(await registered(), {
    password: text("correct horse batterY"),
  });
  expect(outcome).toEqual({ kind: "no-envelope" });
});

test("another context is not the server, whoever has it", async () => {
  const there = { ...here, context: text("there") };
  const ann = await registered();
  expect((await attempt(ann, { client: there })).outcome).toEqual({ kind: "not-the-server" });
  expect((await attempt(ann, { server: there })).outcome).toEqual({ kind: "not-the-server" });
});

test("a server with the record, but without the keys, is refused", async () => {
  const { record } = await registered();
  const { outcome } = await attempt({ record, keys: makeServerKeys() }, {});
  expect(outcome).toEqual({ kind: "no-envelope" });
});

test("a KE2 with any bit of it changed is refused by the client", async () => {
  const ann = await registered();
  for (let at = 0; at < 320; at += 1) {
    const { outcome } = await attempt(ann, { change2: (ke2) => flipped(ke2, at) });
    expect(outcome?.kind).not.toBe("done");
  }
});

test("a KE1 with any bit of it changed is not answered, or its answer refused", async () => {
  const ann = await registered();
  for (let at = 0; at < 96; at += 1) {
    const { reply, outcome } = await attempt(ann, { change1: (ke1) => flipped(ke1, at) });
    if (reply !== undefined) expect(outcome?.kind).not.toBe("done");
  }
});

/** RFC 9496 appendix A.3: encodings that are to be refused, and the identity. */
const notElements = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
  "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
].map((encoding) => Buffer.from(encoding, "hex"));

test("the identity and what is no element is refused wherever it comes", async () => {
  const ann = await registered();
  for (const bad of notElements) {
    expect(group.element(bad)).toBeUndefined();
    for (const at of [0, 64]) {
      expect((await attempt(ann, { change1: put(bad, at) })).reply).toBeUndefined();
    }
    for (const at of [0, 224]) {
      const { outcome } = await attempt(ann, { change2: put(bad, at) });
      expect(outcome).toEqual({ kind: "malformed" });
    }
  }
});

test("messages of another length are none", async () => {
  const ann = await registered();
  expect((await attempt(ann, { change1: (ke1) => ke1.subarray(1) })).reply).toBeUndefined();
  const { outcome } = await attempt(ann, { change2: (ke2) => ke2.subarray(0, 319) });
  expect(outcome).toEqual({ kind: "malformed" });
});

test("the server alone tells the right password from others, and from other records", async () => {
  const ann = await registered();
  const { identities } = here;
  const check = (password: Uint8Array, of: Registered): Promise<boolean | undefined> =>
    verify(group, password, { ...of, identifier, identities, stretch: identity });
  expect(await check(good, ann)).toBe(true);
  expect(await check(text("correct horse batterY"), ann)).toBe(false);
  expect(await check(good, { ...ann, keys: makeServerKeys() })).toBe(false);
  const bytes = Buffer.concat([
    ann.record.clientPublicKey,
    ann.record.maskingKey,
    ann.record.envelope,
  ]);
  for (let at = 0; at < bytes.length; at += 1) {
    expect(await check(good, { ...ann, record: recordOf(flipped(bytes, at)) })).toBe(false);
  }
});

function recordOf(bytes: Uint8Array): RegistrationRecord {
  const record = parseRecord(bytes);
  if (record === undefined) throw new Error("no record");
  return record;
}

/** One bit of that byte, another one in each. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
  return changed;
}

function put(bytes: Uint8Array, at: number): (into: Uint8Array) => Uint8Array {
  return (into) => {
    const changed = Uint8Array.from(into);
    changed.set(bytes, at);
    return changed;
  };
}
