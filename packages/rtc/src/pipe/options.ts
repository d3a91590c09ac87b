/** What a pipe is opened with, what it tells, and how it ends. */
import type { PipeChannel } from "./channel.ts";

/** A relay on our own side. libjuice speaks TURN over UDP only and uses at most two. */
export type TurnServer = Readonly<{ hostname: string; port: number; username: string; password: string }>;

export type PipeOptions = Readonly<{
  /** For the library's log. */
  name: string;
  /** Local address to bind. Default: every interface except loopback, so tests bind 127.0.0.1. */
  bindAddress?: string;
  /** One UDP port for all pipes of the process (`openUdpMux` holds it). Default: a port for each pipe. */
  udpPort?: number;
  /** Addresses under which others reach us: each takes the place of the host candidates of its family. */
  publicAddresses?: readonly string[];
  turnServers?: readonly TurnServer[];
  /** From `accept` or `offer` to connected. Default 15,000. */
  connectTimeoutMs?: number;
  /** Largest data message taken or sent. Default 262,144. */
  maxMessageSizeBytes?: number;
  /** Data channels that the peer may have open at once; more are closed again. Default 8. */
  maxChannels?: number;
  /** Bytes that may wait in one data channel; what does not fit is not sent. Default 1 MiB. */
  maxBufferedBytes?: number;
}>;

/** `connected`: DTLS is done and the peer's certificate is the announced one; RTP flows both ways. */
export type PipeState = "new" | "connecting" | "connected" | "closed";

/**
 * `local`: `close` was called. `remote`: the peer ended it. `dtls`: the handshake failed, also by a wrong fingerprint. `lost`: the
 * path broke (it may also be told as `remote`). `timeout`: not connected in time, also for want of a path. `error`: a fault of ours or of
 * the library.
 */
export type PipeCloseReason = "local" | "remote" | "dtls" | "lost" | "timeout" | "error";

/** `message` is a sentence for the log. */
export type PipeClose = Readonly<{ reason: PipeCloseReason; message: string }>;

/** Called in order on the event loop, never after `closed`. A handler that throws closes the pipe with `error`. */
export type PipeHandlers = Readonly<{
  /** One decrypted RTP packet or RTCP compound packet. The bytes belong to the handler. */
  onPacket: (packet: Uint8Array) => void;
  /** A local candidate to be sent to the peer, without `a=`; undefined after the last. Only called once the remote description is set. */
  onCandidate?: (candidate: string | undefined) => void;
  onState?: (state: PipeState) => void;
  /** A channel opened, whoever asked for it. Without an answer the channel is closed. */
  onChannel?: (channel: PipeChannel) => ChannelHandlers | undefined;
}>;

export type ChannelHandlers = Readonly<{
  /** Text comes as a string, everything else as bytes, which belong to the handler. */
  onMessage: (message: Uint8Array | string) => void;
  /** Half of what may wait has been sent: there is room again. */
  onDrain?: () => void;
  onClose?: () => void;
}>;

/** A data channel that we open (RFC 8832 §5.1). Without `maxRetransmits` it is reliable. */
export type ChannelInit = Readonly<{ label: string; ordered?: boolean; maxRetransmits?: number; protocol?: string }>;

/** Since the pipe was made. */
export type PipeStats = Readonly<{
  receivedPackets: number;
  sentPackets: number;
  /** Given to `send` before the pipe was connected, or not taken by the socket. */
  droppedPackets: number;
  /** Candidates of the peer that were not usable: no UDP, a host name, or too many. */
  ignoredCandidates: number;
  /** Data messages that did not fit. */
  droppedMessages: number;
}>;
