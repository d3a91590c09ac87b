/** RTP header extensions by the URIs under which descriptions name them (RFC 8285 §5). */
import type { HeaderExtension } from "./model.ts";

/** URIs of the extensions that we read or write. */
export const EXTENSION = {
  /** RFC 8843 §15.2 */
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  /** RFC 8852 §3.1 */
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  /** RFC 6464 */
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01 */
  transportCc: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  /** 3GPP TS 26.114 §6.2.3.3 */
  videoOrientation: "urn:3gpp:video-orientation",
  /** AV1 RTP payload format, appendix A */
  dependencyDescriptor: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
} as const;

/** The id under which both sides agreed on `uri`, or undefined when they did not. */
export function extensionId(extensions: readonly HeaderExtension[], uri: string): number | undefined {
  return extensions.find((extension) => extension.uri === uri)?.id;
}
