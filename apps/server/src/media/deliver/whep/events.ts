/** What a viewer is told by the data channel `rostrum`, if it opened one. Players that know nothing of it see the connection end. */

/** Why a viewer is asked to go on another way. */
export type HandoverReason = "slow" | "mode" | "unauthorized" | "stopping";

export type WhepEvent =
  | Readonly<{ type: "handover"; reason: HandoverReason }>
  /** The show is over. */
  | Readonly<{ type: "end" }>
  /** `transcoded`: the pictures are encoded anew, since the source reorders them or is not H.264. */
  | Readonly<{ type: "tracks"; video: boolean; audio: boolean; transcoded: boolean }>;

/** Label of the channel. */
export const EVENTS_LABEL = "rostrum";
