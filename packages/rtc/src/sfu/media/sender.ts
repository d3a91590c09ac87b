/** All that one peer is sent on one connection: its bandwidth, shared out among its tracks, and its feedback. Sans-I/O. */
import type { Allocate } from "../../rtp/packet-template.ts";
import type { Fir, Nack, Pli, Remb } from "../../rtp/rtcp-feedback.ts";
import type { ReportBlock } from "../../rtp/rtcp-reports.ts";
import type { TransportFeedback } from "../../rtp/transport-feedback.ts";
import { allocate, type Demand } from "./allocation.ts";
import { FeedbackReader } from "./bandwidth/feedback-reader.ts";
import { Prober } from "./bandwidth/prober.ts";
import type { Outlet } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import { RateMeter } from "./rate-meter.ts";
import { SendStream } from "./send-stream.ts";
import type { MediaCounters, SendSection, StreamState, TrackSettings } from "./types.ts";

const ALLOCATE_MS = 200;
/** Retransmissions may take this share of the estimate, and a little always. */
const RETRANSMIT_SHARE = 0.35;
const RETRANSMIT_LEAST_BPS = 100_000;
/** What of it is set aside before pictures are chosen: a moment of heavy loss must not take them away. */
const RESERVED_SHARE = 0.15;
/** Before a link has shown that it is narrow, the lowest layers of all may cost so much more than is assumed: a full room is not held back. */
const GUESS_FACTOR = 4;
/** Before any report: a short path, so that lost packets are asked for soon. */
const USUAL_ROUND_TRIP_MS = 60;

export type SenderOptions = Readonly<{
  outlet: Outlet;
  counters: MediaCounters;
  scratch: Allocate;
  random: () => number;
  onStreamState: (stream: SendStream, state: StreamState) => void;
}>;

export class Sender {
  readonly #options: SenderOptions;
  /** By the SSRC we send. */
  readonly #streams = new Map<number, SendStream>();
  readonly #feedback: FeedbackReader;
  readonly #prober: Prober;
  readonly #retransmitted = new RateMeter();
  #allocateAtMs = -Infinity;
  #missingBps = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { estimator } = options.outlet;
    this.#feedback = new FeedbackReader(estimator);
    this.#prober = new Prober(estimator);
  }

  /** @throws {RangeError} the SSRC is in use on this connection */
  open(publication: Publication, section: SendSection, settings: TrackSettings, nowMs: number): SendStream {
    if (this.#streams.has(section.ssrc)) throw new RangeError(`SSRC ${section.ssrc} is in use, another one is needed`);
    const { outlet, counters, scratch, random } = this.#options;
    const stream = new SendStream({ publication, section, settings, outlet, counters, scratch, random }, nowMs);
    this.#streams.set(section.ssrc, stream);
    this.allocateSoon();
    return stream;
  }

  close(stream: SendStream): void {
    stream.close();
    if (this.#streams.get(stream.section.ssrc) === stream) this.#streams.delete(stream.section.ssrc);
    this.allocateSoon();
  }

  closeAll(): void {
    for (const stream of [...this.#streams.values()]) this.close(stream);
  }

  streams(): Iterable<SendStream> {
    return this.#streams.values();
  }

  /** What is wanted or flows has changed: the next tick shares out anew. */
  allocateSoon(): void {
    this.#allocateAtMs = -Infinity;
  }

  /** Mean round trip of what is sent, in ms; the usual one while nothing is known. */
  get roundTripMs(): number {
    let sum = 0;
    let known = 0;
    for (const { receiver } of this.#streams.values()) {
      if (!receiver.known) continue;
      sum += receiver.roundTripMs;
      known += 1;
    }
    return known === 0 ? USUAL_ROUND_TRIP_MS : sum / known;
  }

  reports(blocks: readonly ReportBlock[], nowMs: number): void {
    const { estimator } = this.#options.outlet;
    for (const block of blocks) {
      const stream = this.#streams.get(block.ssrc);
      if (stream === undefined) continue;
      const { arrived, lost } = stream.receiver.report(block, nowMs);
      estimator.reportedLoss(arrived, lost, nowMs);
    }
    estimator.setRoundTrip(this.roundTripMs);
  }

  nack({ mediaSsrc, sequences }: Nack, nowMs: number): void {
    const stream = this.#streams.get(mediaSsrc);
    if (stream === undefined) return;
    const sent = stream.nacked(sequences, this.#retransmitBudget(nowMs), nowMs);
    if (sent > 0) this.#retransmitted.add(sent, nowMs);
  }

  pli({ mediaSsrc }: Pli, nowMs: number): void {
    this.#streams.get(mediaSsrc)?.keyframeAsked(nowMs);
  }

  fir({ requests }: Fir, nowMs: number): void {
    for (const { ssrc } of requests) this.#streams.get(ssrc)?.keyframeAsked(nowMs);
  }

  remb({ bitrateBps }: Remb, nowMs: number): void {
    this.#options.outlet.estimator.remb(bitrateBps, nowMs);
  }

  transportFeedback(feedback: TransportFeedback, nowMs: number): void {
    this.#feedback.read(feedback, nowMs);
    // A queue grows: what is sent must go down now and not at the next turn.
    if (this.#options.outlet.estimator.decreasedAtMs === nowMs) this.allocateSoon();
  }

  tick(nowMs: number): void {
    if (nowMs - this.#allocateAtMs >= ALLOCATE_MS) this.#allocate(nowMs);
    // Most of the time nothing is missing, and there are many connections to go through.
    if (this.#missingBps === 0 && this.#prober.idle) return;
    const { estimator } = this.#options.outlet;
    const neededBps = this.#missingBps > 0 ? estimator.estimateBps + this.#missingBps : 0;
    this.#prober.tick({ neededBps, canPad: this.#padder() !== undefined }, nowMs);
    this.#pad(nowMs);
  }

  #allocate(nowMs: number): void {
    this.#allocateAtMs = nowMs;
    let audioBps = 0;
    const videos: SendStream[] = [];
    const demands: Demand[] = [];
    for (const stream of this.#streams.values()) {
      if (stream.publication.closed) {
        this.#streams.delete(stream.section.ssrc);
        continue;
      }
      const { options, current } = stream.offer(nowMs);
      if (stream.publication.kind === "audio") {
        // Sound is never held back; it only narrows what is left for pictures.
        audioBps += options.at(-1)?.costBps ?? 0;
        stream.choose(options.length - 1, nowMs);
        continue;
      }
      const screen = stream.publication.source === "screen";
      videos.push(stream);
      demands.push({ costsBps: options.map(costOf), current, screen, sizePx: stream.sizePx });
    }
    const { estimateBps, isProven } = this.#options.outlet.estimator;
    const repairBps = Math.min(this.#retransmitted.bps(nowMs), estimateBps * RESERVED_SHARE);
    const budgetBps = estimateBps - audioBps - repairBps;
    const { chosen, missingBps } = allocate(budgetBps, demands, isProven ? budgetBps : budgetBps * GUESS_FACTOR);
    this.#missingBps = missingBps;
    for (const [index, stream] of videos.entries()) this.#apply(stream, chosen[index] ?? -1, nowMs);
  }

  #apply(stream: SendStream, option: number, nowMs: number): void {
    if (stream.choose(option, nowMs)) this.#options.onStreamState(stream, stream.state);
  }

  #retransmitBudget(nowMs: number): number {
    const allowedBps = RETRANSMIT_LEAST_BPS + RETRANSMIT_SHARE * this.#options.outlet.estimator.estimateBps;
    return Math.max(0, (allowedBps - this.#retransmitted.bps(nowMs)) / 8);
  }

  #padder(): SendStream | undefined {
    for (const stream of this.#streams.values()) if (stream.canPad) return stream;
    return undefined;
  }

  #pad(nowMs: number): void {
    let due = this.#prober.dueBytes(nowMs);
    const padder = due > 0 ? this.#padder() : undefined;
    while (padder !== undefined && due > 0) {
      const bytes = padder.pad(nowMs);
      if (bytes === 0) return;
      due -= bytes;
      this.#prober.padded(bytes);
      this.#options.counters.paddingBytesOut += bytes;
    }
  }
}

function costOf({ costBps }: { readonly costBps: number }): number {
  return costBps;
}
