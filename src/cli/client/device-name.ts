/**
 * Device name: what a server that remembers this machine calls it, for its owner to tell it from others.
 */
import { hostname } from "node:os";
import { deviceNameBytesMax } from "../../auth/opaque/profile.ts";
import { printable, splitToBytes } from "../../protocol/text.ts";

export function deviceName(host: string = hostname()): string {
  const [name = ""] = splitToBytes(printable(host.trim()), deviceNameBytesMax);
  return name === "" ? "unnamed" : name;
}
