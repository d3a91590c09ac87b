/** Lets others see the rungs that are being packaged: their pictures are made once for all deliveries. */
import type { Sample, VideoTrack } from "@rostrum/media/sample";
import type { RungOutput } from "./rung-output.ts";

/** Is told what `RungOutput` is told of pictures. */
export type RungListener = Readonly<{
  begin: (name: string, track: VideoTrack) => void;
  push: (name: string, sample: Sample) => void;
  stop: (name: string) => void;
}>;

type Tap = {
  readonly tracks: Map<string, VideoTrack>;
  readonly listeners: Set<RungListener>;
  /** A ladder runs, or is about to. */
  isRunning: boolean;
};

export class RungTaps {
  readonly #taps = new Map<string, Tap>();

  /** The same output, which listeners hear too. */
  tapped(broadcastId: string, output: RungOutput): RungOutput {
    const tap = this.#tap(broadcastId);
    tap.isRunning = true;
    return {
      plan: (names) => output.plan(names),
      planAudio: (names) => output.planAudio(names),
      begin: (name, track) => {
        output.begin(name, track);
        if (track.kind !== "video") return;
        tap.tracks.set(name, track);
        for (const listener of tap.listeners) listener.begin(name, track);
      },
      push: (name, sample) => {
        output.push(name, sample);
        if (sample.kind === "video") for (const listener of tap.listeners) listener.push(name, sample);
      },
      stop: (name) => {
        output.stop(name);
        if (tap.tracks.delete(name)) for (const listener of tap.listeners) listener.stop(name);
      },
    };
  }

  /** Tells at once which rungs there are. */
  listen(broadcastId: string, listener: RungListener): () => void {
    const tap = this.#tap(broadcastId);
    for (const [name, track] of tap.tracks) listener.begin(name, track);
    tap.listeners.add(listener);
    return () => {
      tap.listeners.delete(listener);
      this.#leave(broadcastId, tap);
    };
  }

  /** The ladder of this broadcast has ended. */
  ended(broadcastId: string): void {
    const tap = this.#taps.get(broadcastId);
    if (tap === undefined) return;
    for (const name of tap.tracks.keys()) for (const listener of tap.listeners) listener.stop(name);
    tap.tracks.clear();
    tap.isRunning = false;
    this.#leave(broadcastId, tap);
  }

  #leave(broadcastId: string, tap: Tap): void {
    if (!tap.isRunning && tap.listeners.size === 0) this.#taps.delete(broadcastId);
  }

  #tap(broadcastId: string): Tap {
    const known = this.#taps.get(broadcastId);
    if (known !== undefined) return known;
    const tap: Tap = { tracks: new Map(), listeners: new Set(), isRunning: false };
    this.#taps.set(broadcastId, tap);
    return tap;
  }
}
