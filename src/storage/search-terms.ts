/**
 * Search terms: which trigrams of a text the index is asked for.
 *
 * The index goes through a list of messages for each trigram that it is asked for, and where most lists are long, that is
 * nearly all of a search. Whoever asks looks at the messages themselves, so which trigrams are left out makes a
 * difference in time and none in what is found.
 *
 * Which say most is seen in a sample of messages: the trigram that the fewest of them have, then the one that the fewest
 * of those have, and so on, so that two parts of one word do not count as two. How many messages have a trigram the index
 * could say itself, exactly; but that takes 1 to 10 ms for each.
 */

/** Each further one that is frequent costs up to 15 ms in a million messages. */
const trigramsAskedMax = 4;
/** So many are weighed, from the text's beginning. */
const trigramsWeighedMax = 32;
/** One that rules out less than this share of all messages is not worth its list. */
const shareGoneMin = 0.002;
/** Where nothing of the sample is left, one that has more than this share of it is not either. */
const shareOfAllMax = 0.03;

interface Weighed {
  readonly trigram: string;
  /** The numbers of the texts that have it. */
  readonly having: ReadonlySet<number>;
}

/**
 * Those to ask for, the most telling first; at least one, if there is any. `sample` gives folded texts of messages; it is
 * not called when there is nothing to choose.
 */
export function tellingTrigrams(
  trigrams: readonly string[],
  sample: () => readonly string[],
): readonly string[] {
  if (trigrams.length <= trigramsAskedMax) return trigrams;
  const texts = sample();
  const weighed = trigrams
    .slice(0, trigramsWeighedMax)
    .map((trigram) => ({ trigram, having: textsWith(trigram, texts) }))
    .toSorted((one, other) => one.having.size - other.having.size);
  const asked: string[] = [];
  let left: readonly number[] = [...texts.keys()];
  while (asked.length < trigramsAskedMax) {
    const best = mostTelling(weighed, left);
    if (best === undefined || (asked.length > 0 && !isWorthIt(best, left, texts.length))) break;
    asked.push(best.trigram);
    weighed.splice(weighed.indexOf(best), 1);
    left = left.filter((number) => best.having.has(number));
  }
  return asked;
}

function textsWith(trigram: string, texts: readonly string[]): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const [number, text] of texts.entries()) if (text.includes(trigram)) numbers.add(number);
  return numbers;
}

/** The one that leaves the least; of several, the first. */
function mostTelling(weighed: readonly Weighed[], left: readonly number[]): Weighed | undefined {
  let best: Weighed | undefined;
  let fewest = Number.MAX_SAFE_INTEGER;
  for (const each of weighed) {
    const count = countIn(each, left);
    if (count < fewest) [best, fewest] = [each, count];
  }
  return best;
}

function isWorthIt(each: Weighed, left: readonly number[], texts: number): boolean {
  return left.length > 0
    ? left.length - countIn(each, left) >= texts * shareGoneMin
    : each.having.size <= texts * shareOfAllMax;
}

function countIn({ having }: Weighed, left: readonly number[]): number {
  return left.reduce((count, number) => count + (having.has(number) ? 1 : 0), 0);
}
