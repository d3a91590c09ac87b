/** Data packets: from one participant to the others, or from RoomService to all of them. */
import { DataPacket, type DataPacket_Kind as Kind, type SendDataRequest, UserPacket } from "@livekit/protocol";
import type { Limits } from "../limits.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";

export type DataCounters = { packetsIn: number; packetsOut: number; dropped: number };

/**
 * Sends a participant's packet to those it is meant for. Who it is from is written by us, whatever the packet says.
 * @returns false when it was none, or may not be sent
 */
export function relayData(
  room: Room,
  from: Member,
  kind: Kind,
  bytes: Uint8Array,
  { limits, counters, nowMs }: Readonly<{ limits: Limits; counters: DataCounters; nowMs: number }>,
): boolean {
  counters.packetsIn += 1;
  const { dataPackets } = room.allowances.of(from.identity, nowMs);
  const isTooMuch = bytes.byteLength > limits.maxDataBytes || !dataPackets.take(nowMs);
  const packet = isTooMuch ? undefined : readPacket(bytes);
  if (packet === undefined || !maySend(from, packet)) {
    counters.dropped += 1;
    return false;
  }
  stamp(packet, from, kind);
  const isFor = addressees(packet);
  const out = packet.toBinary();
  for (const member of room.members) {
    if (member !== from && isFor(member) && mayGet(member, packet)) deliver(member, kind, out, counters);
  }
  return true;
}

/** Sends what a server of ours asks for; it is from nobody. */
export function sendServerData(room: Room, request: SendDataRequest, counters: DataCounters): void {
  const { data, kind, destinationIdentities, destinationSids, topic, nonce } = request;
  const packet = new DataPacket({
    kind,
    destinationIdentities,
    value: {
      case: "user",
      value: new UserPacket({
        payload: data,
        destinationIdentities,
        destinationSids,
        nonce,
        ...(topic === undefined ? {} : { topic }),
      }),
    },
  });
  const isFor = addressees(packet);
  const out = packet.toBinary();
  for (const member of room.members) if (isFor(member)) deliver(member, kind, out, counters);
}

function readPacket(bytes: Uint8Array): DataPacket | undefined {
  try {
    return DataPacket.fromBinary(bytes);
  } catch {
    return undefined;
  }
}

/** Who speaks is our word, not a participant's; and in the name of others, as a transcription is, only agents write. */
function maySend({ participant: { permission } }: Member, { value }: DataPacket): boolean {
  if (!permission.canPublishData || value.case === undefined || value.case === "speaker") return false;
  return value.case !== "transcription" || permission.agent;
}

function mayGet({ participant }: Member, { value }: DataPacket): boolean {
  return value.case !== "metrics" || participant.permission.canSubscribeMetrics;
}

/** One who is hidden is nobody. */
function stamp(packet: DataPacket, from: Member, kind: Kind): void {
  const { identity, sid } = from.isVisible ? from : { identity: "", sid: "" };
  packet.kind = kind;
  packet.participantIdentity = identity;
  packet.participantSid = sid;
  if (packet.value.case !== "user") return;
  packet.value.value.participantIdentity = identity;
  packet.value.value.participantSid = sid;
}

/** By identity or sid, in the packet or, from older clients, in the user's part of it. Nobody named: everybody. */
function addressees({ destinationIdentities, value }: DataPacket): (member: Member) => boolean {
  const user = value.case === "user" ? value.value : undefined;
  const identities = new Set([...destinationIdentities, ...(user?.destinationIdentities ?? [])]);
  const sids = new Set(user?.destinationSids ?? []);
  if (identities.size === 0 && sids.size === 0) return () => true;
  return ({ identity, sid }) => identities.has(identity) || sids.has(sid);
}

function deliver(member: Member, kind: Kind, bytes: Uint8Array, counters: DataCounters): void {
  if (member.session.sendData(kind, bytes)) counters.packetsOut += 1;
  else counters.dropped += 1;
}
