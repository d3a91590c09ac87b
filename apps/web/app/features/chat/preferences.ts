/** What a reader chose for chats stays chosen on this device. */
import type { SpeakMode } from "./announcing.ts";

/**
 * `follows`: chat as of the picture that is shown · `tone`: skin tone of emoji, 0 none, 1 light … 5 dark · `marks`: what calls the reader
 * stands out · `chimes`: and is heard
 */
export type ChatPreferences = Readonly<{
  follows: boolean;
  speak: SpeakMode;
  tone: number;
  marks: boolean;
  chimes: boolean;
}>;

const KEY = "rostrum.chat";
const NONE: ChatPreferences = { follows: true, speak: "all", tone: 0, marks: true, chimes: false };
const SPEAK: readonly string[] = ["all", "mentions", "off"] satisfies readonly SpeakMode[];

/** Storage may be switched off or full of something else: then nothing is remembered. */
export function readChatPreferences(): ChatPreferences {
  try {
    const { follows, speak, tone, marks, chimes } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<
      string,
      unknown
    >;
    return {
      follows: typeof follows === "boolean" ? follows : NONE.follows,
      speak: typeof speak === "string" && SPEAK.includes(speak) ? (speak as SpeakMode) : NONE.speak,
      tone: typeof tone === "number" && tone >= 0 && tone <= 5 ? Math.floor(tone) : NONE.tone,
      marks: typeof marks === "boolean" ? marks : NONE.marks,
      chimes: typeof chimes === "boolean" ? chimes : NONE.chimes,
    };
  } catch {
    return NONE;
  }
}

export function saveChatPreferences(change: Partial<ChatPreferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readChatPreferences(), ...change }));
  } catch {
    // not remembered, nothing lost
  }
}

const SEEN_KEY = "rostrum.chat-warnings-seen";
const MOST_SEEN = 50;

/** Ids of the warnings that were read on this device. */
export function readSeenWarnings(): readonly string[] {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(SEEN_KEY) ?? "[]");
    return Array.isArray(known) ? known.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Answers all that were read. */
export function saveSeenWarning(id: string): readonly string[] {
  const seen = [...readSeenWarnings(), id].slice(-MOST_SEEN);
  try {
    localStorage.setItem(SEEN_KEY, JSON.stringify(seen));
  } catch {
    // Shown again with the next page.
  }
  return seen;
}

const draftKey = (broadcastId: string): string => `rostrum.chat-draft.${broadcastId}`;

/** What was begun in this tab and not sent: it outlives a reload, a sign-in, and a pause that a moderator ordered. */
export function readDraft(broadcastId: string): string {
  try {
    return sessionStorage.getItem(draftKey(broadcastId)) ?? "";
  } catch {
    return "";
  }
}

export function saveDraft(broadcastId: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(draftKey(broadcastId));
    else sessionStorage.setItem(draftKey(broadcastId), text);
  } catch {
    // not remembered
  }
}
