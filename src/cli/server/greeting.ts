/**
 * What the server says when it has started: where it listens, how it is recognised, what to do next.
 */
import {
  isEveryHost,
  isLoopbackHost,
  type ListenAddress,
  writeListenAddress,
} from "./listen-address.ts";
import { type ServeSettings } from "./serve-settings.ts";
import { type LogRecord } from "./log.ts";
import { softwareVersion } from "../command-line/software.ts";

/** A listener that is open; its port is the real one. */
export interface OpenListener {
  readonly address: ListenAddress;
  readonly isTls: boolean;
}

export interface Greeting {
  readonly dataFolder: string;
  readonly listeners: readonly OpenListener[];
  readonly fingerprint: string;
  /** SHA-256 of the certificate, as IRC clients pin it. */
  readonly certificate: string;
  /** By which others may know the machine, when every address is listened on. */
  readonly publicName: string;
  readonly pendingAccounts: number;
  readonly hasConsole: boolean;
}

const standardPort = 6697;

/** For people. */
export function greetingLines(greeting: Greeting): string[] {
  const { dataFolder, listeners, fingerprint, pendingAccounts, hasConsole } = greeting;
  const lines = [`authchat ${softwareVersion}  data ${dataFolder}`];
  for (const { address, isTls } of listeners) {
    lines.push(`  listening   ${writeListenAddress(address)} (${isTls ? "TLS" : "plain text"})`);
  }
  lines.push(`  fingerprint ${fingerprint}`);
  if (listeners.some(({ isTls }) => isTls)) lines.push(`  certificate ${greeting.certificate}`);
  lines.push(`  join with   ${joinCommand(greeting)}`);
  if (pendingAccounts > 0) {
    const wait = pendingAccounts === 1 ? "1 account waits" : `${pendingAccounts} accounts wait`;
    lines.push(`  ${wait} for a decision`);
  }
  const next = hasConsole ? "type help for commands, stop to end" : "press Ctrl-C to stop";
  return [...lines, `  ${next}`];
}

/** What lets people in, or asks more of them, than a login: to be known at every start. */
export function openDoors({ server }: Pick<ServeSettings, "server">): string[] {
  const warnings: string[] = [];
  if (!server.accountsRequired) {
    warnings.push("people may chat WITHOUT AN ACCOUNT (accounts.required = false)");
  }
  if (server.hasPassword) {
    warnings.push("every connection is asked for the server's password (server.password-file)");
  }
  return warnings;
}

/** For programs. */
export function greetingRecords(greeting: Greeting): LogRecord[] {
  const { dataFolder, listeners, fingerprint, certificate, pendingAccounts } = greeting;
  const listening = listeners.map(({ address: { host, port }, isTls }): LogRecord => ({
    level: "info",
    event: "listening",
    sentence: `listening on ${writeListenAddress({ host, port })}`,
    fields: { address: host, port, tls: isTls, ...(isTls ? { fingerprint, certificate } : {}) },
  }));
  const started: LogRecord = {
    level: "info",
    event: "started",
    sentence: "started",
    fields: { version: softwareVersion, data: dataFolder, pending: pendingAccounts },
  };
  return [...listening, started];
}

/** The command that brings others here, through the listener most of them can reach. */
function joinCommand({ listeners, publicName }: Greeting): string {
  const reach = ({ address, isTls }: OpenListener): number =>
    (isEveryHost(address.host) ? 4 : isLoopbackHost(address.host) ? 0 : 2) + (isTls ? 1 : 0);
  const [best] = [...listeners].sort((left, right) => reach(right) - reach(left));
  if (best === undefined) return "nothing: no listener is open";
  const { host, port } = best.address;
  const name = isEveryHost(host) ? publicName : host;
  const isShort = port === standardPort && best.isTls && !name.includes(":");
  const address = isShort ? name : writeListenAddress({ host: name, port });
  return `authchat connect ${address}${best.isTls ? "" : " --no-tls"}`;
}
