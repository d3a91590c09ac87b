/** What one participant wants of others' tracks, and what it gets. */
import { randomInt } from "node:crypto";
import type { TrackSettings } from "../media/types.ts";
import type { SendStream } from "../media/send-stream.ts";
import type { PublishedTrack } from "./published-track.ts";

/** One track that a participant gets, or will get as soon as a section is there for it. */
export class Subscription {
  readonly track: PublishedTrack;
  /** Ours for this track, in this connection; 0 is not used since some receivers take it for "none". */
  readonly ssrc = randomInt(1, 2 ** 32);
  readonly rtxSsrc = randomInt(1, 2 ** 32);
  /** The forwarding core's side; undefined until a section is negotiated, and after the end. */
  media: SendStream | undefined;

  constructor(track: PublishedTrack) {
    this.track = track;
  }
}

/** What was asked for about a track, kept as long as the track is there. */
type Wish = { subscribe: boolean | undefined; settings: TrackSettings | undefined };

export class Subscriptions {
  readonly #autoSubscribe: boolean;
  readonly #initial: TrackSettings;
  readonly #wishes = new Map<string, Wish>();
  readonly #active = new Map<string, Subscription>();
  /** Tracks of which the client was told that it may not have them. */
  readonly #forbidden = new Set<string>();

  /** @param adaptiveStream the client will tell how large each picture is shown: until then a small one does */
  constructor(autoSubscribe: boolean, adaptiveStream: boolean) {
    this.#autoSubscribe = autoSubscribe;
    this.#initial = { disabled: false, quality: adaptiveStream ? 0 : 2, width: 0, height: 0, fps: 0 };
  }

  get active(): Iterable<Subscription> {
    return this.#active.values();
  }

  find(trackSid: string): Subscription | undefined {
    return this.#active.get(trackSid);
  }

  /** Whether the client wants the track, by what it said or by default. */
  wants(trackSid: string): boolean {
    return this.#wishes.get(trackSid)?.subscribe ?? this.#autoSubscribe;
  }

  /** Call it only for tracks that exist: wishes are kept until `forget`. */
  setWanted(trackSid: string, subscribe: boolean): void {
    this.#wish(trackSid).subscribe = subscribe;
  }

  settingsOf(trackSid: string): TrackSettings {
    return this.#wishes.get(trackSid)?.settings ?? this.#initial;
  }

  /** Call it only for tracks that exist. */
  setSettings(trackSid: string, settings: TrackSettings): void {
    this.#wish(trackSid).settings = settings;
  }

  begin(track: PublishedTrack): Subscription {
    const subscription = new Subscription(track);
    this.#active.set(track.sid, subscription);
    return subscription;
  }

  end(subscription: Subscription): void {
    this.#active.delete(subscription.track.sid);
  }

  /** Notes that the track may (not) be had; true when that is news to the client. */
  setForbidden(trackSid: string, forbidden: boolean): boolean {
    if (!forbidden) return this.#forbidden.delete(trackSid);
    if (this.#forbidden.has(trackSid)) return false;
    this.#forbidden.add(trackSid);
    return true;
  }

  /** The track has ended. */
  forget(trackSid: string): void {
    this.#wishes.delete(trackSid);
    this.#forbidden.delete(trackSid);
  }

  #wish(trackSid: string): Wish {
    const known = this.#wishes.get(trackSid);
    if (known !== undefined) return known;
    const wish: Wish = { subscribe: undefined, settings: undefined };
    this.#wishes.set(trackSid, wish);
    return wish;
  }
}
