/** One SRT caller as the server sees it: media of the child goes to a demuxer once the key was checked. */
import type { Ffmpeg } from "../../../lib/ffmpeg.ts";
import { newId } from "../../../lib/ids.ts";
import type { Logger } from "../../../lib/log.ts";
import type { IngestDecision, IngestGrant, MediaDoors } from "../../plane.ts";
import { PipedSource } from "../demux/piped-source.ts";
import type { OpenSource, SourceSink } from "../publisher.ts";
import type { SourceEvent } from "../source-event.ts";
import type { SrtStatistics } from "./messages.ts";

export type SrtSessionOptions = Readonly<{
  remote: string;
  log: Logger;
  ffmpeg: Ffmpeg;
  /** A live connection without media for so long is ended. */
  idleMs: number;
  authorize: () => ReturnType<MediaDoors["authorizeIngest"]>;
  openSource: OpenSource;
  /** Lets media come. */
  accept: () => void;
  /** Closes the connection. */
  hangUp: () => void;
}>;

/**
 * An encoder that was cut off says nothing, and SRT gives it up after 5 s. A transport stream never pauses: after so many quarters
 * of a second without a packet the program is told, and told again when packets come. Ticks, not time: our own pauses do not count.
 */
const TICK_MS = 250;
const SILENT_TICKS = 6;
const SILENT = "Nothing comes from the encoder any more.";
const UNCHECKED: IngestDecision = {
  ok: false,
  reason: "unavailable",
  message: "The server cannot check the stream key now: try again.",
};

/** Whatever happens the connection is closed, the sink is closed once, and one line says why. SRT has no words for its peer. */
export class SrtSession {
  readonly #options: SrtSessionOptions;
  readonly #log: Logger;
  readonly #connectedAt = new Date();
  readonly #source: PipedSource;
  #sink: SourceSink | undefined;
  /** What the tracks are, for a sink that is opened in mid-stream. */
  #tracks: SourceEvent | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #silentTicks = 0;
  #state: "checking" | "sending" | "silent" = "checking";
  #receivedBytes = 0;
  #packets: Pick<SrtStatistics, "received" | "lost"> = { received: 0, lost: 0 };
  #heardMs = performance.now();
  #ended = false;

  constructor(options: SrtSessionOptions) {
    this.#options = options;
    this.#log = options.log.child({ remote: options.remote, protocol: "srt" });
    this.#source = new PipedSource({
      ffmpeg: options.ffmpeg,
      log: this.#log,
      accepts: ["mpegts"],
      resumes: true,
      onEvent: (event) => {
        if (event.type === "tracks") this.#tracks = event;
        this.#sink?.push(event);
      },
      onRoom: () => {},
    });
    void this.#source.closed.then((reason) => {
      if (reason !== null) this.end(reason);
    });
    void this.#authorize().then((decision) => this.#decide(decision));
  }

  /** For how long nothing came. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** Media of the connection. */
  push(bytes: Uint8Array): void {
    if (this.#ended || this.#deadline === undefined) return;
    this.#silentTicks = 0;
    if (this.#state === "silent") this.#comeBack();
    this.#receivedBytes += bytes.byteLength;
    this.#heardMs = performance.now();
    this.#deadline?.refresh();
    this.#source.push(bytes);
  }

  /** Figures of the connection since its begin. */
  measured({ rttMs, received, lost }: SrtStatistics): void {
    const packets = received - this.#packets.received;
    const lostNow = Math.max(0, lost - this.#packets.lost);
    this.#packets = { received, lost };
    if (packets <= 0) return;
    const lossPercent = Math.round((1000 * lostNow) / (packets + lostNow)) / 10;
    this.#sink?.push({ type: "link", rttMs, lossPercent });
  }

  /** May be called repeatedly. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    clearInterval(this.#tick);
    const published = this.#deadline !== undefined;
    const line = { reason, receivedBytes: this.#receivedBytes };
    this.#log.info(line, published ? "publisher left" : "SRT connection closed without publishing");
    this.#options.hangUp();
    this.#source.abort();
    this.#sink?.closed(reason);
  }

  #listen(): void {
    this.#silentTicks += 1;
    if (this.#state !== "sending" || this.#silentTicks <= SILENT_TICKS) return;
    this.#state = "silent";
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(SILENT);
  }

  /** Somebody else may have taken the place meanwhile, or the show may be over: all is asked again. */
  #comeBack(): void {
    this.#state = "checking";
    void this.#authorize().then((decision) => this.#decide(decision));
  }

  async #authorize(): Promise<IngestDecision> {
    try {
      return await this.#options.authorize();
    } catch (error) {
      this.#log.error({ err: error }, "authorisation of a publisher failed");
      return UNCHECKED;
    }
  }

  #decide(decision: IngestDecision): void {
    if (this.#ended) return;
    if (decision.ok) this.#open(decision.grant);
    else this.end(decision.message);
  }

  #open(grant: IngestGrant): void {
    const { remote, openSource, accept, idleMs } = this.#options;
    const id = newId();
    const end = (reason: string): void => this.end(reason);
    const opened = openSource({
      ...{ id, grant, remote, end },
      protocol: "srt",
      encoder: null,
      connectedAt: this.#connectedAt,
    });
    if (!opened.ok) return this.end(opened.message);
    // The sink may have ended the publisher from inside of openSource().
    if (this.#ended) return opened.sink.closed("The connection ended.");
    this.#sink = opened.sink;
    this.#state = "sending";
    this.#silentTicks = 0;
    if (this.#tracks !== undefined) opened.sink.push(this.#tracks);
    if (this.#deadline !== undefined) return;
    this.#tick = setInterval(() => this.#listen(), TICK_MS);
    this.#log.setBindings({ publisherId: id, broadcastId: grant.broadcastId });
    this.#log.info("publisher accepted");
    this.#deadline = setTimeout(() => this.end(`The encoder sent nothing for ${idleMs / 1000} s.`), idleMs);
    accept();
  }
}
