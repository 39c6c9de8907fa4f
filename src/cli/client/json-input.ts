/**
 * What programs tell the client, a JSON object a line, read into an action; undefined when it is none.
 */
import { type Action, type MessageKind } from "../../client/events.ts";

export function parseOperation(line: string): Action | undefined {
  const fields = parseRecord(line);
  if (fields === undefined) return undefined;
  const target = textOf(fields["target"]);
  const text = textOf(fields["text"]);
  const ref = fields["ref"] === undefined ? undefined : refOf(fields["ref"]);
  if (fields["ref"] !== undefined && ref === undefined) return undefined;
  const withRef = ref === undefined ? {} : { ref };
  switch (fields["op"]) {
    case "send": {
      const messageKind = kindOf(fields["kind"]);
      if (target === undefined || text === undefined || messageKind === undefined) return undefined;
      return { kind: "send", target, text, messageKind, ...withRef };
    }
    case "join": {
      const key = textOf(fields["key"]);
      if (target === undefined) return undefined;
      return { kind: "join", channel: target, ...(key === undefined ? {} : { key }), ...withRef };
    }
    case "part": {
      const reason = textOf(fields["reason"]);
      const why = reason === undefined ? {} : { reason };
      return target === undefined
        ? undefined
        : { kind: "part", channel: target, ...why, ...withRef };
    }
    case "topic": {
      const change = text === undefined ? {} : { text };
      return target === undefined
        ? undefined
        : { kind: "topic", channel: target, ...change, ...withRef };
    }
    case "history":
      return target === undefined ? undefined : historyOf(target, fields, withRef);
    case "read":
      return target === undefined ? undefined : { kind: "read", room: target };
    case "raw": {
      const raw = textOf(fields["line"]);
      return raw === undefined ? undefined : { kind: "raw", line: raw, ...withRef };
    }
    case "quit": {
      const reason = textOf(fields["reason"]);
      return { kind: "quit", ...(reason === undefined ? {} : { reason }) };
    }
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function historyOf(
  target: string,
  fields: Fields,
  withRef: { readonly ref?: string },
): Action | undefined {
  const before = textOf(fields["before"]);
  const limit = fields["limit"];
  if (limit !== undefined && (typeof limit !== "number" || !(limit >= 1))) return undefined;
  return {
    kind: "history",
    target,
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined ? {} : { limit: Math.trunc(limit) }),
    ...withRef,
  };
}

function kindOf(value: unknown): MessageKind | undefined {
  if (value === undefined) return "message";
  return value === "message" || value === "notice" || value === "action" ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A ref is a text; a number is taken as one. */
function refOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.length <= 256 ? value : undefined;
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
