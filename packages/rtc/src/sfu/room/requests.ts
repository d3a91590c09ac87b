/** What a client asks for by signalling. One small function for each message; what it may not do is refused in words. */
import {
  type AddTrackRequest,
  type MuteTrackRequest,
  Pong,
  type PublishDataTrackRequest,
  RequestResponse,
  RequestResponse_Reason as Reason,
  SubscriptionError,
  TrackPublishedResponse,
  type UpdateLocalAudioTrack,
  type UpdateLocalVideoTrack,
  type UpdateParticipantMetadata,
  type UpdateSubscription,
  type UpdateTrackSettings,
  type UpdateVideoLayers,
} from "@livekit/protocol";
import { type Limits, refuseAttributes, refuseMetadata, refuseName } from "../limits.ts";
import type { SignalRequestMessage } from "../signal/signal-socket.ts";
import type { Member } from "./member.ts";
import { merged } from "./participant.ts";
import { PublishedTrack } from "./published-track.ts";
import type { Room } from "./room.ts";
import { simulate } from "./simulate.ts";
import { MAX_FEATURES, tellableLayers, toQuality } from "./track-info.ts";
import { reconcile, reconcilePublisher, tellFailed } from "./tracks.ts";

/** What requests lead to outside of the room's own state. */
export type RequestDeps = Readonly<{
  limits: Limits;
  /** The participant wants to go. */
  onLeave: () => void;
  /** It is to come back with new connections. */
  onReconnect: () => void;
  /** Milliseconds of the steady clock. */
  nowMs: () => number;
}>;

/** What a client, or RoomService for it, asks to get or not to get. */
export type SubscriptionWishes = Pick<UpdateSubscription, "trackSids" | "participantTracks" | "subscribe">;

/** Of one message. */
const MAX_NAMED_TRACKS = 1_000;
/** Tracks end while they are asked for, a few at a time; who asks for many that are not there is not looking for them. */
const MAX_FAILURES = 20;

/** Acts on one message. Messages that are unknown, or only mean something when a session is resumed, are left. */
export function handleRequest(
  room: Room,
  member: Member,
  { case: kind, value }: SignalRequestMessage,
  deps: RequestDeps,
): void {
  switch (kind) {
    case "offer":
      return member.session.onOffer(value);
    case "answer":
      return member.session.onAnswer(value);
    case "trickle":
      return member.session.onTrickle(value);
    case "addTrack":
      return addTrack(member, value, deps.nowMs());
    case "mute":
      return mute(room, member, value, deps.nowMs());
    case "subscription":
      return subscribe(room, member, value);
    case "trackSetting":
      return setTrackSettings(room, member, value);
    case "updateLayers":
      return updateLayers(room, member, value);
    case "updateAudioTrack":
      return updateAudioTrack(room, member, value);
    case "updateVideoTrack":
      return updateVideoTrack(room, member, value);
    case "updateMetadata":
      return updateMetadata(room, member, value, deps.limits);
    case "subscriptionPermission":
      member.rules.set(value);
      return reconcilePublisher(room, member);
    case "simulate":
      return simulate(room, member, value, deps);
    case "leave":
      return deps.onLeave();
    case "ping":
      return member.send({ case: "pong", value: BigInt(Date.now()) });
    case "pingReq":
      return member.send({
        case: "pongResp",
        value: new Pong({ lastPingTimestamp: value.timestamp, timestamp: BigInt(Date.now()) }),
      });
    case "publishDataTrackRequest":
      return refuseDataTrack(member, value);
    case "syncState":
    case "unpublishDataTrackRequest":
    case "updateDataSubscription":
    case "storeDataBlobRequest":
    case "getDataBlobRequest":
    case undefined:
      return;
    default:
      kind satisfies never;
  }
}

/** Also for tracks that stand in the join request. @param nowMs of the steady clock */
export function addTrack(member: Member, request: AddTrackRequest, nowMs: number): void {
  const track = member.publications.announce(request, nowMs);
  if (track instanceof PublishedTrack) {
    member.sendWhenKnown({
      case: "trackPublished",
      value: new TrackPublishedResponse({ cid: request.cid, track: track.info.clone() }),
    });
  } else {
    member.send({
      case: "requestResponse",
      value: new RequestResponse({ ...track, request: { case: "addTrack", value: request } }),
    });
  }
}

/** Of one of its own tracks, announced or live. */
function mute(room: Room, member: Member, { sid, muted }: MuteTrackRequest, nowMs: number): void {
  const track = member.publications.find(sid);
  if (track !== undefined) setMuted(room, member, track, muted, nowMs);
}

/** Stops or resumes forwarding and tells all. */
export function setMuted(room: Room, member: Member, track: PublishedTrack, muted: boolean, nowMs: number): void {
  if (track.info.muted === muted) return;
  track.info.muted = muted;
  track.media?.setMuted(muted, nowMs);
  trackChanged(room, member, track);
}

/** Notes the wishes and acts on them; the client hears of which tracks there are none. */
export function subscribe(
  room: Room,
  member: Member,
  { trackSids, participantTracks, subscribe: wanted }: SubscriptionWishes,
): void {
  let untold = MAX_FAILURES;
  // Both ways of naming them; each once.
  for (const sid of namedTracks([...trackSids, ...participantTracks.flatMap((one) => one.trackSids)])) {
    const found = room.findTrack(sid);
    if (found !== undefined) {
      member.subscriptions.setWanted(sid, wanted);
      reconcile(member, found.member, found.track);
    } else if (wanted && untold-- > 0) tellFailed(member, sid, SubscriptionError.SE_TRACK_NOTFOUND);
  }
}

/** Each once, and no more of them than a room may have that somebody looks at. */
function namedTracks(sids: readonly string[]): Iterable<string> {
  return new Set(sids.slice(0, MAX_NAMED_TRACKS));
}

function setTrackSettings(room: Room, member: Member, request: UpdateTrackSettings): void {
  const { disabled, width, height, fps } = request;
  const settings = { disabled, quality: toQuality(request.quality), width, height, fps };
  for (const sid of namedTracks(request.trackSids)) {
    if (room.findTrack(sid) === undefined) continue;
    member.subscriptions.setSettings(sid, settings);
    const subscription = member.subscriptions.find(sid);
    if (subscription !== undefined) member.session.setTrackSettings(subscription, settings);
  }
}

function updateLayers(room: Room, member: Member, { trackSid, layers }: UpdateVideoLayers): void {
  const track = member.publications.find(trackSid);
  if (track === undefined) return;
  track.info.layers = tellableLayers(layers);
  for (const codec of track.info.codecs) codec.layers = track.info.layers;
  trackChanged(room, member, track);
}

function updateAudioTrack(room: Room, member: Member, { trackSid, features }: UpdateLocalAudioTrack): void {
  const track = member.publications.find(trackSid);
  if (track?.kind !== "audio") return;
  track.info.audioFeatures = features.slice(0, MAX_FEATURES);
  trackChanged(room, member, track);
}

function updateVideoTrack(room: Room, member: Member, { trackSid, width, height }: UpdateLocalVideoTrack): void {
  const track = member.publications.find(trackSid);
  if (track?.kind !== "video") return;
  track.info.width = width;
  track.info.height = height;
  trackChanged(room, member, track);
}

/** An empty name or metadata leaves it as it is: clients always send both. */
function updateMetadata(room: Room, member: Member, request: UpdateParticipantMetadata, limits: Limits): void {
  const { requestId, name, metadata, attributes } = request;
  const answer = (reason: Reason, message: string): void =>
    member.send({
      case: "requestResponse",
      value: new RequestResponse({ requestId, reason, message, request: { case: "updateMetadata", value: request } }),
    });
  if (!member.participant.permission.canUpdateMetadata)
    return answer(Reason.NOT_ALLOWED, "This participant may not update its own metadata.");
  const problem =
    (name === "" ? undefined : refuseName("name", name, limits)) ??
    refuseMetadata(metadata, limits) ??
    refuseAttributes(merged(member.participant.attributes, attributes), limits);
  if (problem !== undefined) return answer(Reason.LIMIT_EXCEEDED, problem);
  member.change({
    ...(name === "" ? {} : { name }),
    ...(metadata === "" ? {} : { metadata }),
    attributes,
  });
  answer(Reason.OK, "");
  room.announce(member);
}

function refuseDataTrack(member: Member, request: PublishDataTrackRequest): void {
  member.send({
    case: "requestResponse",
    value: new RequestResponse({
      reason: Reason.UNSUPPORTED_TYPE,
      message: "Data tracks are not supported: send data packets instead.",
      request: { case: "publishDataTrack", value: request },
    }),
  });
}

/** Others are told of a live track only; of an announced one they learn with its media. */
function trackChanged(room: Room, member: Member, track: PublishedTrack): void {
  if (member.publications.findLive(track.sid) === undefined) return;
  member.participant.trackChanged();
  room.announce(member);
}
