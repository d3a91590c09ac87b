/** The show frame by frame over a WebSocket. One connection: after trouble the engine makes a new one. */
import { type Init, type Kind, endSec, readChunk, readInit } from "../timeline/chunk.ts";
import type { Lane } from "../timeline/splice.ts";
import { type Timeline, supportsType } from "../timeline/timeline.ts";
import { EdgeClock } from "./edge-clock.ts";
import { CLOSE_REFUSED, parseRealtime } from "./message.ts";

export type RealtimeOptions = Readonly<{
  /** Path with token, or a whole address. */
  url: string;
  timeline: Timeline;
  /** Empties the timeline, or goes on behind what another source gave. */
  begin: "fresh" | "behind";
  /** It cannot go on. `refused`: nor can another try. */
  onTrouble: (reason: string, refused: boolean) => void;
  /** The show is over. */
  onEnd: () => void;
}>;

/** A connection that says nothing for so long is given up. */
const OPEN_WITHIN_MS = 2500;

export class RealtimeFeed {
  readonly #options: RealtimeOptions;
  readonly #socket: WebSocket;
  readonly #lanes: Readonly<Record<Kind, Lane>> = {
    video: { name: "realtime video" },
    audio: { name: "realtime audio" },
  };
  readonly #inits: Partial<Record<Kind, Init>> = {};
  readonly #edge = new EdgeClock();
  readonly #beganAtMs = performance.now();
  readonly #openTimer: ReturnType<typeof setTimeout>;
  #tracks: readonly Kind[] = [];
  #hasBegun = false;
  #isClosed = false;
  #frameAtMs = performance.now();
  #bytes = 0;
  heightPx = 0;
  /** Unix ms of media time 0. */
  wallZeroMs = 0;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    const url = new URL(options.url, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", ({ data }) => this.#onMessage(data));
    this.#socket.addEventListener("close", ({ code }) => this.#trouble(`closed with ${code}`, CLOSE_REFUSED.has(code)));
    this.#openTimer = setTimeout(() => this.#trouble("no answer", false), OPEN_WITHIN_MS);
  }

  /** Monotonic time of the attempt to connect. */
  get beganAtMs(): number {
    return this.#beganAtMs;
  }
  /** Monotonic time of the newest frame. */
  get frameAtMs(): number {
    return this.#frameAtMs;
  }
  get bytes(): number {
    return this.#bytes;
  }
  edgeSec(nowMs: number): number | undefined {
    return this.#edge.edgeSec(nowMs / 1000);
  }

  /** All tracks come from here. */
  get isFeeding(): boolean {
    const { timeline } = this.#options;
    return this.#tracks.length > 0 && timeline.tracks.every((kind) => timeline.current(kind) === this.#lanes[kind]);
  }

  /** Leaves the timeline to another source, which goes on behind the last frame. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#openTimer);
    for (const kind of this.#options.timeline.tracks) this.#options.timeline.over(kind, this.#lanes[kind]);
    this.#socket.close(1000);
  }

  #trouble(reason: string, refused: boolean): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onTrouble(reason, refused);
  }

  #onMessage(data: unknown): void {
    if (this.#isClosed) return;
    const message = parseRealtime(data);
    switch (message?.type) {
      case "tracks":
        ({ heightPx: this.heightPx, wallZeroMs: this.wallZeroMs } = message);
        return this.#begin(message.tracks);
      case "init":
        return this.#describe(readInit(message.bytes));
      case "media":
        return this.#media(message.kind, message.bytes);
      case "skipped":
        return this.#trouble("frames were left out", false);
      case "handover":
        return this.#trouble("handed over", false);
      case "end":
        this.close();
        return this.#options.onEnd();
      case undefined:
        return;
      default:
        return message satisfies never;
    }
  }

  #begin(tracks: readonly Kind[]): void {
    clearTimeout(this.#openTimer);
    const { timeline, begin } = this.#options;
    const same = tracks.length === this.#tracks.length && tracks.every((kind) => this.#tracks.includes(kind));
    if (same) return;
    this.#tracks = tracks;
    const fits = tracks.length === timeline.tracks.length && tracks.every((kind) => timeline.tracks.includes(kind));
    const isBehind = begin === "behind" && !this.#hasBegun;
    // HLS finds out for itself that the show has others, and begins anew with them.
    if (isBehind && !fits) return this.#trouble("other tracks than those that are played", false);
    this.#hasBegun = true;
    timeline.setTracks(tracks);
    for (const kind of tracks) {
      if (isBehind) timeline.prepare(kind, this.#lanes[kind]);
      else timeline.restart(kind, this.#lanes[kind]);
    }
  }

  /** What this browser cannot decode may be there in another codec over HLS. */
  #describe(init: Init): void {
    if (supportsType(init.mime)) this.#inits[init.track.kind] = init;
    else this.#trouble(`no decoder for ${init.mime}`, true);
  }

  #media(kind: Kind, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#frameAtMs = performance.now();
    const init = this.#inits[kind];
    const chunk = init && readChunk(init, bytes);
    if (chunk === undefined) return;
    if (kind === "video" || !this.#tracks.includes("video")) this.#edge.observe(endSec(chunk), this.#frameAtMs / 1000);
    this.#options.timeline.push(kind, this.#lanes[kind], chunk);
  }
}
