/**
 * The server's certificate: made once, kept, renewed with its key; and what is configured is checked.
 */
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { makeCertificate } from "../../../src/auth/certificate.ts";
import { dayMs, type WallMs, wallMs } from "../../../src/base/time.ts";
import {
  fingerprint,
  type ServerIdentity,
  serverIdentity,
} from "../../../src/cli/server/certificate.ts";
import { type DataFolder, openDataFolder } from "../../../src/cli/server/data-folder.ts";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { freshFolder } from "../../support/folder.ts";

const now = wallMs(Date.UTC(2026, 10, 25));

function own(folder: DataFolder, at: WallMs = now): ServerIdentity {
  return serverIdentity({ folder, files: undefined, serverName: "chat.example", now: at });
}

function configured(folder: string, at: WallMs = now): ServerIdentity {
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  return serverIdentity({
    folder: openDataFolder(folder),
    files,
    serverName: "chat.example",
    now: at,
  });
}

/** A folder with a configured certificate and its key. */
function withFiles(): string {
  const folder = openDataFolder(join(freshFolder(), "data")).path;
  const { certificate, key } = makeCertificate({ names: ["chat.example"], now });
  writeFileSync(join(folder, "cert.pem"), certificate);
  writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
  return folder;
}

function refusal(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was taken");
}

function dataFolder(): DataFolder {
  return openDataFolder(join(freshFolder(), "data"));
}

test("the first start makes a key and a certificate, for the owner only, and the next finds them", () => {
  const folder = dataFolder();
  const first = own(folder);
  expect(statSync(folder.key).mode & 0o777).toBe(0o600);
  expect(statSync(folder.certificate).mode & 0o777).toBe(0o600);
  expect(own(folder)).toEqual(first);
});

test("it is renewed before its end, with the same key", () => {
  const folder = dataFolder();
  const first = own(folder);
  const renewed = own(folder, wallMs(now + 3_640 * dayMs));
  expect(renewed.certificate).not.toBe(first.certificate);
  expect([renewed.key, renewed.spki]).toEqual([first.key, first.spki]);
});

test("a key whose certificate was not written any more gets one", () => {
  const folder = dataFolder();
  const { spki } = own(folder);
  rmSync(folder.certificate);
  expect(own(folder).spki).toBe(spki);
});

test("a certificate whose key is gone is not silently replaced", () => {
  const folder = dataFolder();
  own(folder);
  rmSync(folder.key);
  expect(refusal(() => own(folder)).message).toBe(`the server's key ${folder.key} is missing`);
});

test("a key that others may read is refused", () => {
  const folder = dataFolder();
  own(folder);
  chmodSync(folder.key, 0o640);
  const { code, hint } = refusal(() => own(folder));
  expect([code, hint]).toEqual([77, `chmod 600 '${folder.key}'`]);
});

test("configured files are used as they are", () => {
  const folder = withFiles();
  const { certificate, warning } = configured(folder);
  expect([certificate, warning]).toEqual([
    readFileSync(join(folder, "cert.pem"), "utf8"),
    undefined,
  ]);
});

test("a certificate that has ended is used, and said", () => {
  const { warning } = configured(withFiles(), wallMs(now + 4_000 * dayMs));
  expect(warning).toEndWith("cert.pem is no longer valid");
});

test("the key of another certificate is refused", () => {
  const folder = withFiles();
  const { key } = makeCertificate({ names: ["other.example"], now });
  writeFileSync(join(folder, "key.pem"), key);
  expect(refusal(() => configured(folder)).message).toContain("is not the key of the certificate");
});

test("what is no certificate, or no key, is refused with its file", () => {
  for (const name of ["cert.pem", "key.pem"]) {
    const folder = withFiles();
    writeFileSync(join(folder, name), "nonsense");
    expect(refusal(() => configured(folder)).message).toStartWith(join(folder, name));
    rmSync(join(folder, name));
    expect(refusal(() => configured(folder)).message).toStartWith("cannot read");
  }
});

test("a fingerprint is shown without padding", () => {
  expect(fingerprint("yoqMXkCysMTBsvhu2yRoMUl+EmZKlvkN+ZKmL3115xU=")).toBe(
    "SHA256:yoqMXkCysMTBsvhu2yRoMUl+EmZKlvkN+ZKmL3115xU",
  );
});
