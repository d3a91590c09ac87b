/** How participants come, change and go. */
import {
  Codec,
  DisconnectReason,
  type ICEServer,
  JoinResponse,
  MuteTrackRequest,
  ParticipantInfo_State as State,
  type ParticipantPermission,
  ServerInfo,
  SubscriptionError,
} from "@livekit/protocol";
import { kindName, videoClaim } from "../grants.ts";
import type { Limits } from "../limits.ts";
import type { Log } from "../log.ts";
import { DualSession } from "../session/dual-session.ts";
import type { Session, SessionDeps, SessionHost } from "../session/session.ts";
import { SingleSession } from "../session/single-session.ts";
import type { JoinParams } from "../signal/join-request.ts";
import type { SignalRequestMessage } from "../signal/signal-socket.ts";
import { MAX_TOKEN_CHARS, type Tokens } from "../tokens.ts";
import { type DataCounters, relayData } from "./data.ts";
import type { Member } from "./member.ts";
import { leaveRequest, type LeaveAction } from "./messages.ts";
import type { PublishedTrack } from "./published-track.ts";
import { presentSpeakers } from "./reports.ts";
import { addTrack, handleRequest, setMuted } from "./requests.ts";
import type { Room } from "./room.ts";
import { ENABLED_MIME_TYPES } from "./track-info.ts";
import {
  dropTrack,
  reconcilePublisher,
  reconcileSubscriber,
  subscriptionBegan,
  subscriptionFailed,
  trackBegan,
  trackEnded,
  unpublishForbidden,
} from "./tracks.ts";

/** What all rooms of this process share. */
export type RoomDeps = Readonly<{
  session: SessionDeps;
  limits: Limits;
  tokens: Tokens;
  iceServers: readonly ICEServer[];
  /** This process, for clients' logs. */
  nodeId: string;
  dataCounters: DataCounters;
  log: Log;
}>;

/** The version of LiveKit whose protocol is spoken; clients decide by it what they use. */
const SERVER_VERSION = "1.9.0";
/** The number of the signalling protocol (livekit-client: 16). */
const PROTOCOL = 16;
/** A busy page hears later than we do that it is connected. What it hears before makes it wait (`Member.sendWhenKnown`). */
const KNOWN_MS = 200;
export const PING_INTERVAL_SEC = 5;
export const PING_TIMEOUT_SEC = 15;
/** A token that is sent now and then, so that a participant can come back after its first one has expired. */
const TOKEN_LIFETIME_SEC = 15 * 60;
const TOKEN_EVERY_MS = 5 * 60_000;

/** Takes the member into the room: it is told who is there, the others of it, and its connection begins. */
export function join(room: Room, member: Member, params: JoinParams, deps: RoomDeps): void {
  guarded(room, member, deps, () => enter(room, member, params, deps));
}

function enter(room: Room, member: Member, params: JoinParams, deps: RoomDeps): void {
  const before = room.member(member.identity);
  if (before !== undefined) leave(room, before, DisconnectReason.DUPLICATE_IDENTITY, deps);
  const recorded = room.info().activeRecording;
  room.add(member);
  member.send({ case: "join", value: joinResponse(room, member, params, deps) });
  const session = tryOpenSession(room, member, params, deps);
  if (session === undefined) return leave(room, member, DisconnectReason.JOIN_FAILURE, deps);
  member.begin(session);
  member.participant.setState(State.JOINED);
  room.announce(member);
  if (recorded !== room.info().activeRecording) room.announceRoom();
  const speakers = presentSpeakers(room);
  if (speakers !== undefined) member.send(speakers);
  reconcileSubscriber(room, member);
  for (const track of params.addTracks.slice(0, deps.limits.maxTracksPerParticipant))
    addTrack(member, track, deps.session.nowMs());
  if (params.publisherOffer !== undefined && params.publisherOffer.sdp !== "")
    member.session.onOffer(params.publisherOffer);
}

/** Acts on a message of the client. */
export function request(room: Room, member: Member, message: SignalRequestMessage, deps: RoomDeps): void {
  if (member.left) return;
  const requestDeps = {
    limits: deps.limits,
    nowMs: deps.session.nowMs,
    onLeave: () => leave(room, member, DisconnectReason.CLIENT_INITIATED, deps),
    onReconnect: () => leave(room, member, DisconnectReason.MIGRATION, deps, "reconnect"),
  };
  guarded(room, member, deps, () => handleRequest(room, member, message, requestDeps));
}

/** What goes wrong in us about one participant costs it its connection, not the process its life. */
export function guarded(room: Room, member: Member, deps: Pick<RoomDeps, "session" | "log">, act: () => void): void {
  try {
    act();
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    deps.log.error("a participant was lost by a fault", { room: room.name, participant: member.sid, error: why });
    leave(room, member, DisconnectReason.STATE_MISMATCH, deps, "reconnect");
  }
}

/** Ends the participant's stay. Its client is told, unless it knows. */
export function leave(
  room: Room,
  member: Member,
  reason: DisconnectReason,
  deps: Pick<RoomDeps, "session" | "log">,
  action: LeaveAction = "disconnect",
): void {
  if (member.left) return;
  member.left = true;
  const isTold = reason !== DisconnectReason.CLIENT_INITIATED;
  const recorded = room.info().activeRecording;
  for (const track of [...member.publications.live]) dropTrack(room, member, track);
  member.close(isTold ? { case: "leave", value: leaveRequest(reason, action) } : undefined);
  room.remove(member);
  member.participant.setState(State.DISCONNECTED, reason);
  if (member.isVisible) room.announceGone(member);
  if (recorded !== room.info().activeRecording) room.announceRoom();
  room.emit(member.wasActive ? "participant_left" : "participant_connection_aborted", member);
  deps.log.info("participant left", {
    room: room.name,
    participant: member.sid,
    reason: DisconnectReason[reason],
    action,
  });
}

/** Gives it another permission, with all that follows from it: tracks that it may not publish or get any more end. */
export async function setPermission(
  room: Room,
  member: Member,
  permission: ParticipantPermission,
  deps: RoomDeps,
): Promise<void> {
  const before = member.participant.permission;
  member.participant.setPermission(permission);
  unpublishForbidden(room, member);
  reconcileSubscriber(room, member);
  if (permission.hidden && !before.hidden) room.announceGone(member);
  if (before.recorder !== permission.recorder) room.announceRoom();
  room.announce(member);
  // After the others know of it: a track of somebody unknown would be dropped by them.
  reconcilePublisher(room, member);
  await sendToken(room, member, deps);
}

/** As RoomService does it: the client is told to mute its track, and nothing of it is forwarded meanwhile. */
export function muteByServer(room: Room, member: Member, track: PublishedTrack, muted: boolean, nowMs: number): void {
  setMuted(room, member, track, muted, nowMs);
  member.send({ case: "mute", value: new MuteTrackRequest({ sid: track.sid, muted }) });
}

/** A token for coming back, with what the participant may do now. */
export async function sendToken(room: Room, member: Member, { tokens, session }: RoomDeps): Promise<void> {
  const { participant } = member;
  member.nextTokenAtMs = session.nowMs() + TOKEN_EVERY_MS;
  const { name, identity, metadata, attributes } = participant;
  const claims = { name, kind: kindName(participant.kind), video: videoClaim(room.name, participant.permission) };
  const sign = (all: Readonly<Record<string, unknown>>): Promise<string> =>
    tokens.sign(all, identity, TOKEN_LIFETIME_SEC);
  const token = await sign({ ...claims, metadata, attributes });
  // One that is too long to come back with is of no use.
  member.send({ case: "refreshToken", value: token.length <= MAX_TOKEN_CHARS ? token : await sign(claims) });
}

function joinResponse(room: Room, member: Member, { version }: JoinParams, deps: RoomDeps): JoinResponse {
  return new JoinResponse({
    room: room.info(),
    participant: member.participant.info(),
    otherParticipants: room.othersOf(member),
    serverVersion: SERVER_VERSION,
    serverInfo: new ServerInfo({ version: SERVER_VERSION, protocol: PROTOCOL, nodeId: deps.nodeId, region: "" }),
    iceServers: [...deps.iceServers],
    subscriberPrimary: version === "v0",
    pingInterval: PING_INTERVAL_SEC,
    pingTimeout: PING_TIMEOUT_SEC,
    fastPublish: member.participant.permission.canPublish,
    enabledPublishCodecs: ENABLED_MIME_TYPES.map((mime) => new Codec({ mime })),
  });
}

/** Undefined when the library refuses another connection. */
function tryOpenSession(room: Room, member: Member, { version }: JoinParams, deps: RoomDeps): Session | undefined {
  const host = sessionHost(room, member, deps);
  try {
    return version === "v1" ? new SingleSession(host, deps.session) : new DualSession(host, deps.session);
  } catch (error) {
    deps.log.error("no connection could be opened", { room: room.name, participant: member.sid, error: String(error) });
    return undefined;
  }
}

function sessionHost(room: Room, member: Member, deps: RoomDeps): SessionHost {
  const { session, limits, dataCounters, log } = deps;
  const fields = { room: room.name, participant: member.sid };
  return {
    sid: member.sid,
    send: (message) => member.send(message),
    announced: (kind) => member.publications.announced(kind),
    onPublished: (track) => trackBegan(room, member, track),
    onUnpublished: (track) => trackEnded(room, member, track),
    settingsOf: ({ track }) => member.subscriptions.settingsOf(track.sid),
    onSubscribed: (subscription) => subscriptionBegan(room, member, subscription),
    onUnsupported: (subscription) => subscriptionFailed(member, subscription, SubscriptionError.SE_CODEC_UNSUPPORTED),
    onData: (kind, bytes) =>
      relayData(room, member, kind, bytes, { limits, counters: dataCounters, nowMs: session.nowMs() }),
    onConnected: () => connected(room, member, log),
    onEnded: ({ reason, message }) => {
      log.info("connection ended", { ...fields, reason, message });
      // A client that leaves closes its connection and says so; the word may be on its way still.
      if (reason === "remote") member.brokenSinceMs = session.nowMs();
      else leave(room, member, DisconnectReason.CONNECTION_TIMEOUT, { session, log }, "reconnect");
    },
    onViolation: (why) => {
      log.warn("protocol violated", { ...fields, why });
      leave(room, member, DisconnectReason.STATE_MISMATCH, { session, log });
    },
  };
}

function connected(room: Room, member: Member, log: Log): void {
  if (member.left || member.wasActive) return;
  member.wasActive = true;
  member.participant.setState(State.ACTIVE);
  setTimeout(() => member.release(), KNOWN_MS);
  room.announce(member);
  room.emit("participant_joined", member);
  log.info("participant joined", { room: room.name, participant: member.sid });
}
