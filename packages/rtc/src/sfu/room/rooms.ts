/** All rooms of this process: who may come in, when a room begins and ends, and the clock that drives them. */
import { DisconnectReason, type RoomConfiguration } from "@livekit/protocol";
import type { RoomDefaults } from "../config.ts";
import type { Grants } from "../grants.ts";
import { type Limits, refuseAttributes, refuseMetadata, refuseName } from "../limits.ts";
import type { JoinParams } from "../signal/join-request.ts";
import type { SignalSocket } from "../signal/signal-socket.ts";
import { Member } from "./member.ts";
import { guarded, join, leave, request, type RoomDeps } from "./membership.ts";
import { Room, type RoomEvents, type RoomSettings } from "./room.ts";
import { tellQuality, tellSpeakers } from "./reports.ts";
import { sweep } from "./sweep.ts";

/** Why somebody cannot come in, as an HTTP status and a sentence. */
export type Refusal = Readonly<{ status: 400 | 401 | 403 | 503; message: string }>;

/** What a room may be made with; 0 and "" mean the default, as in LiveKit's messages. */
export type RoomWishes = Pick<RoomConfiguration, "emptyTimeout" | "departureTimeout" | "maxParticipants" | "metadata">;

const MEDIA_TICK_MS = 20;
const SWEEP_MS = 500;
const SPEAKERS_MS = 400;
const QUALITY_MS = 4_000;

export class Rooms {
  readonly #deps: RoomDeps;
  readonly #defaults: RoomDefaults;
  readonly #events: RoomEvents;
  readonly #rooms = new Map<string, Room>();
  readonly #revoked = new Revocations();
  /** Run while there is a room. */
  #timers: readonly NodeJS.Timeout[] = [];
  #closed = false;

  constructor(deps: RoomDeps, defaults: RoomDefaults, events: RoomEvents) {
    this.#deps = deps;
    this.#defaults = defaults;
    this.#events = events;
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  list(): Iterable<Room> {
    return this.#rooms.values();
  }

  get participantCount(): number {
    let count = 0;
    for (const room of this.#rooms.values()) count += room.size;
    return count;
  }

  /** The room of this name, made if it is not there; wishes hold in both cases. @returns a sentence when it cannot be made */
  create(name: string, wishes: RoomWishes | undefined): Room | string {
    const { limits, session, log } = this.#deps;
    const present = this.#rooms.get(name);
    if (present !== undefined) {
      Object.assign(present.settings, settingsOf(wishes, present.settings));
      return present;
    }
    const problem = refuseName("room's name", name, limits);
    if (problem !== undefined) return problem;
    if (this.#closed) return "This server is stopping.";
    if (this.#rooms.size >= limits.maxRooms) return `This server holds ${limits.maxRooms} rooms already.`;
    const room = new Room(name, settingsOf(wishes, this.#defaultSettings()), this.#events, session.nowMs);
    this.#rooms.set(name, room);
    if (this.#timers.length === 0) this.#startClock();
    room.emit("room_started");
    log.info("room started", { room: name, sid: room.sid });
    return room;
  }

  /** Whether whoever has these grants may come in now. Undefined: yes. */
  refuse(grants: Grants): Refusal | undefined {
    const { limits } = this.#deps;
    const { identity, video, notBeforeSec } = grants;
    if (!video.roomJoin) return { status: 401, message: "The access token does not grant `roomJoin`." };
    const problem = refuseSizes(grants, limits);
    if (problem !== undefined) return { status: 400, message: problem };
    if (this.#revoked.covers(video.room, identity, notBeforeSec))
      return { status: 401, message: "The access token was revoked." };
    const room = this.#rooms.get(video.room);
    if (room?.hasPlaceFor(identity) === false)
      return { status: 403, message: `The room is full: ${room.settings.maxParticipants} participants are possible.` };
    if (this.#closed) return { status: 503, message: "This server is stopping." };
    const isNew = room?.member(identity) === undefined;
    if (isNew && this.participantCount >= limits.maxParticipants)
      return { status: 503, message: `This server holds ${limits.maxParticipants} participants already.` };
    if (room === undefined && this.#rooms.size >= limits.maxRooms)
      return { status: 503, message: `This server holds ${limits.maxRooms} rooms already.` };
    return undefined;
  }

  /** Takes in whoever `refuse` had nothing against. @returns a sentence when that has changed since */
  enter(grants: Grants, params: JoinParams, socket: SignalSocket): string | undefined {
    const refusal = this.refuse(grants);
    if (refusal !== undefined) return refusal.message;
    const room = this.#rooms.get(grants.video.room) ?? this.create(grants.video.room, grants.roomConfig);
    if (typeof room === "string") return room;
    const { session, limits } = this.#deps;
    const nowMs = session.nowMs();
    if (!room.allowances.of(grants.identity, nowMs).comings.take(nowMs))
      return "This participant comes again and again.";
    const member = new Member(grants, params, socket, limits, nowMs);
    socket.start(
      {
        onRequest: (message) => request(room, member, message, this.#deps),
        onClosed: ({ clean }) => this.#socketClosed(room, member, clean),
      },
      session.nowMs,
    );
    join(room, member, params, this.#deps);
    return undefined;
  }

  /** Sends everybody away and forgets the room. */
  end(room: Room, reason: DisconnectReason): void {
    for (const member of [...room.members]) leave(room, member, reason, this.#deps);
    if (this.#rooms.get(room.name) !== room) return;
    this.#rooms.delete(room.name);
    if (this.#rooms.size === 0) this.#stopClock();
    room.emit("room_finished");
    this.#deps.log.info("room finished", { room: room.name, sid: room.sid, reason: DisconnectReason[reason] });
  }

  /** Tokens of this identity for this room that counted before `beforeSec` (Unix time) do not count any more. */
  revoke(room: string, identity: string, beforeSec: number): void {
    this.#revoked.add(room, identity, beforeSec);
  }

  /** Ends all rooms; clients are told that the server stops. */
  close(): void {
    this.#closed = true;
    for (const room of [...this.#rooms.values()]) this.end(room, DisconnectReason.SERVER_SHUTDOWN);
  }

  #startClock(): void {
    const now = this.#deps.session.nowMs;
    this.#timers = [
      setInterval(() => this.#tick(now()), MEDIA_TICK_MS),
      setInterval(() => this.#sweep(now()), SWEEP_MS),
      setInterval(() => this.#each((room) => tellSpeakers(room, now())), SPEAKERS_MS),
      setInterval(() => this.#each(tellQuality), QUALITY_MS),
    ];
  }

  #stopClock(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #socketClosed(room: Room, member: Member, clean: boolean): void {
    // One that said goodbye is gone; of others it is not known yet whether they come back.
    if (clean) leave(room, member, DisconnectReason.CLIENT_INITIATED, this.#deps);
    else member.absentSinceMs = this.#deps.session.nowMs();
  }

  #tick(nowMs: number): void {
    for (const room of this.#rooms.values()) {
      for (const member of room.members) guarded(room, member, this.#deps, () => member.session.tick(nowMs));
    }
  }

  #sweep(nowMs: number): void {
    this.#each((room) => {
      sweep(room, nowMs, this.#deps);
      room.allowances.forget(nowMs);
      room.announceLate();
      room.announceCounts();
      if (room.isOver()) this.end(room, DisconnectReason.ROOM_CLOSED);
    });
  }

  #each(act: (room: Room) => void): void {
    for (const room of [...this.#rooms.values()]) act(room);
  }

  #defaultSettings(): RoomSettings {
    const { emptyTimeoutSec, departureTimeoutSec } = this.#defaults;
    return {
      emptyTimeoutSec,
      departureTimeoutSec,
      metadata: "",
      maxParticipants: this.#deps.limits.maxParticipantsPerRoom,
    };
  }
}

function settingsOf(wishes: RoomWishes | undefined, otherwise: RoomSettings): RoomSettings {
  return {
    emptyTimeoutSec: wishes?.emptyTimeout || otherwise.emptyTimeoutSec,
    departureTimeoutSec: wishes?.departureTimeout || otherwise.departureTimeoutSec,
    maxParticipants: wishes?.maxParticipants || otherwise.maxParticipants,
    metadata: wishes?.metadata || otherwise.metadata,
  };
}

/** All of this is told to everybody in the room, whoever says it. */
function refuseSizes(
  { identity, name, metadata, attributes, video, roomConfig }: Grants,
  limits: Limits,
): string | undefined {
  return (
    refuseName("token's room", video.room, limits) ??
    refuseName("token's identity", identity, limits) ??
    (name === "" ? undefined : refuseName("token's name", name, limits)) ??
    refuseMetadata(metadata, limits) ??
    refuseAttributes(attributes, limits) ??
    refuseMetadata(roomConfig?.metadata ?? "", limits)
  );
}

/** What the join request says of the participant counts only where its token lets it say so. */
export function withOwnWishes(grants: Grants, { metadata, attributes }: JoinParams): Grants {
  if (!grants.video.canUpdateOwnMetadata) return grants;
  return {
    ...grants,
    metadata: metadata === "" ? grants.metadata : metadata,
    attributes: { ...grants.attributes, ...attributes },
  };
}

/** Who was removed for good: bounded, the oldest give way. */
class Revocations {
  static readonly #MAX = 10_000;
  readonly #beforeSec = new Map<string, number>();

  add(room: string, identity: string, beforeSec: number): void {
    const key = JSON.stringify([room, identity]);
    this.#beforeSec.delete(key);
    this.#beforeSec.set(key, beforeSec);
    if (this.#beforeSec.size <= Revocations.#MAX) return;
    const [oldest] = this.#beforeSec.keys();
    if (oldest !== undefined) this.#beforeSec.delete(oldest);
  }

  covers(room: string, identity: string, notBeforeSec: number): boolean {
    const beforeSec = this.#beforeSec.get(JSON.stringify([room, identity]));
    return beforeSec !== undefined && notBeforeSec < beforeSec;
  }
}
