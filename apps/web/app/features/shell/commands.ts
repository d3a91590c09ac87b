/** What the command palette can do, and which of it fits what was typed. */
import type { ReactNode } from "react";

export type Command = Readonly<{ id: string; label: string; icon: ReactNode; aside?: string; run: () => void }>;

/** Every typed word must begin a word of the label, or stand in it; the former come first. */
export function matching(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = commands.map((command) => ({ command, score: scoreOf(command.label.toLowerCase(), words) }));
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}

function scoreOf(label: string, words: readonly string[]): number {
  if (!words.every((word) => label.includes(word))) return 0;
  return words.every((word) => ` ${label}`.includes(` ${word}`)) ? 2 : 1;
}
