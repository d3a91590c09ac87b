/** One source of a peer: one layer of one publication, with what is missing of it and how it is received. Sans-I/O. */
import { AUDIO_NACK_LIMITS, NackList, VIDEO_NACK_LIMITS } from "../../rtp/nack-list.ts";
import type { NtpTime } from "../../rtp/ntp.ts";
import type { RtpView } from "../../rtp/packet.ts";
import { ReceiveStats } from "../../rtp/receive-stats.ts";
import type { ReportBlock } from "../../rtp/rtcp-reports.ts";
import type { LayerSource } from "./layer.ts";
import type { Publication } from "./publication.ts";
import type { ReceiveSection } from "./types.ts";

const NO_NUMBERS: number[] = [];

export type ReceiveStreamOptions = Readonly<{
  ssrc: number;
  publication: Publication;
  /** Index of the publication's layer. */
  layer: number;
  section: ReceiveSection;
  /** Sends a PLI for `ssrc` to the peer. */
  requestKeyframe: (ssrc: number) => void;
}>;

export class ReceiveStream {
  readonly ssrc: number;
  readonly publication: Publication;
  readonly layer: number;
  readonly section: ReceiveSection;
  readonly #stats: ReceiveStats;
  readonly #nacks: NackList | undefined;
  readonly #source: LayerSource;
  #lossRatio = 0;
  #expectedBefore = 0;
  #lastAtMs = -Infinity;

  constructor({ ssrc, publication, layer, section, requestKeyframe }: ReceiveStreamOptions, nowMs: number) {
    this.ssrc = ssrc;
    this.publication = publication;
    this.layer = layer;
    this.section = section;
    this.#stats = new ReceiveStats(section.clockRate);
    const limits = publication.kind === "video" ? VIDEO_NACK_LIMITS : AUDIO_NACK_LIMITS;
    this.#nacks = section.nack ? new NackList(limits) : undefined;
    this.#source = {
      ssrc,
      requestKeyframe: () => {
        requestKeyframe(ssrc);
      },
    };
    publication.setSource(layer, this.#source, nowMs);
  }

  /** When the last packet came from the network. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** Share of packets that never came, in the last reported interval; after retransmission where there is one. 0 to 1. */
  get lossRatio(): number {
    return this.#lossRatio;
  }

  /** A packet as it came from the network. */
  receive(view: RtpView, nowMs: number): void {
    this.#lastAtMs = nowMs;
    const arrival = this.#stats.update(view.sequence, view.timestamp, nowMs);
    if (arrival === "stray") return;
    if (arrival === "restarted") {
      this.#nacks?.reset();
      this.publication.setSource(this.layer, this.#source, nowMs);
    }
    this.#nacks?.received(view.sequence, nowMs);
    this.publication.receive(this.layer, view, nowMs);
  }

  /** A packet that was asked for again, already unwrapped. @returns whether it was still missing */
  recover(view: RtpView, nowMs: number): boolean {
    if (this.#nacks?.received(view.sequence, nowMs) !== true) return false;
    this.publication.receive(this.layer, view, nowMs);
    return true;
  }

  senderReport(ntp: NtpTime, rtpTimestamp: number, nowMs: number): void {
    this.#stats.senderReport(ntp, nowMs);
    this.publication.setClock(this.layer, { ntp, rtpTimestamp }, nowMs);
  }

  /** Sequence numbers to ask for now. */
  dueNacks(roundTripMs: number, nowMs: number): number[] {
    if (this.#nacks === undefined || this.#nacks.missing === 0) return NO_NUMBERS;
    return this.#nacks.takeDue(nowMs, roundTripMs);
  }

  /** The block for the next report. Packets given up since the last one mean a broken picture: a key frame is asked for. */
  takeReport(nowMs: number): ReportBlock {
    const block = this.#stats.takeReport(this.ssrc, nowMs);
    const expected = this.#stats.expected - this.#expectedBefore;
    this.#expectedBefore = this.#stats.expected;
    const abandoned = this.#nacks?.takeAbandoned() ?? 0;
    if (this.#nacks === undefined) this.#lossRatio = block.fractionLost / 256;
    else this.#lossRatio = expected <= 0 ? 0 : Math.min(1, abandoned / expected);
    if (abandoned > 0) this.publication.layerBroken(this.layer, nowMs);
    return block;
  }

  /** The source stopped for now. */
  paused(): void {
    this.publication.layerStopped(this.layer);
  }

  /** The source ended for good. */
  close(nowMs: number): void {
    const layer = this.publication.layers[this.layer];
    if (layer?.source === this.#source) this.publication.setSource(this.layer, undefined, nowMs);
  }
}
