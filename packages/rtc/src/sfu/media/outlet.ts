/** The way out of one connection: stamps what each packet must carry, counts it, hands it to the transport. */
import type { PacketTemplate } from "../../rtp/packet-template.ts";
import { absSendTime } from "../../rtp/ntp.ts";
import type { BandwidthEstimator } from "./bandwidth/estimator.ts";
import type { MediaCounters } from "./types.ts";

/**
 * Hands one RTP or RTCP packet to the transport, which must copy it before it returns: the memory is used again.
 * @returns false when its queue is full; the packet is then lost
 */
export type SendPacket = (packet: Uint8Array) => boolean;

export class Outlet {
  readonly estimator: BandwidthEstimator;
  readonly #send: SendPacket;
  readonly #counters: MediaCounters;

  constructor(send: SendPacket, estimator: BandwidthEstimator, counters: MediaCounters) {
    this.#send = send;
    this.estimator = estimator;
    this.#counters = counters;
  }

  /** @param packet made by `template` */
  rtp(packet: Uint8Array, template: PacketTemplate, nowMs: number): void {
    if (template.transportSequenceOffset > 0) {
      template.stampTransportSequence(packet, this.estimator.sending(packet.length, nowMs));
    } else this.estimator.sendingUncounted(packet.length, nowMs);
    if (template.absSendTimeOffset > 0) template.stampAbsSendTime(packet, absSendTime(nowMs));
    this.#emit(packet);
  }

  rtcp(packet: Uint8Array): void {
    this.#emit(packet);
  }

  #emit(packet: Uint8Array): void {
    if (this.#send(packet)) {
      this.#counters.packetsOut += 1;
      this.#counters.bytesOut += packet.length;
    } else this.#counters.packetsRefused += 1;
  }
}
