/** Strict transport security: told only where clients can verify the certificate. */
import { expect, test } from "bun:test";
import { makeCertificate } from "../../../src/auth/certificate.ts";
import { wallMs } from "../../../src/base/time.ts";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { listenerAt } from "../../../src/cli/server/serve-settings.ts";
import { checkStsCertificate, stsPolicy } from "../../../src/cli/server/sts.ts";

const now = wallMs(Date.UTC(2027, 0, 1));
const files = { certFile: "cert.pem", keyFile: "key.pem" };
const plain = listenerAt({ host: "127.0.0.1", port: 6667 }, false);
const tls = listenerAt({ host: "::", port: 6697 }, true);

/** Of a test authority, for a key that nobody has, until 2126. */
const issued = `-----BEGIN CERTIFICATE-----
MIIBJTCBzAIUJLncjt4rcLNKXn+M7d4u0mR2LcwwCgYIKoZIzj0EAwIwEjEQMA4G
A1UEAwwHVGVzdCBDQTAgFw0yNjExMjYwMDQ2MjhaGA8yMTI2MTEwMjAwNDYyOFow
FzEVMBMGA1UEAwwMY2hhdC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEMrhVqjO0CaV/VjBOpESQu/t6WYKRRZuB7IdR3zNQHIaN56hgqtDvkYRmRF8h
FXLe3nT/QZ37MhR88GIcHae1LDAKBggqhkjOPQQDAgNIADBFAiAImRtHj/GUJeWy
KFDjE3y+z2Cl84JV2BtVhPYyvPTebgIhAP+Uq3zPN/rlnHk2qyfqLyo9R+Mwc5VG
1S07dZvAMsv8
-----END CERTIFICATE-----`;

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.message}`;
    throw error;
  }
  return "taken";
}

test("0 days end it, whatever the certificate and the listeners", () => {
  const ended = { port: 0, durationSeconds: 0 };
  expect(stsPolicy({ stsDays: 0, certificate: undefined, listeners: [plain] })).toEqual(ended);
});

test("the port is that of the first TLS listener for IRC clients, the duration in seconds", () => {
  const webSocket = { ...tls, address: { host: "::", port: 8097 }, isWebSocket: true };
  const listeners = [plain, webSocket, tls];
  expect(stsPolicy({ stsDays: 30, certificate: files, listeners })).toEqual({
    port: 6697,
    durationSeconds: 2_592_000,
  });
  expect(stsPolicy({ stsDays: undefined, certificate: undefined, listeners })).toBe(undefined);
});

test("without a certificate of one's own, or a TLS port, it is refused", () => {
  const needs = "78 tls.sts-days needs";
  const selfSigned = () => stsPolicy({ stsDays: 1, certificate: undefined, listeners: [tls] });
  expect(refusal(selfSigned)).toBe(
    `${needs} a certificate that clients can verify: the server has only its self-signed one`,
  );
  for (const listeners of [[plain], [listenerAt({ host: "::", port: 0 }, true)]]) {
    const act = () => stsPolicy({ stsDays: 1, certificate: files, listeners });
    expect(refusal(act)).toBe(`${needs} a TLS listener with a port of its own`);
  }
});

test("a certificate that is self-signed or over is refused, one that was issued is not", () => {
  const { certificate } = makeCertificate({ names: ["chat.example"], now });
  const needs = "78 tls.sts-days needs a certificate that clients can verify:";
  expect(refusal(() => checkStsCertificate(certificate, "cert.pem", now))).toBe(
    `${needs} cert.pem is self-signed`,
  );
  expect(refusal(() => checkStsCertificate(issued, "cert.pem", now))).toBe("taken");
  const later = wallMs(Date.UTC(2200, 0, 1));
  expect(refusal(() => checkStsCertificate(issued, "cert.pem", later))).toBe(
    `${needs} cert.pem is no longer valid`,
  );
});
