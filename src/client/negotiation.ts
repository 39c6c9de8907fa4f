/**
 * Negotiation: which capabilities the server has, which of them we want, and which it gives.
 *
 * Everything offered that the client can read is asked for, in lines so short that their answers are never cut; what is
 * refused together is asked for once more, alone.
 */
import {
  type MultilineLimits,
  multilineType,
  parseMultilineLimits,
} from "../protocol/multiline.ts";
import { type Capability, capabilityNames, isCapability } from "../protocol/capabilities.ts";
import { type OutputQueue } from "./output.ts";

const valueLengthMax = 512;

/** Names in one CAP REQ: its answer repeats them behind a server's name, a nick and `CAP … ACK`. */
const requestBytesMax = 300;

/** What the client has no use for (it asks to be told of nobody who is elsewhere), or would have to read and does not. */
const unread: ReadonlySet<Capability> = new Set<Capability>([
  "extended-monitor",
  "no-implicit-names",
  "draft/no-implicit-names",
  "soju.im/no-implicit-names",
  "draft/event-playback",
  "draft/extended-isupport",
  "draft/pre-away",
  "znc.in/playback",
  "znc.in/self-message",
]);

export class Negotiation {
  /** Given, and not taken back. */
  readonly held = new Set<Capability>();
  readonly #output: OutputQueue;
  readonly #offered = new Map<Capability, string>();
  /** Asked for, and neither given nor refused yet. */
  readonly #asked = new Set<Capability>();
  readonly #askedAlone = new Set<Capability>();

  constructor(output: OutputQueue) {
    this.#output = output;
  }

  /** Everything that was asked for is given or refused. */
  get isSettled(): boolean {
    return this.#asked.size === 0;
  }

  /** What the server said of it; empty when it said nothing. */
  valueOf(name: Capability): string {
    return this.#offered.get(name) ?? "";
  }

  /** What a message of several lines may be; without labels it would not be known when one is refused. */
  get multiline(): MultilineLimits | undefined {
    const needed = [multilineType, "batch", "message-tags", "labeled-response"] as const;
    if (!needed.every((name) => this.held.has(name))) return undefined;
    return parseMultilineLimits(this.valueOf(multilineType));
  }

  /** Looks at a CAP message; true when there is nothing that it asked for because of it. */
  take(params: readonly string[], isFirst: boolean): boolean {
    const subcommand = (params[1] ?? "").toUpperCase();
    const hasMore = params[2] === "*" && params.length > 3;
    const names = (params.at(-1) ?? "").split(" ").filter((name) => name !== "");
    switch (subcommand) {
      case "LS":
        this.#offer(names);
        return !hasMore && isFirst && !this.#request();
      case "NEW":
        this.#offer(names);
        return !this.#request();
      case "DEL":
        for (const name of names) if (isCapability(name)) this.held.delete(name);
        return false;
      case "ACK":
        this.#given(names);
        return true;
      case "NAK":
        this.#withheld(names);
        return true;
      default:
        return false;
    }
  }

  #offer(names: readonly string[]): void {
    for (const entry of names) {
      const equals = entry.indexOf("=");
      const name = equals < 0 ? entry : entry.slice(0, equals);
      if (!isCapability(name)) continue;
      const value = equals < 0 ? "" : entry.slice(equals + 1);
      this.#offered.set(name, value.slice(0, valueLengthMax));
    }
  }

  /** Asks for what is offered and neither held nor asked for; whether there was any. */
  #request(): boolean {
    const wanted = capabilityNames.filter(
      (name) =>
        this.#offered.has(name) &&
        !unread.has(name) &&
        !this.held.has(name) &&
        !this.#asked.has(name),
    );
    for (const name of wanted) this.#asked.add(name);
    for (const names of inLines(wanted)) this.#output.line("CAP", ["REQ", names]);
    return wanted.length > 0;
  }

  #given(names: readonly string[]): void {
    for (const entry of names) {
      const isRemoved = entry.startsWith("-");
      const name = isRemoved ? entry.slice(1) : entry;
      if (!isCapability(name)) continue;
      this.#asked.delete(name);
      if (isRemoved) this.held.delete(name);
      else this.held.add(name);
    }
  }

  #withheld(names: readonly string[]): void {
    const refused = names.filter(isCapability);
    const again = refused.filter((name) => refused.length > 1 && !this.#askedAlone.has(name));
    for (const name of refused) if (!again.includes(name)) this.#asked.delete(name);
    for (const name of again) {
      this.#askedAlone.add(name);
      this.#output.line("CAP", ["REQ", name]);
    }
  }
}

function inLines(names: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "";
  for (const name of names) {
    if (line !== "" && line.length + 1 + name.length > requestBytesMax) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? name : `${line} ${name}`;
  }
  return line === "" ? lines : [...lines, line];
}
