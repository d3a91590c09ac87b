/** What the routes of broadcasts share. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { Context } from "../../context.ts";
import type { MediaPlane } from "../../media/plane.ts";
import type { KnownBroadcasts } from "./known.ts";
import type { Pass } from "./passes.ts";
import type { Viewers } from "./viewers.ts";

/** Hears what the players of the registered say. Must not wait. */
export type OnVisit = (pass: Pass, beacon: ViewerBeacon) => void;

/** `plane` is null when another process has the media. */
export type Parts = Readonly<{
  ctx: Context;
  plane: MediaPlane | null;
  viewers: Viewers;
  known: KnownBroadcasts;
  onVisit: OnVisit;
}>;
