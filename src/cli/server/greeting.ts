/**
 * What the server says when it has started: where it listens, how it is recognised, what to do next.
 */
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { type OpenListener } from "./join-address.ts";
import { writeListenAddress } from "./listen-address.ts";
import { type ServeSettings } from "./serve-settings.ts";
import { type LogRecord } from "./log.ts";
import { softwareVersion } from "../command-line/software.ts";

export interface Greeting {
  readonly dataFolder: string;
  readonly listeners: readonly OpenListener[];
  readonly fingerprint: string;
  /** SHA-256 of the certificate, as IRC clients pin it. */
  readonly certificate: string;
  /** Undefined: no listener is open. */
  readonly join: JoinAddress | undefined;
  readonly pendingAccounts: number;
  readonly hasConsole: boolean;
}

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

/**
 * The link by which the server gets its first operator. Whoever reads it can be that, so it is shown where the
 * program was started: on the terminal, or in the log of the service, for 24 hours and one use. There is no other way
 * to tell it to who has only the log.
 */
export function ownerLinkRecord(link: string): LogRecord {
  const sentence = `owner link  ${link}`;
  return { level: "info", event: "owner.link", sentence, fields: { link, hours: 24 } };
}

export function ownerLinkLines(link: string): string[] {
  return [
    `  owner link  authchat connect '${link}'`,
    "  whoever opens it first, within 24 hours, runs this server",
  ];
}

/** The command that brings others here. */
function joinCommand({ join }: Greeting): string {
  if (join === undefined) return "nothing: no listener is open";
  return `authchat connect ${join.place}${join.scheme === "irc" ? " --no-tls" : ""}`;
}
