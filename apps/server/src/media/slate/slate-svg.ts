/** The slate's picture as SVG: a calm background with one text in its middle. Pure. */
import type { SlateLook } from "../plane.ts";

/** Text fills at most this share of the width, and lines this share of the height. */
const WIDTH_SHARE = 0.84;
const HEIGHT_SHARE = 0.7;
/** The largest letters, of the height. */
const LARGEST = 0.11;
const SMALLEST_PX = 8;
const LINE_HEIGHT = 1.3;
const MAX_CHARS = 400;
const DARK = "#101418";
const LIGHT = "#f4f6f8";

type Lines = Readonly<{ lines: readonly string[]; fontPx: number }>;

/** The picture. The text is broken into lines and made small enough to fit, however long it is. */
export function slateSvg(
  { text, background }: SlateLook,
  size: Readonly<{ widthPx: number; heightPx: number }>,
): string {
  const { widthPx, heightPx } = size;
  const colour = /^#[0-9a-f]{6}$/i.test(background) ? background : DARK;
  const { lines, fontPx } = fit(cleaned(text), widthPx * WIDTH_SHARE, heightPx);
  const firstPx = heightPx / 2 - ((lines.length - 1) * fontPx * LINE_HEIGHT) / 2 + fontPx * 0.35;
  const spans = lines.map(
    (line, at) =>
      `<text x="${widthPx / 2}" y="${(firstPx + at * fontPx * LINE_HEIGHT).toFixed(1)}">${escaped(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">`,
    `<rect width="100%" height="100%" fill="${colour}"/>`,
    `<g font-family="sans-serif" font-weight="600" font-size="${fontPx.toFixed(1)}" fill="${letters(colour)}" text-anchor="middle">`,
    ...spans,
    "</g></svg>",
  ].join("");
}

/** Letters that can be read on the background. WCAG 2.2 relative luminance, roughly. */
function letters(background: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16) / 255);
  return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2 > 0.35 ? DARK : LIGHT;
}

/** Control characters are not allowed in XML, and lone surrogates in no text. */
function cleaned(text: string): string {
  const plain = Array.from(text)
    .filter((char) => char >= " " || char === "\n")
    .slice(0, MAX_CHARS);
  return plain
    .join("")
    .replaceAll(/[\uFFFE\uFFFF\uD800-\uDFFF]/gu, "")
    .trim();
}

function fit(text: string, widthPx: number, heightPx: number): Lines {
  let fontPx = heightPx * LARGEST;
  for (;;) {
    const lines = broken(text, Math.max(1, widthPx / fontPx));
    const isSmall = lines.length * fontPx * LINE_HEIGHT <= heightPx * HEIGHT_SHARE;
    if (isSmall) return { lines, fontPx };
    if (fontPx <= SMALLEST_PX) {
      const count = Math.max(1, Math.floor((heightPx * HEIGHT_SHARE) / (fontPx * LINE_HEIGHT)));
      return { lines: lines.slice(0, count), fontPx };
    }
    fontPx = Math.max(SMALLEST_PX, fontPx * 0.9);
  }
}

/** Lines of at most so many ems, broken at spaces, within words only when one is longer than a line. */
function broken(text: string, ems: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((one) => one !== "")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (emsOf(longer) <= ems) line = longer;
      else {
        if (line !== "") lines.push(line);
        const pieces = chopped(word, ems);
        lines.push(...pieces.slice(0, -1));
        line = pieces.at(-1) ?? "";
      }
    }
    lines.push(line);
  }
  return lines.filter((line) => line !== "");
}

function chopped(word: string, ems: number): string[] {
  const pieces = [""];
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const longer = `${pieces.at(-1) ?? ""}${segment}`;
    if (emsOf(longer) <= ems) pieces[pieces.length - 1] = longer;
    else pieces.push(segment);
  }
  return pieces;
}

/** A generous guess of a text's width: no font is asked. */
function emsOf(text: string): number {
  let ems = 0;
  for (const char of text) ems += char.charCodeAt(0) < 0x2e80 ? (/[ .,:;'il|!]/.test(char) ? 0.36 : 0.66) : 1.05;
  return ems;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
