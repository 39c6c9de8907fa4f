/**
 * The proofs and the sieges have two forms: a short one among all tests, and a long one, `bun proof` and `bun siege`,
 * with as many rounds as take minutes.
 */
export const isLongForm = process.env["PROOF"] === "long";
