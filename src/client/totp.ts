/**
 * TOTP: what the user types to set up a second factor, as words to the server's service.
 *
 *     /totp                    → a secret; who draws pictures draws it
 *     /totp CODE               → it is on, with recovery codes
 *     /totp off CODE, /totp recovery CODE
 */
import { type Action } from "./events.ts";

/** It answers the user, as the server does. */
export const serviceName = "NickServ";

export const totpUsage = "/totp [[off or recovery] CODE]";

/** Undefined: it is none of these. */
export function totpAction(typed: string): Action | undefined {
  if (typed === "") return asked("begin");
  const [, verb, code = ""] = /^(?:(off|recovery)\s+)?(\S.*)$/i.exec(typed) ?? [];
  const digits = code.replaceAll(/\s/g, "");
  if (verb !== undefined)
    return asked(`${verb.toLowerCase()} ${/^\d+$/.test(digits) ? digits : code}`);
  return /^\d{6}$/.test(digits) ? asked(`confirm ${digits}`) : undefined;
}

/** The action whose answer has the secret. */
export function isTotpBegin(action: Action): boolean {
  return action.kind === "command" && action.params[1] === "totp begin";
}

/** What authenticators read from a picture. */
export function isOtpauthUri(text: string): boolean {
  return /^otpauth:\/\/totp\/[\x21-\x7e]+$/.test(text) && text.length <= uriLengthMax;
}

/** What the service sends in one line. */
const uriLengthMax = 400;

function asked(words: string): Action {
  return { kind: "command", command: "PRIVMSG", params: [serviceName, `totp ${words}`] };
}
