/** What the processes of `sfu-core` tell each other through their parent. */

type Candidate = Readonly<{ type: "candidate"; id: number; candidate: string }>;

export type ToForwarder =
  | Readonly<{ type: "open"; id: number; role: "publisher" | "subscriber" }>
  | Readonly<{ type: "answer"; id: number; sdp: string }>
  /** Bare: packets go to all connections as they come, around the forwarding core. */
  | Readonly<{ type: "mode"; bare: boolean }>
  | Readonly<{ type: "count" }>
  /** Collect garbage, and say when it is done. */
  | Readonly<{ type: "collect" }>
  | Candidate;

export type FromForwarder =
  | Readonly<{ type: "offer"; id: number; sdp: string }>
  | Readonly<{ type: "connected"; id: number }>
  | Readonly<{ type: "collected" }>
  | Readonly<{ type: "counts"; packetsOut: number; bytesOut: number; packetsRefused: number }>
  | Candidate;

export type ToPeers =
  | Readonly<{ type: "offer"; id: number; sdp: string }>
  /** Paced: each packet of a picture so many ms after the one before; 0: all of them at once. */
  | Readonly<{ type: "publish"; kbps: number; gapMs: number }>
  | Readonly<{ type: "count" }>
  | Candidate;

export type FromPeers =
  | Readonly<{ type: "answer"; id: number; sdp: string }>
  | Readonly<{ type: "received"; packets: number }>
  | Candidate;

/** Of the one section that each connection has. Both sides know it: nothing is negotiated but the transport. */
export const SECTION = {
  mid: "v",
  payloadType: 96,
  ssrc: 4_711,
  rtxPayloadType: 97,
  rtxSsrc: 4_712,
  transportSequenceId: 3,
} as const;

/** Under which packets go around the core: SRTP takes the numbers of one source in order only. */
export const BARE_SSRC = 999;
