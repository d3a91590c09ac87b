/** Recordings and the markers of a show as they cross the wire. */
import { z } from "zod";
import { MinimumAge } from "./age-gate.ts";
import { Visibility } from "./broadcasts.ts";
import { Id, Instant, Line, PageQuery, pageOf } from "./common.ts";
import { ChannelRole } from "./permissions.ts";

/**
 * - `recording`: the show runs and its media is stored as it comes
 * - `processing`: the show is over, the last media is being stored
 * - `ready`: it can be played
 * - `failed`: the server that has its last media has not been heard of for a day; `note` says so. It goes on when that server returns
 */
export const RecordingState = z.enum(["recording", "processing", "ready", "failed"]);
export type RecordingState = z.infer<typeof RecordingState>;

/** Work that takes a while: `progress` is 0 to 1, `problem` a sentence once it has failed. */
export const RecordingWork = z.object({
  state: z.enum(["none", "waiting", "running", "ready", "failed"]),
  progress: z.number(),
  problem: z.string().nullable(),
});
export type RecordingWork = z.infer<typeof RecordingWork>;

/** One encoding. `complete`: it has media for all of the show; players may choose it for a part only otherwise. */
export const RecordedRendition = z.object({
  name: z.string(),
  kind: z.enum(["video", "audio"]),
  codecs: z.string(),
  widthPx: z.number().int().nullable(),
  heightPx: z.number().int().nullable(),
  averageBps: z.number().int(),
  complete: z.boolean(),
});
export type RecordedRendition = z.infer<typeof RecordedRendition>;

/** A marker as a chapter: `atMs` counts from the beginning of the recording. */
export const Chapter = z.object({ markerId: Id, title: z.string(), atMs: z.number().int() });
export type Chapter = z.infer<typeof Chapter>;

/**
 * Everybody's view of a recording that they may play. `vodUrl` is a path, with a signed token when the show is private; null while
 * it cannot be played, and to who has not said to be old enough for a show that is `ageRestricted`, as are its pictures. `durationMs`
 * and `sizeBytes` grow while it records. `thumbnailUrl` and `storyboardUrl` (WebVTT) are null until they are made.
 */
export const Recording = z.object({
  id: Id,
  broadcastId: Id,
  channel: z.object({ id: Id, handle: z.string(), title: z.string() }),
  title: z.string(),
  state: RecordingState,
  visibility: Visibility,
  ageRestricted: z.boolean(),
  minimumAge: MinimumAge,
  beganAt: Instant,
  endedAt: Instant.nullable(),
  durationMs: z.number().int(),
  sizeBytes: z.number().int(),
  vodUrl: z.string().nullable(),
  tokenExpiresAt: Instant.nullable(),
  thumbnailUrl: z.string().nullable(),
  storyboardUrl: z.string().nullable(),
  chapters: z.array(Chapter),
});
export type Recording = z.infer<typeof Recording>;

/**
 * The crew's view. `missingMs` is media that was lost while recording (a full disk, a crash). `note` is a sentence when something is
 * wrong or slow. `expiresAt` follows the channel's retention. `mp4Url` is set once the file is made.
 */
export const OwnRecording = Recording.extend({
  role: ChannelRole,
  renditions: z.array(RecordedRendition),
  missingMs: z.number().int(),
  note: z.string().nullable(),
  expiresAt: Instant.nullable(),
  mp4: RecordingWork.extend({ sizeBytes: z.number().int() }),
  mp4Url: z.string().nullable(),
});
export type OwnRecording = z.infer<typeof OwnRecording>;

/**
 * Newest first. Without a role on the channel only recordings of public shows that are ready; the crew gets all, as `OwnRecording`.
 * One of both filters is needed.
 */
export const ListRecordingsQuery = PageQuery.extend({ channelId: Id.optional(), broadcastId: Id.optional() });
export const RecordingPage = pageOf(Recording);
export const OwnRecordingPage = pageOf(OwnRecording);

/** The title is the show's until it is changed. */
export const UpdateRecordingBody = z.object({ title: Line.min(1).max(140) }).partial();

/**
 * `GET /api/v1/channels/:id/storage`: what the channel keeps. `usedBytes` is the sum, which the quota is of; recordings
 * count with their MP4 files. `full` is a sentence when nothing more is recorded.
 */
export const ChannelStorage = z.object({
  recordings: z.number().int(),
  recordingBytes: z.number().int(),
  files: z.number().int(),
  fileBytes: z.number().int(),
  clips: z.number().int(),
  clipBytes: z.number().int(),
  usedBytes: z.number().int(),
  quotaBytes: z.number().int().nullable(),
  retentionDays: z.number().int().nullable(),
  full: z.string().nullable(),
});
export type ChannelStorage = z.infer<typeof ChannelStorage>;

/** A moment of a show that the crew has marked; `atMs` is media time. */
export const Marker = z.object({ id: Id, atMs: z.number().int(), title: z.string(), createdAt: Instant });
export type Marker = z.infer<typeof Marker>;
export const Markers = z.object({ items: z.array(Marker) });

/** More than this are not kept for one show. */
export const MAX_MARKERS = 500;

/** Without `atMs` the marker is set at the program's present time; that works only while the show runs. */
export const CreateMarkerBody = z.object({
  title: Line.min(1).max(100),
  atMs: z
    .number()
    .int()
    .min(0)
    .max(366 * 86_400_000)
    .optional(),
});
