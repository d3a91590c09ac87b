/** Whom a publisher lets subscribe to its tracks (LiveKit's SubscriptionPermission). */
import type { SubscriptionPermission, TrackPermission } from "@livekit/protocol";

/** Who asks. */
export type Subscriber = Readonly<{ sid: string; identity: string }>;

/** More entries than a room has participants are not kept. */
const MAX_ENTRIES = 1_000;

/** Everybody may subscribe to everything until the publisher says otherwise. */
export class SubscriptionRules {
  #everyone = true;
  #entries: readonly TrackPermission[] = [];

  /** Replaces all rules. */
  set({ allParticipants, trackPermissions }: SubscriptionPermission): void {
    this.#everyone = allParticipants;
    this.#entries = allParticipants ? [] : trackPermissions.slice(0, MAX_ENTRIES);
  }

  allows(subscriber: Subscriber, trackSid: string): boolean {
    if (this.#everyone) return true;
    return this.#entries.some(
      (entry) => names(entry, subscriber) && (entry.allTracks || entry.trackSids.includes(trackSid)),
    );
  }
}

/** An identity outlives a reconnect, a sid does not: when both are given the identity counts. */
function names(entry: TrackPermission, { sid, identity }: Subscriber): boolean {
  return entry.participantIdentity === "" ? entry.participantSid === sid : entry.participantIdentity === identity;
}
