/** The tables as Kysely sees them. Timestamps are `timestamptz` (Date in code), bigint is a string on both backends. */
import type { ColumnType, Generated, RawBuilder } from "kysely";
import type { MinimumAge } from "@rostrum/contract/age-gate";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Visibility, WatermarkCorner } from "@rostrum/contract/broadcasts";
import type { ChatColor } from "@rostrum/contract/chat-colors";
import type {
  ChatMessageKind,
  ChatMessageState,
  ChatRules,
  ChatSettings,
  ChatSystemAbout,
} from "@rostrum/contract/chat";
import type { KeySlot, MediaSettings } from "@rostrum/contract/channels";
import type { ClipState } from "@rostrum/contract/clips";
import type { Category, LatencyMode } from "@rostrum/contract/common";
import type { EngagementSettings, PollState, QuestionState } from "@rostrum/contract/engagement";
import type { MediaFileState } from "@rostrum/contract/files";
import type { HealthNote, HealthSample } from "@rostrum/contract/health";
import type { ChannelRole, TokenScope } from "@rostrum/contract/permissions";
import type { RecordedRendition, RecordingState, RecordingWork } from "@rostrum/contract/recordings";
import type { RegistrationMode } from "@rostrum/contract/registration";
import type { WebhookEventType } from "@rostrum/contract/webhooks";
import type { AudienceSchema } from "./audience-tables.ts";
import type { ModerationSchema } from "./moderation-tables.ts";
import type { RegistrationSchema } from "./registration-tables.ts";
import type { TipSchema } from "./tip-tables.ts";

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
  registration: Generated<RegistrationMode>;
  latency_mode: LatencyMode;
  auto_live: boolean;
  dvr_window_sec: number;
  reconnect_window_sec: number;
  record: Generated<boolean>;
  record_note: ColumnType<string | null, string | null | undefined, string | null>; // why there is no recording
  age_restricted: Generated<boolean>;
  minimum_age: Generated<MinimumAge>;
  kid_mode: Generated<boolean>; // never with age_restricted
  start_at: Date | null;
  created_by: string | null; // null: opened by a connecting encoder
  created_at: Generated<Date>;
  live_at: Date | null;
  interrupted_at: Date | null;
  ended_at: Date | null;
  peak_viewers: Generated<number>;
  watermark_key: ColumnType<string | null, string | null | undefined, string | null>;
  watermark_corner: Generated<WatermarkCorner>;
}

/** Health of a show by the minute. Counts and sums, so that nodes add up. */
export interface HealthMinuteTable {
  broadcast_id: string;
  at: Date;
  bitrate_count: number;
  bitrate_sum: number; // bit/s
  bitrate_min: number | null;
  bitrate_max: number | null;
  fps_count: number;
  fps_sum: number;
  fps_min: number | null;
  fps_max: number | null;
  viewers: number; // the most
  level: HealthSample["level"]; // the worst
  notes: Json<HealthNote[]>;
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

/** What is said in a chat. Its author's name is the account's; the role is what it was then. */
export interface ChatMessageTable {
  id: string; // sorts in the order of the chat
  broadcast_id: string;
  account_id: string | null; // null: a system message
  send_id: string; // unique for the account, of system messages for the broadcast
  kind: ChatMessageKind;
  state: Generated<ChatMessageState>;
  role: ChannelRole | null;
  text: string; // cleaned
  about: ChatSystemAbout | null;
  reply_to: string | null;
  mentions: ColumnType<{ id: string; handle: string; displayName: string }[], string | undefined, never>;
  highlighted: Generated<boolean>;
  media_time_ms: number | null;
  at: Generated<Date>;
  note: string | null; // why it is held or was deleted
  removed_by: string | null;
  removed_at: Date | null;
}

export interface ChatReactionTable {
  message_id: string;
  account_id: string;
  emote: string; // an emoji, or :name:
  at: Generated<Date>;
}

/** When somebody spoke last. */
export interface ChatTurnTable {
  broadcast_id: string;
  account_id: string;
  last_at: Date;
}

export interface ChatPinTable {
  broadcast_id: string;
  message_id: string;
  pinned_by: string | null;
  at: Generated<Date>;
}

/** Of a channel, or of one broadcast. Shield mode changes no other setting. */
export interface ChatSettingsTable {
  scope_id: string; // the channel's or the broadcast's
  channel_id: string | null;
  broadcast_id: string | null;
  set_here: ColumnType<Partial<ChatSettings>, string | undefined, string>;
  preset: ColumnType<ChatRules | null, string | null | undefined, string | null>; // channels only
}

/** A picture. A trigger puts its blob into `blob_trash` when the row goes. */
export interface ChatEmoteTable {
  id: string;
  channel_id: string;
  name: string;
  created_by: string | null;
  at: Generated<Date>;
}

export interface ChatReportTable {
  message_id: string;
  account_id: string;
  reason: string;
  note: string | null;
  at: Generated<Date>;
}

export interface ChatProfileTable {
  account_id: string;
  color: ChatColor;
}

/** Set by the database's own clock. */
type DatabaseTime = ColumnType<Date | null, undefined, RawBuilder<Date> | null>;

/** What a channel lets its audience do; without a row, and for what the row leaves out, the defaults. */
export interface EngagementSettingsTable {
  channel_id: string;
  settings: ColumnType<Partial<EngagementSettings>, string, RawBuilder<unknown>>;
}

export interface PollTable {
  id: string;
  broadcast_id: string;
  question: string;
  multiple: boolean;
  named: boolean;
  results: "live" | "after";
  duration_sec: number | null;
  state: Generated<PollState>;
  opened_at: DatabaseTime;
  closes_at: DatabaseTime;
  closed_at: DatabaseTime;
  results_told_at: DatabaseTime;
  created_by: string | null;
  created_at: Generated<Date>;
}

export interface PollOptionTable {
  id: string;
  poll_id: string;
  place: number; // from 0
  text: string;
}

/** That an account has voted; what for is in `poll_vote`. */
export interface PollBallotTable {
  poll_id: string;
  account_id: string;
  sends: Json<{ id: string; optionIds: string[] }[]>; // newest first
  voted_at: Generated<Date>;
}

export interface PollVoteTable {
  poll_id: string;
  account_id: string;
  option_id: string;
}

export interface QuestionTable {
  id: string;
  broadcast_id: string;
  account_id: string | null;
  send_id: string;
  text: string;
  state: QuestionState;
  held_for: string | null; // a sentence for the crew
  upvotes: ColumnType<number, number | undefined, RawBuilder<number>>;
  media_time_ms: number | null;
  answer_text: string | null;
  answer_media_ms: number | null;
  asked_at: Generated<Date>;
  pinned: Generated<boolean>;
}

export interface QuestionVoteTable {
  question_id: string;
  account_id: string;
}

export interface HandTable {
  id: string;
  broadcast_id: string;
  account_id: string;
  raised_at: Generated<Date>;
}

export interface AnnouncementTable {
  id: string;
  broadcast_id: string;
  text: string;
  shown_at: Generated<Date>;
  ends_at: Date | null;
  closed_at: Date | null;
  created_by: string | null;
}

export interface HandoutTable {
  id: string;
  broadcast_id: string;
  kind: "link" | "card";
  title: string;
  text: string;
  label: string;
  url: string; // https
  shown: boolean;
  clicks: ColumnType<string, string | undefined, RawBuilder<string>>; // bigint
  created_by: string | null;
  created_at: Generated<Date>;
}

/** An account that follows a channel; `mail` and `push`: wants to hear when a show begins. */
export interface FollowTable {
  account_id: string;
  channel_id: string;
  created_at: Generated<Date>;
  mail: Generated<boolean>;
  push: Generated<boolean>;
}

/** A browser that takes push messages for an account. RFC 8030, RFC 8291. */
export interface PushSubscriptionTable {
  id: string;
  account_id: string;
  endpoint: string; // unique
  p256dh: string; // base64url
  auth: string; // base64url
  user_agent: string;
  created_at: Generated<Date>;
}

/** The followers of a show's channel are known and are being told. */
export interface LiveNoticePlanTable {
  broadcast_id: string;
  planned_at: Generated<Date>;
}

/** One follower to be told of one show in one way. */
export interface LiveNoticeTable {
  broadcast_id: string;
  account_id: string;
  via: "mail" | "push";
  state: Generated<"waiting" | "sent" | "failed">;
  attempts: Generated<number>;
}

export interface WebhookTable {
  id: string;
  channel_id: string;
  url: string;
  description: string;
  events: Json<WebhookEventType[]>;
  sealed: string; // the secret, envelope-encrypted
  old_sealed: string | null; // the one before, until `old_until`
  old_until: Date | null;
  enabled: Generated<boolean>;
  disabled_reason: string | null; // a sentence, when the server did it
  failing_since: Date | null;
  failures: Generated<number>; // attempts in a row
  created_by: string | null;
  created_at: Generated<Date>;
}

/** One event for one webhook, and what became of it. */
export interface WebhookDeliveryTable {
  id: string;
  webhook_id: string;
  event_id: string; // the header webhook-id
  type: string;
  body: string; // JSON, as it is signed
  replay_of: string | null;
  state: Generated<"pending" | "delivered" | "failed">;
  attempts: Generated<number>;
  next_at: Date | null;
  status: number | null;
  duration_ms: number | null;
  problem: string | null; // a sentence
  answer: string | null; // its first KiB
  created_at: Generated<Date>;
  attempted_at: Date | null;
}

export interface Schema extends AudienceSchema, ModerationSchema, RegistrationSchema, TipSchema {
  account: AccountTable;
  refresh_token: RefreshTokenTable;
  api_token: ApiTokenTable;
  invite: InviteTable;
  channel: ChannelTable;
  channel_member: ChannelMemberTable;
  stream_key: StreamKeyTable;
  broadcast: BroadcastTable;
  health_minute: HealthMinuteTable;
  lease: LeaseTable;
  audit: AuditTable;
  recording: RecordingTable;
  marker: MarkerTable;
  clip: ClipTable;
  blob_trash: BlobTrashTable;
  media_file: MediaFileTable;
  chat_message: ChatMessageTable;
  chat_reaction: ChatReactionTable;
  chat_turn: ChatTurnTable;
  chat_pin: ChatPinTable;
  chat_settings: ChatSettingsTable;
  chat_emote: ChatEmoteTable;
  chat_report: ChatReportTable;
  chat_profile: ChatProfileTable;
  engagement_settings: EngagementSettingsTable;
  poll: PollTable;
  poll_option: PollOptionTable;
  poll_ballot: PollBallotTable;
  poll_vote: PollVoteTable;
  question: QuestionTable;
  question_vote: QuestionVoteTable;
  hand: HandTable;
  announcement: AnnouncementTable;
  handout: HandoutTable;
  follow: FollowTable;
  push_subscription: PushSubscriptionTable;
  live_notice: LiveNoticeTable;
  live_notice_plan: LiveNoticePlanTable;
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
}
