/** What a screen reader is told of a chat: every message while it is slow, a count when it is not. Pure. */

export type Spoken = Readonly<{ author: string; text: string; isMention: boolean }>;

/** `all`: as below · `mentions`: only what calls the reader by name · `off`. */
export type SpeakMode = "all" | "mentions" | "off";

/** What is said at once: texts to read, and how many more came. */
export type Announcement = Readonly<{ lines: readonly Spoken[]; more: number }>;

/** More than these in one go are counted, not read. */
const READ_AT_ONCE = 2;
const LONGEST = 200;

/**
 * What came behind the message with this id; `null`: all came. Where it is gone, because there was too much or because the list is that of
 * another moment, it is what was said later.
 */
export function cameSince<T extends Readonly<{ id: string }>>(
  messages: readonly T[],
  lastId: string | null,
): readonly T[] {
  if (lastId === null) return messages;
  const at = messages.findLastIndex(({ id }) => id === lastId);
  return at === -1 ? messages.filter(({ id }) => id > lastId) : messages.slice(at + 1);
}

/** For what came since the last announcement; null when there is nothing to say. */
export function announce(came: readonly Spoken[], mode: SpeakMode): Announcement | null {
  const heard = mode === "off" ? [] : came.filter(({ isMention }) => mode === "all" || isMention);
  if (heard.length === 0) return null;
  const read = heard.length <= READ_AT_ONCE ? heard : heard.filter(({ isMention }) => isMention).slice(-READ_AT_ONCE);
  const lines = read.map((line) => ({ ...line, text: line.text.slice(0, LONGEST) }));
  return { lines, more: heard.length - lines.length };
}
