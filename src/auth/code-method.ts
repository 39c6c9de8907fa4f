/**
 * Code method: what a second factor can be answered with, on both sides.
 */

export type CodeMethod = "totp" | "recovery";
