/**
 * `authchat passwd`: changes the password of an account, and tells the server neither the old one nor the new one.
 *
 *     trust, name and old password as with `connect` → the new one (asked for twice) → connect, log in, change, leave
 *
 * All other devices of the account are thrown out by it. It is 4 when the server or this machine refuses.
 */
import {
  addressOptions,
  codeOption,
  connectPositionals,
  readAddress,
  trustOptions,
} from "./client/connect-options.ts";
import { visit } from "./connect.ts";
import { type Subcommand } from "./command-line/strict.ts";

export const passwdCommand: Subcommand = {
  name: "passwd",
  summary: "Change your password",
  options: [
    { kind: "text", name: "account", value: "NAME", summary: "the account, when not in ADDRESS" },
    {
      kind: "text",
      name: "password-file",
      value: "FILE",
      summary: "the old password is the first line of this file",
    },
    {
      kind: "text",
      name: "new-password-file",
      value: "FILE",
      summary: "the new password is the first line of this file",
    },
    codeOption,
    ...trustOptions,
    ...addressOptions,
  ],
  positionals: connectPositionals.filter(({ name }) => name === "address"),
  run: (args) =>
    visit(args, async ({ askAddress }) => ({
      ...(await readAddress(args, askAddress)),
      isRegistering: false,
      email: undefined,
      isGenerating: false,
      passwordFile: args.text("password-file"),
      newPasswordFile: args.text("new-password-file"),
      isPasswordOnInput: false,
      certificate: undefined,
      totpFile: args.text("totp-file"),
      remembers: false,
      mechanisms: undefined,
      channels: [],
      target: undefined,
      ui: "password",
      keeps: false,
    })),
};
