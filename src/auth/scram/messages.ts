/**
 * SCRAM's messages (RFC 5802 §7), read and written, for both sides.
 *
 *     client-first    n,,n=user,r=nonce           GS2 header `n,,`, then the bare message
 *     server-first    r=nonce,s=salt,i=count
 *     client-final    c=binding,r=nonce,p=proof
 *     server-final    v=signature, or e=error
 *
 * Readers are total: any bytes are a message or undefined. Attributes that nobody knows are read
 * over where the grammar lets them be; `m=` is refused wherever it stands, as RFC 5802 §5.1 wants:
 * "its presence in a client's or server's message MUST cause authentication failure".
 */
import { isUtf8 } from "node:buffer";
import { decodeBase64 } from "../../protocol/sasl.ts";

/** Names have up to 255 bytes and nonces up to 256; the rest is hashes in base64. */
const messageBytesMax = 2048;
const nonceLengthMax = 256;

/** What a client says of channel binding. */
export type BindingFlag =
  /** `n`: it has none. */
  | { readonly kind: "none" }
  /** `y`: it has, and thinks that the server has none. */
  | { readonly kind: "unused" }
  /** `p=…`: it uses that type. */
  | { readonly kind: "used"; readonly type: string };

export interface ClientFirst {
  readonly flag: BindingFlag;
  /** Whom to act for; undefined: for the name itself. */
  readonly authorization: string | undefined;
  readonly name: string;
  readonly nonce: string;
  /** The GS2 header, as it came. */
  readonly header: string;
  /** Everything after it, as it came. */
  readonly bare: string;
}

export function parseClientFirst(bytes: Uint8Array): ClientFirst | undefined {
  const match = /^(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]+))?,(.*)$/s.exec(textOf(bytes) ?? "");
  if (match === null) return undefined;
  const [whole, sign, type, authorization, bare = ""] = match;
  const parts = /^n=([^,]+),r=([^,]+)((?:,.*)?)$/s.exec(bare);
  const name = decodeName(parts?.[1]);
  const nonce = parts?.[2] ?? "";
  const actsFor = decodeName(authorization);
  if (name === undefined || !isNonce(nonce) || !areExtensions(parts?.[3] ?? "")) return undefined;
  if (authorization !== undefined && actsFor === undefined) return undefined;
  const header = whole.slice(0, whole.length - bare.length);
  return { flag: flagOf(sign, type), authorization: actsFor, name, nonce, header, bare };
}

function flagOf(sign: string | undefined, type: string | undefined): BindingFlag {
  if (type !== undefined) return { kind: "used", type };
  return sign === "y" ? { kind: "unused" } : { kind: "none" };
}

/** The GS2 header: RFC 5802 §7, `gs2-header = gs2-cbind-flag "," [ authzid ] ","`. */
export function writeHeader(flag: BindingFlag): string {
  if (flag.kind === "used") return `p=${flag.type},,`;
  return flag.kind === "unused" ? "y,," : "n,,";
}

export function writeClientFirstBare(name: string, nonce: string): string {
  return `n=${name.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
}

export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** As it came. */
  readonly text: string;
}

export function parseServerFirst(bytes: Uint8Array): ServerFirst | undefined {
  const text = textOf(bytes) ?? "";
  const match = /^r=([^,]+),s=([^,]+),i=([1-9]\d{0,9})((?:,.*)?)$/s.exec(text);
  const nonce = match?.[1] ?? "";
  const salt = decodeBase64(match?.[2] ?? "");
  if (match === null || salt === undefined || salt.length === 0) return undefined;
  if (!isNonce(nonce) || !areExtensions(match[4] ?? "")) return undefined;
  return { nonce, salt, iterations: Number(match[3]), text };
}

export function writeServerFirst(first: Omit<ServerFirst, "text">): string {
  return `r=${first.nonce},s=${base64(first.salt)},i=${first.iterations}`;
}

export interface ClientFinal {
  /** The GS2 header, and what it is bound to. */
  readonly binding: Uint8Array;
  readonly nonce: string;
  readonly proof: Uint8Array;
  /** Everything in front of the proof, as it came. */
  readonly withoutProof: string;
}

export function parseClientFinal(bytes: Uint8Array): ClientFinal | undefined {
  const text = textOf(bytes) ?? "";
  const match = /^(c=([^,]+),r=([^,]+)((?:,.*)?)),p=([^,]+)$/s.exec(text);
  const binding = decodeBase64(match?.[2] ?? "");
  const nonce = match?.[3] ?? "";
  const proof = decodeBase64(match?.[5] ?? "");
  if (match === null || binding === undefined || proof === undefined) return undefined;
  if (!isNonce(nonce) || !areExtensions(match[4] ?? "")) return undefined;
  return { binding, nonce, proof, withoutProof: match[1] ?? "" };
}

export function writeWithoutProof(binding: Uint8Array, nonce: string): string {
  return `c=${base64(binding)},r=${nonce}`;
}

export function writeClientFinal(withoutProof: string, proof: Uint8Array): string {
  return `${withoutProof},p=${base64(proof)}`;
}

export type ServerFinal =
  | { readonly kind: "signature"; readonly signature: Uint8Array }
  | { readonly kind: "error"; readonly error: string };

export function parseServerFinal(bytes: Uint8Array): ServerFinal | undefined {
  const match = /^(?:v=([^,]+)|e=([^,]+))((?:,.*)?)$/s.exec(textOf(bytes) ?? "");
  if (match === null || !areExtensions(match[3] ?? "")) return undefined;
  const [, verifier, error] = match;
  if (error !== undefined) return { kind: "error", error };
  const signature = decodeBase64(verifier ?? "");
  return signature === undefined ? undefined : { kind: "signature", signature };
}

export function writeServerFinal(signature: Uint8Array): string {
  return `v=${base64(signature)}`;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

// --- The grammar's pieces --------------------------------------------------------------------------

/** RFC 5802 §7: values are `UTF-8-char` without NUL. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > messageBytesMax || !isUtf8(bytes) || bytes.includes(0)) return undefined;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** `printable = %x21-2B / %x2D-7E`: printable ASCII without the comma. */
function isNonce(text: string): boolean {
  return text.length <= nonceLengthMax && /^[\x21-\x2b\x2d-\x7e]+$/.test(text);
}

/** `extensions = attr-val *("," attr-val)`, with a comma in front, or nothing; none of them `m`. */
function areExtensions(text: string): boolean {
  return (
    text === "" ||
    text
      .slice(1)
      .split(",")
      .every((each) => /^[A-Za-ln-z]=./s.test(each))
  );
}

/** `saslname`: "The characters ',' or '=' in usernames are sent as '=2C' and '=3D' respectively." */
function decodeName(text: string | undefined): string | undefined {
  if (text === undefined || !/^(?:[^=,]|=2C|=3D)+$/.test(text)) return undefined;
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
