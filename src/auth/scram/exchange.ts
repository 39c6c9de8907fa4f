/**
 * SCRAM's exchange (RFC 5802 §5), both sides of it, without anything of IRC or of accounts: what
 * comes in is a message as it was read, what goes out is the next one.
 *
 *     AuthMessage := client-first-bare + "," + server-first + "," + client-final-without-proof
 *
 * A side that finds something wrong answers undefined, and the login is over. What a message is
 * bound to (RFC 5802 §6) is the GS2 header, followed by the channel's data where there is one.
 */
import {
  type ClientKeys,
  type HashName,
  isProof,
  isSignature,
  proofOf,
  type ScramKeys,
  signatureOf,
  type Stretching,
} from "./derivation.ts";
import {
  type BindingFlag,
  bytesOf,
  type ClientFinal,
  type ClientFirst,
  type ServerFirst,
  writeClientFinal,
  writeClientFirstBare,
  writeHeader,
  writeServerFinal,
  writeServerFirst,
  writeWithoutProof,
} from "./messages.ts";

// --- The server ------------------------------------------------------------------------------------

export interface ServerBegun {
  readonly first: ClientFirst;
  readonly serverFirst: string;
  readonly nonce: string;
}

/** Answers client-first; `nonce` is the server's own part. */
export function beginServer(
  first: ClientFirst,
  { salt, iterations }: Stretching,
  nonce: string,
): ServerBegun {
  const whole = first.nonce + nonce;
  return { first, nonce: whole, serverFirst: writeServerFirst({ nonce: whole, salt, iterations }) };
}

/** Answers client-final by server-final; undefined: it proves nothing. */
export function finishServer(
  hash: HashName,
  { first, nonce, serverFirst }: ServerBegun,
  how: {
    readonly final: ClientFinal;
    readonly keys: ScramKeys;
    /** The channel's data; empty when none is used. */
    readonly channel: Uint8Array;
  },
): string | undefined {
  const { final, keys, channel } = how;
  const authMessage = [first.bare, serverFirst, final.withoutProof].join(",");
  const isBound = Buffer.compare(final.binding, bindingInput(first.header, channel)) === 0;
  // Everything is computed whatever is wrong already.
  const isProven = isProof(hash, final.proof, keys, authMessage);
  const signature = signatureOf(hash, keys, authMessage);
  return isBound && isProven && final.nonce === nonce ? writeServerFinal(signature) : undefined;
}

// --- The client ------------------------------------------------------------------------------------

export interface ClientBegun {
  readonly header: string;
  readonly bare: string;
  readonly nonce: string;
  readonly channel: Uint8Array;
}

export function beginClient(begin: {
  readonly name: string;
  readonly nonce: string;
  readonly flag: BindingFlag;
  /** The channel's data; empty when none is used. */
  readonly channel: Uint8Array;
}): ClientBegun {
  const { name, nonce, flag, channel } = begin;
  return { header: writeHeader(flag), bare: writeClientFirstBare(name, nonce), nonce, channel };
}

/** RFC 5802 §5.1: the client "MUST verify that the initial part of the nonce" is its own. */
export function isAnswer(begun: ClientBegun, { nonce }: ServerFirst): boolean {
  return nonce.startsWith(begun.nonce) && nonce.length > begun.nonce.length;
}

export interface ClientFinished {
  readonly clientFinal: string;
  /** Whether the server has shown that it knows the password's verifier. */
  isServers(signature: Uint8Array): boolean;
}

/** Answers server-first by client-final. */
export function finishClient(
  hash: HashName,
  begun: ClientBegun,
  { first, keys }: { readonly first: ServerFirst; readonly keys: ClientKeys },
): ClientFinished {
  const input = bindingInput(begun.header, begun.channel);
  const withoutProof = writeWithoutProof(input, first.nonce);
  const authMessage = [begun.bare, first.text, withoutProof].join(",");
  return {
    clientFinal: writeClientFinal(withoutProof, proofOf(hash, keys, authMessage)),
    isServers: (signature) => isSignature(hash, signature, keys, authMessage),
  };
}

/** RFC 5802 §7: `cbind-input = gs2-header [ cbind-data ]`. */
function bindingInput(header: string, channel: Uint8Array): Uint8Array {
  return Buffer.concat([bytesOf(header), channel]);
}
