/** A browser that watches one track, for tests: asks for what is lost, decodes what it can, reports, and notes what its user saw. */
import { NO_EXTENSIONS, readTransportSequence, type ExtensionIds } from "../../../rtp/extensions.ts";
import { NackList, AUDIO_NACK_LIMITS, VIDEO_NACK_LIMITS } from "../../../rtp/nack-list.ts";
import { isRtcp, RtpView } from "../../../rtp/packet.ts";
import { ReceiveStats } from "../../../rtp/receive-stats.ts";
import { serializeNack, serializePli } from "../../../rtp/rtcp-feedback.ts";
import { serializeReceiverReport, type SenderReport } from "../../../rtp/rtcp-reports.ts";
import { parseRtcp } from "../../../rtp/rtcp.ts";
import { unwrapRtx } from "../../../rtp/rtx.ts";
import { timestampDelta } from "../../../rtp/sequence.ts";
import { TransportArrivals } from "../../../rtp/transport-arrivals.ts";
import type { CodecName, SendSection } from "../types.ts";
import { readTag, type Tag } from "./frames.ts";
import type { Simulation } from "./simulation.ts";

export const SUBSCRIBER_IDS: ExtensionIds = { ...NO_EXTENSIONS, mid: 9, transportSequence: 5 };

const PLI_GAP_MS = 300;
const SSRC = 77;

type Frame = {
  readonly tag: Tag;
  readonly timestamp: number;
  readonly sinceMs: number;
  readonly got: Set<number>;
  /** Where the first packet of the frame is or would be. */
  readonly firstSequence: number;
};

/** What was seen or heard, and when. */
export type Shown = Readonly<{ atMs: number; layer: number; frame: number; timestamp: number }>;

export type SubscriberOptions = Readonly<{
  simulation: Simulation;
  codec: CodecName;
  section: SendSection;
  /** RTCP back; several tracks of a connection may share it. */
  send: (packet: Uint8Array) => void;
}>;

/** One received track. The connection's transport-wide feedback is made by `SubscriberFeedback`. */
export class SubscriberPeer {
  readonly section: SendSection;
  readonly shown: Shown[] = [];
  readonly reports: SenderReport[] = [];
  readonly sequences: number[] = [];
  plis = 0;
  padding = 0;
  readonly #options: SubscriberOptions;
  readonly #view = new RtpView();
  readonly #nacks: NackList;
  readonly #stats: ReceiveStats;
  #frames: Frame[] = [];
  #last: Frame | undefined;
  /** Numbers of packets without media. */
  readonly #empty = new Set<number>();
  #broken = true;
  #pliAtMs = 0;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.section = options.section;
    const isAudio = options.codec === "opus";
    this.#nacks = new NackList(isAudio ? AUDIO_NACK_LIMITS : VIDEO_NACK_LIMITS);
    this.#stats = new ReceiveStats(isAudio ? 48_000 : 90_000);
    const { simulation } = options;
    simulation.every(10, () => {
      this.#ask();
    });
    simulation.every(1_000, () => {
      this.#report();
    });
  }

  receive(packet: Uint8Array): void {
    const { section, simulation } = this.#options;
    if (isRtcp(packet)) {
      for (const one of parseRtcp(packet) ?? []) {
        if (one.type !== "senderReport" || one.ssrc !== section.ssrc) continue;
        this.reports.push(one);
        this.#stats.senderReport(one.ntp, simulation.nowMs);
      }
      return;
    }
    const view = this.#view;
    if (!view.parse(packet)) throw new Error("not RTP");
    if (view.ssrc === section.ssrc) this.#stats.update(view.sequence, view.timestamp, simulation.nowMs);
    else if (view.ssrc !== section.rtxSsrc || !unwrapRtx(view, section.ssrc, section.payloadType)) return;
    this.#media(view);
  }

  /** The longest time without a new picture, within the last `durationMs`. */
  longestGapMs(durationMs: number): number {
    const { nowMs } = this.#options.simulation;
    let longest = 0;
    let before = nowMs - durationMs;
    for (const { atMs } of this.shown) {
      if (atMs < before) continue;
      longest = Math.max(longest, atMs - before);
      before = atMs;
    }
    return Math.max(longest, nowMs - before);
  }

  /** Pictures or sounds within the last `durationMs`. */
  shownIn(durationMs: number): readonly Shown[] {
    const fromMs = this.#options.simulation.nowMs - durationMs;
    return this.shown.filter(({ atMs }) => atMs >= fromMs);
  }

  /** The layer of the last picture. */
  get layer(): number {
    return this.shown.at(-1)?.layer ?? -1;
  }

  #media(view: RtpView): void {
    const { simulation, codec } = this.#options;
    const isNew = this.#nacks.received(view.sequence, simulation.nowMs);
    if (!isNew) {
      this.padding += 1;
      return;
    }
    this.sequences.push(view.sequence);
    if (view.payloadBytes === 0) {
      this.#empty.add(view.sequence);
      return;
    }
    const tag = readTag(codec, view.bytes, view.payloadOffset);
    if (codec === "opus") this.#show(tag, view.timestamp);
    else this.#collect(tag, view.timestamp, (view.sequence - tag.index) & 0xffff);
  }

  #collect(tag: Tag, timestamp: number, firstSequence: number): void {
    let frame = this.#frames.find((one) => one.timestamp === timestamp);
    if (frame === undefined) {
      frame = { tag, timestamp, sinceMs: this.#options.simulation.nowMs, got: new Set(), firstSequence };
      this.#frames.push(frame);
      this.#frames.sort((a, b) => timestampDelta(a.timestamp, b.timestamp));
    }
    frame.got.add(tag.index);
    this.#decode();
  }

  /** In order, waiting for what is missing; a complete key frame lets everything older go. */
  #decode(): void {
    const key = this.#frames.findLastIndex((frame) => frame.tag.key && isComplete(frame));
    if (key >= 0) this.#nacks.forgetBefore(this.#frames[key]?.firstSequence ?? 0);
    if (key > 0) this.#frames.splice(0, key);
    for (let first = this.#frames[0]; first !== undefined && isComplete(first); first = this.#frames[0]) {
      if (!first.tag.key && (this.#broken || !this.#follows(first))) return;
      this.#frames.shift();
      this.#broken = false;
      this.#last = first;
      this.#show(first.tag, first.timestamp);
    }
  }

  /** Whether nothing is missing between the last picture and this one. */
  #follows({ firstSequence }: Frame): boolean {
    if (this.#last === undefined) return false;
    let next = (this.#last.firstSequence + this.#last.tag.count) & 0xffff;
    while (this.#empty.has(next)) next = (next + 1) & 0xffff;
    return next === firstSequence;
  }

  #show({ layer, frame }: Tag, timestamp: number): void {
    this.shown.push({ atMs: this.#options.simulation.nowMs, layer, frame, timestamp });
  }

  #ask(): void {
    const { simulation, section, send } = this.#options;
    const { nowMs } = simulation;
    const due = this.#nacks.takeDue(nowMs, 60);
    if (due.length > 0 && section.nack) send(serializeNack(SSRC, section.ssrc, due));
    const stuck = this.#frames[0];
    if (this.#nacks.takeAbandoned() > 0 || (stuck !== undefined && nowMs - stuck.sinceMs > 600)) this.#giveUp();
    if (this.#broken && this.#options.codec !== "opus" && this.sequences.length > 0) this.#pli();
  }

  #giveUp(): void {
    const { nowMs } = this.#options.simulation;
    this.#frames = this.#frames.filter((frame) => nowMs - frame.sinceMs < 300);
    this.#broken = true;
    this.#decode();
  }

  #pli(): void {
    const { simulation, section, send } = this.#options;
    if (simulation.nowMs - this.#pliAtMs < PLI_GAP_MS) return;
    this.#pliAtMs = simulation.nowMs;
    this.plis += 1;
    send(serializePli(SSRC, section.ssrc));
  }

  #report(): void {
    if (this.#stats.received === 0) return;
    const { simulation, section, send } = this.#options;
    send(serializeReceiverReport(SSRC, [this.#stats.takeReport(section.ssrc, simulation.nowMs)]));
  }
}

/** The transport-wide feedback of a connection, each 100 ms. */
export class SubscriberFeedback {
  readonly #arrivals = new TransportArrivals();
  readonly #view = new RtpView();
  readonly #simulation: Simulation;

  constructor(simulation: Simulation, send: (packet: Uint8Array) => void) {
    this.#simulation = simulation;
    simulation.every(100, () => {
      for (const packet of this.#arrivals.takeFeedback(SSRC, 1)) send(packet);
    });
  }

  receive(packet: Uint8Array): void {
    if (isRtcp(packet) || !this.#view.parse(packet)) return;
    const sequence = readTransportSequence(this.#view, SUBSCRIBER_IDS.transportSequence);
    if (sequence >= 0) this.#arrivals.received(sequence, this.#simulation.nowMs);
  }
}

function isComplete({ tag, got }: Frame): boolean {
  return got.size === tag.count;
}
