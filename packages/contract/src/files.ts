/** Uploaded videos of a channel, and playing them as a live source, as they cross the wire. */
import { z } from "zod";
import { Id, Instant, Line } from "./common.ts";

/** `waiting`: stored, not yet looked at; `processing`: being prepared for playing; `failed`: `problem` says why it cannot be used. */
export const MediaFileState = z.enum(["waiting", "processing", "ready", "failed"]);
export type MediaFileState = z.infer<typeof MediaFileState>;

/** A crew member's view. `progress` is 0 to 1 of the preparation; what is not known yet is null. */
export const MediaFile = z.object({
  id: Id,
  channelId: Id,
  title: z.string(),
  state: MediaFileState,
  progress: z.number().min(0).max(1),
  /** One sentence. */
  problem: z.string().nullable(),
  sizeBytes: z.number().int(),
  durationMs: z.number().int().nullable(),
  widthPx: z.number().int().nullable(),
  heightPx: z.number().int().nullable(),
  /** A path on this server, for the crew only. */
  thumbnailUrl: z.string().nullable(),
  createdAt: Instant,
});
export type MediaFile = z.infer<typeof MediaFile>;

/**
 * Newest first. `usedBytes` is what all files of the channel take; `quotaBytes` is for its recordings and clips besides, and null when
 * there is no quota.
 */
export const MediaFiles = z.object({
  items: z.array(MediaFile),
  usedBytes: z.number().int(),
  quotaBytes: z.number().int().nullable(),
});
export type MediaFiles = z.infer<typeof MediaFiles>;

/** What one channel may have. `maxBytes` is of one upload. */
export const FILE_LIMITS = { maxBytes: 8 * 1024 ** 3, maxFiles: 200, maxPlaylist: 100 } as const;

/** Titles can be changed. */
export const UpdateFileBody = z.object({ title: Line.min(1).max(140) });

/** Plays these files one after the other, in this order; a file may come twice. Replaces what plays. */
export const FileSourceBody = z.object({
  fileIds: z.array(Id).min(1).max(FILE_LIMITS.maxPlaylist),
  loop: z.boolean().default(false),
});

/** What plays. `index` counts in `fileIds`, `positionMs` within that file. */
export const FileSource = z.object({
  fileIds: z.array(Id),
  loop: z.boolean(),
  index: z.number().int(),
  positionMs: z.number().int(),
});
export type FileSource = z.infer<typeof FileSource>;

/** Null: no file plays. */
export const FileSourceAnswer = z.object({ playing: FileSource.nullable() });
export type FileSourceAnswer = z.infer<typeof FileSourceAnswer>;
