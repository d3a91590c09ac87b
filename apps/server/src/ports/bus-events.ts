/** What travels on which topic of the bus. Everything is plain JSON. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { KeySlot } from "@rostrum/contract/channels";
import type { Bus } from "./bus.ts";

/** Topics `broadcast:<id>` and `broadcasts`. `at` is an RFC 3339 instant. */
export type BroadcastChange = Readonly<{ broadcastId: string; channelId: string; at: string }> &
  (
    | { readonly type: "state"; readonly state: BroadcastState; readonly from: BroadcastState }
    | { readonly type: "source"; readonly hasSource: boolean }
    /** `registration_revoked`: somebody who had registered may not come in any more; nothing of the show itself is another. */
    | { readonly type: "updated" | "deleted" | "registration_revoked" }
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

/**
 * Topic `viewers`: what one node counts, every 5 s, for each broadcast with viewers (and once more when the last has left). `arrived`
 * are marks of the players that have come to it from other nodes: one whose beacons go to several in turn counts where it was heard
 * last. Left out: nobody has come, or no other node is there to hear of it. `no` counts the node's reports; processes of an older
 * version leave it out.
 */
export type ViewerReport = Readonly<{
  nodeId: string;
  no?: number;
  broadcasts: Readonly<Record<string, ViewerFigures>>;
  arrived?: Readonly<Record<string, readonly string[]>>;
}>;

/** Topic `viewers_left`: so many of those whom a node has counted in its report `no` have arrived at another one since. */
export type ViewersLeft = Readonly<{ nodeId: string; no: number; broadcasts: Readonly<Record<string, number>> }>;

/**
 * Of the present viewers. `stallRatio` is stalled time over stalled and watched time since their last beacons; `rebufferedShare` is how
 * many of them had to wait within the last minute.
 */
export type ViewerFigures = Readonly<{
  viewers: number;
  joinMsP50: number | null;
  latencyMsP50: number | null;
  stallRatio: number | null;
  /** Left out by processes of an older version. */
  rebufferedShare?: number | null;
}>;

/** How often a node reports its viewers, after how long it is late, and how long a report counts. */
export const VIEWER_REPORT = { everyMs: 5000, lateAfterMs: 8000, countsForMs: 15_000 } as const;

/** Tells everybody who follows this broadcast, and everybody who follows all of them. */
export async function publishBroadcastChange(bus: Bus, change: BroadcastChange): Promise<void> {
  await bus.publish(`broadcast:${change.broadcastId}`, change);
  await bus.publish("broadcasts", change);
}

/** Topic `accounts`: what is remembered of this account's sessions and rights is to be read anew. */
export async function publishAccountChange(bus: Bus, accountId: string): Promise<void> {
  await bus.publish("accounts", { accountId });
}

/** Resolves when the command is on the bus, not when it is done. */
export async function publishMediaCommand(bus: Bus, command: MediaCommand): Promise<void> {
  await bus.publish("media", command);
}

/** Topic `follows`: an account has begun to follow a channel. */
export type FollowBegun = Readonly<{ channelId: string; accountId: string; at: string }>;

export async function publishFollow(bus: Bus, follow: FollowBegun): Promise<void> {
  await bus.publish("follows", follow);
}

/**
 * Topic `rooms`: what LiveKit says has happened in a room of guests. It may come late, or twice (same `id`), or not at all: who needs to
 * know what is asks RoomService. `event` is LiveKit's word; others than those named are left out.
 */
export type RoomEvent = Readonly<{
  id: string;
  /** When it happened, in whole seconds: an RFC 3339 instant. */
  at: string;
  event: (typeof ROOM_EVENTS)[number];
  room: string;
  roomSid: string;
  /** Whom it is about; null for events of the room itself. */
  participant: Readonly<{ identity: string; sid: string; name: string }> | null;
  /** `source` is `camera`, `microphone`, `screen_share`, `screen_share_audio` or `unknown`. */
  track: Readonly<{ sid: string; source: string; muted: boolean }> | null;
}>;

export const ROOM_EVENTS = [
  ...(["room_started", "room_finished", "participant_joined", "participant_left"] as const),
  ...(["participant_connection_aborted", "track_published", "track_unpublished"] as const),
] as const;

export async function publishRoomEvent(bus: Bus, event: RoomEvent): Promise<void> {
  await bus.publish("rooms", event);
}

/** A channel's webhooks have changed: `{ channelId }`. */
export const WEBHOOKS_TOPIC = "webhooks";

/** The bus topic of what is told to clients that follow `topic`: apart from what roles tell each other. */
export const clientTopic = (topic: string): string => `rt/${topic}`;

/**
 * Tells every client that follows `topic` (`chat:<broadcastId>` and so on). Resolves when all who follow it later will see it, too.
 * @param event an object with a `type`; must survive JSON
 */
export async function publishToClients(bus: Bus, topic: string, event: Readonly<{ type: string }>): Promise<void> {
  await bus.publish(clientTopic(topic), event);
}
