/** One track of a publisher, from its announcement until it ends. */
import type { TrackInfo } from "@livekit/protocol";
import type { TrackKind } from "../media/types.ts";
import type { Publication } from "../media/publication.ts";
import type { Participant } from "./participant.ts";

export class PublishedTrack {
  readonly owner: Participant;
  readonly kind: TrackKind;
  /** What others are told. Changed in place; `owner.trackChanged()` follows each change. */
  readonly info: TrackInfo;
  /** The client's id of its MediaStreamTrack, by which a section of its offer names it. */
  readonly cid: string;
  /** The forwarding core's side; undefined while the track is only announced, and after it has ended. */
  media: Publication | undefined;
  /** Somebody has got it; its client was told. */
  wasSubscribed = false;

  constructor(owner: Participant, kind: TrackKind, info: TrackInfo, cid: string) {
    this.owner = owner;
    this.kind = kind;
    this.info = info;
    this.cid = cid;
  }

  get sid(): string {
    return this.info.sid;
  }
}
