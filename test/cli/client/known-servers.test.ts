/**
 * Known servers: remembered, changed, forgotten, and never lost to a file that cannot be understood.
 */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientFolder } from "../../../src/cli/client/client-files.ts";
import {
  groupedFingerprint,
  KnownServers,
  parseFingerprint,
  inviteMark,
} from "../../../src/cli/client/known-servers.ts";
import { type Belief, judge } from "../../../src/cli/client/trust.ts";
import { type PeerIdentity } from "../../../src/net/dialer.ts";

const key = "yoqMXkCysMTBsvhu2yRoMUl+EmZKlvkN+ZKmL3115xU";
const otherKey = "KZai6qvvGpjs84lt6BSEwOwBp796qumEMac9uGdTnQE";
const day = new Date("2026-08-02T00:00:00Z");
const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "known-"));
  folders.push(path);
  return join(path, "client");
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

test("a trusted key is found again, in a file that is one's own", () => {
  const path = folder();
  KnownServers.open(path).trust("host:6697", key, day);
  const known = KnownServers.open(path);
  expect(known.find("host:6697")).toEqual({ spkiSha256: key, since: day.toISOString() });
  expect(statSync(known.path).mode & 0o777).toBe(0o600);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("the account and how far was read are remembered; another account has read nothing", () => {
  const path = folder();
  const known = KnownServers.open(path);
  known.trust("host:6697", key, day);
  known.remember("host:6697", { account: "ann" });
  known.remember("host:6697", { seenAt: 5 });
  expect(KnownServers.open(path).find("host:6697")).toMatchObject({ account: "ann", seenAt: 5 });
  known.remember("host:6697", { account: "bob" });
  expect(KnownServers.open(path).find("host:6697")?.seenAt).toBeUndefined();
});

test("what another program has written meanwhile stays", () => {
  const path = folder();
  const first = KnownServers.open(path);
  first.trust("a:1", key, day);
  KnownServers.open(path).trust("b:2", otherKey, day);
  first.remember("a:1", { account: "ann" });
  expect(
    KnownServers.open(path)
      .list()
      .map(({ place }) => place),
  ).toEqual(["a:1", "b:2"]);
});

test("forgetting forgets", () => {
  const path = folder();
  const known = KnownServers.open(path);
  known.trust("host:6697", key, day);
  expect(known.forget("host:6697")).toBe(true);
  expect(known.forget("host:6697")).toBe(false);
  expect(KnownServers.open(path).list()).toEqual([]);
});

test.each(["{", "[]", '{"version":2,"servers":{}}', '{"version":1,"servers":{"a:1":{}}}'])(
  "a file that says %p is an error and stays as it is",
  (text) => {
    const path = folder();
    KnownServers.open(path).trust("host:6697", key, day);
    const file = join(path, "known_servers.json");
    writeFileSync(file, text);
    expect(() => KnownServers.open(path)).toThrow("cannot be understood");
    expect(readFileSync(file, "utf8")).toBe(text);
  },
);

test("fingerprints are read in the forms people copy", () => {
  for (const text of [key, `${key}=`, `sha256:${key}`, `SHA256:${key}`, groupedFingerprint(key)]) {
    expect(parseFingerprint(text)).toBe(key);
  }
  for (const text of ["", "sha256:", key.slice(1), `${key}A`, "sha1:abc"]) {
    expect(parseFingerprint(text)).toBeUndefined();
  }
  expect(groupedFingerprint(key)).toBe("yoqM XkCy sMTB svhu 2yRo MUl+ EmZK lvkN +ZKm L311 5xU");
});

const identity: PeerIdentity = {
  spkiSha256: `${key}=`,
  certificateSha256: "ab".repeat(32),
  isAuthorized: false,
  authorizationError: "self-signed",
  subject: "",
  validTo: "",
  version: "TLSv1.3",
};
const noPins = { spkiSha256: undefined, certificateSha256: undefined };
const place = "host:6697";

test("a server is trusted by its known key, by an authority, or by a pin", () => {
  const known = { spkiSha256: key, since: day.toISOString() };
  const unknown = { place, pins: noPins, known: undefined, mayProveItself: false };
  expect(judge(identity, { ...unknown, known }).kind).toBe("trusted");
  expect(judge({ ...identity, isAuthorized: true }, unknown).kind).toBe("trusted");
  expect(judge(identity, { ...unknown, pins: { ...noPins, spkiSha256: key } }).kind).toBe(
    "trusted",
  );
  expect(judge(identity, unknown).kind).toBe("unknown");
});

test("a changed key is refused with both fingerprints, and so is one that is not pinned", () => {
  const known = { spkiSha256: otherKey, since: day.toISOString() };
  const judgement = judge(identity, { place, pins: noPins, known, mayProveItself: false });
  expect(judgement.kind === "refused" && judgement.lines.join("\n")).toMatchInlineSnapshot(`
    "The fingerprint of host:6697 HAS CHANGED.
      known  SHA256 KZai 6qvv Gpjs 84lt 6BSE wOwB p796 qumE Mac9 uGdT nQE  since 2026-08-02
      now    SHA256 yoqM XkCy sMTB svhu 2yRo MUl+ EmZK lvkN +ZKm L311 5xU
    Not connecting. If the operator confirms the new one:
      authchat servers forget host:6697"
  `);
  const pins = { spkiSha256: key, certificateSha256: "cd".repeat(32) };
  const authorized = { ...identity, isAuthorized: true };
  for (const mayProveItself of [false, true]) {
    expect(judge(authorized, { place, pins, known, mayProveItself }).kind).toBe("refused");
  }
});

test("who sent a link vouches for the key in it, but never against one that is known", () => {
  const unknown = { place, pins: noPins, known: undefined, mayProveItself: false };
  const judged = (belief: Partial<Belief>): string =>
    judge({ ...identity, isAuthorized: true }, { ...unknown, ...belief }).kind;
  expect(judge(identity, { ...unknown, linkPin: key }).kind).toBe("trusted");
  expect(judged({ linkPin: otherKey })).toBe("refused");
  expect(judged({ linkPin: otherKey, pins: { ...noPins, spkiSha256: key } })).toBe("refused");
  const known = { spkiSha256: otherKey, since: day.toISOString() };
  expect(judged({ linkPin: key, known })).toBe("refused");
  expect(judged({ linkPin: key, known: { ...known, spkiSha256: key } })).toBe("trusted");
});

test("by which invitation an account came to be is remembered, and not the token", () => {
  const path = folder();
  const known = KnownServers.open(path);
  known.trust(place, key, day);
  known.remember(place, { account: "ann", invited: inviteMark("act-invite-x") });
  expect(KnownServers.open(path).find(place)).toMatchObject({
    account: "ann",
    invited: inviteMark("act-invite-x"),
  });
  expect(readFileSync(known.path, "utf8")).not.toContain("act-invite-x");
});

test("a changed key may prove itself by a login, an unknown one may not", () => {
  const known = { spkiSha256: otherKey, since: day.toISOString() };
  const belief = { place, pins: noPins, mayProveItself: true };
  expect(judge(identity, { ...belief, known }).kind).toBe("to-be-proven");
  expect(judge(identity, { ...belief, known: undefined }).kind).toBe("unknown");
});

test("a key that was trusted once stays the only one, whatever authority vouches for another", () => {
  const known = { spkiSha256: otherKey, since: day.toISOString() };
  const belief = { place, pins: noPins, known, mayProveItself: false };
  const judgement = judge({ ...identity, isAuthorized: true }, belief);
  expect(judgement.kind).toBe("refused");
});

test("the folder is found without HOME", () => {
  const home = (): string => "/home/ann";
  const surroundings = { platform: "linux", environment: {}, home };
  expect(clientFolder(undefined, surroundings)).toBe("/home/ann/.local/state/authchat");
  const environment = { XDG_STATE_HOME: "/state", HOME: "/other" };
  expect(clientFolder(undefined, { ...surroundings, environment })).toBe("/state/authchat");
  expect(clientFolder("/mine", surroundings)).toBe("/mine");
});

const floor = { memoryKib: 65_536, passes: 3, lanes: 4 };

test("what a server proved is pinned, trusted by its own key or not, until it is forgotten", () => {
  const path = folder();
  const known = KnownServers.open(path);
  known.trust("a:1", key, day);
  known.pinProof("a:1", { opaqueKey: `${key}=`, floor });
  known.pinProof("b:2", { opaqueKey: `${otherKey}=`, floor: undefined });
  const again = KnownServers.open(path);
  expect(["a:1", "b:2", "c:3"].map((place) => again.proof(place))).toEqual([
    { opaqueKey: `${key}=`, floor },
    { opaqueKey: `${otherKey}=`, floor: undefined },
    undefined,
  ]);
  expect(again.list().map(({ place, server }) => [place, server?.spkiSha256])).toEqual([
    ["a:1", key],
    ["b:2", undefined],
  ]);
  expect([again.forget("a:1"), again.forget("b:2"), again.forget("c:3")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(KnownServers.open(path).proof("a:1")).toBeUndefined();
  again.pinProof("a:1", { opaqueKey: `${key}=`, floor: undefined });
  expect(KnownServers.open(path).proof("a:1")?.floor).toBeUndefined();
});

test("the floor rises, and is not lowered by a login with less", () => {
  const path = folder();
  const opaqueKey = `${key}=`;
  for (const [memoryKib, passes] of [
    [65_536, 3],
    [19_456, 4],
    [131_072, 1],
  ] as const) {
    KnownServers.open(path).pinProof("a:1", {
      opaqueKey,
      floor: { memoryKib, passes, lanes: 4 },
    });
  }
  const pinned = { memoryKib: 131_072, passes: 4, lanes: 4 };
  expect(KnownServers.open(path).proof("a:1")?.floor).toEqual(pinned);
});

test("a damaged floor is an error, and not a server that may ask for less", () => {
  const path = folder();
  KnownServers.open(path).trust("a:1", key, day);
  for (const floors of ["[]", '{"a:1":7}', '{"a:1":{"memoryKib":0,"passes":1,"lanes":1}}']) {
    const text = `{"version":1,"servers":{},"floors":${floors}}`;
    writeFileSync(join(path, "known_servers.json"), text);
    expect(() => KnownServers.open(path)).toThrow("cannot be understood");
  }
});

test("a damaged OPAQUE key is an error, and not a server that may leave OPAQUE out", () => {
  const path = folder();
  KnownServers.open(path).trust("a:1", key, day);
  for (const opaqueKeys of ['{"a:1":"short"}', '{"a:1":7}', "[]"]) {
    const text = `{"version":1,"servers":{},"opaqueKeys":${opaqueKeys}}`;
    writeFileSync(join(path, "known_servers.json"), text);
    expect(() => KnownServers.open(path)).toThrow("cannot be understood");
  }
});
