/**
 * What `authchat connect` takes, checked and put together: which server, who, shown how.
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { emailProblems, parseEmail } from "../../protocol/email.ts";
import { parseChannelName } from "../../protocol/names.ts";
import { isLoopback, parseAddress, type ServerAddress } from "./address.ts";
import { type TlsIdentity } from "../../net/tls.ts";
import { readClientCertificate } from "./client-certificate.ts";
import { clientFolder } from "./client-files.ts";
import { parseFingerprint } from "./known-servers.ts";
import {
  type Arguments,
  type Option,
  type Positional,
  usageFault,
} from "../command-line/strict.ts";

/** `password`: only changes it. */
export type Ui = "line" | "text" | "json" | "password";

export interface ConnectChoices {
  readonly address: ServerAddress;
  readonly isPlain: boolean;
  readonly pins: Pins;
  readonly account: string | undefined;
  readonly isRegistering: boolean;
  /** Of the new account, for a server that wants one. */
  readonly email: string | undefined;
  /** Its password is made up here. */
  readonly isGenerating: boolean;
  readonly passwordFile: string | undefined;
  readonly newPasswordFile: string | undefined;
  readonly isPasswordOnInput: boolean;
  /** The client's own, for TLS and the login by it. */
  readonly certificate: TlsIdentity | undefined;
  readonly totpFile: string | undefined;
  readonly mechanisms: readonly string[] | undefined;
  readonly channels: readonly string[];
  /** Where lines of standard input are said. */
  readonly target: string | undefined;
  readonly ui: Ui;
  readonly keeps: boolean;
  readonly folder: string;
  /** The server may remember this machine, and lets it in without the password where it does. */
  readonly remembers: boolean;
}

/** Whom the user says the server is; either is enough. */
export interface Pins {
  /** SHA-256 of the key (SPKI), base64 without padding. */
  readonly spkiSha256: string | undefined;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly certificateSha256: string | undefined;
}

export const connectPositionals: readonly Positional[] = [
  {
    name: "address",
    summary: "[NAME@]HOST[:PORT], or a link in quotes; asked for when it is missing",
    isRequired: false,
  },
  { name: "target", summary: "where lines of standard input are said", isRequired: false },
];

/** Whom the user says the server is. */
export const trustOptions: readonly Option[] = [
  { kind: "text", name: "pin", value: "sha256:…", summary: "the server's key has to be this one" },
  {
    kind: "text",
    name: "cert-fingerprint",
    value: "HEX",
    summary: "the server's certificate has to be this one (SHA-256)",
  },
];

export const codeOption: Option = {
  kind: "text",
  name: "totp-file",
  value: "FILE",
  summary: "the code of the second factor is the first line of this file",
};

export const addressOptions: readonly Option[] = [
  { kind: "flag", name: "no-input", summary: "never ask anything" },
  { kind: "text", name: "home", value: "DIR", summary: "the folder of the client's files" },
];

export const connectOptions: readonly Option[] = [
  {
    kind: "text",
    name: "channel",
    short: "c",
    value: "ROOM",
    summary: "go into this room",
    isRepeatable: true,
  },
  { kind: "flag", name: "register", summary: "make a new account" },
  { kind: "flag", name: "generate", summary: "with --register: make up its password, of words" },
  {
    kind: "text",
    name: "email",
    value: "ADDRESS",
    summary: "with --register: the e-mail address, where the server wants one",
  },
  { kind: "text", name: "account", value: "NAME", summary: "the account to log in to" },
  {
    kind: "choice",
    name: "ui",
    choices: ["auto", "line", "text", "json"],
    summary: "how it is shown; auto: line on a terminal, text otherwise",
  },
  { kind: "flag", name: "keep", summary: "stay when standard input ends; wait and reconnect" },
  {
    kind: "text",
    name: "password-file",
    value: "FILE",
    summary: "the password is the first line of this file",
  },
  {
    kind: "flag",
    name: "password-stdin",
    summary: "the password is the first line of standard input",
  },
  {
    kind: "text",
    name: "client-cert",
    value: "FILE",
    summary: "log in with this certificate (PEM, with its key)",
  },
  {
    kind: "text",
    name: "client-key",
    value: "FILE",
    summary: "the certificate's key, when it is in a file of its own",
  },
  codeOption,
  ...trustOptions,
  {
    kind: "flag",
    name: "remember",
    summary: "come again without the password, also after --password-file or --password-stdin",
  },
  { kind: "flag", name: "no-remember", summary: "always with the password; leave no token here" },
  { kind: "flag", name: "tls", summary: "with TLS (as without this)" },
  { kind: "flag", name: "no-tls", summary: "without TLS; to this machine only" },
  {
    kind: "text",
    name: "mechanism",
    value: "LIST",
    summary: "ways to log in that may be used, with commas: OPAQUE-R255-EXPR, EXTERNAL, PLAIN, …",
  },
  ...addressOptions,
];

/** Which server, whom it has to be, and who goes there: over TLS. @throws Fault */
export async function readAddress(
  args: Arguments,
  askAddress: () => Promise<string>,
): Promise<Pick<ConnectChoices, "address" | "isPlain" | "pins" | "account" | "folder">> {
  const address = checked(parseAddress(args.positional("address") ?? (await askAddress())));
  return {
    address,
    isPlain: false,
    pins: pinsOf(args),
    account: accountOf(args.text("account") ?? address.account),
    folder: clientFolder(args.text("home")),
  };
}

/** `askAddress` is called when the command line has none. @throws Fault for what cannot be. */
export async function readChoices(
  args: Arguments,
  terminal: { readonly isTerminal: boolean; readonly askAddress: () => Promise<string> },
): Promise<ConnectChoices> {
  const place = await readAddress(args, terminal.askAddress);
  const { address } = place;
  if (args.flag("tls") && args.flag("no-tls")) throw fault("--tls and --no-tls cannot both be");
  const isPlain = args.flag("no-tls") || (address.isPlain && !args.flag("tls"));
  if (isPlain && !isLoopback(address.host)) {
    throw fault(`without TLS only this machine is connected to, not ${address.host}`);
  }
  const channels = [...address.channels, ...args.texts("channel").map(channelOf)];
  return {
    ...place,
    isPlain,
    isRegistering: args.flag("register"),
    email: emailOf(args),
    isGenerating: generates(args),
    passwordFile: args.text("password-file"),
    newPasswordFile: undefined,
    isPasswordOnInput: passwordOnInput(args),
    certificate: certificateOf(args, isPlain),
    totpFile: args.text("totp-file"),
    mechanisms: args.text("mechanism")?.toUpperCase().split(","),
    channels,
    target: args.positional("target") ?? channels[0],
    ui: uiOf(args, terminal.isTerminal),
    keeps: args.flag("keep"),
    remembers: remembers(args),
  };
}

/**
 * A script has its password and comes often: each time another device would be remembered, and push out one of a
 * person's. So it has to say that it wants it.
 */
function remembers(args: Arguments): boolean {
  if (args.flag("remember") && args.flag("no-remember")) {
    throw fault("--remember and --no-remember cannot both be");
  }
  const isScript = args.flag("password-stdin") || args.text("password-file") !== undefined;
  return args.flag("remember") || (!isScript && !args.flag("no-remember"));
}

function fault(message: string): Error {
  return usageFault(message, "connect");
}

function checked<T>(result: Result<T>): T {
  if (!result.ok) throw fault(result.error);
  return result.value;
}

function channelOf(text: string): string {
  return checked(parseChannelName(text.startsWith("#") ? text : `#${text}`));
}

function accountOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : checked(accountWord(text));
}

/** A name to log in with: other servers have other rules than ours, so it is only one word. */
export function accountWord(text: string): Result<string> {
  const isWord = /^[^\s:,@!]+$/.test(text) && text.isWellFormed() && text.length <= 64;
  return isWord ? ok(text) : failed(`${JSON.stringify(text.slice(0, 80))} is no account name`);
}

function pinsOf(args: Arguments): Pins {
  const pin = args.text("pin");
  const spkiSha256 = pin === undefined ? undefined : parseFingerprint(pin);
  if (pin !== undefined && spkiSha256 === undefined) {
    throw fault("--pin is sha256: and the fingerprint as the server shows it");
  }
  const certificate = args.text("cert-fingerprint")?.replaceAll(":", "").toLowerCase();
  if (certificate !== undefined && !/^[0-9a-f]{64}$/.test(certificate)) {
    throw fault("--cert-fingerprint is 64 hexadecimal digits (SHA-256)");
  }
  return { spkiSha256, certificateSha256: certificate };
}

function certificateOf(args: Arguments, isPlain: boolean): TlsIdentity | undefined {
  const [file, keyFile] = [args.text("client-cert"), args.text("client-key")];
  if (file === undefined) {
    if (keyFile !== undefined) throw fault("--client-key goes with --client-cert");
    return undefined;
  }
  if (isPlain) throw fault("--client-cert is for TLS: not with --no-tls");
  return readClientCertificate(file, keyFile);
}

function generates(args: Arguments): boolean {
  if (!args.flag("generate")) return false;
  if (!args.flag("register")) {
    throw fault("--generate makes up a new account's password: it goes with --register");
  }
  if (args.text("password-file") !== undefined || args.flag("password-stdin")) {
    throw fault("a password is given or made up: --generate goes without a password");
  }
  return true;
}

function emailOf(args: Arguments): string | undefined {
  const text = args.text("email");
  if (text === undefined) return undefined;
  const email = parseEmail(text);
  if (!email.ok) throw fault(`--email: ${emailProblems[email.error]}`);
  return email.value;
}

function passwordOnInput(args: Arguments): boolean {
  const isOnInput = args.flag("password-stdin");
  if (isOnInput && args.text("password-file") !== undefined) {
    throw fault("--password-file and --password-stdin cannot both be");
  }
  return isOnInput;
}

function uiOf(args: Arguments, isTerminal: boolean): Ui {
  const ui = args.text("ui") ?? "auto";
  if (ui === "text" || ui === "json") return ui;
  if (ui === "line" && !isTerminal) throw fault("--ui line needs a terminal");
  return isTerminal ? "line" : "text";
}
