/**
 * The proofs have two forms: a short one among all tests, and a long one, `bun proof`, with as many rounds as take
 * minutes.
 */
export const isLongForm = process.env["PROOF"] === "long";
