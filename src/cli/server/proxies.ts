/**
 * Trusted proxies: addresses and networks (`127.0.0.0/8`) whose word is taken for whom they speak.
 */
import { BlockList, isIP } from "node:net";
import { failed, ok, type Result } from "../../base/result.ts";

export function parseNetwork(text: string): Result<string> {
  const [address = "", length] = text.split("/");
  const family = isIP(address);
  const longest = family === 4 ? 32 : 128;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest);
  return family !== 0 && isLength && text.split("/").length <= 2
    ? ok(text)
    : failed("must be an IP address or a network like 10.0.0.0/8");
}

/** Whether an address is one of them. Each has to have been read by `parseNetwork`. */
export function trustedAddresses(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
