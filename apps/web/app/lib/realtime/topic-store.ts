/** One followed topic as a store: its state as a whole, then its events, folded in once per frame. No React in here. */
import type { ApiError } from "@rostrum/client/api-error";
import type { TopicFollower } from "@rostrum/client/realtime-topic";
import { createFrameBatch, type Schedule } from "./frame-batch.ts";

/** Pure. The events of a state may be contained in it already: `apply` knows them by their ids. */
export type TopicReducer<S> = Readonly<{
  initial: S;
  /** The whole state, at first and whenever events were missed. `before` is what stood until now. */
  reset: (snapshot: unknown, before: S) => S;
  /** Events in order, as many as came since the last frame. Answers the same object when nothing changed. */
  apply: (state: S, events: readonly unknown[]) => S;
}>;

/** `phase`: waiting for the first state, following, or refused with the server's sentence. */
export type Followed<S> = Readonly<{ phase: "loading" | "ready" | "refused"; state: S; refusal: ApiError | null }>;

export interface TopicStore<S> {
  readonly state: () => Followed<S>;
  readonly subscribe: (listener: () => void) => () => void;
  /** Changes the state from here, such as by a message that is still under way. */
  readonly change: (how: (state: S) => S) => void;
  /** A playback token, for who is refused without one. A fresh one takes its place; what is known stays. */
  readonly hold: (token: string | undefined) => void;
}

/**
 * Follows while somebody is subscribed: as who the page is, and by a token only when that is refused. So those who need none share what is
 * asked and answered for all of them.
 */
export function createTopicStore<S>(
  reducer: TopicReducer<S>,
  follow: (follower: TopicFollower, token: string | undefined) => () => void,
  schedule?: Schedule,
): TopicStore<S> {
  const listeners = new Set<() => void>();
  let followed: Followed<S> = { phase: "loading", state: reducer.initial, refusal: null };
  let leave: (() => void) | undefined;
  let held: string | undefined;
  let retry: (() => boolean) | undefined;
  const set = (next: Followed<S>): void => {
    if (next.state === followed.state && next.phase === followed.phase && next.refusal === followed.refusal) return;
    followed = next;
    for (const listener of listeners) listener();
  };
  const start = (): (() => void) => {
    const batch = createFrameBatch<unknown>(
      (events) => set({ ...followed, state: reducer.apply(followed.state, events) }),
      schedule,
    );
    let shown: string | undefined;
    const follower: TopicFollower = {
      onReset: (snapshot) => {
        // What came before belongs before it.
        batch.flush();
        set({ phase: "ready", state: reducer.reset(snapshot, followed.state), refusal: null });
      },
      onEvent: (event) => batch.add(event),
      onRefused: (refusal) => {
        batch.flush();
        if (!again()) set({ ...followed, phase: "refused", refusal });
      },
    };
    let stop = follow(follower, undefined);
    /** False: there is no token that was not tried. */
    const again = (): boolean => {
      if (held === undefined || held === shown) return false;
      shown = held;
      stop();
      stop = follow(follower, held);
      return true;
    };
    retry = again;
    return () => {
      retry = undefined;
      stop();
      batch.close();
    };
  };
  return {
    state: () => followed,
    subscribe(listener) {
      listeners.add(listener);
      leave ??= start();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        leave?.();
        leave = undefined;
      };
    },
    change: (how) => set({ ...followed, state: how(followed.state) }),
    hold(token) {
      held = token;
      if (followed.phase === "refused") retry?.();
    },
  };
}
