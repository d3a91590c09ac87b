/** Plays with the browser's own HLS, where Media Source is missing. */
import { retryDelayMs } from "./backoff.ts";
import type { Trouble } from "./hls/feed.ts";

const LIVE_BEHIND_SEC = 3;

export type NativeOptions = Readonly<{
  /** The show's address with its newest token. */
  url: () => string;
  /** Where to begin, in seconds from the start of the window; undefined: where the browser does. */
  startAtSec: number | undefined;
  onTrouble: (trouble: Trouble | undefined) => void;
}>;

export class NativeHls {
  readonly #video: HTMLVideoElement;
  readonly #options: NativeOptions;
  readonly #closing = new AbortController();
  #failures = 0;
  #retryAtMs: number | undefined;

  static isSupported(video: HTMLVideoElement): boolean {
    return video.canPlayType("application/vnd.apple.mpegurl") !== "";
  }

  constructor(video: HTMLVideoElement, options: NativeOptions) {
    this.#video = video;
    this.#options = options;
    const { startAtSec } = options;
    if (startAtSec !== undefined) {
      // Not before: the window is not known, and an earlier position is forgotten. Once: what is opened anew goes on.
      const begin = (): void => void (video.currentTime = this.window().startSec + startAtSec);
      video.addEventListener("loadedmetadata", begin, { once: true, signal: this.#closing.signal });
    }
    video.src = options.url();
  }

  /** The video stopped with an error: it is opened anew after a pause that grows. */
  failed(reason: string): void {
    if (this.#retryAtMs !== undefined) return;
    this.#retryAtMs = performance.now() + retryDelayMs(this.#failures, Math.random());
    this.#failures += 1;
    this.#options.onTrouble({ reason, retryAtMs: this.#retryAtMs });
  }

  /** Called about every 100 ms. */
  tick(nowMs: number): void {
    if (this.#retryAtMs === undefined || nowMs < this.#retryAtMs) return;
    this.#retryAtMs = undefined;
    this.#options.onTrouble(undefined);
    this.#video.src = this.#options.url();
    void this.#video.play().catch(() => undefined); // The next error event says why not.
  }

  window(): Readonly<{ startSec: number; edgeSec: number }> {
    const { seekable, duration } = this.#video;
    if (seekable.length > 0) return { startSec: seekable.start(0), edgeSec: seekable.end(seekable.length - 1) };
    return { startSec: 0, edgeSec: Number.isFinite(duration) ? duration : 0 };
  }

  toEdge(): void {
    const { startSec, edgeSec } = this.window();
    if (edgeSec > 0) this.#video.currentTime = Math.max(startSec, edgeSec - LIVE_BEHIND_SEC);
  }

  close(): void {
    this.#closing.abort();
    this.#video.removeAttribute("src");
    this.#video.load();
  }
}
