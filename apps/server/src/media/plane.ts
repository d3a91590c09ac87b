/** The border of the media plane: what it needs from the rest (doors) and what it offers (plane). No SQL, no features in here. */
import type { LayoutSpan } from "@rostrum/media/recording-layout";
import type { RecordedRendition } from "@rostrum/contract/recordings";
import type { LadderHealth, SourceHealth } from "@rostrum/contract/health";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { KeySlot, MediaSettings } from "@rostrum/contract/channels";
import type { LatencyMode } from "@rostrum/contract/common";

/** What encoders speak. */
export type IngestProtocol = "rtmp" | "rtmps" | "srt" | "websocket" | "whip";

export type Peer = Readonly<{ remote: string; protocol: IngestProtocol }>;

/** A publisher may feed this broadcast. */
export type IngestGrant = Readonly<{
  channelId: string;
  broadcastId: string;
  slot: KeySlot;
  secondPublisher: "refuse" | "take_over";
  dvrWindowSec: number;
}>;

export type IngestDecision =
  | { readonly ok: true; readonly grant: IngestGrant }
  | {
      readonly ok: false;
      readonly reason: "unknown_key" | "unavailable" | "owned_elsewhere" | "rate_limited";
      readonly message: string;
    };

/** Whether a request for media may be answered; null: there is no such broadcast. `liveAt` null: it was never on the air. */
export type PlaybackPolicy = Readonly<{
  state: BroadcastState;
  needsToken: boolean;
  /** Whether a token was good is asked again when this changes. */
  tokensFor?: string;
  dvrWindowSec: number;
  /** The lowest latency that viewers may choose. */
  latencyMode: LatencyMode;
  liveAt: Date | null;
  slate: SlateLook;
}> | null;

/** The text and the CSS colour of the slate. */
export type SlateLook = Readonly<{ text: string; background: string }>;

/** A show that is on the air. */
export type ShowOnAir = Readonly<{ broadcastId: string; dvrWindowSec: number }>;

/** Where a show begins: with the source that has just connected, with the next key frame, or with what came since that time. */
export type ShowStart = "source" | "next_keyframe" | Date;

/** What can feed a program, beside the slate: one source of each at a time. */
export type SourceSlot = KeySlot | "studio" | "file" | "test";

/** One uploaded video in its prepared form. `open` gives its bytes from the beginning; null when they are gone. */
export type PlaylistItem = Readonly<{ id: string; title: string; open(): Promise<AsyncIterable<Uint8Array> | null> }>;

/**
 * Videos that play one after the other, at first from the place `from` (0 unless told). `ended` is called when they play no longer: all
 * were played, or they were stopped; not when the server stops.
 */
export type Playlist = Readonly<{ items: readonly PlaylistItem[]; loop: boolean; from?: number; ended?: () => void }>;

/** What plays: its place in the list, and how far it is. */
export type PlayingFiles = Readonly<{ playlist: Playlist; index: number; positionMs: number }>;

/**
 * Why viewers see the slate: the source broke off, was stopped, or sends no picture any more; somebody took the slate; or the
 * server was started in mid-show.
 */
export type SlateReason = "gone" | "stopped" | "frozen" | "taken" | "restart";

/** A connected source as an operator sees it. `isHealthy` false: it is frozen, or late. */
export type SourceView = Readonly<{ slot: SourceSlot; health: SourceHealth; isHealthy: boolean; hasPicture: boolean }>;

/** What an operator may take. */
export type Taken = SourceSlot | "slate";

/** `selected` is what viewers see, `taken` what an operator chose; null: the order of slots decides. */
export type ProgramSources = Readonly<{
  items: readonly SourceView[];
  selected: Taken | null;
  taken: Taken | null;
  slateSince: Date | null;
}>;

/** What the program of one broadcast tells. `source_connected` comes with the first key frame (or audio frame of audio-only), not with the socket. */
export type ProgramStateEvent =
  | { readonly type: "source_connected"; readonly broadcastId: string; readonly slot: SourceSlot }
  /** `stopped`: somebody ended it, it did not break off. */
  | { readonly type: "source_lost"; readonly broadcastId: string; readonly reason: string; readonly stopped: boolean }
  | {
      readonly type: "health";
      readonly broadcastId: string;
      readonly source: SourceHealth | null;
      /** Set while viewers see the slate. */
      readonly slate: Readonly<{ since: Date; why: SlateReason }> | null;
      /** Slots whose sources are connected and send. */
      readonly connected: readonly SourceSlot[];
      readonly mediaTimeMs: number | null;
      /** null or left out: only the source is shown. */
      readonly ladder?: LadderHealth | null;
    };

/** A stream key and the SRT credential that belongs to it: a name that may travel in clear, and a passphrase. */
export type StreamKeyEntry = Readonly<{ channelId: string; key: string; srtName: string; srtPassphrase: string }>;

/** Functions that roles/media.ts binds to services. */
export type MediaDoors = Readonly<{
  /** Awaited before NetStream.Publish.Start. Opens a broadcast when the channel has none. */
  authorizeIngest(credential: string, peer: Peer): Promise<IngestDecision>;
  /** The keys of one channel, or of all: SRT decides in its handshake, when there is no time to ask. */
  streamKeys(channelId?: string): Promise<StreamKeyEntry[]>;
  onProgramState(event: ProgramStateEvent): Promise<void>;
  /** Cheap when called often: the binding caches and forgets on change. */
  playbackPolicy(broadcastId: string): Promise<PlaybackPolicy>;
  /** True when `token` is a valid playback token for this broadcast. */
  verifyPlaybackToken(token: string, broadcastId: string): Promise<boolean>;
  /** Which transcoded renditions the broadcast's channel wants now; undefined: there is no such broadcast. Cheap when called often. */
  ladderWish?(broadcastId: string): Promise<Pick<MediaSettings, "ladder" | "ladderRungs"> | undefined>;
  /** Shows that are on the air and that no other node holds: asked once, at start. */
  showsOnAir(): Promise<readonly ShowOnAir[]>;
}>;

/** Names of files in the folder that holds them: fragments of one rendition, and the init segment before them. */
export type HeldFile = Readonly<{ media: string; init: string; startSec: number }>;

/** A piece of a show that no retention removes, in media time. `files` reach beyond it; sorted by their times. */
export type HeldMedia = Readonly<{ fromSec: number; toSec: number; files: readonly HeldFile[] }>;

/** `not_yet`: it has not been shown; `gone`: it has left the window; `nothing`: there is no window here. */
export type HoldAnswer =
  | { readonly ok: true; readonly held: HeldMedia }
  | { readonly ok: false; readonly reason: "not_yet" | "gone" | "nothing" };

/** What the rest may ask of the media plane on this node. */
export interface MediaPlane {
  /** `rtc` is the UDP port of WHIP and WHEP. */
  readonly ports: Readonly<{ rtmp: number; rtmps?: number; srt?: number; rtc?: number }>;
  /** Why SRT is not served and what would serve it; null when it is. */
  readonly srtMissing: string | null;
  /** Why there is neither WHIP nor WHEP, and what would help; null when there is. */
  readonly rtcMissing: string | null;
  /** Playback under `/live/`, `/livestream/`, `/vod/` and `/whep/`, ingest at `/whip`. Answers every request it is given. */
  handleHttp(req: import("node:http").IncomingMessage, res: import("node:http").ServerResponse): void;
  /** WebSocket upgrades below `/live/`: the picture frame by frame. Takes over every socket it is given. */
  handleUpgrade(req: import("node:http").IncomingMessage, socket: import("node:stream").Duplex, head: Buffer): void;
  /** Ingest by WebSocket under `/ingest/`. Takes over the socket, whatever comes of it. */
  handleIngest(req: import("node:http").IncomingMessage, socket: import("node:stream").Duplex, head: Buffer): void;
  /** Stream keys of this channel came, went or changed. */
  refreshStreamKeys(channelId: string): Promise<void>;
  /** Ends the sessions that use this channel's key slot, e.g. after rotation. */
  endSources(channelId: string, slot: KeySlot, reason: string): void;
  /** Disconnects the encoders of this broadcast and stops its test signal. The broadcast goes on: who connects again may feed it. */
  cutSources(broadcastId: string, reason: string): Promise<void>;
  /** Nothing of before the show can be played from now on. */
  beginShow(broadcastId: string, from: Exclude<ShowStart, Date>): void;
  /** Writes ENDLIST, lets viewers finish. A still connected encoder is drained: it stays connected and is not shown. */
  endBroadcast(broadcastId: string): Promise<void>;
  /** Another node has this broadcast: nothing more of it is made here, and viewers here are let go. */
  yieldBroadcast(broadcastId: string): Promise<void>;
  /** Removes the window from disk. */
  removeBroadcast(broadcastId: string): Promise<void>;
  startTestSignal(
    broadcastId: string,
    channelId: string,
    dvrWindowSec: number,
  ): Promise<{ ok: true } | { ok: false; message: string }>;
  stopTestSignal(broadcastId: string): Promise<void>;
  /** Plays videos as the source `file`, in the place of those that play. */
  startFileSource(
    broadcastId: string,
    dvrWindowSec: number,
    playlist: Playlist,
  ): Promise<{ ok: true } | { ok: false; message: string }>;
  stopFileSource(broadcastId: string): Promise<void>;
  /** Goes on with the next video of the list. */
  skipFile(broadcastId: string): void;
  fileSource(broadcastId: string): PlayingFiles | null;
  hasSource(broadcastId: string): boolean;
  /** The best first; null when there is no program here. */
  sources(broadcastId: string): ProgramSources | null;
  /** A source takes over with its next key frame, the slate at once; null lets the order decide. `message` is for people. */
  takeSource(
    broadcastId: string,
    what: Taken | null,
  ): { readonly ok: true } | { readonly ok: false; readonly message: string };
  /** As `thumbnail`, of one connected source. */
  sourceThumbnail(broadcastId: string, slot: SourceSlot): Promise<Uint8Array | null>;
  slotInUse(channelId: string, slot: KeySlot): boolean;
  /** Latest key frame as JPEG, made on demand and kept for some seconds; null when there is none. */
  thumbnail(broadcastId: string): Promise<Uint8Array | null>;
  /**
   * Puts the media of a piece of the window into `folder`, which is made and then the caller's. What is just being shown is waited
   * for up to 2 s; what the window does not have is left out.
   */
  holdMedia(broadcastId: string, span: { fromSec: number; toSec: number }, folder: string): Promise<HoldAnswer>;
  close(): Promise<void>;
}

/** How a recording stands. `note` is a sentence when something is wrong. */
export type RecordingReport = Readonly<{
  recordingId: string;
  durationMs: number;
  sizeBytes: number;
  missingMs: number;
  note: string | null;
  /** Nothing more is recorded; the rest is being stored. */
  ended: boolean;
}>;

/** What becomes of it. `stop`: nothing more is recorded, what is there stays. `finish`: the show is over. `discard`: it was deleted. */
export type RecordingOrder =
  | { readonly type: "go_on" | "finish" | "discard" }
  | { readonly type: "stop"; readonly reason: string };

/** All media and the index are among the blobs. */
export type StoredRecording = Readonly<{
  recordingId: string;
  /** 0: there is no media at all. */
  durationMs: number;
  sizeBytes: number;
  timeline: readonly LayoutSpan[];
  renditions: readonly RecordedRendition[];
  missingMs: number;
  note: string | null;
}>;

/** What the recorder and VOD ask and tell. */
export type RecordingDoors = Readonly<{
  /**
   * The recording of a show that has begun, made when there is none. null: the show is not recorded, or the recording is complete or
   * was deleted.
   */
  openRecording(broadcastId: string): Promise<Readonly<{ recordingId: string; isOver: boolean }> | null>;
  /** Told every few seconds while it records. */
  recordingProgress(report: RecordingReport): Promise<RecordingOrder>;
  /** Told again when the node was killed before it heard the answer. */
  recordingStored(stored: StoredRecording): Promise<void>;
  /** The broadcast of a recording that can be played, else null. Cheap when called often. */
  broadcastOfRecording(recordingId: string): Promise<string | null>;
}>;
