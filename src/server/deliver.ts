/**
 * Delivery: from what was kept to lines for each connection, in the order in which things happened.
 *
 * What the same members see one after the other is a *run*: a room in which many speak at once. Whoever only listens
 * gets all of it in one piece, which they share. Who speaks in it gets what each of the others said in one go as one
 * piece, between their own answers, and who has just come gets it line by line. So a busy room costs a few steps for
 * each listener and turn, and not for each of their lines: 0.2 µs a line less.
 */
import { type Capabilities, hasCapability } from "../protocol/capabilities.ts";
import { escapeTagValue } from "../protocol/message.ts";
import { replies } from "../protocol/replies.ts";
import { type Emission } from "./event.ts";
import { type HeldBack } from "./held-back.ts";
import { type Delivery, LineMaker } from "./line-maker.ts";
import { type Outbox, type Sink } from "./outbox.ts";
import { type Line } from "./outside.ts";
import { type Response, type ResponseItem } from "./response.ts";
import { type Session } from "./session.ts";
import { type Member } from "./state/channel.ts";
import { type User } from "./state/user.ts";

/** What is to be shown, in order. */
export type Shown =
  | { readonly kind: "emission"; readonly emission: Emission }
  | { readonly kind: "response"; readonly response: Response }
  /** The session was told what it had missed: what was held back is shown now. */
  | { readonly kind: "release"; readonly session: Session };

export type Guard = (session: Session | undefined, run: () => void) => void;

/** What is added to `shown` meanwhile is shown too. `guard` runs each: a bug in one costs its session, not the rest. */
export function deliver(
  shown: readonly Shown[],
  delivery: Delivery,
  outbox: Outbox,
  guard: Guard,
): void {
  const lines = new LineMaker(delivery);
  let index = 0;
  for (let item = shown[index]; item !== undefined; item = shown[index]) {
    const run = runAt(shown, index);
    if (run !== undefined) {
      deliverRun(run, lines, outbox, guard);
      index += run.items.length;
      continue;
    }
    deliverOne(item, lines, outbox, guard);
    index += 1;
  }
}

function deliverOne(item: Shown, lines: LineMaker, outbox: Outbox, guard: Guard): void {
  if (item.kind === "emission") {
    guard(item.emission.origin, () => deliverEmission(item.emission, lines, outbox));
  } else if (item.kind === "response") {
    guard(item.response.session, () => deliverResponse(item.response, lines, outbox));
  } else release(item.session, lines, outbox);
}

// --- Runs --------------------------------------------------------------------------------------------------------

/** What the same members see one after the other, and the answers between. */
interface Run {
  readonly members: readonly Member[];
  /** What is added between two such events looks the same to all. */
  readonly variants: Capabilities;
  readonly items: readonly Shown[];
  readonly firstNumber: number;
}

/** Undefined: what is there is not followed by another of its kind. */
function runAt(shown: readonly Shown[], start: number): Run | undefined {
  const first = shown[start];
  if (first?.kind !== "emission") return undefined;
  const { emission } = first;
  const members = membersOf(emission);
  if (members === undefined) return undefined;
  const { variants } = emission.event;
  let [end, count] = [start, 0];
  for (let item = shown[end]; item !== undefined; item = shown[end]) {
    if (item.kind === "emission") {
      if (membersOf(item.emission) !== members) break;
      if (item.emission.event.variants !== variants) break;
      count += 1;
    } else if (item.kind === "release") break;
    end += 1;
  }
  if (count < 2) return undefined;
  return { members, variants, items: shown.slice(start, end), firstNumber: emission.number };
}

/** Of what is for the members of a channel and for nobody else. */
function membersOf({ audience, event }: Emission): readonly Member[] | undefined {
  if (audience?.kind !== "members" || audience.also !== undefined) return undefined;
  return event.onlyFor === undefined ? audience.members : undefined;
}

function deliverRun(
  { members, variants, items, firstNumber }: Run,
  lines: LineMaker,
  outbox: Outbox,
  guard: Guard,
): void {
  const speakers = new Set<Session>();
  const emissions: Emission[] = [];
  for (const item of items) {
    if (item.kind === "response") speakers.add(item.response.session);
    if (item.kind === "emission") {
      emissions.push(item.emission);
      if (item.emission.origin !== undefined) speakers.add(item.emission.origin);
    }
  }
  const guarded = (emission: Emission, make: () => void): void => guard(emission.origin, make);
  const listeners = lines.ofRun(emissions, variants, guarded);
  const isOrdered = emissions.some(isOfLog);
  const inParts: Session[] = [];
  const lineByLine: Receiver[] = [];
  for (const { user } of members) {
    for (const session of user.sessions) {
      const hasJustCome = session.attachedAfter >= firstNumber || session.heldBack !== undefined;
      if (hasJustCome) {
        lineByLine.push({ session, user });
        continue;
      }
      if (isOrdered && session.following !== undefined) lines.newsFor(session);
      if (speakers.has(session)) inParts.push(session);
      else outbox.addShared(session, listeners(session.capabilities));
    }
  }
  for (const part of runPartsOf(items)) {
    const said = part.items.flatMap((item) => (item.kind === "emission" ? [item.emission] : []));
    const pieces = lines.ofRun(said, variants, guarded);
    for (const session of inParts) {
      if (session !== part.session) outbox.addShared(session, pieces(session.capabilities));
    }
    for (const emission of said) {
      guard(emission.origin, () => {
        if (lines.isRepeated(emission)) return;
        for (const receiver of lineByLine) showSession(receiver, emission, lines, outbox);
      });
    }
    for (const item of part.items) {
      if (item.kind !== "emission") deliverOne(item, lines, outbox, guard);
    }
  }
}

/** What one session caused in one go: others see of it nothing but the events. */
interface RunPart {
  readonly session: Session | undefined;
  readonly items: Shown[];
}

function runPartsOf(items: readonly Shown[]): RunPart[] {
  const parts: RunPart[] = [];
  let last: RunPart | undefined;
  for (const item of items) {
    const session = sessionOf(item);
    if (last === undefined || last.session !== session) {
      last = { session, items: [] };
      parts.push(last);
    }
    last.items.push(item);
  }
  return parts;
}

function sessionOf(item: Shown): Session | undefined {
  switch (item.kind) {
    case "emission":
      return item.emission.origin;
    case "response":
      return item.response.session;
    case "release":
      return item.session;
  }
}

// --- One by one --------------------------------------------------------------------------------------------------

function deliverEmission(emission: Emission, lines: LineMaker, outbox: Outbox): void {
  const { audience } = emission;
  if (audience === undefined || lines.isRepeated(emission)) return;
  const show = (user: User): void => {
    for (const session of user.sessions) showSession({ session, user }, emission, lines, outbox);
  };
  if (audience.kind === "users") {
    for (const user of audience.users) show(user);
    for (const session of audience.watchers ?? []) {
      showSession({ session, user: undefined }, emission, lines, outbox);
    }
    return;
  }
  for (const member of audience.members) show(member.user);
  if (audience.also !== undefined) show(audience.also);
}

/** A session that is there as that user, or watches. */
interface Receiver {
  readonly session: Session;
  readonly user: User | undefined;
}

function showSession(
  { session, user }: Receiver,
  emission: Emission,
  lines: LineMaker,
  outbox: Outbox,
): void {
  if (session === emission.origin) return;
  // What reached a guest before they logged in reached them: that they were another user then is no reason to lose it.
  const wasOther = user !== undefined && user !== session.user;
  if (!wasOther && session.attachedAfter >= emission.number) return;
  const { onlyFor } = emission.event;
  if (onlyFor !== undefined && !hasCapability(session.capabilities, onlyFor)) return;
  const shown = lines.shared(emission, session.capabilities);
  if (isOfLog(emission) && session.following !== undefined && isHeld(session, shown, lines)) return;
  const isOfRoom = emission.audience?.kind === "members";
  for (const line of shown) outbox.add(session, line, isOfRoom);
}

// --- What is held back -------------------------------------------------------------------------------------------

/** What has no place in a log and is not said either has no place among what was missed. */
function isOfLog({ event, entryIndex }: Emission): boolean {
  return event.isSaid || entryIndex !== undefined;
}

/** Holds it back where the session is still told what it has missed. */
function isHeld(session: Session, shown: readonly Line[], lines: LineMaker): boolean {
  const { heldBack } = session;
  heldBack?.hold(shown);
  if (heldBack === undefined) lines.newsFor(session);
  else if (heldBack.isOver) lines.lookAt(session);
  return heldBack !== undefined;
}

/** As if it had happened only now. */
function release(session: Session, lines: LineMaker, outbox: Outbox): void {
  const { heldBack } = session;
  if (heldBack === undefined || heldBack.isOver) return;
  session.heldBack = undefined;
  const held = heldBack.take();
  for (const line of held) outbox.add(session, line, false);
  if (held.length > 0) lines.newsFor(session);
}

// --- Answers -----------------------------------------------------------------------------------------------------

function deliverResponse(response: Response, lines: LineMaker, outbox: Outbox): void {
  const { session, label } = response;
  if (response.items.length === 0 && label === undefined) return;
  const items = response.items.filter((item) => lines.isSeen(item, session));
  const { heldBack } = session;
  if (heldBack !== undefined && isHeldAnswer(response, items, heldBack)) {
    const held: Line[] = [];
    showResponse(response, items, { lines, outbox: { add: (_, line) => held.push(line) } });
    heldBack.hasAnswer = true;
    heldBack.hold(held);
    if (heldBack.isOver) lines.lookAt(session);
  } else {
    showResponse(response, items, { lines, outbox });
  }
}

/** What one does oneself meanwhile keeps its place among what others do. */
function isHeldAnswer(
  { isAside }: Response,
  items: readonly ResponseItem[],
  { hasAnswer }: HeldBack,
): boolean {
  if (isAside) return false;
  if (hasAnswer) return true;
  return items.some((item) => {
    if (item.kind === "reply") return false;
    return isOfLog(item.emission);
  });
}

function showResponse(
  response: Response,
  items: readonly ResponseItem[],
  { lines, outbox }: { readonly lines: LineMaker; readonly outbox: Sink },
): void {
  const { session } = response;
  const answer = answerOf(response, items, lines);
  if (answer !== "") outbox.add(session, Buffer.from(answer), false);
  // labeled-response: who sends a message to themselves is to see the label on the echo, and "MUST NOT" on what comes.
  if (!hasCapability(session.capabilities, "echo-message")) return;
  for (const item of items) {
    if (item.kind === "reply" || !item.emission.event.isToSelf(item.emission.actor)) continue;
    if (lines.isRepeated(item.emission)) continue;
    outbox.add(session, Buffer.from(lines.answer(item, session, "")), false);
  }
}

/** All its lines, which are made bytes in one piece. */
function answerOf(
  { session, label }: Response,
  items: readonly ResponseItem[],
  lines: LineMaker,
): string {
  // labeled-response: "depends on the batch capability which MUST be negotiated to use labeled responses".
  const mayLabel =
    hasCapability(session.capabilities, "labeled-response") &&
    hasCapability(session.capabilities, "batch");
  const isLabelled = label !== undefined && mayLabel;
  const all = (extraTag: string): string => {
    let text = "";
    for (const item of items) text += lines.answer(item, session, extraTag);
    return text;
  };
  if (!isLabelled) return all("");
  const labelTag = `label=${escapeTagValue(label)}`;
  const [first] = items;
  if (first === undefined) return lines.reply(replies.ack(), "*", labelTag);
  // multiline: "Servers MUST only include the label tag on the opening BATCH command". Who sends several lines in a
  // batch takes them in one: a message is never loose lines here.
  if (items.length === 1) return all(labelTag);
  const reference = lines.nextBatch();
  const start = lines.reply(replies.batchStart(reference, "labeled-response"), "*", labelTag);
  const end = lines.reply(replies.batchEnd(reference), "*", "");
  return start + all(`batch=${reference}`) + end;
}
