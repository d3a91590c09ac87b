/** What is told of a track before and after its media comes: from the publisher's AddTrackRequest to TrackInfo. */
import {
  type AddTrackRequest,
  SimulcastCodecInfo,
  TimedVersion,
  TrackInfo,
  TrackSource,
  TrackType,
  VideoLayer,
  VideoQuality,
} from "@livekit/protocol";
import type { CodecName, LayerInfo, Quality, TrackSource as MediaSource } from "../media/types.ts";

/** Video codecs that publishers may use: those that every browser sends and receives. */
export const PUBLISH_CODECS = ["VP8", "H264"] as const;
export type PublishCodec = (typeof PUBLISH_CODECS)[number];

/** MIME types in the order in which they are told to clients. */
export const ENABLED_MIME_TYPES = ["video/VP8", "video/H264", "audio/opus"] as const;

const MAX_LAYERS = 3;
/** More than there are. */
export const MAX_FEATURES = 16;

const MIME_OF: Readonly<Record<CodecName, string>> = {
  opus: "audio/opus",
  VP8: "video/VP8",
  H264: "video/H264",
  VP9: "video/VP9",
  AV1: "video/AV1",
};

/**
 * The video codec that the request prefers, of those that can be published; VP8 when it names none of them. Chromium lists VP8
 * first in its offers whatever the app asked for: the request decides.
 */
export function wantedVideoCodec(request: AddTrackRequest): PublishCodec {
  for (const { codec } of request.simulcastCodecs) {
    const known = publishCodec(codec.replace(/^video\//i, ""));
    if (known !== undefined) return known;
  }
  return "VP8";
}

/** The codec of this name in any case, if it is one of PUBLISH_CODECS. */
export function publishCodec(name: string): PublishCodec | undefined {
  return PUBLISH_CODECS.find((one) => one === name.toUpperCase());
}

/** As many layers as a publication can have, and of each only what others are to know: all of it is told to everybody. */
export function tellableLayers(layers: readonly VideoLayer[]): VideoLayer[] {
  return layers
    .slice(0, MAX_LAYERS)
    .map(({ quality, width, height, bitrate, ssrc }) => new VideoLayer({ quality, width, height, bitrate, ssrc }));
}

/** The track as it is announced: no media, so neither MIME type nor mid is sure yet. @param atMs Unix time */
export function announcedTrack(request: AddTrackRequest, sid: string, atMs: number): TrackInfo {
  const isVideo = request.type === TrackType.VIDEO;
  const codec: CodecName = isVideo ? wantedVideoCodec(request) : "opus";
  const layers = tellableLayers(request.layers);
  return new TrackInfo({
    sid,
    type: request.type,
    name: request.name,
    muted: request.muted,
    source: request.source,
    width: request.width,
    height: request.height,
    layers,
    simulcast: layers.length > 1,
    stereo: request.stereo,
    disableDtx: request.disableDtx,
    disableRed: true, // RED is not forwarded
    encryption: request.encryption,
    stream: request.stream,
    audioFeatures: request.audioFeatures.slice(0, MAX_FEATURES),
    packetTrailerFeatures: request.packetTrailerFeatures.slice(0, MAX_FEATURES),
    backupCodecPolicy: request.backupCodecPolicy,
    mimeType: MIME_OF[codec],
    // The client reads from here which codec it has to send.
    codecs: isVideo ? [new SimulcastCodecInfo({ mimeType: MIME_OF[codec], cid: request.cid, layers })] : [],
    version: new TimedVersion({ unixMicro: BigInt(atMs) * 1000n }),
  });
}

/** Writes down what offer and answer agreed on. */
export function settleTrack(info: TrackInfo, mid: string, codec: CodecName): void {
  info.mid = mid;
  info.mimeType = MIME_OF[codec];
  const [first] = info.codecs;
  if (first === undefined) return;
  first.mimeType = info.mimeType;
  first.mid = mid;
}

/**
 * The layers in the words of the forwarding core.
 * @param rids as the answer asked for them; empty without simulcast
 */
export function layersOf(info: TrackInfo, rids: readonly string[]): LayerInfo[] {
  if (info.type !== TrackType.VIDEO) return [];
  if (rids.length === 0) return [layerOf(info, "", 2, info.layers[0]?.bitrate ?? 0)];
  return rids.map((rid, index) => {
    const quality = qualityOfRid(rid) ?? qualityAt(index);
    return layerOf(info, rid, quality, info.layers.find((one) => toQuality(one.quality) === quality)?.bitrate ?? 0);
  });
}

function layerOf(info: TrackInfo, rid: string, quality: Quality, bitrateBps: number): LayerInfo {
  const announced = rid === "" ? undefined : info.layers.find((one) => toQuality(one.quality) === quality);
  const { width, height } = announced ?? info;
  return { rid, quality, width, height, bitrateBps };
}

/** livekit-client names its encodings q, h and f. */
function qualityOfRid(rid: string): Quality | undefined {
  const index = ["q", "h", "f"].indexOf(rid);
  return index < 0 ? undefined : qualityAt(index);
}

function qualityAt(index: number): Quality {
  return index <= 0 ? 0 : index === 1 ? 1 : 2;
}

/** OFF has no picture: it counts as the least. */
export function toQuality(quality: VideoQuality): Quality {
  if (quality === VideoQuality.HIGH) return 2;
  return quality === VideoQuality.MEDIUM ? 1 : 0;
}

const SOURCES: ReadonlyMap<TrackSource, MediaSource> = new Map([
  [TrackSource.CAMERA, "camera"],
  [TrackSource.MICROPHONE, "microphone"],
  [TrackSource.SCREEN_SHARE, "screen"],
  [TrackSource.SCREEN_SHARE_AUDIO, "screen-audio"],
]);

/** The source in the words of the forwarding core. */
export function mediaSource(source: TrackSource): MediaSource {
  return SOURCES.get(source) ?? "unknown";
}

/** "audio" or "video"; undefined for a data track. */
export function mediaKind(type: TrackType): "audio" | "video" | undefined {
  if (type === TrackType.AUDIO) return "audio";
  return type === TrackType.VIDEO ? "video" : undefined;
}
