/**
 * QR on a terminal: what is drawn is read back from its characters and colours, by a decoder that knows none of it.
 */
import { expect, test } from "bun:test";
import decodeQR from "qr/decode.js";
import { drawQr } from "../../../src/cli/terminal/qr.ts";

const uri = "otpauth://totp/authchat:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=authchat";
/** The longest that our server makes. */
const longUri = `otpauth://totp/${"%F0%9F%9A%80".repeat(6)}:${"a".repeat(32)}?secret=${"A".repeat(32)}`;

const styles = [
  { hasColour: true, hasUnicode: true },
  { hasColour: false, hasUnicode: true },
  { hasColour: true, hasUnicode: false },
];

/** The squares of the picture, true for dark: a terminal with a dark background, seen row by row. */
function squaresOf(picture: string): boolean[][] {
  return picture.split("\n").flatMap((line) => {
    const upper: boolean[] = [];
    const lower: boolean[] = [];
    let [isInkDark, isPaperDark] = [false, true];
    for (const [part] of line.matchAll(/\x1b\[[0-9;]*m|[^\x1b]/g)) {
      if (part.startsWith("\x1b")) {
        isInkDark = part.includes("38;5;16");
        isPaperDark = !part.includes("48;5;231");
        continue;
      }
      upper.push("█▀".includes(part) ? isInkDark : isPaperDark);
      lower.push("█▄".includes(part) ? isInkDark : isPaperDark);
    }
    if (/[█▀▄]/.test(picture)) return [upper, lower];
    return [upper.filter((_, column) => column % 2 === 0)];
  });
}

/** As a camera would see it. */
function read(picture: string): string {
  const squares = squaresOf(picture);
  const scale = 4;
  const width = (squares[0]?.length ?? 0) * scale;
  const height = squares.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isDark = squares[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
      data.fill(isDark ? 0 : 255, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decodeQR({ width, height, data });
}

test.each(styles)("a picture drawn with %j is read as what it is of", (style) => {
  for (const text of [uri, longUri, "x", "żółć"]) {
    const picture = drawQr(text, { columns: 200, ...style });
    expect(read(picture ?? "")).toBe(text);
  }
});

test("it fits a terminal of 80 columns, and one of 24 rows with half blocks", () => {
  const picture = drawQr(uri, { columns: 80, hasColour: true, hasUnicode: true });
  const rows = picture?.split("\n") ?? [];
  expect(rows.length).toBeLessThanOrEqual(24);
  expect(new Set(rows.map((row) => Bun.stringWidth(row)))).toEqual(new Set([45]));
});

test("there are four squares of light around it", () => {
  const squares = squaresOf(drawQr(uri, { columns: 80, hasColour: true, hasUnicode: true }) ?? "");
  const isLight = (row: readonly boolean[] | undefined) => row?.every((isDark) => !isDark) ?? false;
  for (let at = 0; at < 4; at += 1) {
    expect(isLight(squares[at])).toBe(true);
    expect(isLight(squares[44 - at])).toBe(true);
    expect(isLight(squares.map((row) => row[at] ?? true))).toBe(true);
    expect(isLight(squares.map((row) => row[44 - at] ?? true))).toBe(true);
  }
});

test("where it cannot be drawn, it is not", () => {
  expect(drawQr(uri, { columns: 44, hasColour: true, hasUnicode: true })).toBeUndefined();
  expect(drawQr(uri, { columns: 80, hasColour: true, hasUnicode: false })).toBeUndefined();
  expect(drawQr(uri, { columns: 80, hasColour: false, hasUnicode: false })).toBeUndefined();
});
