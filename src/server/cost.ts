/**
 * Cost: what a line makes the server do, counted in lines, so that flood control weighs and does not only count.
 *
 * Every line costs one. What people do all day costs no more: what everyone sends, says and asks is free of extra up
 * to the sizes below. Beyond them it costs by its bytes, by how many are shown what it caused (a step for the whole
 * list, never one a receiver), by the lines it is answered with, and by what its command says that it has to look
 * through whatever it finds.
 *
 * In a room of 1,000 one may so say 21 texts at once and then four a second, in one of 10,000 three and then one in
 * two seconds; ask for 60 full pages of history at once and then ten a second.
 */
import { type Task } from "./context.ts";
import { type Audience } from "./event.ts";

/** A line as most clients send it, with room for a few tags. */
const bytesFree = 1_024;
const bytesPerLine = 1_024;
/** A room, as rooms are. */
const receiversFree = 100;
const receiversPerLine = 250;
/** WHO or NAMES of such a room, the welcome, a short page of history. */
const answersFree = 50;
const answersPerLine = 75;

/** Of a line with so many bytes, beyond the line itself. */
export function costOfBytes(bytes: number): number {
  return Math.max(0, bytes - bytesFree) / bytesPerLine;
}

/** Of a task that has ended, beyond its line. */
export function costOfTask({ receivers, work, response }: Task): number {
  const answers = response?.items.length ?? 0;
  return (
    work +
    Math.max(0, receivers - receiversFree) / receiversPerLine +
    Math.max(0, answers - answersFree) / answersPerLine
  );
}

/** Users, whatever each of them is connected with: their sessions are bounded. */
export function receiversOf(audience: Audience): number {
  if (audience.kind === "members") return audience.members.length;
  return audience.users.length + (audience.watchers?.length ?? 0);
}
