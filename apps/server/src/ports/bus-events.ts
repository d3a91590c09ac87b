/** What travels on which topic of the bus. Everything is plain JSON. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { KeySlot } from "@rostrum/contract/channels";
import type { Bus } from "./bus.ts";

/** Topics `broadcast:<id>` and `broadcasts`. `at` is an RFC 3339 instant. */
export type BroadcastChange = Readonly<{ broadcastId: string; channelId: string; at: string }> &
  (
    | { readonly type: "state"; readonly state: BroadcastState }
    | { readonly type: "source"; readonly hasSource: boolean }
    | { readonly type: "updated" | "deleted" }
  );

/**
 * Topic `media`: what every media node is asked to do, if it holds the thing named. `reason` is shown to the encoder.
 * `cut_sources` is for the encoders and the test signal of one broadcast; with `nodeId` only on that node.
 */
export type MediaCommand =
  | { readonly type: "end_sources"; readonly channelId: string; readonly slot: KeySlot; readonly reason: string }
  /** A channel came with its keys. Keys that change or go are known by `end_sources`. */
  | { readonly type: "stream_keys_added"; readonly channelId: string }
  | { readonly type: "cut_sources"; readonly broadcastId: string; readonly reason: string; readonly nodeId?: string }
  /** The show begins: with the source that has just connected, or with the next key frame. */
  | { readonly type: "begin_show"; readonly broadcastId: string; readonly from: "source" | "next_keyframe" }
  | { readonly type: "end_broadcast"; readonly broadcastId: string }
  | { readonly type: "remove_broadcast"; readonly broadcastId: string }
  /** Another node has it; only for this one. */
  | { readonly type: "yield_broadcast"; readonly broadcastId: string; readonly nodeId: string };

/** Topic `viewers`: what one node counts, every 5 s, for each broadcast with viewers (and once more when the last has left). */
export type ViewerReport = Readonly<{ nodeId: string; broadcasts: Readonly<Record<string, ViewerFigures>> }>;

/** Of the present viewers. `stallRatio` is stalled time over stalled and watched time since their last beacons. */
export type ViewerFigures = Readonly<{
  viewers: number;
  joinMsP50: number | null;
  latencyMsP50: number | null;
  stallRatio: number | null;
}>;

/** How often a node reports its viewers, and how long a report counts. */
export const VIEWER_REPORT = { everyMs: 5000, countsForMs: 15_000 } as const;

/** Tells everybody who follows this broadcast, and everybody who follows all of them. */
export async function publishBroadcastChange(bus: Bus, change: BroadcastChange): Promise<void> {
  await bus.publish(`broadcast:${change.broadcastId}`, change);
  await bus.publish("broadcasts", change);
}

/** Resolves when the command is on the bus, not when it is done. */
export async function publishMediaCommand(bus: Bus, command: MediaCommand): Promise<void> {
  await bus.publish("media", command);
}
