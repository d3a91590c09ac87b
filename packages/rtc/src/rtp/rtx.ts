/** Retransmissions: the packet inside of one. RFC 4588 §4. Writing one: PacketTemplate.retransmission. */
import { u16At } from "./octets.ts";
import type { RtpView } from "./packet.ts";

/**
 * Turns the view of a retransmission into the view of the packet that was lost, in place: sequence number, ssrc, payload type
 * and start of the payload change.
 * @param mediaSsrc, mediaPayloadType of the stream it repairs
 * @returns false for a packet that carries nothing, as probes do; the view is then unchanged
 */
export function unwrapRtx(view: RtpView, mediaSsrc: number, mediaPayloadType: number): boolean {
  if (view.payloadEnd - view.payloadOffset < 2) return false;
  view.sequence = u16At(view.bytes, view.payloadOffset);
  view.ssrc = mediaSsrc;
  view.payloadType = mediaPayloadType;
  view.payloadOffset += 2;
  return true;
}
