/** What a viewer is told by the data channel `rostrum`, if it opened one. Players that know nothing of it see the connection end. */

/** Why a viewer is asked to go on another way. */
export type HandoverReason = "slow" | "mode" | "unauthorized" | "stopping";

export type WhepEvent =
  | Readonly<{ type: "handover"; reason: HandoverReason }>
  /** The show is over. */
  | Readonly<{ type: "end" }>
  /**
   * How RTP times lie in the show: `rtp` is the RTP time of media time 0 at `rate` ticks a second, of the pictures if there are some,
   * else of the sound; `media` what the source has sent by now, in seconds; `wall` Unix ms of media time 0.
   */
  | (Readonly<{ type: "clock" }> & RtpClock)
  /** `transcoded`: the pictures are encoded anew, since the source reorders them or is not H.264. */
  | Readonly<{ type: "tracks"; video: boolean; audio: boolean; transcoded: boolean }>;

/**
 * How the show's media time lies: for players that know it from other deliveries. `newestSec` is what the source has sent by now,
 * `soundShiftTicks` by how much RTP time of the sound is ahead of it (48 kHz).
 */
export type MediaClock = Readonly<{ wallZeroMs: number; newestSec: number; soundShiftTicks: number }>;

/** The same, as one viewer's RTP times tell it. */
export type RtpClock = Readonly<{ rtp: number; rate: number; media: number; wall: number }>;

/** Label of the channel. */
export const EVENTS_LABEL = "rostrum";
