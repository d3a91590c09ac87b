/** Channels, members and stream keys as they cross the wire. */
import { z } from "zod";
import {
  Category,
  Handle,
  Id,
  Instant,
  Language,
  LatencyMode,
  Line,
  Lines,
  PageQuery,
  Tags,
  pageOf,
} from "./common.ts";
import { ChannelRole, MemberRole } from "./permissions.ts";

/** Everybody's view: never a key, a member list or an address. `posterUrl` is a path on this server. */
export const Channel = z.object({
  id: Id,
  handle: z.string(),
  title: z.string(),
  description: z.string(),
  category: Category,
  tags: Tags,
  language: z.string(),
  posterUrl: z.string().nullable(),
  /** Accounts that follow it. */
  followers: z.number().int(),
  createdAt: Instant,
});
export type Channel = z.infer<typeof Channel>;

/** What happens when a second encoder connects with a key that is in use. */
export const SecondPublisher = z.enum(["refuse", "take_over"]);

/** `passthrough`: only what the encoder sends; `auto`: every rung below the source that the machine can carry; `custom`: `ladderRungs`. */
export const LadderMode = z.enum(["passthrough", "auto", "custom"]);
export type LadderMode = z.infer<typeof LadderMode>;

/** One transcoded rendition. Rungs that are not smaller than the source are left out. */
export const LadderRung = z.object({
  heightPx: z.number().int().min(144).max(2160),
  videoBitrateBps: z.number().int().min(150_000).max(20_000_000),
});
export type LadderRung = z.infer<typeof LadderRung>;

/** Who may make clips: nobody, the crew, people with an account, everybody who may watch. */
export const ClipMakers = z.enum(["nobody", "crew", "accounts", "everyone"]);
export type ClipMakers = z.infer<typeof ClipMakers>;

/** What becomes of the media of a channel's shows. `null`: without limit. */
export const MediaSettings = z.object({
  ladder: LadderMode,
  /** For `custom`; highest first. */
  ladderRungs: z.array(LadderRung).max(5),
  /** Shown while no source is there. */
  slateText: Line.min(1).max(80),
  slateBackground: z.string().regex(/^#[0-9a-f]{6}$/, "must be a colour such as #101418"),
  /** New shows are recorded. */
  record: z.boolean(),
  retentionDays: z.number().int().min(1).max(3650).nullable(),
  quotaGib: z.number().int().min(1).max(100_000).nullable(),
  clips: ClipMakers,
  /** Default of new shows. */
  latencyMode: LatencyMode,
});
export type MediaSettings = z.infer<typeof MediaSettings>;

export const DEFAULT_MEDIA_SETTINGS: MediaSettings = {
  ladder: "passthrough",
  ladderRungs: [
    { heightPx: 720, videoBitrateBps: 2_500_000 },
    { heightPx: 480, videoBitrateBps: 1_500_000 },
    { heightPx: 360, videoBitrateBps: 800_000 },
  ],
  slateText: "Back in a moment",
  slateBackground: "#101418",
  record: true,
  retentionDays: null,
  quotaGib: null,
  clips: "accounts",
  latencyMode: "balanced",
};

export const ChannelSettings = z.object({
  autoLive: z.boolean(),
  secondPublisher: SecondPublisher,
  reconnectWindowSec: z.number().int().min(0).max(1800),
  dvrWindowSec: z.number().int().min(0).max(43_200),
  ...MediaSettings.shape,
});
export type ChannelSettings = z.infer<typeof ChannelSettings>;

/** A member's view. */
export const OwnChannel = Channel.extend({ role: ChannelRole, settings: ChannelSettings });
export type OwnChannel = z.infer<typeof OwnChannel>;

/** `mine=true` lists the channels on which the caller has a role, as `OwnChannel`. */
export const ListChannelsQuery = PageQuery.extend({ mine: z.enum(["true", "false"]).optional() });
export const ChannelPage = pageOf(Channel);
export const OwnChannelPage = pageOf(OwnChannel);

export const CreateChannelBody = z.object({
  handle: Handle,
  title: Line.min(1).max(100),
  description: Lines.max(5000).default(""),
  category: Category.default("other"),
  tags: Tags.default([]),
  language: Language.default("en"),
});
export const UpdateChannelBody = z
  .object({
    title: Line.min(1).max(100),
    description: Lines.max(5000),
    category: Category,
    tags: Tags,
    language: Language,
    settings: ChannelSettings.partial(),
  })
  .partial();

/** `confirm` is the channel's handle, typed by the person who deletes it. */
export const DeleteChannelBody = z.object({ confirm: z.string().max(100) });

/** An uploaded poster: the most bytes that are read, and the box it is cut to. */
export const POSTER_LIMITS = { maxBytes: 8 * 1024 * 1024, widthPx: 1280, heightPx: 720 } as const;

export const KeySlot = z.enum(["primary", "backup"]);
export type KeySlot = z.infer<typeof KeySlot>;

/** `masked` is dots and the last four characters. */
export const MaskedKey = z.object({
  slot: KeySlot,
  masked: z.string(),
  createdAt: Instant,
  rotatedAt: Instant.nullable(),
  inUse: z.boolean(),
});
export type MaskedKey = z.infer<typeof MaskedKey>;
export const MaskedKeys = z.object({ items: z.array(MaskedKey) });
export const RevealKeyBody = z.object({ password: z.string().min(1).max(256) });
/** `srt` is for encoders that encrypt: another name than the key, because a stream id travels in clear. */
export const RevealedKey = z.object({
  key: z.string(),
  srt: z.object({ streamId: z.string(), passphrase: z.string() }),
});
export type RevealedKey = z.infer<typeof RevealedKey>;

/** Where encoders connect. URLs without the key; null when that protocol is not served. */
export const IngestEndpoints = z.object({
  rtmp: z.string(),
  rtmps: z.string().nullable(),
  srt: z.string().nullable(),
  websocket: z.string(),
  /** WebRTC: the key is its bearer token. */
  whip: z.string().nullable(),
  /** Why SRT is not served and what would serve it; null when it is. */
  srtMissing: z.string().nullable(),
});
export type IngestEndpoints = z.infer<typeof IngestEndpoints>;

export const ChannelMember = z.object({
  accountId: Id,
  handle: z.string(),
  displayName: z.string(),
  role: ChannelRole,
  since: Instant,
});
export type ChannelMember = z.infer<typeof ChannelMember>;
export const AddMemberBody = z.object({ handle: Handle, role: MemberRole });
export const UpdateMemberBody = z.object({ role: MemberRole });
export const ChannelMembers = z.object({ items: z.array(ChannelMember) });
