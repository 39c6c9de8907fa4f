/**
 * Faults: what an error on a socket means. A failing network is expected; an exception of our own
 * is a bug.
 *
 * Bun sends exceptions thrown in a socket's handlers to its `error` handler, beside real failures.
 * Those of the system and of TLS have a `code`; what has none was thrown by us, and must not be
 * swallowed.
 */

/** Told of a bug; must not throw. */
export type ReportBug = (bug: unknown) => void;

/** The error's code (`ECONNRESET`), or undefined: not a failure of the network. */
export function faultCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  // Errors of Node's own interfaces have a code too (ERR_INVALID_ARG_TYPE, ERR_USE_AFTER_CLOSE); but for those of TLS
  // and of the socket the mistake is ours.
  const isFault =
    typeof error.code === "string" &&
    /^(?!ERR_)|^ERR_(?:SSL|OSSL|BORINGSSL|TLS|SOCKET)(?:_|$)/.test(error.code);
  return isFault && typeof error.code === "string" ? error.code : undefined;
}

/** Why a connection ended, in words that may be shown to others. */
export function closeReason(error: unknown): string {
  switch (faultCode(error)) {
    case undefined:
      return "Connection closed";
    case "ETIMEDOUT":
      return "Connection timed out";
    case "ECONNRESET":
    case "EPIPE":
      return "Connection reset";
    default:
      return "Connection failed";
  }
}
