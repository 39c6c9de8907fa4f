/**
 * Strict transport security (IRCv3 sts): what clients are told, once the whole of the settings is known.
 *
 * Who has been told it comes back by TLS only, and only where the certificate can be verified: with a self-signed one the
 * door would be shut on everyone. So it is refused where there is no other.
 *
 * sts: "Servers MUST NOT send `CAP DEL` to disable this capability"; "A `duration=0` value indicates a disabled STS
 * persistence policy with an immediate expiry". So who has had it on sets it to 0 for as long as clients were told before
 * leaving it out.
 */
import { X509Certificate } from "node:crypto";
import { dayMs, secondMs, type WallMs } from "../../base/time.ts";
import { type StsPolicy } from "../../server/settings.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { type ServeSettings } from "./serve-settings.ts";

/** Undefined where it is off. @throws Fault */
export function stsPolicy(
  settings: Pick<ServeSettings, "stsDays" | "certificate" | "listeners">,
): StsPolicy | undefined {
  const { stsDays, certificate, listeners } = settings;
  if (stsDays === undefined) return undefined;
  // What ends needs neither a certificate nor a port.
  if (stsDays === 0) return { port: 0, durationSeconds: 0 };
  if (certificate === undefined) throw refusedFault("the server has only its self-signed one");
  const listener = listeners.find(({ isTls, isWebSocket }) => isTls && !isWebSocket);
  if (listener === undefined || listener.address.port === 0) {
    throw new Fault(exitCodes.settings, "tls.sts-days needs a TLS listener with a port of its own");
  }
  return { port: listener.address.port, durationSeconds: (stsDays * dayMs) / secondMs };
}

/** Of the certificate that clients are really shown. @throws Fault */
export function checkStsCertificate(certificatePem: string, name: string, now: WallMs): void {
  const certificate = new X509Certificate(certificatePem);
  if (certificate.verify(certificate.publicKey)) {
    throw refusedFault(`${name} is self-signed`);
  }
  if (certificate.validToDate.getTime() < now) throw refusedFault(`${name} is no longer valid`);
}

function refusedFault(why: string): Fault {
  return new Fault(
    exitCodes.settings,
    `tls.sts-days needs a certificate that clients can verify: ${why}`,
    "Clients that have been told would not come back. Set cert-file and key-file, or leave sts-days out.",
  );
}
