/** Chat of a recording in step with its picture: pages by media time, loaded a little ahead. No React in here. */
import { ApiError } from "@rostrum/client/api-error";
import type { ChatMessage } from "@rostrum/contract/chat";

/** Media time, ms: from `fromMs` (inclusive) to `toMs` (exclusive). */
export type ReplayRange = Readonly<{ fromMs: number; toMs: number; cursor?: string }>;
type Page = Readonly<{ items: readonly ChatMessage[]; nextCursor: string | null }>;

/** `shown`: what was said up to the picture, oldest first. `failed` is tried again by itself, `refused` is not, and says why. */
export type ReplayState = Readonly<{
  phase: "loading" | "ready" | "failed" | "refused";
  shown: readonly ChatMessage[];
  refusal: string | null;
}>;

export interface Replay {
  readonly state: () => ReplayState;
  readonly subscribe: (listener: () => void) => () => void;
  /** The picture is at `atMs`. */
  readonly moveTo: (atMs: number) => void;
  /** These were deleted. */
  readonly drop: (ids: readonly string[]) => void;
  readonly close: () => void;
}

/** What is loaded before and behind the picture, and how much of it must always be there. */
const BEFORE_MS = 120_000;
const AHEAD_MS = 60_000;
const AT_LEAST_AHEAD_MS = 15_000;
const KEEP = 400;
/** A minute in which more is said than that is not loaded to its end at once. */
const MOST_PAGES = 10;
const AGAIN_AFTER_MS = 4000;

/** What to load so that the picture at `atMs` has its chat; null: nothing. A jump out of what is loaded begins anew. Pure. */
export function wantedRange(
  loaded: Readonly<{ fromMs: number; toMs: number }> | null,
  atMs: number,
): ReplayRange | null {
  if (loaded === null || atMs < loaded.fromMs || atMs > loaded.toMs)
    return { fromMs: Math.max(0, Math.floor(atMs - BEFORE_MS)), toMs: Math.ceil(atMs + AHEAD_MS) };
  if (loaded.toMs - atMs >= AT_LEAST_AHEAD_MS) return null;
  return { fromMs: loaded.toMs, toMs: Math.ceil(atMs + AHEAD_MS) };
}

export function createReplay(load: (range: ReplayRange, signal: AbortSignal) => Promise<Page>): Replay {
  const listeners = new Set<() => void>();
  let state: ReplayState = { phase: "loading", shown: [], refusal: null };
  let loaded: Readonly<{ fromMs: number; toMs: number }> | null = null;
  let messages: readonly ChatMessage[] = [];
  let placeMs = 0;
  let loading: AbortController | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;

  const show = (phase: ReplayState["phase"], refusal: string | null = null): void => {
    const shown = messages.filter(({ mediaTimeMs }) => (mediaTimeMs ?? 0) <= placeMs).slice(-KEEP);
    if (phase === state.phase && isSameList(shown, state.shown)) return;
    state = { phase, shown, refusal };
    for (const listener of listeners) listener();
  };

  const fetchRange = async (range: ReplayRange, signal: AbortSignal): Promise<void> => {
    const found: ChatMessage[] = [];
    let cursor: string | null = null;
    let endMs = range.toMs;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page: Page = await load(cursor === null ? range : { ...range, cursor }, signal);
      found.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    // Loaded only so far: the rest is asked for when the picture comes near it.
    if (cursor !== null) endMs = Math.max(range.fromMs + 1, found.at(-1)?.mediaTimeMs ?? range.toMs);
    if (signal.aborted) return;
    const goesOn = loaded !== null && loaded.toMs === range.fromMs;
    const known = new Set(goesOn ? messages.map(({ id }) => id) : []);
    const past = goesOn ? messages.filter(({ mediaTimeMs }) => (mediaTimeMs ?? 0) <= placeMs).slice(-KEEP) : [];
    const ahead = goesOn ? messages.filter(({ mediaTimeMs }) => (mediaTimeMs ?? 0) > placeMs) : [];
    messages = [...past, ...ahead, ...found.filter(({ id }) => !known.has(id))];
    const fromMs =
      goesOn && past.length < KEEP ? (loaded?.fromMs ?? range.fromMs) : (past[0]?.mediaTimeMs ?? range.fromMs);
    loaded = { fromMs, toMs: endMs };
    show("ready");
  };

  const failed = (error: unknown): void => {
    failedAtMs = performance.now();
    if (isRefusal(error)) {
      messages = [];
      show("refused", error.message);
    } else if (loaded === null) show("failed");
  };

  const moveTo = (atMs: number): void => {
    if (state.phase === "refused") return;
    placeMs = atMs;
    const isOut = loaded !== null && (atMs < loaded.fromMs || atMs > loaded.toMs);
    if (isOut) {
      loading?.abort();
      loading = undefined;
      loaded = null;
      messages = [];
    }
    show(loaded === null ? (state.phase === "failed" ? "failed" : "loading") : "ready");
    const range = wantedRange(loaded, atMs);
    if (range === null || loading !== undefined || performance.now() - failedAtMs < AGAIN_AFTER_MS) return;
    const mine = new AbortController();
    loading = mine;
    fetchRange(range, mine.signal)
      .catch((error: unknown) => {
        if (!mine.signal.aborted) failed(error);
      })
      .finally(() => {
        if (loading === mine) loading = undefined;
      });
  };

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    moveTo,
    drop(ids) {
      const gone = new Set(ids);
      messages = messages.filter(({ id }) => !gone.has(id)).map((message) => withoutQuote(message, gone));
      show(state.phase, state.refusal);
    },
    close() {
      loading?.abort();
      loading = undefined;
    },
  };
}

const isSameList = (one: readonly ChatMessage[], other: readonly ChatMessage[]): boolean =>
  one.length === other.length && one.every((message, index) => message === other[index]);

/** The same message when it quotes none of them. */
function withoutQuote(message: ChatMessage, gone: ReadonlySet<string>): ChatMessage {
  const { replyTo } = message;
  if (!replyTo || !gone.has(replyTo.id) || replyTo.excerpt === "") return message;
  return { ...message, replyTo: { ...replyTo, excerpt: "" } };
}

/** Asking again would change nothing. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.code !== "rate_limited";
}
