/** What stands in the text of a message: mentions, links, emotes. Pure. */
import { withoutEmoji } from "@rostrum/contract/emoji";

const MENTION = /(?<![\p{L}\p{N}_@/.])@([A-Za-z0-9_]{3,30})(?![A-Za-z0-9_])/gu;
const EMOTE = /:([a-z0-9_]{2,24}):/g;
/** Names that end so are addresses without more; others need a path behind them: "great.Then we went on" is none. */
const ENDINGS =
  "com|net|org|info|biz|edu|gov|io|gg|tv|me|co|ai|app|dev|xyz|site|website|online|shop|store|live|link|club|top|fun|pro|vip|win|icu|" +
  "click|stream|chat|news|blog|page|cc|ly|to|eu|de|at|ch|uk|fr|es|nl|be|pl|cz|se|dk|fi|ru|ua|cn|jp|kr|br|mx|ca|au|nz|in|us|xn--[a-z0-9-]+|рф";
const NAME = "(?<![\\p{L}\\p{N}@._-])(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}";
/** Dots that are written out are moderation's. */
const LINK = new RegExp(
  `[a-z][a-z0-9+-]{1,20}://\\S|(?<![\\p{L}\\p{N}])www\\.\\S|${NAME}(?:(?:${ENDINGS})(?![\\p{L}\\p{N}-])|\\p{L}{2,24}(?::\\d{1,5})?/\\S)`,
  "iu",
);

/** The handles that are mentioned, in lower case, each once, in order, at most `max`. */
export function mentionedHandles(text: string, max: number): string[] {
  const handles = new Set<string>();
  for (const [, handle] of text.matchAll(MENTION)) if (handle !== undefined) handles.add(handle.toLowerCase());
  return [...handles].slice(0, max);
}

/** True when the text has the address of a page. */
export function hasLink(text: string): boolean {
  return LINK.test(text);
}

/** True when there is nothing but emoji and `:name:` of the known emotes. */
export function isOnlyEmotes(text: string, known: ReadonlySet<string>): boolean {
  const rest = text.replace(EMOTE, (whole, name: string) => (known.has(name) ? "" : whole));
  return withoutEmoji(rest).trim() === "";
}

/** The name in `:name:`; null for anything else. */
export function emoteName(emote: string): string | null {
  return /^:([a-z0-9_]{2,24}):$/.exec(emote)?.[1] ?? null;
}
