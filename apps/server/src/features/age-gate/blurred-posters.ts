/** Posters of shows with an age restriction, blurred here: what a browser blurs, it has got. */
import type { Context } from "../../context.ts";
import { blurRaster } from "../../lib/raster.ts";
import { findShown, publicState } from "../broadcasts/service.ts";
import { openPoster } from "../posters/service.ts";

/** Some hundred bytes each. */
const MAX_KEPT = 2000;

export interface BlurredPosters {
  /** Null when there is no such show, nobody may know of it yet, it is private, not restricted, or has no poster. */
  get(broadcastId: string): Promise<Uint8Array | null>;
}

export function createBlurredPosters(ctx: Context): BlurredPosters {
  const kept = new Map<string, Promise<Uint8Array | null>>();
  const blurred = (key: string): Promise<Uint8Array | null> => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = blur(ctx, key);
    kept.set(key, made);
    made.then(
      (webp) => (webp === null ? kept.delete(key) : undefined),
      () => kept.delete(key),
    );
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return made;
  };
  return {
    async get(broadcastId) {
      const row = await findShown(ctx.store.db, broadcastId);
      if (row === undefined || row.visibility === "private" || publicState(row) === null) return null;
      if (!row.age_restricted) return null;
      return row.poster_key === null ? null : blurred(row.poster_key);
    },
  };
}

async function blur(ctx: Context, key: string): Promise<Uint8Array | null> {
  const poster = await openPoster(ctx, key.split("/").at(-1) ?? "");
  return poster === null ? null : blurRaster(Buffer.concat(await poster.body.toArray()));
}
