/**
 * Search text: how texts are compared when something is searched, and how one becomes words of the index.
 *
 * Folded are case, accents, the forms of one letter (full width, ligatures) and white space, line feeds included: a
 * message of several lines is one text. Accents are those of Latin, Greek and Cyrillic; marks that make another letter,
 * as in Japanese or Arabic, stay. What is found is what contains the folded text, anywhere.
 *
 * The same function folds what is indexed, what is scanned and what is asked for, so that the index and a look at
 * every message give the same.
 */

/** Three characters in a row are a word of the index; a shorter text has none. */
const trigramLength = 3;

export function foldText(text: string): string {
  // Most texts are ASCII with single spaces, and need a tenth of the time.
  if (/^[\x20-\x7e]*$/.test(text)) {
    const lower = text.toLowerCase();
    return lower.includes("  ") ? lower.replace(/ +/g, " ") : lower;
  }
  return (
    text
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]+/g, "")
      .normalize("NFC") // Hangul and Kana are put together again
      .toLowerCase()
      // Once more: what became a small letter may have brought an accent with it.
      .replace(/[\u0300-\u036f]+/g, "")
      .replace(/ς/g, "σ") // which of the two it is depends on what follows
      .replace(/\s+/g, " ")
  );
}

/** In characters, not in code units. */
export function isShort(folded: string): boolean {
  return [...folded].length < trigramLength;
}

/** Each once, in order. */
export function trigramsOf(folded: string): string[] {
  const characters = [...folded];
  const found = new Set<string>();
  for (let start = 0; start + trigramLength <= characters.length; start += 1) {
    found.add(characters.slice(start, start + trigramLength).join(""));
  }
  return [...found];
}

const privateUseStart = 0xe0_00;
const privateUseCount = 6_400;

/**
 * A number as one trigram, of characters of private use: so a log and a sender are words of the index like any other.
 * Numbers below 2.6e11 have one each.
 */
export function wordOf(number: number): string {
  const characters: number[] = [];
  let rest = number;
  for (let place = 0; place < trigramLength; place += 1) {
    characters.push(privateUseStart + (rest % privateUseCount));
    rest = Math.floor(rest / privateUseCount);
  }
  return String.fromCharCode(...characters);
}
