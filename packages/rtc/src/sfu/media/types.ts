/** The words of the forwarding core: what was negotiated for a section, and how large a picture is wanted. */
import type { ExtensionIds } from "../../rtp/extensions.ts";
import type { VideoCodec } from "../../rtp/keyframe.ts";

export type TrackKind = "audio" | "video";

/** Where a track comes from; decides who is served first when bandwidth is short. */
export type TrackSource = "camera" | "microphone" | "screen" | "screen-audio" | "unknown";

/** Codecs that are forwarded, by their name in SDP. VP9 and AV1 as they come: no layers are taken out of one packet stream. */
export type CodecName = "opus" | VideoCodec;

/** LiveKit's VideoQuality: 0 LOW, 1 MEDIUM, 2 HIGH. */
export type Quality = 0 | 1 | 2;

/** The most that anyone wants of a publication; "off" when nobody watches. */
export type WantedQuality = Quality | "off";

/** One encoding of a publication as it was announced, before any packet came. */
export type LayerInfo = Readonly<{
  /** RTP stream id; "" when the section has no simulcast. */
  rid: string;
  quality: Quality;
  /** Picture size in pixels, 0 when unknown. */
  width: number;
  height: number;
  /** What the publisher means to spend, 0 when unknown. Replaced by what is measured once packets flow. */
  bitrateBps: number;
}>;

/** A section in which the peer sends to us, as our answer left it. */
export type ReceiveSection = Readonly<{
  mid: string;
  payloadType: number;
  /** Present when RFC 4588 retransmission was negotiated. */
  rtxPayloadType?: number;
  clockRate: number;
  /** Whether `a=rtcp-fb … nack` was negotiated: only then lost packets are asked for. */
  nack: boolean;
  /** Which congestion feedback the peer expects of us; "none" for a peer that takes neither. */
  congestion: "transport-cc" | "goog-remb" | "none";
  /** Of the whole connection: bundled sections share one map (RFC 9143 §15). */
  extensions: ExtensionIds;
  /** SSRCs named in the description (none in Chromium's simulcast offers: those are learnt from mid and rid). */
  ssrcs?: readonly Readonly<{ ssrc: number; rid?: string; rtxSsrc?: number }>[];
}>;

/** A section in which we send to the peer. */
export type SendSection = Readonly<{
  mid: string;
  payloadType: number;
  /** Ours, named in the description; unique within the connection. */
  ssrc: number;
  /** Both or neither: without them lost packets are sent again as they were. */
  rtxPayloadType?: number;
  rtxSsrc?: number;
  nack: boolean;
  extensions: ExtensionIds;
}>;

/** What a subscriber asks of a track (LiveKit's UpdateTrackSettings). */
export type TrackSettings = Readonly<{
  disabled: boolean;
  quality: Quality;
  /** Size at which the picture is shown, in pixels; wins over `quality` when both are > 0. */
  width: number;
  height: number;
  /** Frames per second wanted, 0 for all. */
  fps: number;
}>;

/** Whether a subscriber gets the track at all; "paused" means that its link is too narrow. */
export type StreamState = "active" | "paused";

/** Running totals of one process, read by its metrics. Only ever grow. */
export type MediaCounters = {
  packetsIn: number;
  bytesIn: number;
  packetsOut: number;
  bytesOut: number;
  /** Datagrams that are neither RTP nor RTCP, or of a source that nobody announced. */
  packetsUnknown: number;
  packetsMalformed: number;
  /** Packets that the transport refused because its queue was full. */
  packetsRefused: number;
  packetsRetransmitted: number;
  packetsRecovered: number;
  nacksIn: number;
  nacksOut: number;
  keyframeRequestsIn: number;
  keyframeRequestsOut: number;
  layerSwitches: number;
  paddingBytesOut: number;
};

/** All zero; one per process. */
export function createCounters(): MediaCounters {
  return {
    packetsIn: 0,
    bytesIn: 0,
    packetsOut: 0,
    bytesOut: 0,
    packetsUnknown: 0,
    packetsMalformed: 0,
    packetsRefused: 0,
    packetsRetransmitted: 0,
    packetsRecovered: 0,
    nacksIn: 0,
    nacksOut: 0,
    keyframeRequestsIn: 0,
    keyframeRequestsOut: 0,
    layerSwitches: 0,
    paddingBytesOut: 0,
  };
}
