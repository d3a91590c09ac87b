/** Broadcasts, playback and viewer beacons as they cross the wire. */
import { z } from "zod";
import { Delivery, Referrer } from "./analytics.ts";
import { AGE_OR_KIDS, MinimumAge } from "./age-gate.ts";
import { BroadcastState } from "./broadcast-state.ts";
import { Category, Id, Instant, Language, LatencyMode, Line, Lines, PageQuery, Tags, Text, pageOf } from "./common.ts";
import { ChannelRole } from "./permissions.ts";
import { RegistrationMode } from "./registration.ts";

export const Visibility = z.enum(["public", "unlisted", "private"]);
export type Visibility = z.infer<typeof Visibility>;

/** Where the mark of a show stands in the picture. */
export const WatermarkCorner = z.enum(["top-left", "top-right", "bottom-left", "bottom-right"]);
export type WatermarkCorner = z.infer<typeof WatermarkCorner>;

/** Players draw the mark over the picture; it is not in the media. */
export const Watermark = z.object({ url: z.string(), corner: WatermarkCorner });
export type Watermark = z.infer<typeof Watermark>;

/** A larger picture is made smaller, in its own proportions. */
export const WATERMARK_LIMITS = { maxBytes: 2 * 1024 * 1024, widthPx: 480, heightPx: 270 } as const;

const ChannelBrief = z.object({ id: Id, handle: z.string(), title: z.string(), posterUrl: z.string().nullable() });

/**
 * Everybody's view. `thumbnailUrl` changes while live; `viewers` is null when nobody counts (not live).
 * `ageRestricted`: viewers say first that they are at least `minimumAge` years old; until then there is no media, and `posterUrl` is
 * a blur to everybody but the crew. `kidMode`: no chat, tips, questions, votes or reactions, and nothing is kept of single viewers.
 */
export const Broadcast = z.object({
  id: Id,
  channel: ChannelBrief,
  title: z.string(),
  description: z.string(),
  category: Category,
  tags: Tags,
  language: z.string(),
  posterUrl: z.string().nullable(),
  thumbnailUrl: z.string().nullable(),
  watermark: Watermark.nullable(),
  state: BroadcastState,
  visibility: Visibility,
  ageRestricted: z.boolean(),
  minimumAge: MinimumAge,
  kidMode: z.boolean(),
  startAt: Instant.nullable(),
  liveAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  viewers: z.number().int().nullable(),
  latencyMode: LatencyMode,
  /** Whether one registers for it; `required`: who has not is shown no more than this. */
  registration: RegistrationMode,
  /** Its recording, once that can be played. */
  recordingId: Id.nullable(),
});
export type Broadcast = z.infer<typeof Broadcast>;

/**
 * A crew member's view. `hasSource` says whether media arrives right now. `recordNote` is a sentence when the show is not recorded
 * although it was to be, or its recording is gone.
 */
export const OwnBroadcast = Broadcast.extend({
  role: ChannelRole,
  hasSource: z.boolean(),
  dvrWindowSec: z.number().int(),
  reconnectWindowSec: z.number().int(),
  autoLive: z.boolean(),
  record: z.boolean(),
  recordNote: z.string().nullable(),
  /** Where a mark stands, or would. */
  watermarkCorner: WatermarkCorner,
  interruptedAt: Instant.nullable(),
  createdAt: Instant,
});
export type OwnBroadcast = z.infer<typeof OwnBroadcast>;

const writable = {
  title: Line.min(1).max(140),
  description: Lines.max(5000),
  category: Category,
  tags: Tags,
  language: Language,
  visibility: Visibility,
  startAt: Instant.nullable(),
  latencyMode: LatencyMode,
  dvrWindowSec: z.number().int().min(0).max(43_200),
  reconnectWindowSec: z.number().int().min(0).max(1800),
  autoLive: z.boolean(),
  /** Whether the show is recorded; cannot be switched on once it has begun. */
  record: z.boolean(),
  watermarkCorner: WatermarkCorner,
  ageRestricted: z.boolean(),
  minimumAge: MinimumAge,
  kidMode: z.boolean(),
};

const notBoth = ({ ageRestricted, kidMode }: Readonly<{ ageRestricted?: unknown; kidMode?: unknown }>): boolean =>
  ageRestricted !== true || kidMode !== true;
const BOTH = { message: AGE_OR_KIDS, path: ["kidMode"] };

/** What is left out comes from the channel. */
export const CreateBroadcastBody = z
  .object({ channelId: Id, ...writable })
  .partial()
  .required({ channelId: true, title: true })
  .refine(notBoth, BOTH);
export const UpdateBroadcastBody = z.object(writable).partial().refine(notBoth, BOTH);

/**
 * Without `mine` the list is public discovery: public broadcasts that are scheduled, live, interrupted, ended or archived.
 * With `mine=true` it is the crew's own list with drafts, and all visibilities.
 * `view`: live = live and interrupted (most viewers first), upcoming = scheduled (soonest first), recent = ended or archived (newest first).
 */
export const ListBroadcastsQuery = PageQuery.extend({
  mine: z.enum(["true", "false"]).optional(),
  state: BroadcastState.optional(),
  view: z.enum(["live", "upcoming", "recent"]).optional(),
  channelId: Id.optional(),
  handle: Text.max(30).optional(),
  category: Category.optional(),
  language: Language.optional(),
  q: Text.trim().max(100).optional(),
});

/** Discovery answers `Broadcast` items, `mine=true` answers `OwnBroadcast` items. */
export const BroadcastPage = pageOf(Broadcast);
export const OwnBroadcastPage = pageOf(OwnBroadcast);

/** Switches the built-in moving pattern with clock and tone. */
export const TestSignalBody = z.object({ on: z.boolean() });

/**
 * How to play a broadcast. The URLs are paths and carry a signed token when one is needed (private, preview).
 * `realtimeUrl` is a WebSocket with the picture frame by frame; null when the broadcast is not on the air or its
 * `latencyMode` is stable; `whepUrl` takes WebRTC offers (WHEP) and is null in the same cases. `latencyMode` is the default of players and the lowest latency that they may choose.
 */
export const Playback = z.object({
  hlsUrl: z.string(),
  realtimeUrl: z.string().nullable(),
  whepUrl: z.string().nullable(),
  latencyMode: LatencyMode,
  /** Whether the caller may cut clips now. */
  mayClip: z.boolean(),
  tokenExpiresAt: Instant.nullable(),
});
export type Playback = z.infer<typeof Playback>;

/** For layers over a picture; null where the show is for everybody and they need none. */
export const OverlayToken = z.object({ token: z.string().nullable(), expiresAt: Instant.nullable() });
export type OverlayToken = z.infer<typeof OverlayToken>;

/** No page stays open for longer than a year. */
const SessionMs = z
  .number()
  .min(0)
  .max(366 * 86_400_000);

/**
 * Sent by the player at join, every 10 s, and at the end; 2 KiB at most. Totals since the session's begin. Times in ms, rates in bit/s.
 * `seq` counts up within a session: what comes twice, or late, is not counted. Older players leave out it and what follows.
 */
export const ViewerBeacon = z.object({
  sessionId: z.string().regex(/^[A-Za-z0-9_-]{16,40}$/),
  joinMs: z.number().min(0).max(600_000).nullable(),
  watchedMs: SessionMs,
  stalls: z.number().int().min(0),
  stalledMs: SessionMs,
  latencyMs: z.number().min(0).max(86_400_000).nullable(),
  bitrateBps: z.number().min(0).nullable(),
  droppedFrames: z.number().int().min(0),
  error: Text.max(100).nullable(),
  ended: z.boolean(),
  seq: z.number().int().min(0).max(100_000_000).optional(),
  delivery: Delivery.optional(),
  heightPx: z.number().int().min(0).max(20_000).optional(),
  /** IANA, as the browser reports it. */
  timeZone: Text.max(64).optional(),
  referrer: Referrer.optional(),
});
export type ViewerBeacon = z.infer<typeof ViewerBeacon>;
export const BeaconAnswer = z.object({
  viewers: z.number().int(),
  state: BroadcastState,
  nextBeaconSec: z.number().int(),
});
export type BeaconAnswer = z.infer<typeof BeaconAnswer>;

/** `url` is the address of a watch or embed page of this installation. oEmbed 1.0 §2.2; only JSON is served. */
export const OEmbedQuery = z.object({
  url: z.string().max(500),
  format: z.string().max(20).optional(),
  maxwidth: z.coerce.number().int().min(1).max(10_000).optional(),
  maxheight: z.coerce.number().int().min(1).max(10_000).optional(),
});

/** oEmbed 1.0 §2.3.4.2, type video. Snake case because the standard has it. */
export const OEmbed = z.object({
  version: z.literal("1.0"),
  type: z.literal("video"),
  title: z.string(),
  author_name: z.string(),
  author_url: z.string(),
  provider_name: z.string(),
  provider_url: z.string(),
  thumbnail_url: z.string().optional(),
  thumbnail_width: z.number().int().optional(),
  thumbnail_height: z.number().int().optional(),
  html: z.string(),
  width: z.number().int(),
  height: z.number().int(),
});
export type OEmbed = z.infer<typeof OEmbed>;

/** What strangers see of a show, as it is told to those who follow `broadcast:<id>`. */
export const ToldBroadcast = Broadcast.omit({ viewers: true });
export type ToldBroadcast = z.infer<typeof ToldBroadcast>;

/** Events of the topic `broadcast:<id>` that are the show's own. */
export const BroadcastTopicEvent = z.discriminatedUnion("type", [
  /** What everybody may see of it is now this. The crew's page asks for its own view. */
  z.object({ type: z.literal("broadcast.changed"), broadcast: ToldBroadcast }),
  /** Every 5 s while the number changes. */
  z.object({ type: z.literal("broadcast.viewers"), viewers: z.number().int() }),
]);
export type BroadcastTopicEvent = z.infer<typeof BroadcastTopicEvent>;

/** What the snapshot of `broadcast:<id>` holds beside the parts of other features. For the crew `state` is the true one. */
export const BroadcastSnapshot = z.object({
  state: BroadcastState,
  broadcast: ToldBroadcast,
  viewers: z.number().int(),
});
export type BroadcastSnapshot = z.infer<typeof BroadcastSnapshot>;

/** Told to the crew only, on `health:<id>`: the state as it is, and whether media arrives. */
export const CrewBroadcastEvent = z.object({
  type: z.literal("broadcast.crew_changed"),
  state: BroadcastState,
  hasSource: z.boolean(),
});
export type CrewBroadcastEvent = z.infer<typeof CrewBroadcastEvent>;
