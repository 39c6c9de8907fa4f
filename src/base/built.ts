/**
 * Whether this program is the executable, or runs from its source: their files are found in different ways.
 */
export const isBuilt: boolean = /\$bunfs|~BUN/.test(import.meta.url);
