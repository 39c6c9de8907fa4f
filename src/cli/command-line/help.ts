/**
 * The text of `--help`: citty's, from our definitions, in colours only where they are wanted.
 */
import { type ArgDef, type ArgsDef, type CommandDef, defineCommand, renderUsage } from "citty";
import { type Option, type Usage } from "./strict.ts";

export interface HelpStyle {
  readonly hasColours: boolean;
}

/** How to use one subcommand. */
export async function subcommandHelp(usage: Usage, style: HelpStyle): Promise<string> {
  return tidied(await renderUsage(definition(usage)), style);
}

/** What subcommands there are. */
export async function programHelp(
  summary: string,
  subcommands: readonly { readonly name: string; readonly summary: string }[],
  style: HelpStyle,
): Promise<string> {
  const program = defineCommand({
    meta: { name: "authchat", description: summary },
    subCommands: Object.fromEntries(
      subcommands.map((sub) => [sub.name, { meta: { name: sub.name, description: sub.summary } }]),
    ),
  });
  return tidied(await renderUsage(program), style);
}

function definition(usage: Usage): CommandDef {
  const args: ArgsDef = {};
  for (const { name, summary, isRequired } of usage.positionals) {
    args[name] = { type: "positional", description: summary, required: isRequired };
  }
  for (const option of usage.options) args[option.name] = optionDefinition(option);
  args["help"] = { type: "boolean", alias: "h", description: "Show this text" };
  return defineCommand({
    meta: { name: `authchat ${usage.name}`, description: usage.summary },
    args,
  });
}

function optionDefinition(option: Option): ArgDef {
  const isRepeatable =
    (option.kind === "text" || option.kind === "choice") && option.isRepeatable === true;
  const common = {
    description: isRepeatable ? `${option.summary} (may be given several times)` : option.summary,
    ...(option.short === undefined ? {} : { alias: option.short }),
  };
  switch (option.kind) {
    case "flag":
      return { ...common, type: "boolean" };
    case "text":
    case "number":
      return { ...common, type: "string", valueHint: option.value };
    case "choice":
      return { ...common, type: "enum", options: [...option.choices] };
  }
}

/** citty colours whatever the output is, and ends lines with spaces. */
function tidied(text: string, { hasColours }: HelpStyle): string {
  const plain = hasColours ? text : Bun.stripANSI(text);
  return plain.replace(/[ \t]+$/gm, "");
}
