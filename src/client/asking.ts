/**
 * Asking: what every command of the user's goes by: the label by which its answer is known, and the refusal of what is not
 * sent.
 */
import { type Context } from "./context.ts";
import { type Asked } from "./requests.ts";

/** The label by which its answer is known, where the server has labels. */
export function tagsFor(context: Context, asked: Asked): Map<string, string> {
  const tags = new Map<string, string>();
  const label = context.hasLabels ? context.requests.add(asked) : undefined;
  if (label !== undefined) tags.set("label", label);
  return tags;
}

interface Why {
  readonly code: string;
  readonly text: string;
  readonly target: string | undefined;
  readonly unsent?: string;
}

export function refuse(context: Context, ref: string | undefined, why: Why): void {
  const { code, text, target, unsent } = why;
  context.output.event({ kind: "error", ref, code, numeric: undefined, text, target, unsent });
}
