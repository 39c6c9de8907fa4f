/**
 * Masks: `*` for any characters, `?` for one, everything else for itself, letters by ASCII folding.
 *
 * Matched by two pointers in time proportional to the product of the lengths at worst; never by a regular
 * expression made from what a user wrote.
 */
import { failed, ok, type Result } from "../base/result.ts";
import { maskBytesMax, maskWildcardsMax } from "./limits.ts";
import { fold } from "./names.ts";

/** Whether the whole of `text` matches. */
export function matchesMask(mask: string, text: string): boolean {
  // By characters, not code units: `?` stands for one that is seen.
  const pattern = [...fold(mask)];
  const subject = [...fold(text)];
  let patternIndex = 0;
  let subjectIndex = 0;
  let starIndex = -1;
  let retryIndex = 0;
  while (subjectIndex < subject.length) {
    const wanted = pattern[patternIndex];
    if (wanted === "*") {
      starIndex = patternIndex;
      retryIndex = subjectIndex;
      patternIndex += 1;
    } else if (wanted === "?" || wanted === subject[subjectIndex]) {
      patternIndex += 1;
      subjectIndex += 1;
    } else if (starIndex >= 0) {
      patternIndex = starIndex + 1;
      retryIndex += 1;
      subjectIndex = retryIndex;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === "*") patternIndex += 1;
  return patternIndex === pattern.length;
}

/**
 * A mask as it is kept: `nick!user@host` with the missing parts filled in (`ann` → `ann!*@*`, `u@h` → `*!u@h`),
 * stars in a row made one. Idempotent.
 */
export function normalizeMask(text: string): Result<string> {
  if (text === "" || /[\p{Z}\p{C},]/u.test(text) || text.startsWith(":")) {
    return failed("a mask is one word");
  }
  const mask = filled(text).replace(/\*+/g, "*");
  if (Buffer.byteLength(mask) > maskBytesMax) {
    return failed(`a mask has at most ${maskBytesMax} bytes`);
  }
  if (starsIn(mask) > maskWildcardsMax) {
    return failed(`a mask has at most ${maskWildcardsMax} stars`);
  }
  return ok(mask);
}

/** Whether it may be held against everyone there is: as long, and with as many stars, as a mask that is kept. */
export function isBoundedMask(mask: string): boolean {
  return Buffer.byteLength(mask) <= maskBytesMax && starsIn(mask) <= maskWildcardsMax;
}

function starsIn(mask: string): number {
  return mask.split("").filter((character) => character === "*").length;
}

function filled(text: string): string {
  const bang = text.indexOf("!");
  const at = text.indexOf("@", Math.max(bang, 0));
  const nickEnd = bang >= 0 ? bang : at >= 0 ? 0 : text.length;
  const nick = text.slice(0, nickEnd);
  const user = bang < 0 && at < 0 ? "" : text.slice(bang + 1, at < 0 ? undefined : at);
  const host = at < 0 ? "" : text.slice(at + 1);
  return `${nick || "*"}!${user || "*"}@${host || "*"}`;
}
