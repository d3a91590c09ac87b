/** Keeps one media playlist up to date: blocking reloads and delta updates at the edge, slow polling away from it. */
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { notYetDelayMs, retryDelayMs } from "../backoff.ts";
import { pause } from "../pause.ts";
import type { Http } from "./http.ts";
import { HttpError } from "./http.ts";
import { type HlsPlaylist, LostThreadError, applyPlaylist, measured, nextDirectives } from "./playlist.ts";

export type FollowerOptions = Readonly<{
  http: Http;
  url: string;
  onChange: () => void;
  /** It could not be loaded `failures` times in a row; `undefined`: all is well again. */
  onTrouble: (trouble: Readonly<{ reason: string; failures: number; retryAtMs: number }> | undefined) => void;
}>;

/** Away from the edge: how often to look. */
const SLOW_MS = 3000;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #closing = new AbortController();
  #playlist: HlsPlaylist | undefined;
  #cameAtMs = 0;
  #failures = 0;
  /** Spent in pauses since the server said for the first time that there is nothing yet. */
  #notYetMs = 0;
  #isSlow = false;
  #asksWhole = true;
  #wake: (() => void) | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    void this.#run(this.#closing.signal);
  }

  get playlist(): HlsPlaylist | undefined {
    return this.#playlist;
  }
  get url(): string {
    return this.#options.url;
  }

  /** Monotonic time of the newest answer. */
  get cameAtMs(): number {
    return this.#cameAtMs;
  }

  /** Slowly: as long as nobody plays at the edge. */
  setSlow(slow: boolean): void {
    this.#isSlow = slow;
    if (!slow) this.#wake?.();
  }

  /** The media of `msn` begins at `sec`. */
  measured(msn: number, sec: number): void {
    if (this.#playlist) this.#playlist = measured(this.#playlist, msn, sec);
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#load(signal);
        if (this.#failures > 0) this.#options.onTrouble(undefined);
        this.#failures = 0;
        this.#notYetMs = 0;
        if (this.#playlist?.isEnded === true) return;
        await this.#rest(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#fail(error, signal);
      }
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { http, url } = this.#options;
    const before = this.#playlist;
    const text = await http.text(this.#askFor(before), signal);
    this.#playlist = applyPlaylist(url, parseMediaPlaylist(text), before);
    this.#asksWhole = false;
    this.#cameAtMs = performance.now();
    this.#options.onChange();
  }

  #askFor(before: HlsPlaylist | undefined): string {
    const url = new URL(this.#options.url);
    if (before === undefined || this.#asksWhole) return url.href;
    if (before.canBlock && !this.#isSlow) {
      const { msn, part } = nextDirectives(before);
      url.searchParams.set("_HLS_msn", String(msn));
      if (part !== undefined) url.searchParams.set("_HLS_part", String(part));
    }
    if (before.canSkip) url.searchParams.set("_HLS_skip", "YES");
    return url.href;
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const playlist = this.#playlist;
    if (playlist === undefined || (playlist.canBlock && !this.#isSlow)) return;
    const untilSec = playlist.canBlock ? SLOW_MS / 1000 : (playlist.partTargetSec ?? playlist.targetDurationSec / 2);
    await pause(untilSec * 1000, signal, (wake) => (this.#wake = wake));
  }

  async #fail(error: unknown, signal: AbortSignal): Promise<void> {
    // Nothing new came in time, or too many wait.
    if (error instanceof HttpError && error.status === 503) {
      const waitMs = notYetDelayMs(this.#notYetMs, Math.random());
      this.#notYetMs += waitMs;
      return pause(waitMs, signal);
    }
    // An update without its beginning, or a request that is too far ahead since the show began anew: ask for everything.
    this.#asksWhole ||= error instanceof LostThreadError || (error instanceof HttpError && error.status === 400);
    const delayMs = retryDelayMs(this.#failures, Math.random());
    this.#failures += 1;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onTrouble({ reason, failures: this.#failures, retryAtMs: performance.now() + delayMs });
    await pause(delayMs, signal);
  }
}
