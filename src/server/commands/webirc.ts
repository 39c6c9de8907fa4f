/**
 * WEBIRC: a gateway says for whom it speaks (IRCv3 webirc). Believed of trusted proxies only, before anything else.
 *
 *     WEBIRC <password> <gateway> <hostname> <ip> [:<options>]
 *
 * Who may is decided by where they come from, so the password is not looked at. Host names are never shown here, so
 * the one that is given is not either. Of the options `secure` counts: the client's own connection is encrypted.
 */
import { command, family } from "../command.ts";
import { optional, text, word } from "../params.ts";
import { changeSession } from "../session-changed.ts";

const webirc = command({
  name: "WEBIRC",
  when: "always",
  params: {
    password: word(),
    gateway: word(),
    hostname: word(),
    ip: word(),
    options: optional(text),
  },
  run(ctx, { ip, options = "" }) {
    const { session } = ctx;
    const { facts, user, askedNick, askedUser } = session;
    const isFirst = user === undefined && askedNick === undefined && askedUser === undefined;
    if (facts.isTrustedProxy !== true || !isFirst) {
      ctx.close("WEBIRC is for trusted gateways, before NICK and USER");
      return undefined;
    }
    // webirc: "if the IP address is an IPv6 address which begins with a colon, it MUST be sent with a zero prepended".
    const address = ip.startsWith("0:") ? ip.slice(1) : ip;
    if (!isAddress(address)) {
      ctx.close("WEBIRC without an address");
      return undefined;
    }
    const isEncryptedToProxy = options.split(" ").includes("secure");
    const { listener } = facts;
    changeSession(ctx, {
      facts: { address, isLoopback: false, listener, tls: undefined, isEncryptedToProxy },
    });
    return undefined;
  },
});

/** Near enough for something that is shown and compared, and never connected to. */
function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || /^(?=.*:)[0-9A-Fa-f:.]{2,45}$/.test(text);
}

export const webircFamily = family({ commands: [webirc] });
