/**
 * Commands and families: how a feature declares what it answers to.
 *
 * A family is one file in `commands/`: its commands, the capabilities it offers and the ISUPPORT tokens it needs.
 */
import { type Capability } from "../protocol/capabilities.ts";
import { type Message } from "../protocol/message.ts";
import { type Refusal } from "../protocol/replies.ts";
import { type Context, type NetworkView } from "./context.ts";
import { type Param, type ParamResult, type ParamScope } from "./params.ts";
import { type Session } from "./session.ts";
import { type ServerSettings } from "./settings.ts";

type Params = Readonly<Record<string, Param<unknown>>>;

type Values<P extends Params> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

export interface CommandDefinition<P extends Params> {
  readonly name: string;
  /** `registered`: only with a user, which `ctx.user` then is; `always`: from the first line on. */
  readonly when: "registered" | "always";
  /** Of a command for the registered: whether this one is taken before the login as well. */
  isForStrangers?(message: Message): boolean;
  /** Whether what this one does is kept, and so refused while the disk is full; left out: it never is. */
  keeps?(message: Message, session: Session): boolean;
  /** What it costs beyond its line whatever it finds (`cost.ts`): it has to look through much. Left out: nothing. */
  readonly work?: number;
  /** In the order of the line. */
  readonly params: P;
  /** Refuses by returning why not; undefined is done. */
  run(ctx: Context, args: Values<P>, message: Message): Refusal | undefined;
}

export interface Command {
  readonly name: string;
  readonly when: "registered" | "always";
  isForStrangers(message: Message): boolean;
  keeps(message: Message, session: Session): boolean;
  readonly work: number;
  parse(message: Message, scope: ParamScope): ParamResult<unknown>;
  run(ctx: Context, args: unknown, message: Message): Refusal | undefined;
}

export function command<P extends Params>(definition: CommandDefinition<P>): Command {
  const params = Object.entries(definition.params);
  return {
    name: definition.name,
    when: definition.when,
    isForStrangers: (message) => definition.isForStrangers?.(message) ?? false,
    keeps: (message, session) => definition.keeps?.(message, session) ?? false,
    work: definition.work ?? 0,
    parse(message, scope) {
      const values: Record<string, unknown> = {};
      let index = 0;
      for (const [name, param] of params) {
        const result = param.parse(message.params[index], scope);
        index += 1;
        if (result.kind !== "value") return result;
        values[name] = result.value;
      }
      return { kind: "value", value: values };
    },
    // The arguments come from `parse` above, which made each by the parameter of that name.
    run: (ctx, args, message) => definition.run(ctx, args as Values<P>, message),
  };
}

export interface Family {
  readonly commands: readonly Command[];
  /** Capabilities and their values (`""`: none); a function where the connection's facts decide; undefined: not offered. */
  readonly capabilities?: Readonly<Partial<Record<Capability, string | CapabilityOffer>>>;
  /** ISUPPORT tokens with their values (`""`: none). */
  readonly isupport?: (settings: ServerSettings) => Readonly<Record<string, string>>;
}

export type CapabilityOffer = (
  session: Session,
  settings: ServerSettings,
  network: NetworkView,
) => string | undefined;

export function family(definition: Family): Family {
  return definition;
}
