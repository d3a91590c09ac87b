/** What WHIP publishers may take of this machine. */

/** Counts are inclusive. */
export type WhipLimits = Readonly<{
  publishers: number;
  /** Without a packet of media, once connected. The way there has a deadline of its own (RtcEndpoint). */
  idleMs: number;
}>;

export const DEFAULT_WHIP_LIMITS: WhipLimits = { publishers: 1_000, idleMs: 10_000 };
