/**
 * A name as clients give it at a login: the account's, and behind an `@` what the client calls itself.
 *
 *     ann                 the account's one device without a name
 *     ann@phone           ann's device "phone"
 *
 * What a device was shown is remembered under that name (`server/commands/catching-up.ts`). It proves nothing. Names of
 * accounts have no `@`, so nobody's name is cut; what is no device's name is left where it is, and is nobody's.
 */

export interface LoginName {
  readonly name: string;
  readonly device: string | undefined;
}

export function parseLoginName(said: string): LoginName {
  const [, name, device] = /^([^@]+)@([\w.-]{1,32})$/.exec(said) ?? [];
  return name === undefined ? { name: said, device: undefined } : { name, device };
}
