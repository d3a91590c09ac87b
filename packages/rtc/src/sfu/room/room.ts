/** One room: who is in it, what it is called and how long it stays. What members do to each other is in the files beside. */
import { type ParticipantInfo, ParticipantInfo_State as State, Room as RoomInfo, RoomUpdate } from "@livekit/protocol";
import { ActiveSpeakers } from "../media/speakers.ts";
import type { WebhookName, WebhookSubject } from "../webhooks.ts";
import { createSid } from "../sids.ts";
import type { Allowance } from "../signal/rate.ts";
import { Outgoing, type SignalMessage } from "../signal/outgoing.ts";
import { Allowances } from "./allowances.ts";
import type { Member } from "./member.ts";
import { updateMessage } from "./messages.ts";
import type { PublishedTrack } from "./published-track.ts";
import { ENABLED_MIME_TYPES } from "./track-info.ts";

/** What may be set when a room is made, and again by whoever may make rooms. */
export type RoomSettings = {
  /** Seconds that it waits for its first participant. */
  emptyTimeoutSec: number;
  /** Seconds that it waits after the last one left. */
  departureTimeoutSec: number;
  maxParticipants: number;
  metadata: string;
};

/** Told to the outside: webhooks and metrics. */
export type RoomEvents = (event: WebhookName, subject: WebhookSubject) => void;

export class Room {
  readonly sid = createSid("RM");
  readonly name: string;
  readonly settings: RoomSettings;
  /** Who spoke when all were told last. */
  readonly speakers = new ActiveSpeakers();
  readonly allowances = new Allowances();
  readonly #createdAtMs = Date.now();
  readonly #events: RoomEvents;
  readonly #nowMs: () => number;
  readonly #members = new Map<string, Member>();
  /** Since when nobody is in it; steady clock. */
  #emptySinceMs: number | undefined;
  #hadMembers = false;
  /** What was told last of how many there are, as one text. */
  #toldCounts = "";

  /** @param nowMs of the steady clock */
  constructor(name: string, settings: RoomSettings, events: RoomEvents, nowMs: () => number) {
    this.name = name;
    this.settings = settings;
    this.#events = events;
    this.#nowMs = nowMs;
    this.#emptySinceMs = nowMs();
  }

  get members(): Iterable<Member> {
    return this.#members.values();
  }

  get size(): number {
    return this.#members.size;
  }

  member(identity: string): Member | undefined {
    return this.#members.get(identity);
  }

  memberBySid(sid: string): Member | undefined {
    for (const member of this.#members.values()) if (member.sid === sid) return member;
    return undefined;
  }

  /** The live track and who publishes it. */
  findTrack(sid: string): Readonly<{ member: Member; track: PublishedTrack }> | undefined {
    for (const member of this.#members.values()) {
      const track = member.publications.findLive(sid);
      if (track !== undefined) return { member, track };
    }
    return undefined;
  }

  /** Whether another identity fits in. One that is here already takes its own place. */
  hasPlaceFor(identity: string): boolean {
    return this.#members.has(identity) || this.#members.size < this.settings.maxParticipants;
  }

  info(): RoomInfo {
    const { emptyTimeoutSec, departureTimeoutSec, maxParticipants, metadata } = this.settings;
    const members = [...this.#members.values()];
    const visible = members.filter(({ isVisible }) => isVisible);
    return new RoomInfo({
      sid: this.sid,
      name: this.name,
      emptyTimeout: emptyTimeoutSec,
      departureTimeout: departureTimeoutSec,
      maxParticipants,
      creationTime: BigInt(Math.floor(this.#createdAtMs / 1000)),
      creationTimeMs: BigInt(this.#createdAtMs),
      enabledCodecs: ENABLED_MIME_TYPES.map((mime) => ({ mime })),
      metadata,
      numParticipants: visible.length,
      numPublishers: visible.filter(({ participant }) => participant.isPublisher).length,
      activeRecording: members.some(({ participant }) => participant.permission.recorder),
    });
  }

  /** What a participant is told of the others. */
  othersOf(member: Member): ParticipantInfo[] {
    return [...this.#members.values()]
      .filter((other) => other !== member && other.isVisible)
      .map(({ participant }) => participant.info());
  }

  add(member: Member): void {
    this.#members.set(member.identity, member);
    this.#emptySinceMs = undefined;
    this.#hadMembers = true;
  }

  /** Forgets it; others are told by `leave` in membership.ts. */
  remove(member: Member): void {
    if (this.#members.get(member.identity) !== member) return;
    this.#members.delete(member.identity);
    if (this.#members.size === 0) this.#emptySinceMs = this.#nowMs();
  }

  /** To all but one. */
  broadcast(message: SignalMessage, except?: Member): void {
    this.#deliver(new Outgoing(message), except);
  }

  /**
   * Tells what a participant is now: itself, and the others when they may know of it. One that changes, or goes and comes back, all the
   * time is told of now and then only (`announceLate`): it could otherwise fill the sockets of those who read slowly until they are cut off.
   * That it is there is always told to the others, since clients drop the tracks of those whom they do not know; without metadata and
   * attributes, which its own client would take for what it has.
   */
  announce(member: Member): void {
    const info = member.participant.info();
    member.isChangeUntold = !this.#toldBytes(member).hasAny(this.#nowMs());
    if (member.isChangeUntold && (member.isKnown || !member.isVisible)) return;
    if (member.isChangeUntold) shorten(info);
    const out = this.#updateOf(member, info);
    member.isKnown = member.isVisible;
    if (member.isVisible) this.#deliver(out, member.isChangeUntold ? member : undefined);
    else member.deliver(out);
  }

  /** Tells the others that it is gone: without metadata and attributes when they have been told too much of its identity. */
  announceGone(member: Member): void {
    const info = member.participant.info();
    info.state = State.DISCONNECTED;
    if (!this.#toldBytes(member).hasAny(this.#nowMs())) shorten(info);
    member.isKnown = false;
    this.#deliver(this.#updateOf(member, info), member);
  }

  /** Tells what `announce` did not; call it each half second. */
  announceLate(): void {
    for (const member of this.#members.values()) if (member.isChangeUntold) this.announce(member);
  }

  #updateOf(member: Member, info: ParticipantInfo): Outgoing {
    const out = new Outgoing(updateMessage([info]));
    this.#toldBytes(member).spend(this.#nowMs(), out.binary.byteLength);
    return out;
  }

  #toldBytes({ identity }: Member): Allowance {
    return this.allowances.of(identity, this.#nowMs()).toldBytes;
  }

  #deliver(out: Outgoing, except?: Member): void {
    for (const member of this.#members.values()) if (member !== except) member.deliver(out);
  }

  setMetadata(metadata: string): void {
    this.settings.metadata = metadata;
    this.announceRoom();
  }

  announceRoom(): void {
    const room = this.info();
    this.#toldCounts = countsOf(room);
    this.broadcast({ case: "roomUpdate", value: new RoomUpdate({ room }) });
  }

  /** Tells how many are here and publish, if that has changed; call it a few times per second. */
  announceCounts(): void {
    if (this.#toldCounts !== countsOf(this.info())) this.announceRoom();
  }

  /** Tells the outside. */
  emit(event: WebhookName, member?: Member, track?: PublishedTrack): void {
    this.#events(event, {
      room: this.info(),
      ...(member === undefined ? {} : { participant: member.participant.info() }),
      ...(track === undefined ? {} : { track: track.info }),
    });
  }

  /** Whether it has been empty for as long as it may be. */
  isOver(): boolean {
    if (this.#emptySinceMs === undefined) return false;
    const { emptyTimeoutSec, departureTimeoutSec } = this.settings;
    return this.#nowMs() - this.#emptySinceMs >= (this.#hadMembers ? departureTimeoutSec : emptyTimeoutSec) * 1000;
  }
}

const countsOf = ({ numParticipants, numPublishers }: RoomInfo): string => `${numParticipants} ${numPublishers}`;

function shorten(info: ParticipantInfo): void {
  info.metadata = "";
  info.attributes = {};
}
