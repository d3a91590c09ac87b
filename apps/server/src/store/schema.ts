/** The tables as Kysely sees them. Timestamps are `timestamptz` (Date in code), bigint is a string on both backends. */
import type { ColumnType, Generated, RawBuilder } from "kysely";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Visibility } from "@rostrum/contract/broadcasts";
import type { KeySlot, MediaSettings } from "@rostrum/contract/channels";
import type { ClipState } from "@rostrum/contract/clips";
import type { Category, LatencyMode } from "@rostrum/contract/common";
import type { MediaFileState } from "@rostrum/contract/files";
import type { ChannelRole, TokenScope } from "@rostrum/contract/permissions";
import type { RecordedRendition, RecordingState, RecordingWork } from "@rostrum/contract/recordings";

type Json<T> = ColumnType<T, string, string>;

export interface AccountTable {
  id: string;
  email: string; // lower case, unique
  handle: string; // lower case, unique
  display_name: string;
  password_hash: string;
  owner: boolean; // operator of the installation
  session_epoch: Generated<number>; // raised by "log out everywhere" and password change
  disabled_at: Date | null;
  created_at: Generated<Date>;
}

/** One row per refresh token; a family is one log-in on one device. */
export interface RefreshTokenTable {
  id: string;
  account_id: string;
  family_id: string;
  token_hash: string; // sha256, unique
  user_agent: string;
  created_at: Generated<Date>;
  family_created_at: Date;
  expires_at: Date;
  used_at: Date | null; // rotated: a second use revokes the family
  revoked_at: Date | null;
}

export interface ApiTokenTable {
  id: string;
  account_id: string;
  name: string;
  token_hash: string;
  scopes: Json<TokenScope[]>;
  created_at: Generated<Date>;
  last_used_at: Date | null;
  expires_at: Date | null;
  revoked_at: Date | null;
}

export interface InviteTable {
  id: string;
  token_hash: string;
  created_by: string;
  created_at: Generated<Date>;
  expires_at: Date;
  used_by: string | null;
  used_at: Date | null;
}

export interface ChannelTable {
  id: string;
  handle: string;
  title: string;
  description: string;
  category: Category;
  tags: Json<string[]>;
  language: string;
  poster_key: string | null; // blob key
  auto_live: Generated<boolean>;
  second_publisher: Generated<"refuse" | "take_over">;
  reconnect_window_sec: Generated<number>;
  dvr_window_sec: Generated<number>;
  media: ColumnType<Partial<MediaSettings>, string | undefined, RawBuilder<unknown>>;
  created_at: Generated<Date>;
}

export interface ChannelMemberTable {
  channel_id: string;
  account_id: string;
  role: Exclude<ChannelRole, "viewer">;
  created_at: Generated<Date>;
}

export interface StreamKeyTable {
  channel_id: string;
  slot: KeySlot;
  lookup_hash: string; // keyed hash (HMAC-SHA-256) of the key, unique
  sealed: string; // envelope-encrypted copy for reveal
  last4: string;
  created_at: Generated<Date>;
  rotated_at: Date | null;
}

export interface BroadcastTable {
  id: string;
  channel_id: string;
  title: string;
  description: string;
  category: Category;
  tags: Json<string[]>;
  language: string;
  poster_key: string | null;
  state: BroadcastState;
  has_source: Generated<boolean>;
  visibility: Visibility;
  latency_mode: LatencyMode;
  auto_live: boolean;
  dvr_window_sec: number;
  reconnect_window_sec: number;
  record: Generated<boolean>;
  record_note: ColumnType<string | null, string | null | undefined, string | null>; // why there is no recording
  start_at: Date | null;
  created_by: string | null; // null: opened by a connecting encoder
  created_at: Generated<Date>;
  live_at: Date | null;
  interrupted_at: Date | null;
  ended_at: Date | null;
  peak_viewers: Generated<number>;
}

/** Which media node owns a broadcast. `fence` rises with every change of hands. */
export interface LeaseTable {
  broadcast_id: string;
  node_id: string;
  address: string;
  fence: string; // bigint
  expires_at: Date;
}

/** Append-only; `hash` = sha256 over the row and `prev_hash`. */
export interface AuditTable {
  seq: string; // bigint, gapless
  at: Date;
  actor_id: string | null;
  actor_kind: "account" | "token" | "system" | "anonymous";
  action: string; // e.g. "stream_key.reveal"
  channel_id: string | null;
  target: string | null;
  details: Json<Record<string, unknown>>;
  prev_hash: string;
  hash: string;
}

/** One row per player session, from its beacons. */
export interface ViewerSessionTable {
  broadcast_id: string;
  session_id: string;
  started_at: Generated<Date>;
  last_seen_at: Date;
  join_ms: number | null;
  watched_ms: number;
  stalls: number;
  stalled_ms: number;
  latency_ms: number | null;
  dropped_frames: number;
  error: string | null;
  user_agent: string;
}

/** A stretch of a recording without holes: media time, where it stands in the recording, and how long it lasts. */
export type TimelineSpan = Readonly<{ mediaMs: number; atMs: number; durationMs: number }>;

/** One per broadcast. A trigger puts its blobs into `blob_trash` when the row goes, however it goes. */
export interface RecordingTable {
  id: string;
  broadcast_id: string;
  channel_id: string;
  title: string | null; // null: the broadcast's
  state: RecordingState;
  note: string | null; // a sentence for the crew
  began_at: Date;
  ended_at: Date | null;
  duration_ms: Generated<number>;
  missing_ms: Generated<number>;
  size_bytes: ColumnType<string, string | number | undefined, string | number>; // bigint
  renditions: ColumnType<RecordedRendition[], string | undefined, string>;
  timeline: ColumnType<TimelineSpan[], string | undefined, string>;
  thumbnail_key: string | null;
  storyboard_key: string | null;
  mp4_state: Generated<RecordingWork["state"]>;
  mp4_progress: Generated<number>;
  mp4_problem: string | null;
  mp4_bytes: ColumnType<string, string | number | undefined, string | number>; // bigint
  created_at: Generated<Date>;
  reported_at: Generated<Date>; // the media node told of it
}

/** A moment of a show, in media time. */
export interface MarkerTable {
  id: string;
  broadcast_id: string;
  at_ms: number;
  title: string;
  created_by: string | null;
  created_at: Generated<Date>;
}

/** A piece of a show. A trigger puts its blobs, below `clips/<id>/`, into `blob_trash` when the row goes. */
export interface ClipTable {
  id: string;
  broadcast_id: string;
  channel_id: string;
  title: string;
  state: ClipState;
  progress: Generated<number>;
  problem: string | null; // a sentence, when it failed
  created_by: string | null; // null: somebody without an account
  created_at: Generated<Date>;
  from_ms: number; // media time
  duration_ms: number;
  size_bytes: ColumnType<string, string | number | undefined, string | number>; // bigint
  width_px: number | null;
  height_px: number | null;
  has_thumbnail: Generated<boolean>;
  views: ColumnType<string, string | number | undefined, RawBuilder<string>>; // bigint
}

/** Blobs below a prefix that nobody names any more. */
export interface BlobTrashTable {
  prefix: string;
  created_at: Generated<Date>;
  not_before: Date;
}

/** An uploaded video. A trigger puts its blobs into `blob_trash` when the row goes, however it goes. */
export interface MediaFileTable {
  id: string;
  channel_id: string;
  title: string;
  container: string; // by content
  state: Generated<MediaFileState>;
  progress: Generated<number>; // 0 to 1
  problem: string | null; // a sentence
  size_bytes: ColumnType<string, string | number, string | number>; // bigint
  duration_ms: number | null;
  width_px: number | null;
  height_px: number | null;
  has_picture: Generated<boolean>;
  created_by: string | null;
  created_at: Generated<Date>;
}

export interface Schema {
  account: AccountTable;
  refresh_token: RefreshTokenTable;
  api_token: ApiTokenTable;
  invite: InviteTable;
  channel: ChannelTable;
  channel_member: ChannelMemberTable;
  stream_key: StreamKeyTable;
  broadcast: BroadcastTable;
  lease: LeaseTable;
  audit: AuditTable;
  viewer_session: ViewerSessionTable;
  recording: RecordingTable;
  marker: MarkerTable;
  clip: ClipTable;
  blob_trash: BlobTrashTable;
  media_file: MediaFileTable;
}
