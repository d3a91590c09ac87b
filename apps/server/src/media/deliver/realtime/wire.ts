/** What a realtime viewer gets, as bytes that are written to every socket unchanged. No I/O. */
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { OPCODE, wsFrame } from "../../../lib/ws-frame.ts";

/** Why a viewer is asked to go on with LL-HLS. */
export type HandoverReason = "slow" | "full" | "mode";

/** `wallZeroMs`: Unix ms of media time 0. The init segments of its tracks follow at once. */
type TracksMessage = Readonly<{
  type: "tracks";
  epoch: number;
  discontinuity: boolean;
  wallZeroMs: number;
  video: Readonly<{ codecs: string; widthPx: number; heightPx: number }> | null;
  audio: Readonly<{ codecs: string; channels: number }> | null;
}>;

export type ServerMessage =
  | TracksMessage
  | Readonly<{ type: "skipped"; samples: number }>
  | Readonly<{ type: "handover"; reason: HandoverReason }>
  | Readonly<{ type: "end" }>;

/** Byte 0 of a binary message; the rest is one init segment or one fragment (moof and mdat). */
export const KIND = { videoInit: 1, audioInit: 2, video: 3, audio: 4 } as const;
/** Added to the kind of a video fragment that begins with a key frame. */
export const KEYFRAME_FLAG = 0x80;

/** Close codes beside those of RFC 6455 §7.4.1. */
export const CLOSE = {
  ended: 1000,
  stopping: 1001,
  abused: 1008,
  failed: 1011,
  tryLater: 1013,
  handover: 4001,
  unauthorized: 4401,
  notFound: 4404,
} as const;

/** A text message. */
export function textFrame(message: ServerMessage): Buffer {
  return wsFrame(OPCODE.text, [Buffer.from(JSON.stringify(message))]);
}

/** A binary message of `kind` and `media`; the media is copied once. */
export function mediaFrame(kind: number, media: Uint8Array): Buffer {
  return wsFrame(OPCODE.binary, [Uint8Array.of(kind), media]);
}

/** A ping whose pong tells how far a viewer has read. `sequence` is an unsigned 32-bit number. */
export function pingFrame(sequence: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(sequence);
  return wsFrame(OPCODE.ping, [payload]);
}

/** The sequence of the ping that is answered; undefined for a pong that answers none of ours. */
export function readPong(payload: Buffer): number | undefined {
  return payload.length === 4 ? payload.readUInt32BE() : undefined;
}

export function tracksMessage(
  event: Readonly<{
    epoch: number;
    discontinuity: boolean;
    video: VideoTrack | undefined;
    audio: AudioTrack | undefined;
  }>,
  wallZeroMs: number,
): TracksMessage {
  const { epoch, discontinuity, video, audio } = event;
  return {
    type: "tracks",
    epoch,
    discontinuity,
    wallZeroMs: Math.round(wallZeroMs),
    video: video === undefined ? null : { codecs: video.codecs, widthPx: video.widthPx, heightPx: video.heightPx },
    audio: audio === undefined ? null : { codecs: audio.codecs, channels: audio.channels },
  };
}
