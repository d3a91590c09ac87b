/** The sources that are connected to a broadcast, and an operator's choice among them, as they cross the wire. */
import { z } from "zod";
import { Instant } from "./common.ts";
import { SourceHealth, SourceKind } from "./health.ts";

/** A place for one source at a time, the best first; who is in it feeds the program unless a better one does. */
export const SourceSlot = SourceKind.exclude(["slate"]);
export type SourceSlot = z.infer<typeof SourceSlot>;

/**
 * A source as operators see it; `id` is its slot, so that it stays when the encoder connects again. `frozen`: connected, but no
 * picture came for two seconds, or what comes is late. `thumbnailUrl` is a path; null before the first picture.
 */
export const ConnectedSource = SourceHealth.pick({
  protocol: true,
  encoder: true,
  connectedAt: true,
  videoCodec: true,
  audioCodec: true,
  widthPx: true,
  heightPx: true,
  fps: true,
  videoBitrateBps: true,
  audioBitrateBps: true,
}).extend({
  id: SourceSlot,
  kind: SourceSlot,
  state: z.enum(["healthy", "frozen"]),
  thumbnailUrl: z.string().nullable(),
});
export type ConnectedSource = z.infer<typeof ConnectedSource>;

/**
 * `GET /api/v1/broadcasts/:id/sources`. `selected` is what viewers see: a source, the slate (on the air only), or null, nothing.
 * `override` is what an operator took; null: the order of slots decides. While what was taken is not connected or frozen the order
 * decides, and the choice is kept for ten minutes for its return; the slate stays until something else is taken.
 */
export const ConnectedSources = z.object({
  items: z.array(ConnectedSource),
  selected: SourceKind.nullable(),
  override: SourceKind.nullable(),
  /** Since when viewers have seen the slate; null when they do not. */
  slateSince: Instant.nullable(),
});
export type ConnectedSources = z.infer<typeof ConnectedSources>;

/** `POST /api/v1/broadcasts/:id/sources/take`: a source's id, `slate`, or null to let the order decide. */
export const TakeSourceBody = z.object({ sourceId: SourceKind.nullable() });
