/** LiveKit's RoomService over Twirp, as livekit-server-sdk calls it. */
import {
  CreateRoomRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  DisconnectReason,
  ForwardParticipantRequest,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  MoveParticipantRequest,
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  type ParticipantInfo,
  RemoveParticipantResponse,
  type Room as RoomInfo,
  RoomParticipantIdentity,
  SendDataRequest,
  SendDataResponse,
  UpdateParticipantRequest,
  UpdateRoomMetadataRequest,
  UpdateSubscriptionsRequest,
  UpdateSubscriptionsResponse,
} from "@livekit/protocol";
import type { RoomDefaults } from "./config.ts";
import type { Grants } from "./grants.ts";
import { refuseAttributes, refuseMetadata, refuseName } from "./limits.ts";
import { sendServerData } from "./room/data.ts";
import type { Member } from "./room/member.ts";
import { leave, muteByServer, type RoomDeps, setPermission } from "./room/membership.ts";
import { merged } from "./room/participant.ts";
import { subscribe as setSubscriptions } from "./room/requests.ts";
import type { Room } from "./room/room.ts";
import type { Rooms } from "./room/rooms.ts";
import { TwirpError, twirpMethod, type TwirpService } from "./twirp.ts";

export type RoomServiceDeps = Readonly<{ rooms: Rooms; room: RoomDeps; defaults: RoomDefaults }>;

/** The service's methods; each checks the grant that LiveKit asks for it. */
export function createRoomService(deps: RoomServiceDeps): TwirpService {
  const methods = {
    CreateRoom: twirpMethod(CreateRoomRequest, (request, grants) => createRoom(request, grants, deps)),
    ListRooms: twirpMethod(ListRoomsRequest, (request, grants) => listRooms(request, grants, deps)),
    DeleteRoom: twirpMethod(DeleteRoomRequest, (request, grants) => deleteRoom(request, grants, deps)),
    UpdateRoomMetadata: twirpMethod(UpdateRoomMetadataRequest, (request, grants) =>
      updateRoomMetadata(request, grants, deps),
    ),
    ListParticipants: twirpMethod(ListParticipantsRequest, (request, grants) =>
      listParticipants(request, grants, deps),
    ),
    GetParticipant: twirpMethod(RoomParticipantIdentity, (request, grants) =>
      administered(request, grants, deps).member.participant.info(),
    ),
    RemoveParticipant: twirpMethod(RoomParticipantIdentity, (request, grants) => remove(request, grants, deps)),
    UpdateParticipant: twirpMethod(UpdateParticipantRequest, (request, grants) => update(request, grants, deps)),
    MutePublishedTrack: twirpMethod(MuteRoomTrackRequest, (request, grants) => mute(request, grants, deps)),
    UpdateSubscriptions: twirpMethod(UpdateSubscriptionsRequest, (request, grants) => subscribe(request, grants, deps)),
    SendData: twirpMethod(SendDataRequest, (request, grants) => sendData(request, grants, deps)),
    ForwardParticipant: twirpMethod(ForwardParticipantRequest, () => unsupported("forwarded to another room")),
    MoveParticipant: twirpMethod(MoveParticipantRequest, () => unsupported("moved to another room")),
  };
  return { prefix: "/twirp/livekit.RoomService/", methods: new Map(Object.entries(methods)) };
}

function createRoom(
  request: CreateRoomRequest,
  { video }: Grants,
  { rooms, room: { limits } }: RoomServiceDeps,
): RoomInfo {
  if (!video.roomCreate) throw denied("roomCreate");
  refuseIf(refuseName("room's name", request.name, limits) ?? refuseMetadata(request.metadata, limits));
  const room = rooms.create(request.name, request);
  if (typeof room === "string") throw new TwirpError("resource_exhausted", room);
  return room.info();
}

/** With names: those of them that are there. */
function listRooms({ names }: ListRoomsRequest, { video }: Grants, { rooms }: RoomServiceDeps): ListRoomsResponse {
  if (!video.roomList) throw denied("roomList");
  const wanted = new Set(names);
  const listed = [...rooms.list()].filter(({ name }) => wanted.size === 0 || wanted.has(name));
  return new ListRoomsResponse({ rooms: listed.map((room) => room.info()) });
}

function deleteRoom(
  { room: name }: DeleteRoomRequest,
  { video }: Grants,
  { rooms }: RoomServiceDeps,
): DeleteRoomResponse {
  if (!video.roomCreate) throw denied("roomCreate");
  rooms.end(existing(name, rooms), DisconnectReason.ROOM_DELETED);
  return new DeleteRoomResponse();
}

function updateRoomMetadata(
  request: UpdateRoomMetadataRequest,
  grants: Grants,
  { rooms, room: { limits } }: RoomServiceDeps,
): RoomInfo {
  requireAdmin(request.room, grants);
  refuseIf(refuseMetadata(request.metadata, limits));
  const room = existing(request.room, rooms);
  room.setMetadata(request.metadata);
  return room.info();
}

/** Of a room that is not there: nobody. */
function listParticipants(
  { room }: ListParticipantsRequest,
  grants: Grants,
  { rooms }: RoomServiceDeps,
): ListParticipantsResponse {
  requireAdmin(room, grants);
  const members = [...(rooms.get(room)?.members ?? [])];
  return new ListParticipantsResponse({ participants: members.map(({ participant }) => participant.info()) });
}

/** It may come back, unless its tokens are revoked as well. */
function remove(request: RoomParticipantIdentity, grants: Grants, deps: RoomServiceDeps): RemoveParticipantResponse {
  const revokes = request.revokeTokenTs > 0n;
  requireAdmin(request.room, grants);
  // Also of one that is not here now, so that it does not come back.
  if (revokes) deps.rooms.revoke(request.room, request.identity, Number(request.revokeTokenTs));
  const { room, member } = administered(request, grants, deps);
  leave(room, member, DisconnectReason.PARTICIPANT_REMOVED, deps.room);
  return new RemoveParticipantResponse();
}

/** Permissions are set as a whole; of the rest only what is given. */
async function update(
  request: UpdateParticipantRequest,
  grants: Grants,
  deps: RoomServiceDeps,
): Promise<ParticipantInfo> {
  const { room, member } = administered(request, grants, deps);
  const { name, metadata, attributes, permission } = request;
  const { limits } = deps.room;
  refuseIf(
    (name === "" ? undefined : refuseName("name", name, limits)) ??
      refuseMetadata(metadata, limits) ??
      refuseAttributes(merged(member.participant.attributes, attributes), limits),
  );
  member.change({
    ...(name === "" ? {} : { name }),
    ...(metadata === "" ? {} : { metadata }),
    attributes,
  });
  if (permission === undefined) room.announce(member);
  else await setPermission(room, member, permission, deps.room);
  return member.participant.info();
}

function mute(request: MuteRoomTrackRequest, grants: Grants, deps: RoomServiceDeps): MuteRoomTrackResponse {
  const { room, member } = administered(request, grants, deps);
  const track = member.publications.findLive(request.trackSid);
  if (track === undefined) throw new TwirpError("not_found", "The participant publishes no track with this sid.");
  if (!request.muted && !deps.defaults.remoteUnmute)
    throw new TwirpError(
      "failed_precondition",
      "Tracks are unmuted by who publishes them: remote unmute is not enabled.",
    );
  muteByServer(room, member, track, request.muted, deps.room.session.nowMs());
  return new MuteRoomTrackResponse({ track: track.info.clone() });
}

function subscribe(
  request: UpdateSubscriptionsRequest,
  grants: Grants,
  deps: RoomServiceDeps,
): UpdateSubscriptionsResponse {
  const { room, member } = administered(request, grants, deps);
  setSubscriptions(room, member, request);
  return new UpdateSubscriptionsResponse();
}

function sendData(
  request: SendDataRequest,
  grants: Grants,
  { rooms, room: { limits, dataCounters } }: RoomServiceDeps,
): SendDataResponse {
  requireAdmin(request.room, grants);
  const bytes = request.data.byteLength;
  if (bytes > limits.maxDataBytes)
    throw new TwirpError("invalid_argument", `The data has ${bytes} bytes, ${limits.maxDataBytes} are possible.`);
  sendServerData(existing(request.room, rooms), request, dataCounters);
  return new SendDataResponse();
}

/** The room and participant that are named, for whoever administers that room. */
function administered(
  { room: name, identity }: Readonly<{ room: string; identity: string }>,
  grants: Grants,
  { rooms }: RoomServiceDeps,
): Readonly<{ room: Room; member: Member }> {
  requireAdmin(name, grants);
  const room = existing(name, rooms);
  const member = room.member(identity);
  if (member === undefined) throw new TwirpError("not_found", "The room has no participant of this identity.");
  return { room, member };
}

function existing(name: string, rooms: Rooms): Room {
  const room = rooms.get(name);
  if (room === undefined) throw new TwirpError("not_found", "The requested room does not exist.");
  return room;
}

function requireAdmin(room: string, { video }: Grants): void {
  if (!video.roomAdmin) throw denied("roomAdmin");
  if (room === "" || video.room !== room)
    throw new TwirpError("unauthenticated", "The access token is for another room.");
}

/** `unauthenticated` is LiveKit's word for a missing grant as well. */
const denied = (grant: string): TwirpError =>
  new TwirpError("unauthenticated", `The access token does not grant \`${grant}\`.`);

function refuseIf(problem: string | undefined): void {
  if (problem !== undefined) throw new TwirpError("invalid_argument", problem);
}

function unsupported(what: string): never {
  throw new TwirpError("unimplemented", `Participants cannot be ${what} by this server.`);
}
