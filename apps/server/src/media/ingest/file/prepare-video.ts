/** From an upload to what can be played: the mezzanine and a picture of it. */
import { type Ffmpeg, findFfmpeg } from "../../../lib/ffmpeg.ts";
import { makeMezzanine, type Mezzanine, type MezzanineOptions, mezzaninePicture } from "./mezzanine.ts";

type Prepared =
  | { readonly ok: true; readonly mezzanine: Mezzanine; readonly picture: Uint8Array | null }
  | { readonly ok: false; readonly reason: string };

/** The function that does it, with the FFmpeg that is there when the first video comes; rejects with FfmpegError when there is none. */
export function createPrepareVideo(
  configured: string | undefined,
): (work: Omit<MezzanineOptions, "ffmpeg">) => Promise<Prepared> {
  let found: Ffmpeg | undefined;
  return async (work) => {
    found ??= await findFfmpeg({ configured });
    const ffmpeg = found;
    const made = await makeMezzanine({ ...work, ffmpeg });
    if (!made.ok) return made;
    const atMs = Math.min(10_000, made.mezzanine.durationMs / 3);
    return { ...made, picture: await mezzaninePicture(ffmpeg, work.output, { atMs, signal: work.signal }) };
  };
}
