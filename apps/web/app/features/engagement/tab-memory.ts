/** What one tab remembers: banners and cards that were closed, and a question that was begun. */

const KEY = "rostrum.dismissed";
const MOST = 50;

/** Ids, oldest first. Storage may be switched off: then nothing is remembered. */
export function readDismissed(): readonly string[] {
  try {
    const known: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(known) ? known.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Answers all that were closed. */
export function saveDismissed(id: string): readonly string[] {
  const all = [...readDismissed().filter((one) => one !== id), id].slice(-MOST);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Shown again with the next page.
  }
  return all;
}

const draftKey = (broadcastId: string): string => `rostrum.question-draft.${broadcastId}`;

/** A question that was begun in this tab and not sent: it outlives another tab, a reload and a sign-in. */
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
