/** What one participant publishes: tracks it has announced, and those whose media a section of its offers carries. */
import { type AddTrackRequest, RequestResponse_Reason as Reason } from "@livekit/protocol";
import { mayPublish } from "../grants.ts";
import type { Limits } from "../limits.ts";
import type { TrackKind } from "../media/types.ts";
import { createSid } from "../sids.ts";
import { Allowance } from "../signal/rate.ts";
import type { Participant } from "./participant.ts";
import { PublishedTrack } from "./published-track.ts";
import { announcedTrack, mediaKind } from "./track-info.ts";

/** Why a track cannot be published, for the RequestResponse. */
export type PublishRefusal = Readonly<{ reason: Reason; message: string }>;

/** Who comes back publishes everything again; after that it is people who press buttons. */
const BURST = 50;
const PER_SEC = 2;

export class Publications {
  readonly #owner: Participant;
  readonly #limits: Limits;
  /** Waiting for an offer that carries them; in the order of their announcements. */
  #announced: PublishedTrack[] = [];
  readonly #live = new Map<string, PublishedTrack>();
  /** Each publication is told to everybody, and to webhooks. */
  readonly #allowance = new Allowance(BURST, PER_SEC, 0);

  constructor(owner: Participant, limits: Limits) {
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Tracks with media. */
  get live(): Iterable<PublishedTrack> {
    return this.#live.values();
  }

  /** Live or announced, by sid. */
  find(sid: string): PublishedTrack | undefined {
    return this.#live.get(sid) ?? this.#announced.find((track) => track.sid === sid);
  }

  findLive(sid: string): PublishedTrack | undefined {
    return this.#live.get(sid);
  }

  /** Takes an AddTrackRequest. An announcement with the same cid replaces an older one that got no media. @param nowMs of the steady clock */
  announce(request: AddTrackRequest, nowMs: number): PublishedTrack | PublishRefusal {
    const kind = mediaKind(request.type);
    if (kind === undefined) return refuse(Reason.UNSUPPORTED_TYPE, "Only audio and video tracks can be published.");
    if (request.sid !== "")
      return refuse(Reason.UNSUPPORTED_TYPE, "A track is published with one codec: a second one is not taken.");
    if (!mayPublish(this.#owner.permission, request.source))
      return refuse(Reason.NOT_ALLOWED, "The permission of this participant does not include this source.");
    if (!this.#allowance.take(nowMs))
      return refuse(Reason.LIMIT_EXCEEDED, "This participant announces tracks faster than anybody publishes them.");
    // All of this is told to everybody in the room, again and again.
    const longest = Math.max(request.cid.length, request.name.length, request.stream.length);
    if (longest > this.#limits.maxNameChars)
      return refuse(
        Reason.LIMIT_EXCEEDED,
        `A name of ${longest} characters, ${this.#limits.maxNameChars} are possible.`,
      );
    this.#announced = this.#announced.filter(({ cid }) => cid !== request.cid);
    const { maxTracksPerParticipant } = this.#limits;
    if (this.#live.size >= maxTracksPerParticipant)
      return refuse(Reason.LIMIT_EXCEEDED, `${maxTracksPerParticipant} tracks of one participant are possible.`);
    // Those that never got media give way, the oldest first.
    while (this.#live.size + this.#announced.length >= maxTracksPerParticipant) this.#announced.shift();
    const track = new PublishedTrack(
      this.#owner,
      kind,
      announcedTrack(request, createSid("TR"), Date.now()),
      request.cid,
    );
    this.#announced.push(track);
    return track;
  }

  /** Takes back the word for tracks that may not be published any more. */
  forgetForbidden(): void {
    this.#announced = this.#announced.filter(({ info }) => mayPublish(this.#owner.permission, info.source));
  }

  /** Tracks that wait for a section which carries them, the oldest first. */
  announced(kind: TrackKind): readonly PublishedTrack[] {
    return this.#announced.filter((track) => track.kind === kind);
  }

  /** Its media comes from now on. */
  begin(track: PublishedTrack): void {
    this.#announced = this.#announced.filter((one) => one !== track);
    this.#live.set(track.sid, track);
    this.#owner.addTrack(track.info);
  }

  end(track: PublishedTrack): void {
    this.#announced = this.#announced.filter((one) => one !== track);
    if (this.#live.delete(track.sid)) this.#owner.removeTrack(track.sid);
  }
}

const refuse = (reason: Reason, message: string): PublishRefusal => ({ reason, message });
