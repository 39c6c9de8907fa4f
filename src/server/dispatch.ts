/**
 * Dispatch: from a line of a session, or an operator's words, to the command that runs.
 *
 *     line → message → command → parameters (looked up) → run
 *
 * What is part of a batch that the client has opened is collected there (`commands/batch.ts`) instead of being run.
 * A command whose parameters are not in memory waits for the lookup and is then parsed again from the start.
 */
import { type FramingEvent } from "../protocol/framing.ts";
import { labelBytesMax } from "../protocol/limits.ts";
import { type Message, parseMessage } from "../protocol/message.ts";
import { refusals } from "../protocol/replies.ts";
import { breakBatch, takeIntoBatch } from "./commands/batch.ts";
import { type Command } from "./command.ts";
import { Context, type Machine, newTask, type Task } from "./context.ts";
import { shownName } from "./params.ts";
import { mayKeep } from "./policy.ts";
import { type Session } from "./session.ts";

/** What browsers and scanners begin with: they get an answer in words and are closed. */
const httpMethods: ReadonlySet<string> = new Set(
  "GET POST HEAD PUT DELETE OPTIONS CONNECT PATCH TRACE".split(" "),
);

/** Runs one thing a session sent, as a task of its own; the caller ends the task. */
export function dispatch(machine: Machine, session: Session, frame: FramingEvent): Task {
  if (frame.kind === "not-utf8") return refuseBytes(machine, session, frame.text);
  if (frame.kind !== "line") {
    const ctx = new Context(machine, newTask({ session }));
    refuseFrame(ctx, frame.kind);
    breakBatch(ctx);
    return ctx.task;
  }
  const parsed = parseMessage(frame.text);
  if (!parsed.ok) {
    const ctx = new Context(machine, newTask({ session }));
    if (parsed.error === "empty") return ctx.task;
    ctx.reply(refusals.invalidMessage());
    breakBatch(ctx);
    return ctx.task;
  }
  const task = newTask({ session, label: labelOf(parsed.value) });
  runMessage(new Context(machine, task), parsed.value);
  return task;
}

/**
 * Not UTF-8. utf8-only: "FAIL PRIVMSG INVALID_UTF8", with the label of the command, where its beginning can be read:
 * mostly it is the text that cannot.
 */
function refuseBytes(machine: Machine, session: Session, text: string): Task {
  const parsed = parseMessage(text);
  const label = parsed.ok ? labelOf(parsed.value) : undefined;
  const isReadable = label?.includes("\ufffd") === false;
  const ctx = new Context(machine, newTask({ session, label: isReadable ? label : undefined }));
  const command = parsed.ok ? machine.catalog.command(parsed.value.command) : undefined;
  ctx.reply(refusals.invalidUtf8(command?.name ?? "*"));
  breakBatch(ctx);
  return ctx.task;
}

type UnreadKind = Exclude<FramingEvent["kind"], "line" | "not-utf8">;

function refuseFrame(ctx: Context, kind: UnreadKind): void {
  switch (kind) {
    case "too-long":
      ctx.reply(refusals.inputTooLong());
      return;
    case "bad-bytes":
      ctx.reply(refusals.invalidMessage());
      return;
    case "flooded":
      // That it is too long was told before: the framer says both.
      ctx.close("No line end in what you send");
  }
}

function labelOf({ tags }: Message): string | undefined {
  const label = tags.get("label");
  if (label === undefined || label === "" || Buffer.byteLength(label) > labelBytesMax) {
    return undefined;
  }
  return label;
}

function runMessage(ctx: Context, message: Message): void {
  const { session } = ctx;
  if (takeIntoBatch(ctx, message)) return;
  const command = ctx.catalog.command(message.command);
  if (session.phase === "registering" && command === undefined) {
    if (httpMethods.has(message.command)) {
      ctx.close("This is a chat server, not a web server");
      return;
    }
    ctx.reply(refusals.notRegistered());
    return;
  }
  if (command === undefined) {
    ctx.reply(refusals.unknownCommand(shownName(message.command)));
    return;
  }
  const isTooEarly = command.when === "registered" && session.phase !== "registered";
  if (isTooEarly && !command.isForStrangers(message)) {
    ctx.reply(refusals.notRegistered());
    return;
  }
  runCommand(ctx, command, message);
}

function runCommand(ctx: Context, command: Command, message: Message): void {
  if (ctx.session.phase === "closed") return;
  const result = command.parse(message, {
    command: command.name,
    network: ctx.network,
    settings: ctx.settings,
    asker: ctx.session.user,
    absent: ctx.task.absent,
  });
  switch (result.kind) {
    case "refused":
      ctx.reply(result.refusal);
      return;
    case "lookup":
      ctx.load(result.lookups, (next, outcome) => {
        if (outcome === "loaded") runCommand(next, command, message);
        else next.reply(refusals.temporarilyUnavailable(command.name));
      });
      return;
    case "value": {
      ctx.task.work += command.work;
      const refusal =
        (command.keeps(message, ctx.session) ? mayKeep(ctx, command.name) : undefined) ??
        command.run(ctx, result.value, message);
      if (refusal !== undefined) ctx.reply(refusal);
    }
  }
}
