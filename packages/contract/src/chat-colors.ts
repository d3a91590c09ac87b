/** The colours of names in the chat. Readable (4.5:1) as text on both schemes: `onDark` on #1c1f26 or darker, `onLight` on #f4f5f7 or lighter. */
import { z } from "zod";

export const ChatColor = z.enum([
  "blue",
  "cyan",
  "teal",
  "green",
  "lime",
  "gold",
  "orange",
  "coral",
  "pink",
  "magenta",
  "violet",
  "slate",
]);
export type ChatColor = z.infer<typeof ChatColor>;

export const CHAT_COLORS: Readonly<Record<ChatColor, Readonly<{ onDark: string; onLight: string }>>> = {
  blue: { onDark: "#7fb0ff", onLight: "#1d55b8" },
  cyan: { onDark: "#5cc8e8", onLight: "#0b6580" },
  teal: { onDark: "#4fd1bd", onLight: "#0b6a5e" },
  green: { onDark: "#74d680", onLight: "#1f6b2b" },
  lime: { onDark: "#b5d65c", onLight: "#55660a" },
  gold: { onDark: "#e6c14d", onLight: "#7a5a00" },
  orange: { onDark: "#f5a65b", onLight: "#954300" },
  coral: { onDark: "#ff9a8a", onLight: "#a83226" },
  pink: { onDark: "#ff94bd", onLight: "#a82563" },
  magenta: { onDark: "#ec94f0", onLight: "#8d2a94" },
  violet: { onDark: "#b8a2ff", onLight: "#5b3fc0" },
  slate: { onDark: "#aab6c8", onLight: "#475569" },
};

/** The one that an account has without choosing: the same in every chat. */
export function defaultChatColor(accountId: string): ChatColor {
  let sum = 0;
  for (const char of accountId) sum = (sum * 31 + char.charCodeAt(0)) % 9973;
  return ChatColor.options[sum % ChatColor.options.length] ?? "slate";
}
