/** Realtime topics and the connection's own state as hooks. */
import type { RealtimeState } from "@rostrum/client/realtime";
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { useMe } from "../session.ts";
import { pageConnection } from "./connection.ts";
import { createTopicStore, type Followed, type TopicReducer, type TopicStore } from "./topic-store.ts";

/** As `useTopic`, for who also changes the state from here. */
export function useTopicStore<S>(topic: string, reducer: TopicReducer<S>, token?: string): TopicStore<S> {
  const person = useMe()?.id ?? null;
  const store = useMemo(
    () => createTopicStore(reducer, (follower, shown) => pageConnection().follow(person, topic, follower, shown)),
    [person, topic, reducer],
  );
  useEffect(() => store.hold(token), [store, token]);
  return store;
}

/** The store's state now, and again whenever it changes. */
export function useFollowed<S>(store: TopicStore<S>): Followed<S> {
  return useSyncExternalStore(store.subscribe, store.state, store.state);
}

/**
 * Follows `topic` while the component is shown. `reducer` is a constant of its module: a new one begins anew.
 * @param token a playback token, for who may watch only with one
 */
export function useTopic<S>(topic: string, reducer: TopicReducer<S>, token?: string): Followed<S> {
  return useFollowed(useTopicStore(topic, reducer, token));
}

/** Sends on the page's connection, as the person who is signed in. Rejects with `ApiError`. */
export function useSend(): <T>(action: string, body: unknown) => Promise<T> {
  const person = useMe()?.id ?? null;
  return useCallback((action, body) => pageConnection().send(person, action, body), [person]);
}

const CONNECTING: RealtimeState = { kind: "connecting" };
const ofServer = (): RealtimeState => CONNECTING;
const subscribe = (listener: () => void): (() => void) => pageConnection().subscribe(listener);
const current = (): RealtimeState => pageConnection().state();

/** How the page is connected at the moment. */
export function useConnectionState(): RealtimeState {
  return useSyncExternalStore(subscribe, current, ofServer);
}
