/** Whom a publisher lets subscribe to its tracks (LiveKit's SubscriptionPermission). */
import type { SubscriptionPermission } from "@livekit/protocol";

/** Who asks. */
export type Subscriber = Readonly<{ sid: string; identity: string }>;

/** More than a room has participants, and one of them tracks, is not kept; of one participant neither when it is named again and again. */
const MAX_ENTRIES = 1_000;
const MAX_TRACKS = 32;

type Allowed = "all" | Set<string>;

/** Everybody may subscribe to everything until the publisher says otherwise. */
export class SubscriptionRules {
  #everyone = true;
  /** By identity, which outlives a reconnect; by sid where none was given. */
  readonly #byIdentity = new Map<string, Allowed>();
  readonly #bySid = new Map<string, Allowed>();

  /** Replaces all rules. Of several for one participant all count. */
  set({ allParticipants, trackPermissions }: SubscriptionPermission): void {
    this.#everyone = allParticipants;
    this.#byIdentity.clear();
    this.#bySid.clear();
    if (allParticipants) return;
    for (const { participantIdentity, participantSid, allTracks, trackSids } of trackPermissions.slice(
      0,
      MAX_ENTRIES,
    )) {
      const [rules, name] =
        participantIdentity === "" ? [this.#bySid, participantSid] : [this.#byIdentity, participantIdentity];
      const before = rules.get(name) ?? new Set();
      rules.set(name, allTracks ? "all" : before);
      if (allTracks || before === "all") continue;
      for (const sid of trackSids.slice(0, MAX_TRACKS - before.size)) before.add(sid);
    }
  }

  allows({ sid, identity }: Subscriber, trackSid: string): boolean {
    if (this.#everyone) return true;
    return [this.#byIdentity.get(identity), this.#bySid.get(sid)].some((one) => one === "all" || one?.has(trackSid));
  }
}
