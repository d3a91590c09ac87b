/** What the routes of broadcasts share. */
import type { Context } from "../../context.ts";
import type { MediaPlane } from "../../media/plane.ts";
import type { KnownBroadcasts } from "./known.ts";
import type { Viewers } from "./viewers.ts";

/** `plane` is null when another process has the media. */
export type Parts = Readonly<{ ctx: Context; plane: MediaPlane | null; viewers: Viewers; known: KnownBroadcasts }>;
