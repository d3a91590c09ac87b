/** For tests of WHEP delivery: a server with a real UDP port, hubs to publish into, and viewers that speak WebRTC as browsers do. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pipe } from "@rostrum/rtc/pipe";
import type { FrameEvent } from "@rostrum/rtc/rtp/frame-buffer";
import { VIDEO_CLOCK_HZ } from "@rostrum/rtc/rtp/h264-samples";
import { OPUS_CLOCK_HZ, opusTrack } from "@rostrum/rtc/rtp/opus";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";
import { parseRtcp, type RtcpPacket } from "@rostrum/rtc/rtp/rtcp";
import { TrackReceiver } from "@rostrum/rtc/rtp/track-receiver";
import { H264, OPUS, VP8 } from "@rostrum/rtc/sdp/codecs";
import { EXTENSION } from "@rostrum/rtc/sdp/extensions";
import type { Direction } from "@rostrum/rtc/sdp/model";
import { assignPayloadTypes, offer, readAnswer } from "@rostrum/rtc/sdp/offer";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { serializeSdp } from "@rostrum/rtc/sdp/serialize";
import type { OfferWants } from "@rostrum/rtc/sdp/wants";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { createLogger } from "../../../lib/log.ts";
import { createMetrics, type Metrics } from "../../../lib/metrics.ts";
import type { ProgramEvent } from "../../hub/program-event.ts";
import { ProgramHub } from "../../hub/program-hub.ts";
import type { PlaybackPolicy } from "../../plane.ts";
import { openRtcEndpoint } from "../../rtc/endpoint.ts";
import { RtcProgram } from "../../transcode/rtc-program.ts";
import { OPEN, VIDEO_TRACK, tracks } from "../testing.ts";
import type { WhepEvent } from "./events.ts";
import { type WhepOptions, WhepServer } from "./server.ts";

/** Ticks of a picture at 30 a second. */
export const FRAME = 3_000;
const PICTURE_BYTES = 3_000;

/** Picture and sound that need no encoder. */
export const RTC_TRACKS = tracks({ video: VIDEO_TRACK, audio: opusTrack(2) });

/** Picture number `n` of a show that began now minus its media time; its payload says which one it is. */
export function shot(n: number, keyframe: boolean, zeroMs: number, bytes = PICTURE_BYTES): ProgramEvent {
  const nal = new Uint8Array(bytes).fill(n & 0xff);
  nal[0] = keyframe ? 0x65 : 0x41;
  const data = new Uint8Array(4 + bytes);
  new DataView(data.buffer).setUint32(0, bytes);
  data.set(nal, 4);
  const ticks = n * FRAME;
  const sample = { kind: "video", pts: ticks, dts: ticks, duration: FRAME, keyframe, data } as const;
  return { type: "sample", wallMs: zeroMs + ticks / 90, sample };
}

/** A packet of 20 ms of Opus; `ticks`: its media time. */
export function note(n: number, zeroMs: number, ticks = n * 960): ProgramEvent {
  const data = Uint8Array.of(0xfc, 0xff, n & 0xff);
  const sample = { kind: "audio", pts: ticks, dts: ticks, duration: 960, keyframe: true, data } as const;
  return { type: "sample", wallMs: zeroMs + ticks / 48, sample };
}

export type ViewOptions = Readonly<{
  /** Begins with `?`. */
  query?: string;
  broadcastId?: string;
  headers?: Readonly<Record<string, string>>;
  codec?: "H264" | "VP8";
  /** Of the picture's section. */
  mid?: string;
  direction?: Direction;
  /** Packets of the picture that never arrive: counted from the first. */
  loses?: (index: number) => boolean;
  /** Names this in its offer instead of its certificate's, in hex with colons. */
  fingerprint?: string;
  /** Goes there by UDP instead of to the server's own port. */
  udpPort?: number;
}>;

type Shown = Extract<FrameEvent, { type: "frame" }>;

const TYPES = { H264: assignPayloadTypes([OPUS], [H264]), VP8: assignPayloadTypes([OPUS], [VP8]) } as const;
const IDS = [
  { id: 1, uri: EXTENSION.mid },
  { id: 2, uri: EXTENSION.absSendTime },
  { id: 5, uri: EXTENSION.playoutDelay },
];

/** One viewer. `response` is the answer to its offer; the rest works only when that was 201. */
export class TestViewer {
  readonly pipe: Pipe;
  readonly frames: Shown[] = [];
  readonly sounds: Shown[] = [];
  readonly reports: RtcpPacket[] = [];
  readonly events: WhepEvent[] = [];
  readonly #loses: (index: number) => boolean;
  readonly #looks = new Set<() => void>();
  #receivers: TrackReceiver[] = [];
  #videoSsrc = 0;
  /** The last packet of sound. */
  lastSound: Readonly<{ ssrc: number; sequence: number }> | undefined;
  #videoPackets = 0;
  #timer: NodeJS.Timeout | undefined;
  #offered: OfferWants["sections"] = [];
  response = new Response();
  text = "";

  constructor(options: ViewOptions) {
    this.#loses = options.loses ?? (() => false);
    this.pipe = new Pipe(
      { name: "viewer", bindAddress: "127.0.0.1" },
      {
        onPacket: (packet) => this.#packet(packet),
        onChannel: () => ({
          onMessage: (message) => this.#told(() => this.events.push(JSON.parse(String(message)) as WhepEvent)),
        }),
      },
    );
  }

  /** The text of its offer. */
  offer({ codec = "H264", direction = "recvonly", mid = "v", fingerprint: value }: ViewOptions = {}): string {
    const made = this.pipe.offer([{ label: "rostrum" }]);
    const transport = value === undefined ? made : { ...made, fingerprint: { ...made.fingerprint, value } };
    const { audio, video } = TYPES[codec];
    this.#offered = [
      { kind: "video", mid, direction, codecs: video, extensions: IDS },
      { kind: "audio", mid: "a", direction, codecs: audio, extensions: IDS.slice(0, 2) },
      { kind: "application", mid: "d", maxMessageSizeBytes: 65_536 },
    ];
    return serializeSdp(offer({ transport, sessionId: "1", sessionVersion: 1, sections: this.#offered }));
  }

  async open(url: string, options: ViewOptions): Promise<void> {
    const headers = { "content-type": "application/sdp", ...options.headers };
    const init = { method: "POST", headers, body: this.offer(options) };
    this.response = await fetch(url, init);
    this.text = await this.response.text();
    if (this.response.status !== 201) return this.pipe.close();
    const answer = parseSdp(this.text);
    this.#receive(readAnswer(this.#offered, answer).media);
    const { udpPort } = options;
    if (udpPort === undefined) return this.pipe.complete(answer);
    const candidates = [`candidate:1 1 UDP 2122260223 127.0.0.1 ${udpPort} typ host`];
    this.pipe.complete({ ...answer, transport: { ...answer.transport, candidates } });
  }

  /** Resolves when something that came makes `condition` true; rejects when the connection ends before. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      void this.pipe.closed.then(({ reason, message }) => reject(new Error(`closed: ${reason}, ${message}`)));
      look();
    });
  }

  /** RTP time of media time 0, from the header of the answer. */
  get rtpZero(): number {
    return Number(/rtp=(\d+)/.exec(this.response.headers.get("rostrum-clock") ?? "")?.[1]);
  }

  close(): void {
    clearInterval(this.#timer);
    this.pipe.close();
  }

  #receive(media: ReturnType<typeof readAnswer>["media"]): void {
    for (const { kind, codecs, remote } of media) {
      const [codec] = codecs;
      const [track, rtx] = remote.sources;
      if (codec === undefined || track === undefined) continue;
      if (kind === "video") this.#videoSsrc = track.ssrc;
      const repair =
        rtx === undefined || codec.rtxPayloadType === undefined
          ? {}
          : { rtx: { ssrc: rtx.ssrc, payloadType: codec.rtxPayloadType } };
      const shared = { ssrc: track.ssrc, payloadType: codec.payloadType, senderSsrc: 1, ...repair };
      this.#receivers.push(
        new TrackReceiver(
          kind === "video"
            ? { ...shared, codec: "H264", clockRateHz: VIDEO_CLOCK_HZ, nack: true }
            : { ...shared, codec: "opus", clockRateHz: OPUS_CLOCK_HZ, nack: false },
        ),
      );
    }
    this.#timer = setInterval(() => this.#turn(), 10);
  }

  #packet(bytes: Uint8Array): void {
    if (isRtcp(bytes)) return this.#told(() => this.reports.push(...(parseRtcp(bytes) ?? [])));
    const view = new RtpView();
    if (!view.parse(bytes)) return;
    const isLost = view.ssrc === this.#videoSsrc && this.#loses(this.#videoPackets++);
    if (isLost) return;
    if (view.ssrc !== this.#videoSsrc) this.lastSound = { ssrc: view.ssrc, sequence: view.sequence };
    for (const receiver of this.#receivers) receiver.receive(view, performance.now());
    this.#turn();
  }

  #turn(): void {
    const nowMs = performance.now();
    for (const [index, receiver] of this.#receivers.entries()) {
      for (let event = receiver.pop(nowMs); event !== undefined; event = receiver.pop(nowMs)) {
        const shown = event;
        if (shown.type === "frame") this.#told(() => (index === 0 ? this.frames : this.sounds).push(shown));
      }
      for (const packet of receiver.takeFeedback(nowMs)) this.pipe.send(packet);
    }
  }

  #told(record: () => void): void {
    record();
    for (const look of this.#looks) look();
  }
}

export interface TestWhep extends AsyncDisposable {
  readonly server: WhepServer;
  readonly metrics: Metrics;
  readonly url: string;
  /** Of its connections. */
  readonly udpPort: number;
  /** Of every broadcast; the test may change it. */
  policy: PlaybackPolicy;
  /** The only right one. */
  token: string;
  readonly hub: ProgramHub;
  /** Unix ms of media time 0: picture 0 is as old as the test. */
  readonly zeroMs: number;
  /** Sources that were opened and are not closed. */
  readonly open: () => number;
  view(options?: ViewOptions): Promise<TestViewer>;
}

/** Serves the broadcast `show`. */
export async function startWhep(options: Partial<WhepOptions> & { clock?: Clock } = {}): Promise<TestWhep> {
  const clock = options.clock ?? systemClock;
  const log = createLogger("silent", false);
  const metrics = createMetrics();
  const hub = new ProgramHub();
  const viewers: TestViewer[] = [];
  const opened = await openRtcEndpoint({ host: "127.0.0.1", port: 0, publicIp: undefined, turnUrls: undefined, log });
  if (!opened.ok) throw new Error(opened.missing);
  let open = 0;
  const test = { policy: OPEN as PlaybackPolicy, token: "right" };
  const server = new WhepServer({
    log,
    clock,
    metrics,
    doors: {
      playbackPolicy: (id) => Promise.resolve(id === "unknown" ? null : test.policy),
      verifyPlaybackToken: (token) => Promise.resolve(token === test.token),
    },
    hubOf: (id) => (id === "show" ? hub : undefined),
    openSource: (_, source) => {
      // Nothing has to be made: FFmpeg is not asked.
      const ffmpeg = { path: "/nonexistent", version: "none" };
      const choice = Promise.resolve({ encoder: undefined, reason: "None is needed." });
      const program = new RtcProgram({ source, ffmpeg, clock, log, choice });
      open += 1;
      return {
        hub: program.hub,
        get missing() {
          return program.missing;
        },
        get isTranscoded() {
          return program.isTranscoded;
        },
        get live() {
          return program.live;
        },
        forgetGop: () => program.forgetGop(),
        async close() {
          await program.close();
          open -= 1;
        },
      };
    },
    endpoint: opened.endpoint,
    trustProxy: false,
    ...options,
  });
  const http = createServer((req, res) => server.handle(req, res));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return Object.assign(test, {
    server,
    metrics,
    url,
    udpPort: opened.endpoint.port,
    hub,
    zeroMs: Date.now(),
    open: () => open,
    async view(viewing: ViewOptions = {}) {
      const viewer = new TestViewer(viewing);
      viewers.push(viewer);
      await viewer.open(`${url}/whep/${viewing.broadcastId ?? "show"}${viewing.query ?? ""}`, viewing);
      return viewer;
    },
    async [Symbol.asyncDispose]() {
      for (const viewer of viewers) viewer.close();
      await server.close();
      opened.endpoint.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  });
}
