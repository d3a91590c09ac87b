/** Fuzz targets of codec records, fMP4 and HLS playlists. */
import type { FuzzTarget } from "./target.ts";

/** Registered with the harness in `targets.ts`. */
export const formatTargets: readonly FuzzTarget[] = [];
