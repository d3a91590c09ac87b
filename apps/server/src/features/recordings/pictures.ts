/** Thumbnail and storyboard of a recording, out of the segments that are among the blobs. */
import type { Mp4Chunk } from "@rostrum/media/mp4/write-mp4";
import type { RecordedSegment } from "@rostrum/media/recording";
import { kindOf, type LaidOut, type Slot } from "@rostrum/media/recording-layout";
import type { Context } from "../../context.ts";
import { type Ffmpeg, FfmpegError, findFfmpeg } from "../../lib/ffmpeg.ts";
import { makeStoryboard, type Moment, pictureAt, type Still } from "../pictures/service.ts";
import { updateRecordingRow } from "./queries.ts";
import { bestVideo, StoredMedia } from "./stored-media.ts";

/** Names of the blobs below `recordings/<id>/`. */
const THUMBNAIL = "thumbnail.jpg";
const STORYBOARD = "storyboard.vtt";

/** A show begins with greetings and ends with a slate: what it is about is in between. */
const THUMBNAIL_AT = 0.25;
/** Nearly whole: then a smaller picture is enough, and less to read. */
const WHOLE = 0.99;

type Video = Readonly<{
  rendition: LaidOut;
  timeline: readonly Slot[];
  beginsSec: readonly number[];
  durationSec: number;
}>;
type Work = Readonly<{ ctx: Context; recordingId: string; media: StoredMedia; ffmpeg: Ffmpeg; signal: AbortSignal }>;

/**
 * Makes what is not there yet and notes it on the row. A recording without a picture gets none.
 * @throws what blobs and database throw, and the signal's reason
 */
export async function makeRecordingPictures(ctx: Context, recordingId: string, signal: AbortSignal): Promise<void> {
  const media = await StoredMedia.open(ctx.blobs, recordingId);
  const { layout } = media;
  const source = bestVideo(layout);
  if (source === undefined) return;
  const work = { ctx, recordingId, media, signal, ffmpeg: await findFfmpeg({ configured: ctx.config.FFMPEG_PATH }) };
  const videos = layout.renditions.filter(({ track, share }) => kindOf(track) === "video" && share >= WHOLE);
  const small = videos.at(-1) ?? source;
  await unlessUndrawable(ctx, () => thumbnail(work, onTimeline(source, layout.timeline)));
  await unlessUndrawable(ctx, () => storyboard(work, onTimeline(small, layout.timeline)));
}

async function thumbnail({ ctx, recordingId, media, ffmpeg, signal }: Work, video: Video): Promise<void> {
  const found = slotAt(video, video.durationSec * THUMBNAIL_AT);
  if (found === undefined) return;
  const { nth, mediaSec } = found;
  // The key frame may stand in the segment before.
  const segments = [nth - 1, nth].flatMap((at) => video.rendition.slots[at] ?? []);
  const chunks = () => chunksOf(media, video.rendition, segments);
  const jpeg = await pictureAt(ffmpeg, chunks, mediaSec, signal);
  if (jpeg === null) return;
  const key = `recordings/${recordingId}/${THUMBNAIL}`;
  await ctx.blobs.put(key, jpeg, "image/jpeg");
  await updateRecordingRow(ctx.store.db, recordingId, { thumbnail_key: key });
}

async function storyboard({ ctx, recordingId, media, ffmpeg, signal }: Work, video: Video): Promise<void> {
  const stills = new Stills(media, video);
  const vtt = await makeStoryboard({
    ffmpeg,
    durationSec: video.durationSec,
    stillAt: (moment) => stills.at(moment),
    save: (name, jpeg) => ctx.blobs.put(`recordings/${recordingId}/${name}`, jpeg, "image/jpeg"),
    signal,
  });
  const key = `recordings/${recordingId}/${STORYBOARD}`;
  await ctx.blobs.put(key, Buffer.from(vtt), "text/vtt; charset=utf-8");
  await updateRecordingRow(ctx.store.db, recordingId, { storyboard_key: key });
}

/** Key frames by the recording's time; moments that stand close together share a segment, which is read once. */
class Stills {
  readonly #media: StoredMedia;
  readonly #video: Video;
  #segment: RecordedSegment | undefined;
  #samples: Mp4Chunk["samples"] = [];

  constructor(media: StoredMedia, video: Video) {
    this.#media = media;
    this.#video = video;
  }

  async at({ atSec }: Moment): Promise<Still | null> {
    const found = slotAt(this.#video, atSec);
    const segment = found && this.#video.rendition.slots[found.nth]?.at(-1);
    const track = segment?.init.track;
    if (found === undefined || segment === undefined || track?.kind !== "video") return null;
    if (segment !== this.#segment) {
      this.#samples = (await this.#media.chunk(this.#video.rendition.track.name, segment)).samples;
      this.#segment = segment;
    }
    const keys = this.#samples.filter((sample) => sample.keyframe);
    const key = keys.findLast((sample) => sample.pts <= found.mediaSec * track.timescale) ?? keys[0];
    return key === undefined ? null : { track, data: key.data };
  }
}

function onTimeline(rendition: LaidOut, timeline: readonly Slot[]): Video {
  let durationSec = 0;
  const beginsSec = timeline.map(({ fromSec, toSec }) => {
    const begins = durationSec;
    durationSec += toSec - fromSec;
    return begins;
  });
  return { rendition, timeline, beginsSec, durationSec };
}

/** The slot at a time of the recording, and the media time that this is. */
function slotAt({ timeline, beginsSec }: Video, atSec: number): { nth: number; mediaSec: number } | undefined {
  const nth = beginsSec.findLastIndex((begins) => begins <= atSec + 0.001);
  const slot = timeline[nth];
  return slot && { nth, mediaSec: slot.fromSec + atSec - (beginsSec[nth] ?? 0) };
}

async function* chunksOf(
  media: StoredMedia,
  { track }: LaidOut,
  segments: readonly RecordedSegment[],
): AsyncGenerator<Mp4Chunk> {
  for (const segment of segments) yield await media.chunk(track.name, segment);
}

/** A recording without pictures is a recording all the same. */
async function unlessUndrawable(ctx: Context, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (cause) {
    if (!(cause instanceof FfmpegError)) throw cause;
    ctx.log.warn({ error: cause.message }, "a recording's picture cannot be drawn");
  }
}
