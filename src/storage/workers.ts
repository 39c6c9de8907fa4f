/**
 * Workers: where their code is. Each is an entry point of the build of its own, `*-worker.ts`, and is
 * found there by its path from `src`; run from source, it is beside this file.
 */
import { isBuilt } from "../base/built.ts";

/** `name`: of a file in this folder. */
export function startWorker(name: string): Worker {
  return new Worker(isBuilt ? `./storage/${name}` : new URL(`./${name}`, import.meta.url).href);
}
