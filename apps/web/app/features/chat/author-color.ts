/** The colour of a name, readable on both schemes. */
import { CHAT_COLORS, type ChatColor } from "@rostrum/contract/chat-colors";

/** A CSS colour. */
export function authorColor(color: ChatColor): string {
  const { onLight, onDark } = CHAT_COLORS[color];
  return `light-dark(${onLight}, ${onDark})`;
}
