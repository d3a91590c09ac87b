/** Ties a PlayerEngine to a <video> for as long as the component shows the same source. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type BeaconNews, startBeacon } from "./beacon.ts";
import { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import type { Mode } from "./latency-ladder.ts";
import { readPreferences, savePreferences } from "./preferences.ts";

export type EngineSource = Readonly<{
  broadcast: Pick<Broadcast, "id" | "state">;
  url: string;
  /** Null: no realtime delivery. */
  realtimeUrl: string | null;
  /** Null: no WebRTC. */
  whepUrl: string | null;
  /** The lowest latency that the broadcast allows, and the one to begin with. */
  ceiling: Mode;
  autoplay: boolean;
  muted: boolean;
  /** True for previews inside other pages: not counted as a viewer, volume not remembered. */
  silent: boolean;
  startAtSec: number | undefined;
  onNews: ((news: BeaconNews) => void) | undefined;
}>;

const isLive = (state: BroadcastState): boolean => state === "live" || state === "interrupted" || state === "preview";

/** Null until the video element exists. */
export function useEngine(video: RefObject<HTMLVideoElement | null>, source: EngineSource): PlayerEngine | null {
  const [engine, setEngine] = useState<PlayerEngine | null>(null);
  const { broadcast, url, realtimeUrl, whepUrl, ceiling, autoplay, muted, silent, startAtSec, onNews } = source;
  const { id, state } = broadcast;
  const live = isLive(state);
  const report = useLatest(onNews);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const stop = new AbortController();
    const chosen = readPreferences();
    if (!silent) {
      element.volume = chosen.volume;
      element.muted = chosen.muted || muted;
    }
    const mode = chosen.mode ?? ceiling;
    const next = new PlayerEngine(element, {
      url,
      realtimeUrl,
      whepUrl,
      mode,
      ceiling,
      live,
      autoplay,
      ...(startAtSec === undefined ? {} : { startAtSec }),
    });
    next.start();
    setEngine(next);
    // Who has not seen anything yet is no viewer.
    if (!silent) next.onFirstFrame(() => startBeacon(id, next, stop.signal, (news) => report.current?.(news)));
    return () => {
      stop.abort();
      next.close();
      setEngine(null);
    };
    // `live` and a new token in `url` are handed on below: the show goes on playing from the same source.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [video, id, autoplay, muted, silent]);

  useEffect(() => {
    engine?.setLive(live);
    engine?.setInterrupted(state === "interrupted");
  }, [engine, live, state]);

  useEffect(() => engine?.renew(url), [engine, url]);
  useEffect(() => engine?.setNear({ realtimeUrl, whepUrl, ceiling }), [engine, realtimeUrl, whepUrl, ceiling]);

  return engine;
}

function useLatest<T>(value: T): { readonly current: T } {
  const box = useRef(value);
  useEffect(() => {
    box.current = value;
  });
  return box;
}

/** Re-renders when the engine's state changes, about four times a second while playing. */
export function useEngineState(engine: PlayerEngine): EngineState {
  return useSyncExternalStore(engine.subscribe, engine.state, engine.state);
}

/** Sets and remembers. */
export function rememberVolume(engine: PlayerEngine): void {
  const { volume, muted } = engine.state();
  savePreferences({ volume, muted });
}
