/** What counts as an emoji. Unicode Technical Standard 51: those recommended for general interchange. */

const ONE = new RegExp("^\\p{RGI_Emoji}$", "v");
const ALL = new RegExp("\\p{RGI_Emoji}", "gv");

/** What pages offer first. */
export const QUICK_REACTIONS = ["👍", "❤️", "😂", "😮", "👏", "🎉", "🔥", "🤔"] as const;

/** True for exactly one emoji, with its skin tones, joiners and flags. */
export function isEmoji(text: string): boolean {
  return ONE.test(text);
}

/** The text without its emoji. */
export function withoutEmoji(text: string): string {
  return text.replace(ALL, "");
}
