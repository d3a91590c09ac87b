/** The media plane of one node: ingest ports, programs, packaging and playback put together. Composition and the rules between them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Gauge } from "prom-client";
import type { KeySlot } from "@rostrum/contract/channels";
import type { Config } from "../config.ts";
import { peerAddress } from "../lib/address.ts";
import { systemClock } from "../lib/clock.ts";
import type { Ffmpeg } from "../lib/ffmpeg.ts";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { StartError } from "../lib/start-error.ts";
import type { Blobs } from "../ports/blobs.ts";
import { VodHandler } from "./deliver/vod/handler.ts";
import type { OpenSource, Publisher, SourceSink } from "./ingest/publisher.ts";
import { FileSources } from "./ingest/file/file-sources.ts";
import { Publishers, TAKEN_OVER } from "./ingest/publishers.ts";
import { listenRtmp, type RtmpListener } from "./ingest/rtmp/listener.ts";
import { RealtimeServer } from "./deliver/realtime/server.ts";
import { WhepServer } from "./deliver/whep/server.ts";
import { listenSrt, type SrtListener } from "./ingest/srt/listener.ts";
import { createWhipIngest, type WhipIngest } from "./ingest/whip/listener.ts";
import { createWebSocketIngest, type WebSocketIngest } from "./ingest/ws/listener.ts";
import { createOrigin, type Origin } from "./origin.ts";
import type {
  MediaDoors,
  MediaPlane,
  PlaybackPolicy,
  Playlist,
  ProgramSources,
  RecordingDoors,
  ShowStart,
  SourceSlot,
  Taken,
} from "./plane.ts";
import { Programs } from "./programs.ts";
import { Recorder } from "./record/recorder.ts";
import { openRtcEndpoint, type RtcEndpoint } from "./rtc/endpoint.ts";
import { refuse } from "./rtc/http.ts";
import { type EncoderChoice, chooseEncoder } from "./transcode/encoders.ts";
import { Ladders } from "./transcode/ladders.ts";
import { RtcProgram } from "./transcode/rtc-program.ts";
import { RungTaps } from "./transcode/rung-taps.ts";
import { Slates } from "./slate/slates.ts";
import { Thumbnails } from "./thumbnail/thumbnails.ts";

export type MediaPlaneOptions = Readonly<{
  config: Pick<
    Config,
    | "HOST"
    | "DATA_DIR"
    | "RTMP_PORT"
    | "RTMPS_PORT"
    | "SRT_PORT"
    | "SRT_LIBRARY"
    | "RTC_UDP_PORT"
    | "RTC_PUBLIC_IP"
    | "TURN_URLS"
    | "TLS_CERT"
    | "TLS_KEY"
    | "PART_TARGET_MS"
    | "SEGMENT_TARGET_MS"
    | "TRANSCODE_CORES"
    | "TRUST_PROXY"
  >;
  log: Logger;
  metrics: Metrics;
  nodeId: string;
  doors: MediaDoors;
  ffmpeg: Ffmpeg;
  /** Left out: nothing is recorded, and recordings cannot be played here. */
  recording?: Readonly<{ doors: RecordingDoors; blobs: Blobs }>;
}>;

const HAS_ENDED = "This broadcast has just ended. Connect again to begin the next one.";
const NOTHING_TO_TAKE = "No source has been connected to this broadcast yet.";
const NOT_CONNECTED = "This source is not connected any more.";
/** The command that begins a show comes this long after the show is on the air, or never. */
const BEGIN_MS = 2000;
/** Who watches a source that is not on the air gets a picture a second, as far as there are key frames. */
const SOURCE_PICTURE_MS = 1000;
const SLOTS = ["primary", "backup", "studio", "file", "test"] as const satisfies readonly SourceSlot[];
const STARTING = "The server is starting; try again in a moment.";
const STOPPING = "The server is restarting. Connect again in a moment.";

/**
 * Recovers the windows on disk, then opens the ingest ports.
 * @throws {StartError} a port cannot be opened, or TLS_CERT or TLS_KEY cannot be read
 */
export async function createMediaPlane(options: MediaPlaneOptions): Promise<MediaPlane> {
  const plane = new Pipeline({ ...options, log: options.log.child({ nodeId: options.nodeId }) });
  try {
    await plane.open();
  } catch (error) {
    await plane.close();
    throw error;
  }
  return plane;
}

class Pipeline implements MediaPlane {
  readonly #options: MediaPlaneOptions;
  readonly #choice: Promise<EncoderChoice>;
  readonly #ladders: Ladders;
  readonly #rungs = new RungTaps();
  readonly #origin: Origin;
  readonly #realtime: RealtimeServer;
  readonly #recorder: Recorder | undefined;
  readonly #vod: VodHandler | undefined;
  readonly #publishers = new Publishers();
  readonly #programs: Programs;
  readonly #thumbnails: Thumbnails;
  readonly #files: FileSources;
  readonly #stop = new AbortController();
  readonly #listeners: RtmpListener[] = [];
  readonly #webSockets: WebSocketIngest;
  #srt: SrtListener | undefined;
  #srtMissing: string | null = null;
  #rtc: RtcEndpoint | undefined;
  #rtcMissing: string | null = null;
  #whip: WhipIngest | undefined;
  #whep: WhepServer | undefined;
  #ports: { rtmp: number; rtmps?: number; srt?: number; rtc?: number } = { rtmp: 0 };

  constructor(options: MediaPlaneOptions) {
    const { config, log, metrics, ffmpeg, doors } = options;
    this.#options = options;
    const { recording } = options;
    const recordings = path.join(config.DATA_DIR, "recording");
    this.#recorder = recording && new Recorder({ dir: recordings, ...recording, log, metrics });
    this.#vod =
      recording &&
      new VodHandler({
        log,
        clock: systemClock,
        metrics,
        blobs: recording.blobs,
        doors: vodDoors(doors, recording.doors),
      });
    this.#choice = chooseEncoder(ffmpeg, this.#stop.signal);
    this.#ladders = new Ladders({
      ffmpeg,
      clock: systemClock,
      log,
      metrics,
      choice: this.#choice,
      maxCores: config.TRANSCODE_CORES,
      wish: async (broadcastId) => doors.ladderWish?.(broadcastId),
    });
    this.#origin = createOrigin({
      startLadder: async (broadcastId, hub, output, signal) => {
        await this.#ladders.run(broadcastId, hub, this.#rungs.tapped(broadcastId, output), signal);
        this.#rungs.ended(broadcastId);
      },
      recorder: this.#recorder,
      dir: path.join(config.DATA_DIR, "live"),
      partTargetMs: config.PART_TARGET_MS,
      segmentTargetMs: config.SEGMENT_TARGET_MS,
      trustProxy: config.TRUST_PROXY,
      log,
      metrics,
      policy: (broadcastId) => this.#policy(broadcastId),
      verifyToken: (token, broadcastId) => doors.verifyPlaybackToken(token, broadcastId),
    });
    this.#realtime = new RealtimeServer({
      log,
      clock: systemClock,
      metrics,
      doors: {
        playbackPolicy: (broadcastId) => this.#policy(broadcastId),
        verifyPlaybackToken: (token, broadcastId) => doors.verifyPlaybackToken(token, broadcastId),
      },
      hubOf: (broadcastId) => this.#programs.get(broadcastId)?.hub,
      trustProxy: config.TRUST_PROXY,
    });
    const count = () => this.#publishers.size;
    void new Gauge({
      name: "rostrum_publishers",
      help: "Encoders that publish on this node, drained ones included.",
      registers: [metrics],
      collect() {
        this.set(count());
      },
    });
    this.#webSockets = createWebSocketIngest({
      log,
      ffmpeg,
      authorize: (credential, peer) => doors.authorizeIngest(credential, peer),
      openSource: (publisher) => this.#openSource(publisher),
    });
    this.#thumbnails = new Thumbnails({ ffmpeg, clock: systemClock, log, signal: this.#stop.signal });
    this.#files = new FileSources({ clock: systemClock, log });
    const slates = new Slates({ ffmpeg, clock: systemClock, log, signal: this.#stop.signal });
    this.#programs = new Programs({
      clock: systemClock,
      log,
      metrics,
      ffmpeg,
      output: this.#origin,
      onProgramState: (event) =>
        doors.onProgramState(
          event.type === "health" ? { ...event, ladder: this.#ladders.health(event.broadcastId) } : event,
        ),
      policy: (broadcastId) => this.#policy(broadcastId),
      slate: (look, shape) => slates.get(look, shape),
      onGone: (broadcastId) => {
        this.#forgetPictures(broadcastId);
        void this.#files.stop(broadcastId);
      },
    });
  }

  get ports(): MediaPlane["ports"] {
    return this.#ports;
  }

  get srtMissing(): string | null {
    return this.#srtMissing;
  }

  get rtcMissing(): string | null {
    return this.#rtcMissing;
  }

  async open(): Promise<void> {
    const { config } = this.#options;
    await this.#recorder?.recover();
    await this.#origin.recover();
    this.#recorder?.start();
    const rtmp = await this.#listen({ port: config.RTMP_PORT });
    this.#ports = { rtmp: rtmp.port };
    for (const show of await this.#options.doors.showsOnAir()) {
      this.#programs.resume(show.broadcastId, show.dvrWindowSec);
    }
    this.#ports = { ...this.#ports, ...(await this.#listenSrt()), ...(await this.#openRtc()) };
    if (config.RTMPS_PORT === undefined) return;
    const tls = { cert: readPem("TLS_CERT", config.TLS_CERT), key: readPem("TLS_KEY", config.TLS_KEY) };
    const rtmps = await this.#listen({ port: config.RTMPS_PORT, tls });
    this.#ports = { ...this.#ports, rtmps: rtmps.port };
  }

  handleHttp(...[req, res]: Parameters<MediaPlane["handleHttp"]>): void {
    if (/^\/whip(?:[/?]|$)/.test(req.url ?? "")) this.#handleWhip(req, res);
    else if (req.url?.startsWith("/whep/") === true) this.#handleWhep(req, res);
    else if (this.#vod !== undefined && req.url?.startsWith("/vod/") === true) this.#vod.handle(req, res);
    else this.#origin.handleHttp(req, res);
  }

  handleUpgrade(...[req, socket, head]: Parameters<MediaPlane["handleUpgrade"]>): void {
    this.#realtime.handleUpgrade(req, socket, head);
  }

  handleIngest(...[req, socket, head]: Parameters<MediaPlane["handleIngest"]>): void {
    const remote = peerAddress(req, this.#options.config.TRUST_PROXY);
    this.#webSockets.handleUpgrade(req, socket, head, remote);
  }

  endSources(channelId: string, slot: KeySlot, reason: string): void {
    this.#publishers.end(channelId, slot, reason);
  }

  async refreshStreamKeys(channelId: string): Promise<void> {
    await this.#srt?.refreshKeys(channelId);
  }

  async cutSources(broadcastId: string, reason: string): Promise<void> {
    this.#publishers.cut(broadcastId, reason);
    await this.#files.stop(broadcastId);
    await this.#programs.stopTest(broadcastId);
  }

  beginShow(broadcastId: string, from: ShowStart): void {
    this.#programs.beginShow(broadcastId, from);
    // Of a show that begins with its source the GOP is the show's.
    if (from !== "source") {
      this.#realtime.forgetGop(broadcastId);
      this.#whep?.forgetGop(broadcastId);
    }
    this.#thumbnails.forget(broadcastId);
  }

  async endBroadcast(broadcastId: string): Promise<void> {
    this.#publishers.drain(broadcastId);
    await this.#programs.end(broadcastId);
  }

  yieldBroadcast(broadcastId: string): Promise<void> {
    return this.#programs.yield(broadcastId);
  }

  async removeBroadcast(broadcastId: string): Promise<void> {
    this.#publishers.drain(broadcastId);
    await this.#programs.remove(broadcastId);
  }

  startTestSignal(broadcastId: string, _channelId: string, dvrWindowSec: number) {
    return this.#programs.startTest(broadcastId, dvrWindowSec, () => this.#publishers.feeds(broadcastId));
  }

  stopTestSignal(broadcastId: string): Promise<void> {
    return this.#programs.stopTest(broadcastId);
  }

  async startFileSource(broadcastId: string, dvrWindowSec: number, playlist: Playlist) {
    const attach = () => this.#programs.attachInternal(broadcastId, dvrWindowSec, { kind: "file", name: "Files" });
    const started = await this.#files.start(broadcastId, playlist, attach);
    return started ? ({ ok: true } as const) : { ok: false as const, message: "This broadcast has ended." };
  }

  stopFileSource(broadcastId: string): Promise<void> {
    return this.#files.stop(broadcastId);
  }

  skipFile(broadcastId: string): void {
    this.#files.skip(broadcastId);
  }

  fileSource(broadcastId: string) {
    return this.#files.playing(broadcastId);
  }

  hasSource(broadcastId: string): boolean {
    return this.#programs.get(broadcastId)?.hasSource ?? false;
  }

  sources(broadcastId: string): ProgramSources | null {
    return this.#programs.get(broadcastId)?.sources() ?? null;
  }

  takeSource(broadcastId: string, what: Taken | null): ReturnType<MediaPlane["takeSource"]> {
    const program = this.#programs.get(broadcastId);
    if (program === undefined) return { ok: false, message: NOTHING_TO_TAKE };
    const isThere = what === null || what === "slate" || program.sources().items.some((one) => one.slot === what);
    if (!isThere) return { ok: false, message: NOT_CONNECTED };
    program.take(what);
    return { ok: true };
  }

  sourceThumbnail(broadcastId: string, slot: SourceSlot): Promise<Uint8Array | null> {
    const keyframe = this.#programs.get(broadcastId)?.keyframeOf(slot);
    return this.#thumbnails.get(`${broadcastId} ${slot}`, keyframe, SOURCE_PICTURE_MS);
  }

  slotInUse(channelId: string, slot: KeySlot): boolean {
    return this.#publishers.inUse(channelId, slot);
  }

  thumbnail(broadcastId: string): Promise<Uint8Array | null> {
    return this.#thumbnails.get(broadcastId, this.#programs.get(broadcastId)?.keyframe);
  }

  holdMedia(...[broadcastId, span, folder]: Parameters<MediaPlane["holdMedia"]>) {
    return this.#origin.hold(broadcastId, span, folder);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#srt?.close();
    // Before the others are told to end: who sent by WebSocket is to come back by itself.
    await this.#webSockets.close();
    await this.#whip?.close();
    this.#publishers.endAll(STOPPING);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#realtime.close();
    await this.#whep?.close();
    this.#rtc?.close();
    await this.#files.close();
    await this.#programs.close();
    await this.#origin.close();
    this.#ladders.close();
    await this.#recorder?.close();
  }

  #forgetPictures(broadcastId: string): void {
    this.#thumbnails.forget(broadcastId);
    for (const slot of SLOTS) this.#thumbnails.forget(`${broadcastId} ${slot}`);
  }

  /** A show may have begun or ended while nobody here could hear it: who asks for its window finds it out. */
  async #policy(broadcastId: string): Promise<PlaybackPolicy> {
    const policy = await this.#options.doors.playbackPolicy(broadcastId);
    const isOver = policy !== null && (policy.state === "ended" || policy.state === "archived");
    if (policy !== null && policy.liveAt !== null) await this.#showHasBegun(broadcastId, policy.liveAt);
    if (isOver && !this.#programs.hasEnded(broadcastId)) await this.endBroadcast(broadcastId);
    return policy;
  }

  async #showHasBegun(broadcastId: string, liveAt: Date): Promise<void> {
    const untilMs = liveAt.getTime() + BEGIN_MS;
    while (!this.#origin.showHasBegun(broadcastId) && systemClock.wallMs() < untilMs) await sleep(20);
    if (!this.#origin.showHasBegun(broadcastId)) this.beginShow(broadcastId, liveAt);
  }

  async #listenSrt(): Promise<{ srt?: number }> {
    const { config, log, ffmpeg, doors } = this.#options;
    const opened = await listenSrt({
      host: config.HOST,
      port: config.SRT_PORT,
      library: config.SRT_LIBRARY,
      ...{ log, ffmpeg },
      authorize: (credential, peer) => doors.authorizeIngest(credential, peer),
      streamKeys: (channelId) => doors.streamKeys(channelId),
      openSource: this.#openSource,
    });
    if (!opened.ok) {
      this.#srtMissing = opened.missing;
      return {};
    }
    this.#srt = opened.listener;
    return { srt: opened.listener.port };
  }

  async #openRtc(): Promise<{ rtc?: number }> {
    const { config, log, doors } = this.#options;
    const opened = await openRtcEndpoint({
      host: config.HOST,
      port: config.RTC_UDP_PORT,
      publicIp: config.RTC_PUBLIC_IP,
      turnUrls: config.TURN_URLS,
      log,
    });
    if (!opened.ok) {
      this.#rtcMissing = opened.missing;
      return {};
    }
    this.#rtc = opened.endpoint;
    this.#whip = createWhipIngest({
      log,
      endpoint: opened.endpoint,
      trustProxy: config.TRUST_PROXY,
      keyframeIntervalMs: config.SEGMENT_TARGET_MS,
      authorize: (credential, peer) => doors.authorizeIngest(credential, peer),
      openSource: this.#openSource,
    });
    this.#whep = this.#openWhep(opened.endpoint);
    return { rtc: opened.endpoint.port };
  }

  #openWhep(endpoint: RtcEndpoint): WhepServer {
    const { config, log, metrics, doors, ffmpeg } = this.#options;
    return new WhepServer({
      ...{ log, metrics, endpoint, clock: systemClock, trustProxy: config.TRUST_PROXY },
      doors: {
        playbackPolicy: (broadcastId) => this.#policy(broadcastId),
        verifyPlaybackToken: (token, broadcastId) => doors.verifyPlaybackToken(token, broadcastId),
      },
      hubOf: (broadcastId) => this.#programs.get(broadcastId)?.hub,
      openSource: (broadcastId, source) =>
        new RtcProgram({
          ...{ source, ffmpeg, clock: systemClock, choice: this.#choice, log: log.child({ broadcastId }) },
          listenRungs: (listener) => this.#rungs.listen(broadcastId, listener),
        }),
    });
  }

  #handleWhip(...[req, res]: Parameters<MediaPlane["handleHttp"]>): void {
    if (this.#whip !== undefined) this.#whip.handle(req, res);
    else refuse(res, 503, this.#rtcMissing ?? STARTING);
  }

  #handleWhep(...[req, res]: Parameters<MediaPlane["handleHttp"]>): void {
    if (this.#whep !== undefined) this.#whep.handle(req, res);
    else refuse(res, 503, this.#rtcMissing ?? STARTING);
  }

  async #listen(where: { port: number; tls?: { cert: Buffer; key: Buffer } }): Promise<RtmpListener> {
    const { config, log, doors } = this.#options;
    const listener = await listenRtmp({
      ...where,
      host: config.HOST,
      log,
      authorize: (credential, peer) => doors.authorizeIngest(credential, peer),
      openSource: this.#openSource,
    });
    this.#listeners.push(listener);
    return listener;
  }

  #openSource: OpenSource = (publisher) => {
    if (this.#stop.signal.aborted) return { ok: false, message: STOPPING };
    const { broadcastId, dvrWindowSec, slot } = publisher.grant;
    const nowMs = systemClock.monotonicMs();
    const program = this.#programs.open(broadcastId, dvrWindowSec);
    if (program === undefined) return { ok: false, message: HAS_ENDED };
    const admission = this.#publishers.admit(publisher, nowMs);
    if (!admission.ok) return admission;
    const { protocol, encoder, connectedAt } = publisher;
    const sink = program.attach({ kind: slot, protocol, encoder, connectedAt });
    // After the new one is in place, so that the program knows that somebody takes over.
    admission.displaced?.end(TAKEN_OVER);
    return { ok: true, sink: this.#watched(publisher, sink) };
  };

  #watched(publisher: Publisher, sink: SourceSink): SourceSink {
    return {
      push: (event) => {
        this.#publishers.heard(publisher, systemClock.monotonicMs());
        sink.push(event);
      },
      closed: (reason, stopped) => {
        this.#publishers.remove(publisher);
        sink.closed(reason, stopped);
      },
    };
  }
}

function vodDoors(doors: MediaDoors, recording: RecordingDoors): ConstructorParameters<typeof VodHandler>[0]["doors"] {
  return {
    playbackPolicy: (broadcastId) => doors.playbackPolicy(broadcastId),
    verifyPlaybackToken: (token, broadcastId) => doors.verifyPlaybackToken(token, broadcastId),
    broadcastOfRecording: (recordingId) => recording.broadcastOfRecording(recordingId),
  };
}

function readPem(variable: "TLS_CERT" | "TLS_KEY", file: string | undefined): Buffer {
  try {
    return readFileSync(file ?? "");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "error";
    throw new StartError(`${variable}=${file ?? ""} cannot be read (${code}): it must name a PEM file for RTMPS.`, {
      cause,
    });
  }
}
