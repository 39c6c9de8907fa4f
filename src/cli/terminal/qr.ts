/**
 * QR: a text as a picture that a telephone reads off the terminal.
 *
 * Readers want dark on light with a border of light around it, whatever the terminal's own colours are: so the picture
 * brings its colours along. Where they are not wanted (NO_COLOR), light is drawn and dark is left out, which is right
 * on a dark terminal, and read by most readers on a light one too. Two rows of squares are one row of half blocks;
 * without Unicode a square is two spaces, which needs colours.
 *
 * The encoding (ISO/IEC 18004) is a library's.
 */
import { encodeQR } from "qr";

export interface QrStyle {
  readonly columns: number;
  readonly hasColour: boolean;
  readonly hasUnicode: boolean;
}

/** ISO/IEC 18004 §6.3.8: "The quiet zone … shall be 4X wide". */
const borderSquares = 4;
/** Black on white of the 256 colours, which no theme of a terminal changes. */
const paper = "\x1b[38;5;16;48;5;231m";
const ink = "\x1b[48;5;16m";
const light = "\x1b[48;5;231m";
const plain = "\x1b[0m";

/** Undefined: it cannot be drawn there. */
export function drawQr(
  text: string,
  { columns, hasColour, hasUnicode }: QrStyle,
): string | undefined {
  if (!hasUnicode && !hasColour) return undefined;
  const options = { ecc: "low", encoding: "byte", border: borderSquares } as const;
  const squares = encodeQR(text, "raw", options);
  const width = squares.length * (hasUnicode ? 1 : 2);
  if (width > columns) return undefined;
  if (!hasUnicode) return squares.map(spaced).join("\n");
  const rows = Array.from({ length: Math.ceil(squares.length / 2) }, (_, row) =>
    halfBlocks(squares[row * 2] ?? [], squares[row * 2 + 1] ?? [], hasColour),
  );
  return rows.join("\n");
}

/** `true` is dark. With colours the blocks are ink, without them they are light. */
function halfBlocks(
  upper: readonly boolean[],
  lower: readonly boolean[],
  hasColour: boolean,
): string {
  const blocks = upper.map((isDark, column) => {
    const isUpper = isDark === hasColour;
    // Below the last row there is more border.
    const isLower = (lower[column] ?? false) === hasColour;
    if (isUpper) return isLower ? "█" : "▀";
    return isLower ? "▄" : " ";
  });
  return hasColour ? `${paper}${blocks.join("")}${plain}` : blocks.join("");
}

function spaced(row: readonly boolean[]): string {
  return `${row.map((isDark) => `${isDark ? ink : light}  `).join("")}${plain}`;
}
