/** Clips: short pieces of a show that viewers mark, as they cross the wire. */
import { z } from "zod";
import { MinimumAge } from "./age-gate.ts";
import { Visibility } from "./broadcasts.ts";
import type { ClipMakers } from "./channels.ts";
import { Id, Instant, Line, PageQuery, pageOf } from "./common.ts";
import { can, type ChannelRole } from "./permissions.ts";

/** Whether somebody who may watch a show may make clips of it; `makers` is the channel's setting. */
export function mayMakeClips(makers: ClipMakers, who: Readonly<{ role: ChannelRole; signedIn: boolean }>): boolean {
  if (makers === "nobody") return false;
  if (makers === "crew") return can(who.role, "broadcast.read_private");
  return makers === "everyone" || who.signedIn;
}

/** How long a clip may be. Dialogs offer 15 to 90 s. */
export const CLIP_LIMITS = { minMs: 5_000, maxMs: 90_000 } as const;

/** `making`: the file is being written, `progress` rises to 1; `failed`: `problem` says why. */
export const ClipState = z.enum(["making", "ready", "failed"]);
export type ClipState = z.infer<typeof ClipState>;

/**
 * For everybody who may watch the show it is from. Times in ms; `fromMs` is media time. The URLs are paths and null until the file is
 * there; of a private show they work for its crew only, and of one that is `ageRestricted` they are null to who has not said to be
 * old enough. `mayEdit` and `mayDelete` are the caller's.
 */
export const Clip = z.object({
  id: Id,
  broadcastId: Id,
  broadcastTitle: z.string(),
  channel: z.object({ id: Id, handle: z.string(), title: z.string() }),
  title: z.string(),
  state: ClipState,
  progress: z.number(),
  problem: z.string().nullable(),
  visibility: Visibility,
  ageRestricted: z.boolean(),
  minimumAge: MinimumAge,
  /** Null when the maker has no account (any more). */
  maker: z.object({ handle: z.string(), displayName: z.string() }).nullable(),
  fromMs: z.number().int(),
  durationMs: z.number().int(),
  createdAt: Instant,
  views: z.number().int(),
  sizeBytes: z.number().int(),
  widthPx: z.number().int().nullable(),
  heightPx: z.number().int().nullable(),
  mp4Url: z.string().nullable(),
  thumbnailUrl: z.string().nullable(),
  mayEdit: z.boolean(),
  mayDelete: z.boolean(),
});
export type Clip = z.infer<typeof Clip>;

/** Newest first; one of both filters is needed. Others than the crew get clips that are ready only. */
export const ListClipsQuery = PageQuery.extend({ channelId: Id.optional(), broadcastId: Id.optional() });
export const ClipPage = pageOf(Clip);

const Title = Line.min(1).max(100);
const MediaMs = z
  .number()
  .min(0)
  .max(366 * 86_400_000);

/** From `fromMs` (inclusive) to `toMs` (exclusive), as the player's position says: media time in ms. */
export const CreateClipBody = z
  .object({ title: Title, fromMs: MediaMs, toMs: MediaMs })
  .refine(({ fromMs, toMs }) => toMs - fromMs >= CLIP_LIMITS.minMs && toMs - fromMs <= CLIP_LIMITS.maxMs, {
    message: `a clip lasts ${CLIP_LIMITS.minMs / 1000} to ${CLIP_LIMITS.maxMs / 1000} seconds`,
    path: ["toMs"],
  });
export const UpdateClipBody = z.object({ title: Title });
