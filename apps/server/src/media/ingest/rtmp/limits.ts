/** What RTMP peers may take of this machine. */

/** Deadlines count from when the wait starts; counts are inclusive. */
export type RtmpLimits = Readonly<{
  /** From the first packet of the connection to the end of the RTMP handshake, TLS included. */
  handshakeMs: number;
  /** From the end of the handshake to the publish command. */
  publishMs: number;
  /** Without a byte while publishing. */
  idleMs: number;
  /** How long a closing connection may take to read the last answer. */
  lingerMs: number;
  /** Connections that do not publish, or not yet. Publishers do not count: strangers cannot keep those out that are on the air. */
  waiting: number;
  /** Of those, from one address or one IPv6 network. */
  waitingPerAddress: number;
  publishers: number;
  /** Answers that a peer has not read; over it the connection is cut. */
  unsentBytes: number;
}>;

export const DEFAULT_RTMP_LIMITS: RtmpLimits = {
  handshakeMs: 5_000,
  publishMs: 10_000,
  idleMs: 15_000,
  lingerMs: 2_000,
  waiting: 1_000,
  waitingPerAddress: 50,
  publishers: 1_000,
  unsentBytes: 65_536,
};
