/** Where the picture is that a viewer sees: what chat and its likes go by. */

/** `atMs` is media time of the show, ms since its program began; null: there is no picture to follow. Fits useSyncExternalStore. */
export type PictureClock = Readonly<{ subscribe: (listener: () => void) => () => void; atMs: () => number | null }>;

/** What a player tells of itself. `mediaTimeMs` is that of the shown frame; 0 before there is one. */
export type PlayerPlace = Readonly<{ phase: string; source: string; mediaTimeMs: number }>;
export type PlayingPlayer = Readonly<{
  subscribe: (listener: () => void) => () => void;
  state: () => PlayerPlace;
}>;

const WITH_PICTURE = new Set(["playing", "paused", "buffering"]);

/** Media time of a live show's picture, or of its recording. */
export function pictureClock(player: PlayingPlayer, isRecording: boolean): PictureClock {
  return {
    subscribe: player.subscribe,
    atMs() {
      const { phase, source, mediaTimeMs } = player.state();
      // It stands where it is, also at its end and while it cannot be loaded.
      if (isRecording) return mediaTimeMs;
      // The browser's own HLS counts from where it began; and a live picture at 0 has not been placed yet.
      const isKnown = WITH_PICTURE.has(phase) && source !== "native" && mediaTimeMs > 0;
      return isKnown ? mediaTimeMs : null;
    },
  };
}
