/** What we ask for and offer in each kind of section: codecs, feedback and header extensions. */
import type { TrackInfo } from "@livekit/protocol";
import { H264, OPUS, VP8 } from "../../sdp/codecs.ts";
import { EXTENSION } from "../../sdp/extensions.ts";
import type { CodecWant, MediaWant, Sender } from "../../sdp/wants.ts";
import type { CodecName, TrackKind } from "../media/types.ts";
import { PUBLISH_CODECS } from "../room/track-info.ts";

const BASE_OPUS = "minptime=10;useinbandfec=1";
/** What LiveKit allows for music; clients set their own limit below it. */
const STEREO_OPUS = "stereo=1;maxaveragebitrate=510000";

const COMMON_EXTENSIONS = [EXTENSION.mid, EXTENSION.absSendTime, EXTENSION.transportCc];

/** Header extensions of a section in either direction: one map holds for a whole connection, so both directions name the same ones. */
export const EXTENSIONS: Readonly<Record<TrackKind, readonly string[]>> = {
  audio: [...COMMON_EXTENSIONS, EXTENSION.audioLevel],
  video: [...COMMON_EXTENSIONS, EXTENSION.rid, EXTENSION.repairedRid],
};

/** Layers of a simulcast publication that we take. */
const MAX_LAYERS = 3;

const WANTS: Readonly<Partial<Record<CodecName, CodecWant>>> = { opus: { ...OPUS, fmtp: BASE_OPUS }, VP8, H264 };

/** What to say of a codec; nothing for one that is not forwarded. */
export function codecWants(name: CodecName): readonly CodecWant[] {
  const want = WANTS[name];
  return want === undefined ? [] : [want];
}

/** All codecs of a kind that are forwarded. */
export function allCodecWants(kind: TrackKind): readonly CodecWant[] {
  return kind === "audio" ? codecWants("opus") : PUBLISH_CODECS.flatMap(codecWants);
}

/** A section in which the client publishes this track. @param wanted the codec that its announcement prefers */
export function receiveWant(kind: TrackKind, info: TrackInfo, wanted: CodecName): MediaWant {
  const codecs =
    kind === "audio" ? [{ ...OPUS, fmtp: opusFmtp(info) }] : [...codecWants(wanted), ...allCodecWants("video")];
  return { kind: "media", direction: "recvonly", codecs, extensions: EXTENSIONS[kind], maxLayers: MAX_LAYERS };
}

/** A section in which we send a track of this codec. */
export function sendWant(kind: TrackKind, codec: CodecName, sender: Sender): MediaWant {
  return { kind: "media", direction: "sendonly", codecs: codecWants(codec), extensions: EXTENSIONS[kind], sender };
}

/** A section that waits for a use. It keeps several codecs, so that any track may come into it. */
export function idleWant(kind: TrackKind): MediaWant {
  return {
    kind: "media",
    direction: "inactive",
    codecs: allCodecWants(kind),
    severalCodecs: true,
    extensions: EXTENSIONS[kind],
  };
}

/** The parameters that the client's encoder goes by. RFC 7587 §6.1. */
function opusFmtp(info: TrackInfo): string {
  return [BASE_OPUS, ...(info.stereo ? [STEREO_OPUS] : []), ...(info.disableDtx ? [] : ["usedtx=1"])].join(";");
}
