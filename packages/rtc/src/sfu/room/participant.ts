/** One person or program in a room, as others are told of it. Every change raises the version, by which clients order updates. */
import {
  type DisconnectReason,
  ParticipantInfo,
  ParticipantInfo_State as State,
  type ParticipantPermission,
  type TrackInfo,
} from "@livekit/protocol";
import { type Grants, permissionOf } from "../grants.ts";
import { createSid } from "../sids.ts";

/** What may be changed of a participant while it is there. */
export type ProfileChange = Readonly<{
  name?: string;
  metadata?: string;
  /** Merged; an empty value removes the attribute. */
  attributes?: Readonly<Record<string, string>>;
}>;

export class Participant {
  readonly sid = createSid("PA");
  readonly identity: string;
  readonly kind: Grants["kind"];
  readonly joinedAtMs: number;
  #name: string;
  #metadata: string;
  #attributes: Record<string, string>;
  #permission: ParticipantPermission;
  #state: State = State.JOINING;
  #version = 1;
  #reason: DisconnectReason | undefined;
  /** It has published, and still may: LiveKit does not take that back with the last track. */
  #isPublisher = false;
  /** Tracks that others can subscribe to, by sid. */
  readonly #tracks = new Map<string, TrackInfo>();

  constructor(grants: Grants, joinedAtMs: number) {
    this.identity = grants.identity;
    this.kind = grants.kind;
    this.joinedAtMs = joinedAtMs;
    this.#name = grants.name;
    this.#metadata = grants.metadata;
    this.#attributes = { ...grants.attributes };
    this.#permission = permissionOf(grants);
  }

  get permission(): ParticipantPermission {
    return this.#permission;
  }

  get name(): string {
    return this.#name;
  }

  get metadata(): string {
    return this.#metadata;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#attributes;
  }

  get state(): State {
    return this.#state;
  }

  get isPublisher(): boolean {
    return this.#isPublisher;
  }

  setPermission(permission: ParticipantPermission): void {
    this.#permission = permission;
    if (!permission.canPublish) this.#isPublisher = false;
    this.#version += 1;
  }

  setState(state: State, reason?: DisconnectReason): void {
    this.#state = state;
    this.#reason = reason;
    this.#version += 1;
  }

  change({ name, metadata, attributes }: ProfileChange): void {
    if (name !== undefined) this.#name = name;
    if (metadata !== undefined) this.#metadata = metadata;
    if (attributes !== undefined) this.#attributes = merged(this.#attributes, attributes);
    this.#version += 1;
  }

  addTrack(info: TrackInfo): void {
    this.#tracks.set(info.sid, info);
    this.#isPublisher = true;
    this.#version += 1;
  }

  removeTrack(sid: string): void {
    if (this.#tracks.delete(sid)) this.#version += 1;
  }

  /** One of its tracks was changed. */
  trackChanged(): void {
    this.#version += 1;
  }

  /** What others are told. A copy: later changes do not reach it. */
  info(): ParticipantInfo {
    return new ParticipantInfo({
      sid: this.sid,
      identity: this.identity,
      state: this.#state,
      tracks: [...this.#tracks.values()].map((track) => track.clone()),
      metadata: this.#metadata,
      joinedAt: BigInt(Math.floor(this.joinedAtMs / 1000)),
      joinedAtMs: BigInt(this.joinedAtMs),
      name: this.#name,
      version: this.#version,
      permission: this.#permission.clone(),
      isPublisher: this.isPublisher,
      kind: this.kind,
      attributes: { ...this.#attributes },
      ...(this.#reason === undefined ? {} : { disconnectReason: this.#reason }),
    });
  }
}

/** Attributes as they are after a change. */
export function merged(
  attributes: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...attributes, ...change }).filter(([, value]) => value !== ""));
}
