/** How our descriptions name the tracks that we send. */
import type { Sender } from "../../sdp/wants.ts";
import type { CodecName } from "../media/types.ts";
import type { Subscription } from "../room/subscriptions.ts";

/** What a publisher may name its streams, since the name stands in descriptions; `TR` would be taken for a track's sid. */
const STREAM_NAME = /^(?!TR)[\w-]{1,32}$/;

/**
 * Clients read the participant from the stream's id, and also the track: `PA_x|TR_y` (livekit-client, unpackStreamId). Tracks that
 * their publisher put in one named stream share it, so that a browser plays them in sync; those are told apart by `midToTrackId`.
 */
export function senderOf({ track, ssrc, rtxSsrc }: Subscription): Sender {
  const participantSid = track.owner.sid;
  const stream = STREAM_NAME.test(track.info.stream) ? track.info.stream : track.sid;
  return {
    msid: { stream: `${participantSid}|${stream}`, track: track.sid },
    // Audio and video of one participant are played in sync by their common name (RFC 7022).
    cname: participantSid,
    ssrc,
    ...(track.kind === "video" ? { rtxSsrc } : {}),
  };
}

/** The codec that the track is sent in; all subscribers get what its publisher sends. */
export function codecOf({ track }: Subscription): CodecName {
  return track.media?.codec ?? (track.kind === "audio" ? "opus" : "VP8");
}
