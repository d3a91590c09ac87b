/** Which of the offered codecs we take, and how an answer writes them. */
import type { Codec } from "./model.ts";
import { fmtpParameters } from "./parse-codecs.ts";
import type { CodecWant, H264Profile } from "./wants.ts";

/** What we can do with video: loss repair, key frames on demand, both kinds of bandwidth estimation. */
export const VIDEO_FEEDBACK: readonly string[] = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"];
export const AUDIO_FEEDBACK: readonly string[] = ["transport-cc", "nack"];

export const VP8: CodecWant = { name: "VP8", feedback: VIDEO_FEEDBACK, rtx: true };
export const VP9: CodecWant = { name: "VP9", feedback: VIDEO_FEEDBACK, rtx: true };
export const AV1: CodecWant = { name: "AV1", feedback: VIDEO_FEEDBACK, rtx: true };
/** Any profile, constrained baseline first: every browser encodes and decodes it. */
export const H264: CodecWant = {
  name: "H264",
  h264Profiles: ["constrained-baseline", "baseline", "main", "constrained-high", "high"],
  feedback: VIDEO_FEEDBACK,
  rtx: true,
};
/** With the offered parameters. */
export const OPUS: CodecWant = { name: "opus", feedback: AUDIO_FEEDBACK, rtx: false };
/** Asks for two channels and in-band error correction, and says that ours has them too (RFC 7587 §6.1). */
export const OPUS_STEREO: CodecWant = { ...OPUS, fmtp: "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1" };

/** Sound that carries copies of what was sent before it; goes in front of the codec of which it is (RFC 2198). */
export const RED: CodecWant = { name: "red", feedback: [], rtx: false };

/** constraint bits that must be as `bits` where `mask` is set (RFC 6184 §8.1, table 5). */
const H264_PROFILES: ReadonlyArray<readonly [idc: number, mask: number, bits: number, profile: H264Profile]> = [
  [0x42, 0x40, 0x40, "constrained-baseline"],
  [0x4d, 0x80, 0x80, "constrained-baseline"],
  [0x58, 0xc0, 0xc0, "constrained-baseline"],
  [0x42, 0x40, 0x00, "baseline"],
  [0x58, 0xc0, 0x80, "baseline"],
  [0x4d, 0x80, 0x00, "main"],
  [0x64, 0x0c, 0x0c, "constrained-high"],
  [0x64, 0xff, 0x00, "high"],
];

/** The profile of an H.264 fmtp; undefined for one that WebRTC does not use. Without a profile-level-id it is constrained baseline. */
export function h264Profile(fmtp: string): H264Profile | undefined {
  const id = fmtpParameters(fmtp).get("profile-level-id") ?? "42e01f";
  if (!/^[0-9A-Fa-f]{6}$/.test(id)) return undefined;
  const idc = Number.parseInt(id.slice(0, 2), 16);
  const constraints = Number.parseInt(id.slice(2, 4), 16);
  return H264_PROFILES.find(([each, mask, bits]) => each === idc && (constraints & mask) === bits)?.[3];
}

/**
 * The offered codecs that fit `wants`, in the order of `wants`, as an answer says them: payload types of the offer, our feedback, rtx
 * where it is wanted and offered.
 * @param hasTransportCc without the extension that numbers packets, `transport-cc` feedback says nothing and is left out
 */
export function matchCodecs(
  offered: readonly Codec[],
  wants: readonly CodecWant[],
  hasTransportCc: boolean,
): readonly Codec[] {
  const matched = new Map<number, Codec>();
  for (const want of wants) {
    for (const codec of fitting(offered, want)) {
      if (!matched.has(codec.payloadType)) matched.set(codec.payloadType, agreed(codec, want, hasTransportCc));
    }
  }
  return [...matched.values()];
}

/** Whether an encoding name means `name`. */
export function isCodec(codec: Pick<Codec, "name">, name: string): boolean {
  return codec.name.toLowerCase() === name.toLowerCase();
}

function fitting(offered: readonly Codec[], want: CodecWant): readonly Codec[] {
  const named = offered.filter((codec) => isCodec(codec, want.name) && isUsable(codec));
  const { h264Profiles } = want;
  if (h264Profiles === undefined || !isCodec(want, "H264")) return named;
  return h264Profiles.flatMap((profile) => named.filter(({ fmtp }) => h264Profile(fmtp) === profile));
}

function isUsable(codec: Codec): boolean {
  const parameters = fmtpParameters(codec.fmtp);
  // Mode 0 cannot carry a frame of more than one packet (RFC 6184 §6.2).
  if (isCodec(codec, "H264")) return parameters.get("packetization-mode") === "1";
  // Profiles above are of 10 bits or other chroma, which browsers do not play everywhere.
  if (isCodec(codec, "VP9")) return (parameters.get("profile-id") ?? "0") === "0";
  if (isCodec(codec, "AV1")) return (parameters.get("profile") ?? "0") === "0";
  if (isCodec(codec, "opus")) return codec.clockRate === 48_000;
  return true;
}

function agreed(codec: Codec, want: CodecWant, hasTransportCc: boolean): Codec {
  const { payloadType, name, clockRate, channels, rtxPayloadType } = codec;
  const feedback = codec.feedback.filter((each) => {
    return want.feedback.includes(each) && (each !== "transport-cc" || hasTransportCc);
  });
  const fmtp = [want.fmtp ?? withoutSprop(codec.fmtp), want.moreFmtp ?? ""].filter((part) => part !== "").join(";");
  const plain = { payloadType, name, clockRate, channels, fmtp, feedback };
  return want.rtx && rtxPayloadType !== undefined ? { ...plain, rtxPayloadType } : plain;
}

/** `sprop-` parameters speak of the writer's own stream: repeated, they would be a claim about ours. */
function withoutSprop(fmtp: string): string {
  if (!fmtp.includes("sprop-")) return fmtp;
  const parts = fmtp.split(";").map((part) => part.trim());
  return parts.filter((part) => !part.toLowerCase().startsWith("sprop-")).join(";");
}
