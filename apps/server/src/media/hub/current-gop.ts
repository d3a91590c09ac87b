/** What a reader that comes late needs to begin at once: everything since the newest key frame. No I/O. */
import type { ProgramEvent } from "./program-event.ts";

type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;
type Item<T> = Readonly<{ value: T; kind: "video" | "audio"; wallMs: number; bytes: number }>;

/** A longer key frame interval is not kept: who comes late waits for the next key frame. */
const MAX_MS = 12_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Sound comes a little before the picture that is shown with it. */
const SOUND_AHEAD_MS = 500;
/** The longest audio frame there is: one that begins so long before the key frame may still sound with it. */
const SOUND_FRAME_MS = 60;
/** What is kept of a program without video. */
const SOUND_ONLY_MS = 1000;

/** Keeps one `T` for each sample, in the order of pushing; the key frame stands first. */
export class CurrentGop<T> {
  #hasVideo = false;
  #items: Item<T>[] = [];
  #bytes = 0;
  /** Whether the first item is one with which a decoder can begin. */
  #begun = false;

  /** Other tracks: what was kept cannot be begun with any more. */
  tracks(hasVideo: boolean): void {
    this.#hasVideo = hasVideo;
    this.forget();
  }

  push(value: T, { sample, wallMs }: SampleEvent): void {
    const item: Item<T> = { value, kind: sample.kind, wallMs, bytes: sample.data.length };
    if (sample.kind === "video" && sample.keyframe) return this.#begin(item);
    if (sample.kind === "video" && !this.#begun) return;
    this.#items.push(item);
    this.#bytes += item.bytes;
    if (this.#begun && this.#hasVideo) this.#bound(wallMs);
    else this.#keepNewest(this.#hasVideo ? SOUND_AHEAD_MS : SOUND_ONLY_MS, wallMs);
  }

  /** Empty when nothing can be begun with: wait for the next key frame. */
  read(): T[] {
    return this.#begun || !this.#hasVideo ? this.#items.map(({ value }) => value) : [];
  }

  /** Nothing that came until now is given to anybody. */
  forget(): void {
    this.#begun = false;
    this.#set([]);
  }

  #begin(key: Item<T>): void {
    const sound = this.#items.filter(({ kind, wallMs }) => kind === "audio" && wallMs >= key.wallMs - SOUND_FRAME_MS);
    this.#begun = true;
    this.#set([key, ...sound]);
  }

  #bound(nowMs: number): void {
    const sinceMs = this.#items[0]?.wallMs ?? nowMs;
    if (nowMs - sinceMs <= MAX_MS && this.#bytes <= MAX_BYTES) return;
    this.#begun = false;
    this.#keepNewest(SOUND_AHEAD_MS, nowMs);
  }

  #keepNewest(keepMs: number, nowMs: number): void {
    this.#set(this.#items.filter(({ kind, wallMs }) => kind === "audio" && wallMs > nowMs - keepMs));
  }

  #set(items: Item<T>[]): void {
    this.#items = items;
    this.#bytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
