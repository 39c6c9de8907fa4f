/** Rules about what readers see, broken on purpose in what the server wrote to one. */
import { chance, type Random } from "../../src/base/random.ts";
import { type Line } from "../../src/server/outside.ts";
import { type Sabotage } from "../support/sim-server.ts";

/** The lines as the reader gets them. */
export function sabotagedPages(
  lines: readonly Line[],
  sabotage: Sabotage | undefined,
  random: Random,
): readonly Line[] {
  if (sabotage === undefined) return lines;
  const texts = lines.map((line) => Buffer.from(line).toString());
  const broken = brokenTexts(texts, sabotage, random);
  return broken === texts ? lines : broken.map((text) => Buffer.from(text));
}

/** What the reader sends, as it arrives: of a page it asks for more than it knows. */
export function sabotagedRequest(bytes: Uint8Array, sabotage: Sabotage | undefined): Uint8Array {
  if (sabotage !== "page-beyond") return bytes;
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text.replaceAll(/( CHATHISTORY .* )\d+\r\n/g, "$1100\r\n"));
}

function brokenTexts(texts: string[], sabotage: Sabotage, random: Random): string[] {
  const isDrawn = (): boolean => chance(random, 0.1);
  switch (sabotage) {
    case "page-twice":
      return texts.flatMap((text) => (isOfPage(text) && isDrawn() ? [text, text] : [text]));
    case "page-hole": {
      const at = texts.findIndex((text, index) => isOfPage(text) && isOfPage(texts[index + 1]));
      return at < 0 ? texts : texts.toSpliced(at, 1);
    }
    case "page-swap": {
      const at = texts.findIndex((text, index) => isOfPage(text) && isOfPage(texts[index + 1]));
      const [one, other] = texts.slice(at);
      return at < 0 || one === undefined || other === undefined
        ? texts
        : texts.toSpliced(at, 2, other, one);
    }
    case "page-early-end":
      return texts.filter((text) => !isOfPage(text));
    case "live-lost":
      return texts.filter((text) => !isLive(text) || !isDrawn());
    case "repeat-anew":
      return texts.map((text) =>
        text.includes("/repeat") ? text.replace(/msgid=[^; ]+/, "msgid=c1-1") : text,
      );
    case "mark-back":
      return [
        ...texts,
        ":server MARKREAD #general timestamp=2026-01-01T00:00:05.000Z\r\n",
        ":server MARKREAD #general timestamp=2026-01-01T00:00:04.999Z\r\n",
      ];
    default:
      return texts;
  }
}

function isOfPage(text: string | undefined): boolean {
  return text !== undefined && /^@\S*batch=\S* \S+ PRIVMSG #general /.test(text);
}

function isLive(text: string): boolean {
  return text.includes(" PRIVMSG #general ") && !isOfPage(text) && !text.includes("label=");
}
