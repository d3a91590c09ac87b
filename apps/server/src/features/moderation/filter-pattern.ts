/**
 * Words and patterns that filters look for. No regular expression is ever made of what somebody wrote: `*` and `?` are matched by a loop
 * whose time is bounded by the length of pattern times word.
 */
import { fold } from "./filter-fold.ts";
import { ANY_LETTER } from "./filter-tokens.ts";

/**
 * - `words`: one after the other, each with `*` (any letters) and `?` (one letter); `*` alone is any one word
 * - `raw`: somewhere in the folded text, for signs, addresses, and scripts that put no spaces between words
 */
export type Pattern =
  | { readonly kind: "words"; readonly globs: readonly string[] }
  | { readonly kind: "raw"; readonly needle: string };

const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const MAX_WORDS = 8;

/** Null when there is too little to look for: a pattern needs two letters, digits or signs that are no wildcards. */
export function parsePattern(text: string, wildcards: boolean): Pattern | null {
  const folded = foldText(text).trim();
  if (!wildcards && (/[^\p{L}\p{M}\p{N} '’-]/u.test(folded) || SPACELESS.test(folded)))
    return { kind: "raw", needle: folded };
  const globs = folded
    .split(wildcards ? /[^\p{L}\p{M}\p{N}*?]+/u : /[^\p{L}\p{M}\p{N}]+/u)
    .filter((glob) => glob !== "");
  const known = globs.join("").replace(/[*?]/g, "");
  const enough = wildcards ? known.length >= 2 : known !== "";
  if (!enough || globs.length > MAX_WORDS) return null;
  return { kind: "words", globs: globs.map((glob) => glob.replace(/\*+/g, "*")) };
}

export function foldText(text: string): string {
  return fold(text)
    .map((cell) => cell.char)
    .join("");
}

/** True for a glob that is nothing but itself. */
export function isExact(glob: string): boolean {
  return !/[*?]/.test(glob);
}

/** Whether the glob fits the whole word. A letter that is left out in the word (`ANY_LETTER`) fits every letter. */
export function globFits(glob: string, word: string): boolean {
  let g = 0;
  let w = 0;
  let star = -1;
  let resume = 0;
  while (w < word.length) {
    const wanted = glob[g];
    if (wanted === "*") {
      star = g;
      resume = w;
      g += 1;
    } else if (wanted !== undefined && (wanted === "?" || wanted === word[w] || word[w] === ANY_LETTER)) {
      g += 1;
      w += 1;
    } else if (star >= 0) {
      g = star + 1;
      resume += 1;
      w = resume;
    } else return false;
  }
  while (glob[g] === "*") g += 1;
  return g === glob.length;
}
