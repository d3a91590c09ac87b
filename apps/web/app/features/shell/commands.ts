/** Which commands fit what was typed, the best first. Pure. */
import type { Command } from "../../lib/page-commands.tsx";

/** Every typed word must be found in the label or among the other names; what fits equally well stays in its order. */
export function matching(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command) => ({ command, score: scoreOf(command, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}

const OTHER_NAME = 0.5;

function scoreOf({ label, words: others = "" }: Command, words: readonly string[]): number {
  const name = label.toLowerCase();
  const scores = words.map((word) => Math.max(fit(name, word), OTHER_NAME * fit(others.toLowerCase(), word)));
  return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, 0);
}

/** Fewer letters are found in order in nearly everything. */
const MIN_SCATTERED = 3;
const MAX_GAPS = 6;

/** 0: not at all. Beginning of the text, of a word, first letters of the words, within, letters in order with gaps. */
function fit(text: string, word: string): number {
  if (text.startsWith(word)) return 100;
  const starts = text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (starts.some((start) => start.startsWith(word))) return 80;
  if (
    starts
      .map((start) => start[0])
      .join("")
      .startsWith(word)
  )
    return 60;
  if (text.includes(word)) return 40;
  const gaps = word.length < MIN_SCATTERED ? Infinity : gapsIn(text, word);
  return gaps > MAX_GAPS ? 0 : 20 - gaps;
}

/** How many letters of the text stand between the first and the last of the word; Infinity when they are not there in order. */
function gapsIn(text: string, word: string): number {
  const first = text.indexOf(word[0] ?? "");
  let at = first;
  for (const letter of word.slice(1)) {
    at = at === -1 ? -1 : text.indexOf(letter, at + 1);
  }
  return at === -1 ? Infinity : at - first + 1 - word.length;
}
