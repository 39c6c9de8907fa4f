/**
 * What programs tell the client, a JSON object a line, read into an action; or what is wrong with it.
 *
 * A field that its operation does not have is refused: it is a spelling mistake, or a wish that would not be heard.
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { type Action, type MessageKind } from "../../client/events.ts";
import { printable } from "../../protocol/text.ts";

const refLengthMax = 256;
/** As much of a field's name as an answer repeats. */
const shownLengthMax = 40;

type Fields = Readonly<Record<string, unknown>>;
type FieldKind = "text" | "ref" | "messageKind" | "count";

/** Fields by operation; the required ones first, texts all of them. */
const operations: ReadonlyMap<string, { readonly needs: string[]; readonly takes: string[] }> =
  new Map([
    ["send", { needs: ["target", "text"], takes: ["kind", "ref"] }],
    ["join", { needs: ["target"], takes: ["key", "ref"] }],
    ["part", { needs: ["target"], takes: ["reason", "ref"] }],
    ["topic", { needs: ["target"], takes: ["text", "ref"] }],
    ["history", { needs: ["target"], takes: ["before", "limit", "ref"] }],
    ["search", { needs: ["text"], takes: ["target", "before", "limit", "ref"] }],
    ["redact", { needs: ["target"], takes: ["id", "reason", "ref"] }],
    ["read", { needs: ["target"], takes: ["ref"] }],
    ["raw", { needs: ["line"], takes: ["ref"] }],
    ["quit", { needs: [], takes: ["reason", "ref"] }],
  ]);

const kindsOfFields: ReadonlyMap<string, FieldKind> = new Map([
  ["ref", "ref"],
  ["kind", "messageKind"],
  ["limit", "count"],
]);

const wanted: Readonly<Record<FieldKind, string>> = {
  text: "is to be a text",
  ref: `is to be a text of at most ${refLengthMax} characters, or a number`,
  messageKind: "is to be message, notice or action",
  count: "is to be a number from 1",
};

export function parseOperation(line: string): Result<Action> {
  const fields = parseRecord(line);
  if (fields === undefined) return failed("this is no JSON object");
  const op = fields["op"];
  const operation = typeof op === "string" ? operations.get(op) : undefined;
  if (operation === undefined)
    return failed(`op is to be one of ${[...operations.keys()].join(" ")}`);
  const missing = operation.needs.find((name) => fields[name] === undefined);
  if (missing !== undefined) return failed(`${missing} is missing`);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "op") continue;
    if (![...operation.needs, ...operation.takes].includes(name)) {
      return failed(`${String(op)} has no field ${printable(name.slice(0, shownLengthMax))}`);
    }
    const kind = kindsOfFields.get(name) ?? "text";
    if (!isOfKind(value, kind)) return failed(`${name} ${wanted[kind]}`);
  }
  return ok(actionOf(fields));
}

/** Of fields that were looked at: nothing is missing, and each is what it is to be. */
function actionOf(fields: Fields): Action {
  const target = textOf(fields, "target") ?? "";
  const text = textOf(fields, "text");
  const reason = textOf(fields, "reason");
  const because = reason === undefined ? {} : { reason };
  const ref = refOf(fields["ref"]);
  const withRef = ref === undefined ? {} : { ref };
  switch (fields["op"]) {
    case "send": {
      const messageKind = kindOf(fields["kind"]);
      return { kind: "send", target, text: text ?? "", messageKind, ...withRef };
    }
    case "join": {
      const key = textOf(fields, "key");
      return { kind: "join", channel: target, ...(key === undefined ? {} : { key }), ...withRef };
    }
    case "part":
      return { kind: "part", channel: target, ...because, ...withRef };
    case "topic": {
      const change = text === undefined ? {} : { text };
      return { kind: "topic", channel: target, ...change, ...withRef };
    }
    case "history":
      return { kind: "history", target, ...pageOf(fields), ...withRef };
    case "search": {
      const room = textOf(fields, "target");
      const there = room === undefined ? {} : { room };
      return { kind: "search", text: text ?? "", ...there, ...pageOf(fields), ...withRef };
    }
    case "redact": {
      const id = textOf(fields, "id");
      return {
        kind: "redact",
        target,
        ...(id === undefined ? {} : { id }),
        ...because,
        ...withRef,
      };
    }
    case "read":
      return { kind: "read", room: target };
    case "raw":
      return { kind: "raw", line: textOf(fields, "line") ?? "", ...withRef };
    default:
      return { kind: "quit", ...because };
  }
}

function pageOf(fields: Fields): { readonly before?: string; readonly limit?: number } {
  const before = textOf(fields, "before");
  const limit = fields["limit"];
  return {
    ...(before === undefined ? {} : { before }),
    ...(typeof limit === "number" ? { limit: Math.trunc(limit) } : {}),
  };
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "ref":
      return (
        typeof value === "number" || (typeof value === "string" && value.length <= refLengthMax)
      );
    case "messageKind":
      return value === "message" || value === "notice" || value === "action";
    case "count":
      return typeof value === "number" && value >= 1;
  }
}

function kindOf(value: unknown): MessageKind {
  return value === "notice" || value === "action" ? value : "message";
}

function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" ? value : undefined;
}

/** A ref is a text; a number is taken as one. */
function refOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : undefined;
}

function parseRecord(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
