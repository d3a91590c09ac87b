/** All that a peer sends to us on one connection: which packet is of which publication, and the RTCP that goes back. Sans-I/O. */
import {
  type ExtensionIds,
  NO_EXTENSIONS,
  readAudioLevel,
  readText,
  readTransportSequence,
} from "../../rtp/extensions.ts";
import type { RtpView } from "../../rtp/packet.ts";
import { serializeNack, serializePli, serializeRemb } from "../../rtp/rtcp-feedback.ts";
import { serializeReceiverReport, type SenderReport } from "../../rtp/rtcp-reports.ts";
import { joinRtcp } from "../../rtp/rtcp.ts";
import { unwrapRtx } from "../../rtp/rtx.ts";
import { TransportArrivals } from "../../rtp/transport-arrivals.ts";
import { UplinkLimit } from "./bandwidth/uplink-limit.ts";
import type { Outlet } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import { ReceiveStream } from "./receive-stream.ts";
import type { MediaCounters, ReceiveSection } from "./types.ts";

const REPORT_MS = 500;
const FEEDBACK_MS = 80;
const MAX_REPORTS = 31;
/** A source may take the place of another one of the same layer only when that one has been silent for so long. */
const REPLACE_MS = 500;
/** A participant has a camera, a screen and their sound; with layers and retransmissions about 16 sources. */
const MAX_ROUTES = 256;

type Published = Readonly<{ publication: Publication; section: ReceiveSection }>;
type Route = Readonly<{ stream: ReceiveStream; rtx: boolean }>;

export type ReceiverOptions = Readonly<{
  outlet: Outlet;
  counters: MediaCounters;
  /** Of our RTCP. */
  ssrc: number;
  /** What a peer may send in all, told to it by REMB where that was negotiated. */
  maxUplinkBps: number;
}>;

export class Receiver {
  readonly #options: ReceiverOptions;
  /** By mid. */
  readonly #sections = new Map<string, Published>();
  /** By SSRC. */
  readonly #routes = new Map<number, Route>();
  /** Made with the first packet: who only watches sends none. */
  #arrivals: TransportArrivals | undefined;
  readonly #uplink: UplinkLimit;
  #extensions: ExtensionIds = NO_EXTENSIONS;
  #reportAtMs = 0;
  #feedbackAtMs = 0;
  #hasArrivals = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#uplink = new UplinkLimit(options.maxUplinkBps);
  }

  /** Takes what comes in a section for `publication`, also when the section served another one before. */
  open(publication: Publication, section: ReceiveSection, nowMs: number): void {
    const before = this.#sections.get(section.mid);
    this.#extensions = section.extensions;
    publication.extensions = section.extensions;
    // What was learnt of its sources holds: browsers name mid and rid only in their first packets.
    if (before?.publication === publication && before.section.payloadType === section.payloadType) return;
    this.close(section.mid, nowMs);
    this.#sections.set(section.mid, { publication, section });
    for (const { ssrc, rid, rtxSsrc } of section.ssrcs ?? []) {
      const layer = publication.layerOf(rid ?? "");
      if (layer < 0) continue;
      const stream = this.#stream(ssrc, publication, layer, section, nowMs);
      if (rtxSsrc !== undefined && stream !== undefined) this.#route(rtxSsrc, { stream, rtx: true });
    }
  }

  /** Nothing is expected in this section any more. */
  close(mid: string, nowMs: number): void {
    if (!this.#sections.delete(mid)) return;
    for (const [ssrc, { stream, rtx }] of this.#routes) {
      if (stream.section.mid !== mid) continue;
      this.#routes.delete(ssrc);
      if (!rtx) stream.close(nowMs);
    }
  }

  closeAll(nowMs: number): void {
    for (const mid of [...this.#sections.keys()]) this.close(mid, nowMs);
  }

  /** The streams that are received now. */
  *streams(): Iterable<ReceiveStream> {
    for (const { stream, rtx } of this.#routes.values()) if (!rtx) yield stream;
  }

  /** One RTP packet; `view` may be changed, its bytes are kept. */
  rtp(view: RtpView, nowMs: number): void {
    const ids = this.#extensions;
    const sequence = ids.transportSequence > 0 ? readTransportSequence(view, ids.transportSequence) : -1;
    if (sequence >= 0) {
      this.#arrivals ??= new TransportArrivals();
      this.#arrivals.received(sequence, nowMs);
      this.#hasArrivals = true;
    }
    this.#uplink.received(view.bytes.length, nowMs);
    const route = this.#routes.get(view.ssrc) ?? this.#learn(view, nowMs);
    if (route === undefined) {
      this.#options.counters.packetsUnknown += 1;
    } else if (route.rtx) this.#recover(route.stream, view, nowMs);
    else this.#receive(route.stream, view, nowMs);
  }

  senderReport({ ssrc, ntp, rtpTimestamp }: SenderReport, nowMs: number): void {
    const route = this.#routes.get(ssrc);
    if (route !== undefined && !route.rtx) route.stream.senderReport(ntp, rtpTimestamp, nowMs);
  }

  /**
   * A source stopped. It is not forgotten: a browser says goodbye to a layer that it switches off, and when it switches it on again
   * the packets carry neither mid nor rid, since those were once acknowledged.
   */
  bye(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const route = this.#routes.get(ssrc);
      if (route !== undefined && !route.rtx) route.stream.paused();
    }
  }

  /** Whether there is nothing that anything could be due for. */
  get idle(): boolean {
    return this.#sections.size === 0 && !this.#hasArrivals;
  }

  /** Sends what is due: requests for lost packets, reports, congestion feedback. */
  tick(roundTripMs: number, nowMs: number): void {
    for (const { publication } of this.#sections.values()) publication.tick(nowMs);
    this.#sendNacks(roundTripMs, nowMs);
    if (this.#hasArrivals && nowMs - this.#feedbackAtMs >= FEEDBACK_MS) this.#sendFeedback(nowMs);
    if (nowMs - this.#reportAtMs >= REPORT_MS) this.#sendReports(nowMs);
  }

  #receive(stream: ReceiveStream, view: RtpView, nowMs: number): void {
    if (view.payloadType !== stream.section.payloadType) {
      this.#options.counters.packetsUnknown += 1;
      return;
    }
    if (stream.publication.kind === "audio") {
      const level = readAudioLevel(view, this.#extensions.audioLevel);
      if (level >= 0) stream.publication.speaker.observe(level, nowMs);
    }
    stream.receive(view, nowMs);
  }

  #recover(stream: ReceiveStream, view: RtpView, nowMs: number): void {
    if (view.payloadType !== stream.section.rtxPayloadType) return;
    // An empty one probes our bandwidth, and is only counted as arrived.
    if (!unwrapRtx(view, stream.ssrc, stream.section.payloadType)) return;
    if (stream.recover(view, nowMs)) this.#options.counters.packetsRecovered += 1;
  }

  /** A source that was not announced tells its section and layer in header extensions of its first packets. RFC 8852, RFC 9143 §9.2. */
  #learn(view: RtpView, nowMs: number): Route | undefined {
    if (this.#routes.size >= MAX_ROUTES) return undefined;
    const published = this.#publishedOf(view);
    if (published === undefined) return undefined;
    const { publication, section } = published;
    const repairedRid = readText(view, this.#extensions.repairedRid);
    const layer = publication.layerOf(repairedRid ?? readText(view, this.#extensions.rid) ?? "");
    if (layer < 0) return undefined;
    if (repairedRid === undefined && view.payloadType !== section.rtxPayloadType) {
      const stream = this.#stream(view.ssrc, publication, layer, section, nowMs);
      return stream === undefined ? undefined : this.#routes.get(view.ssrc);
    }
    // A retransmission may come before the packets it repairs: it is learnt with the next one.
    const ssrc = publication.layers[layer]?.source?.ssrc;
    const repaired = ssrc === undefined ? undefined : this.#routes.get(ssrc);
    return repaired === undefined ? undefined : this.#route(view.ssrc, { stream: repaired.stream, rtx: true });
  }

  #publishedOf(view: RtpView): Published | undefined {
    const mid = readText(view, this.#extensions.mid);
    if (mid !== undefined) return this.#sections.get(mid);
    // Without a mid the payload type decides, if only one section uses it. RFC 9143 §9.2.
    let found: Published | undefined;
    for (const published of this.#sections.values()) {
      const { payloadType, rtxPayloadType } = published.section;
      if (view.payloadType !== payloadType && view.payloadType !== rtxPayloadType) continue;
      if (found !== undefined) return undefined;
      found = published;
    }
    return found;
  }

  #stream(
    ssrc: number,
    publication: Publication,
    layer: number,
    section: ReceiveSection,
    nowMs: number,
  ): ReceiveStream | undefined {
    const before = publication.layers[layer]?.source?.ssrc;
    const present = before === undefined ? undefined : this.#routes.get(before)?.stream;
    if (present !== undefined) {
      if (nowMs - present.lastAtMs < REPLACE_MS) return undefined;
      this.#forget(present, nowMs);
    }
    const requestKeyframe = (media: number): void => {
      this.#options.outlet.rtcp(serializePli(this.#options.ssrc, media));
    };
    const stream = new ReceiveStream({ ssrc, publication, layer, section, requestKeyframe }, nowMs);
    this.#route(ssrc, { stream, rtx: false });
    return stream;
  }

  #forget(stream: ReceiveStream, nowMs: number): void {
    for (const [ssrc, route] of this.#routes) if (route.stream === stream) this.#routes.delete(ssrc);
    stream.close(nowMs);
  }

  #route(ssrc: number, route: Route): Route {
    this.#routes.set(ssrc, route);
    return route;
  }

  #sendNacks(roundTripMs: number, nowMs: number): void {
    for (const { stream, rtx } of this.#routes.values()) {
      if (rtx) continue;
      const due = stream.dueNacks(roundTripMs, nowMs);
      if (due.length === 0) continue;
      this.#options.counters.nacksOut += due.length;
      this.#options.outlet.rtcp(serializeNack(this.#options.ssrc, stream.ssrc, due));
    }
  }

  #sendFeedback(nowMs: number): void {
    this.#feedbackAtMs = nowMs;
    this.#hasArrivals = false;
    for (const packet of this.#arrivals?.takeFeedback(this.#options.ssrc, this.#anySsrc()) ?? []) {
      this.#options.outlet.rtcp(packet);
    }
  }

  #sendReports(nowMs: number): void {
    this.#reportAtMs = nowMs;
    const blocks = [...this.streams()].map((stream) => stream.takeReport(nowMs));
    if (blocks.length === 0) return;
    const { ssrc, outlet } = this.#options;
    this.#uplink.update(blocks, nowMs);
    for (let from = 0; from < blocks.length; from += MAX_REPORTS) {
      const report = serializeReceiverReport(ssrc, blocks.slice(from, from + MAX_REPORTS));
      outlet.rtcp(from === 0 && this.#wantsRemb() ? joinRtcp([report, this.#remb()]) : report);
    }
  }

  #remb(): Uint8Array {
    const ssrcs = [...this.streams()].filter(({ publication }) => publication.kind === "video").map(ssrcOf);
    return serializeRemb(this.#options.ssrc, this.#uplink.limitBps, ssrcs);
  }

  #wantsRemb(): boolean {
    for (const { section } of this.#sections.values()) if (section.congestion === "goog-remb") return true;
    return false;
  }

  #anySsrc(): number {
    for (const stream of this.streams()) return stream.ssrc;
    return 0;
  }
}

function ssrcOf({ ssrc }: ReceiveStream): number {
  return ssrc;
}
