/** What we answer to a viewer's offer: one picture and one sound are sent, whatever else it offers is left. Pure. */
import { h264Profile, H264, OPUS_STEREO } from "@rostrum/rtc/sdp/codecs";
import { EXTENSION } from "@rostrum/rtc/sdp/extensions";
import { isMedia, receives, type SessionDescription } from "@rostrum/rtc/sdp/model";
import type { CodecWant, H264Profile, MediaWant, SectionWant } from "@rostrum/rtc/sdp/wants";

/** What identifies one session's tracks. */
export type SessionSources = Readonly<{ cname: string; videoSsrc: number; rtxSsrc: number; audioSsrc: number }>;

/** Messages from the server are short; viewers have nothing to say. */
const MAX_MESSAGE_BYTES = 4096;
const STREAM = "show";
/**
 * Without transport-wide feedback browsers estimate the bandwidth themselves, from the times of sending, and tell it by REMB. That is one
 * message a second for each viewer instead of twenty.
 */
const VIDEO_EXTENSIONS = [EXTENSION.mid, EXTENSION.absSendTime, EXTENSION.playoutDelay];
const AUDIO_EXTENSIONS = [EXTENSION.mid, EXTENSION.absSendTime];
const VIDEO_FEEDBACK = ["goog-remb", "ccm fir", "nack", "nack pli"];

/**
 * One want for each section of the offer: the first of each kind in which the viewer receives is sent in.
 * @param codecs of the pictures, as in `avc1.42c01e`; undefined: not known
 */
export function sectionWants(
  offer: SessionDescription,
  sources: SessionSources,
  codecs: string | undefined,
): readonly SectionWant[] {
  const videoAt = offer.sections.findIndex((one) => one.kind === "video" && !one.rejected && receives(one.direction));
  const audioAt = offer.sections.findIndex((one) => one.kind === "audio" && !one.rejected && receives(one.direction));
  return offer.sections.map((section, index): SectionWant => {
    if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: MAX_MESSAGE_BYTES };
    if (index === videoAt) return videoWant(sources, codecs);
    return index === audioAt ? audioWant(sources) : { kind: "reject" };
  });
}

/** Whether the offer receives anything at all. */
export function receivesMedia(offer: SessionDescription): boolean {
  return offer.sections.some((section) => isMedia(section) && !section.rejected && receives(section.direction));
}

function videoWant({ cname, videoSsrc: ssrc, rtxSsrc }: SessionSources, codecs: string | undefined): MediaWant {
  return {
    kind: "media",
    direction: "sendonly",
    codecs: [h264For(codecs)],
    extensions: VIDEO_EXTENSIONS,
    sender: { msid: { stream: STREAM, track: "picture" }, cname, ssrc, rtxSsrc },
  };
}

/** In one stream with the picture: browsers play them in sync. */
function audioWant({ cname, audioSsrc: ssrc }: SessionSources): MediaWant {
  return {
    kind: "media",
    direction: "sendonly",
    codecs: [OPUS_STEREO],
    extensions: AUDIO_EXTENSIONS,
    sender: { msid: { stream: STREAM, track: "sound" }, cname, ssrc },
  };
}

/** The profile that is sent comes first; decoders take the others' pictures too, as far as it is known. */
function h264For(codecs: string | undefined): CodecWant {
  const known = H264.h264Profiles ?? [];
  const sent = codecs === undefined ? undefined : h264Profile(`profile-level-id=${codecs.replace(/^avc\d\./, "")}`);
  const h264Profiles: readonly H264Profile[] =
    sent === undefined ? known : [sent, ...known.filter((one) => one !== sent)];
  return { ...H264, h264Profiles, feedback: VIDEO_FEEDBACK };
}
