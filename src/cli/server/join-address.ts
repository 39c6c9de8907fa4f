/**
 * The address by which others join: of the listeners the one that most people can reach, under the name by which they
 * may know the machine.
 *
 * Each start writes it into the data folder, so that links made while no server is running lead where it was last.
 */
import { hostname } from "node:os";
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { systemClocks } from "./outside.ts";
import { defaultSettings } from "../../server/settings.ts";
import { serverIdentity } from "./certificate.ts";
import { type DataFolder } from "./data-folder.ts";
import {
  isEveryHost,
  isLoopbackHost,
  type ListenAddress,
  writeListenAddress,
} from "./listen-address.ts";
import { exists, read, write } from "./secret-files.ts";
import { type ServeSettings } from "./serve-settings.ts";

/** A listener that is open; its port is the real one. */
export interface OpenListener {
  readonly address: ListenAddress;
  readonly isTls: boolean;
}

const standardPort = 6697;

/** The server's own name, where it has one, else the machine's. */
export function publicNameOf(serverName: string): string {
  return serverName === defaultSettings.name ? hostname() : serverName;
}

/** Undefined: no listener is open. */
export function joinAddress(
  listeners: readonly OpenListener[],
  { publicName, spki }: { readonly publicName: string; readonly spki: string },
): JoinAddress | undefined {
  const reach = ({ address, isTls }: OpenListener): number =>
    (isEveryHost(address.host) ? 4 : isLoopbackHost(address.host) ? 0 : 2) + (isTls ? 1 : 0);
  const [best] = [...listeners].sort((left, right) => reach(right) - reach(left));
  if (best === undefined) return undefined;
  const { isTls } = best;
  const { host, port } = best.address;
  const name = isEveryHost(host) ? publicName : host;
  const isShort = port === standardPort && isTls && !name.includes(":");
  const place = isShort ? name : writeListenAddress({ host: name, port });
  return isTls
    ? { scheme: "authchat", place, pin: Buffer.from(spki, "base64").toString("base64url") }
    : { scheme: "irc", place, pin: undefined };
}

/** For links that are made when no server is running. */
export function rememberJoinAddress({ address }: DataFolder, join: JoinAddress | undefined): void {
  if (join !== undefined) write(address, `${join.scheme}://${join.place}\n`);
}

/** Where the server was last, or would be by its settings. @throws Fault */
export function lastJoinAddress(
  folder: DataFolder,
  settings: ServeSettings,
): JoinAddress | undefined {
  const { server, certificate: files, listeners } = settings;
  const { name: serverName } = server;
  const now = systemClocks.wall();
  const { spki } = serverIdentity({ folder, files, serverName, now });
  const publicName = publicNameOf(serverName);
  const wouldBe = joinAddress(
    listeners.map(({ address: { host, port }, isTls }) => ({
      address: { host, port: port === 0 ? standardPort : port },
      isTls,
    })),
    { publicName, spki },
  );
  const last = exists(folder.address) ? read(folder.address) : "";
  const [, scheme, place] = /^(authchat|irc):\/\/(\S+)\n$/.exec(last) ?? [];
  if (place === undefined) return wouldBe;
  return scheme === "irc"
    ? { scheme, place, pin: undefined }
    : { scheme: "authchat", place, pin: Buffer.from(spki, "base64").toString("base64url") };
}
