/** What WebSocket publishers may take of this machine. */

/** Counts are inclusive. */
export type WebSocketLimits = Readonly<{
  /** Of one binary message. Larger ones are refused in words. */
  chunkBytes: number;
  /** Without a byte of media. */
  idleMs: number;
  /** How often a publisher is asked whether it is there. */
  pingMs: number;
  /** How long a closing connection may take to answer. */
  lingerMs: number;
  /** The demuxer's queue over which nothing more is read, and under which reading goes on. */
  queuedBytes: number;
  /** On average; above it the sender is held back. */
  bytesPerSec: number;
  publishers: number;
  /** Keys that are being checked. */
  waiting: number;
}>;

export const DEFAULT_WEBSOCKET_LIMITS: WebSocketLimits = {
  chunkBytes: 65_536,
  idleMs: 10_000,
  pingMs: 5_000,
  lingerMs: 2_000,
  queuedBytes: 512 * 1024,
  bytesPerSec: 6 * 1024 * 1024,
  publishers: 1_000,
  waiting: 200,
};

/** Close codes beside those of RFC 6455 §7.4.1; a sentence comes with each. */
export const CLOSE = {
  normal: 1000,
  unusable: 1003,
  tooLarge: 1009,
  broken: 1011,
  restarting: 1012,
  /** Somebody ended it: connecting again would not be wanted. */
  ended: 4000,
  unknownKey: 4401,
  idle: 4408,
  /** Somebody else publishes with this key. */
  conflict: 4409,
  unavailable: 4503,
} as const;
