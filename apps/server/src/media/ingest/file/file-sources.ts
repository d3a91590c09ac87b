/** The files that broadcasts of this node play: one list per broadcast. */
import type { Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { PlayingFiles, Playlist } from "../../plane.ts";
import type { SourceSink } from "../publisher.ts";
import { type RunningFileSource, startFileSource } from "./file-source.ts";

type Entry = Readonly<{ playlist: Playlist; source: RunningFileSource; stop: AbortController }>;

export type FileSourcesOptions = Readonly<{ clock: Clock; log: Logger }>;

export class FileSources {
  readonly #options: FileSourcesOptions;
  readonly #entries = new Map<string, Entry>();
  #closing = false;

  constructor(options: FileSourcesOptions) {
    this.#options = options;
  }

  /** Replaces what plays. `attach` is called once that is gone; false when it gives nothing. */
  async start(broadcastId: string, playlist: Playlist, attach: () => SourceSink | undefined): Promise<boolean> {
    await this.stop(broadcastId);
    const sink = attach();
    if (sink === undefined) return false;
    const stop = new AbortController();
    const { clock, log } = this.#options;
    const source = startFileSource(sink, { ...playlist, clock, signal: stop.signal });
    const entry = { playlist, source, stop };
    this.#entries.set(broadcastId, entry);
    void source.closed.then((reason) => {
      if (this.#entries.get(broadcastId) === entry) this.#entries.delete(broadcastId);
      log.info({ broadcastId, reason }, "files ended");
      if (!this.#closing) playlist.ended?.();
    });
    return true;
  }

  /** Resolves when nothing plays any more. */
  async stop(broadcastId: string): Promise<void> {
    const entry = this.#entries.get(broadcastId);
    entry?.stop.abort();
    await entry?.source.closed;
  }

  skip(broadcastId: string): void {
    this.#entries.get(broadcastId)?.source.skip();
  }

  playing(broadcastId: string): PlayingFiles | null {
    const entry = this.#entries.get(broadcastId);
    return entry === undefined ? null : { playlist: entry.playlist, ...entry.source.position() };
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#entries.keys()].map((broadcastId) => this.stop(broadcastId)));
  }
}
