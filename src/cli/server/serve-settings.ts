/**
 * What `serve` is to do: the settings of the server and of everything around it, and what they are when nobody says.
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { type ServerSecretsSettings } from "../../auth/server-secrets.ts";
import { defaultNetLimits, type NetLimits } from "../../net/limits.ts";
import {
  defaultSettings,
  type RegistrationPolicy,
  type ServerSettings,
} from "../../server/settings.ts";
import { hostLengthMax } from "../../protocol/limits.ts";
import { type ListenAddress } from "./listen-address.ts";
import { oneOf } from "./settings-reader.ts";
import { softwareName } from "../command-line/software.ts";

export interface ServeSettings {
  readonly server: ServerSettings;
  /** Undefined: the place the system has for it. */
  readonly dataFolder: string | undefined;
  readonly listeners: readonly ListenerSettings[];
  /** Addresses and networks whose word is taken for whom they speak (PROXY, WEBIRC). */
  readonly trustedProxies: readonly string[];
  /** Undefined: self-signed, in the data folder. */
  readonly certificate: CertificateFiles | undefined;
  /** For so many days clients are to come by TLS only; undefined: that is not asked of them. */
  readonly stsDays: number | undefined;
  readonly passwords: PasswordSettings;
  /** What OPER and PASS are held against. */
  readonly secrets: ServerSecretsSettings;
  readonly connections: NetLimits;
}

export interface ListenerSettings {
  readonly address: ListenAddress;
  readonly isTls: boolean;
  readonly isWebSocket: boolean;
  /** Trusted proxies begin with a PROXY header. */
  readonly hasProxyProtocol: boolean;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface PasswordSettings {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  /** Least number of characters; 0: any. */
  readonly lengthMin: number;
  /** Who tries wrong ones has to wait. */
  readonly isThrottled: boolean;
}

/** A listener as the command line can have it. */
export function listenerAt(address: ListenAddress, isTls: boolean): ListenerSettings {
  return { address, isTls, isWebSocket: false, hasProxyProtocol: false };
}

export const defaultServeSettings: ServeSettings = {
  server: { ...defaultSettings, version: softwareName },
  dataFolder: undefined,
  listeners: [listenerAt({ host: "::", port: 6697 }, true)],
  trustedProxies: ["127.0.0.0/8", "::1"],
  certificate: undefined,
  stsDays: undefined,
  passwords: { memoryKib: 65_536, passes: 3, lanes: 4, lengthMin: 15, isThrottled: true },
  secrets: { operators: [], serverPassword: undefined },
  connections: defaultNetLimits,
};

/** The registration policies. */
export function parseRegistration(text: string): Result<RegistrationPolicy> {
  return oneOf<RegistrationPolicy>(["open", "approval", "invite", "closed"])(text);
}

/** The server's name on the wire: a host's name, or one word like it. */
export function parseServerName(text: string): Result<string> {
  if (text.length <= hostLengthMax && /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)) {
    return ok(text);
  }
  return failed(
    `must be a name like chat.example.org: letters, digits, dots and hyphens, up to ${hostLengthMax}`,
  );
}
