/** LiveKit's webhook events as events of the bus: plain JSON, and only what features need. */
import { ROOM_EVENTS, type RoomEvent } from "../../ports/bus-events.ts";

/** What is read of livekit-server-sdk's `WebhookEvent`. */
export type LiveKitEvent = Readonly<{
  event: string;
  id: string;
  /** Unix seconds. */
  createdAt: bigint;
  room?: Readonly<{ name: string; sid: string }> | undefined;
  participant?: Readonly<{ identity: string; sid: string; name: string }> | undefined;
  track?: Readonly<{ sid: string; source: number; muted: boolean }> | undefined;
}>;

/** Numbers of LiveKit's `TrackSource`, in their order. */
const SOURCES = ["unknown", "camera", "microphone", "screen_share", "screen_share_audio"] as const;

/** Undefined for events of other services, such as egress, and for those without a room. */
export function readRoomEvent({ event, id, createdAt, room, participant, track }: LiveKitEvent): RoomEvent | undefined {
  const name = ROOM_EVENTS.find((known) => known === event);
  if (name === undefined || room === undefined) return undefined;
  return {
    id,
    at: new Date(Number(createdAt) * 1000).toISOString(),
    event: name,
    room: room.name,
    roomSid: room.sid,
    participant: participant ? { identity: participant.identity, sid: participant.sid, name: participant.name } : null,
    track: track ? { sid: track.sid, source: SOURCES[track.source] ?? "unknown", muted: track.muted } : null,
  };
}
