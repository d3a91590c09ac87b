/** What a room's participants are told from time to time: who speaks, and how well each is connected. */
import {
  ConnectionQuality,
  ConnectionQualityInfo,
  ConnectionQualityUpdate,
  SpeakerInfo,
  SpeakersChanged,
  TrackSource,
} from "@livekit/protocol";
import type { ConnectionGrade } from "../media/connection-quality.ts";
import type { SpeakerChange, SpeakerMeter } from "../media/speakers.ts";
import type { SignalMessage } from "../signal/outgoing.ts";
import type { Room } from "./room.ts";

const QUALITY: Readonly<Record<ConnectionGrade, ConnectionQuality>> = {
  excellent: ConnectionQuality.EXCELLENT,
  good: ConnectionQuality.GOOD,
  poor: ConnectionQuality.POOR,
};

/** LiveKit's scores run from 1 to 5. */
const SCORE: Readonly<Record<ConnectionGrade, number>> = { excellent: 5, good: 4, poor: 2 };

/** Tells all what changed; call it each 300 to 500 ms. @param nowMs of the steady clock */
export function tellSpeakers(room: Room, nowMs: number): void {
  const changes = room.speakers.update(meters(room), nowMs);
  if (changes.length > 0) room.broadcast(speakersMessage(changes));
}

/** The message for one who has just come; undefined when nobody speaks. */
export function presentSpeakers(room: Room): SignalMessage | undefined {
  const current = room.speakers.current();
  return current.length === 0 ? undefined : speakersMessage(current);
}

/** Tells all how everybody who is connected fares. */
export function tellQuality(room: Room): void {
  const updates: ConnectionQualityInfo[] = [];
  for (const member of room.members) {
    if (!member.session.isConnected) continue;
    const grade = member.session.takeGrade();
    const info = { participantSid: member.sid, quality: QUALITY[grade], score: SCORE[grade] };
    if (member.isVisible) updates.push(new ConnectionQualityInfo(info));
  }
  if (updates.length > 0)
    room.broadcast({ case: "connectionQuality", value: new ConnectionQualityUpdate({ updates }) });
}

/** What a screen plays is not somebody who speaks. */
function* meters(room: Room): Iterable<readonly [string, SpeakerMeter]> {
  for (const member of room.members) {
    if (!member.isVisible) continue;
    for (const { kind, info, media } of member.publications.live) {
      if (kind === "audio" && info.source !== TrackSource.SCREEN_SHARE_AUDIO && media !== undefined)
        yield [member.sid, media.speaker];
    }
  }
}

function speakersMessage(changes: readonly SpeakerChange[]): SignalMessage {
  const speakers = changes.map(({ id, level, active }) => new SpeakerInfo({ sid: id, level, active }));
  return { case: "speakersChanged", value: new SpeakersChanged({ speakers }) };
}
