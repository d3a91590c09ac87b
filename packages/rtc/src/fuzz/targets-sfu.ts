/** Fuzz targets of the SFU's signalling: join requests, requests, data packets, and offers met by a participant's tracks. */
import {
  AddTrackRequest,
  DataPacket,
  JoinRequest,
  SessionDescription,
  SignalRequest,
  TrackType,
  UserPacket,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression as Compression,
} from "@livekit/protocol";
import { MalformedError } from "@rostrum/media/errors";
import type { FuzzTarget } from "@rostrum/media/fuzz/target";
import { AUDIO_LINES, DATA_LINES, LOCAL, session, VIDEO_LINES } from "../sdp/fixtures.ts";
import { readGrants } from "../sfu/grants.ts";
import { DEFAULT_LIMITS } from "../sfu/limits.ts";
import { Participant } from "../sfu/room/participant.ts";
import { Publications } from "../sfu/room/publications.ts";
import { PublishedTrack } from "../sfu/room/published-track.ts";
import { Subscription } from "../sfu/room/subscriptions.ts";
import { Answering } from "../sfu/session/answering.ts";
import { idleWant } from "../sfu/session/media-wants.ts";
import { PublishSide } from "../sfu/session/publish-side.ts";
import { ReceiveSlots } from "../sfu/session/receive-slots.ts";
import { MAX_JOIN_BYTES, readJoinParams } from "../sfu/signal/join-request.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

const RECEIVING = [...AUDIO_LINES, ...VIDEO_LINES].map((line) => (line === "a=sendonly" ? "a=recvonly" : line));
const OFFERS = [
  session("0 1 2", ...AUDIO_LINES, ...VIDEO_LINES, ...DATA_LINES),
  session("0 1 2", ...RECEIVING, ...DATA_LINES),
];

/** Whatever a client may send before and in its session. */
export const sfuTargets: readonly FuzzTarget[] = [
  { name: "sfu-join", seeds: () => [joinSeed()], run: takeJoin },
  {
    name: "sfu-offers",
    seeds: () => OFFERS.map((text) => ENCODER.encode(text)),
    run: (bytes) => takeOffers(DECODER.decode(bytes)),
  },
  { name: "sfu-requests", seeds: requestSeeds, run: (bytes) => takeMessage(SignalRequest, bytes) },
  { name: "sfu-data", seeds: () => [dataSeed()], run: (bytes) => takeMessage(DataPacket, bytes) },
];

function joinSeed(): Uint8Array {
  const joinRequest = new JoinRequest({
    connectionSettings: { autoSubscribe: true, adaptiveStream: true },
    participantAttributes: { role: "guest" },
    addTrackRequests: [{ cid: "c", type: TrackType.VIDEO }],
    publisherOffer: { type: "offer", sdp: session("2", ...DATA_LINES), id: 1 },
  }).toBinary();
  return new WrappedJoinRequest({ compression: Compression.NONE, joinRequest }).toBinary();
}

/** A sentence or a request, never an exception. */
function takeJoin(bytes: Uint8Array): void {
  const url = new URL("ws://sfu/rtc/v1");
  url.searchParams.set("join_request", Buffer.from(bytes).toString("base64url"));
  const params = readJoinParams(url);
  if (typeof params === "string") throw new MalformedError(params, 0, "livekit_rtc.proto");
  if ((params.publisherOffer?.sdp.length ?? 0) > MAX_JOIN_BYTES)
    throw new Error("more than may be unpacked was unpacked");
}

/** The same offer twice, for one who publishes one track of each kind and is to get one of each. */
function takeOffers(text: string): void {
  const owner = participantOf("ada");
  const publications = new Publications(owner, DEFAULT_LIMITS);
  const [microphone, camera] = [
    announce(publications, TrackType.AUDIO, "mic-1"),
    announce(publications, TrackType.VIDEO, "other"),
  ];
  const publishing = new PublishSide(
    {
      announced: (kind) => publications.announced(kind),
      onPublished: (track) => publications.begin(track),
      onUnpublished: (track) => publications.end(track),
    },
    { begin: () => undefined, end: () => undefined },
  );
  const slots = new ReceiveSlots({ begin: () => undefined, end: () => undefined, unsupported: () => undefined });
  for (const track of [microphone, camera]) slots.add(new Subscription(track));
  const answering = new Answering({
    accept: () => LOCAL,
    want: (section) =>
      publishing.want(section) ?? (section.direction === "sendonly" ? idleWant(section.kind) : slots.want(section)),
    maxMessageBytes: 1_000,
  });
  for (const id of [1, 2]) {
    const { agreement } = answering.answer(new SessionDescription({ type: "offer", sdp: text, id }));
    publishing.settle(agreement);
    slots.settle(agreement);
    slots.requirement();
  }
}

function participantOf(identity: string): Participant {
  const grants = readGrants({ sub: identity });
  if (typeof grants === "string") throw new Error(grants);
  return new Participant(grants, 0);
}

function announce(publications: Publications, type: TrackType, cid: string): PublishedTrack {
  const track = publications.announce(new AddTrackRequest({ cid, type }), 0);
  if (track instanceof PublishedTrack) return track;
  throw new Error(track.message);
}

function requestSeeds(): readonly Uint8Array[] {
  const requests: SignalRequest["message"][] = [
    { case: "addTrack", value: new AddTrackRequest({ cid: "c", simulcastCodecs: [{ codec: "h264", cid: "c" }] }) },
    { case: "offer", value: new SessionDescription({ type: "offer", sdp: "v=0", id: 1 }) },
    { case: "ping", value: 5n },
  ];
  return requests.map((message) => new SignalRequest({ message }).toBinary());
}

function dataSeed(): Uint8Array {
  const user = new UserPacket({ payload: Uint8Array.of(1, 2), destinationIdentities: ["bob"], topic: "t" });
  return new DataPacket({ value: { case: "user", value: user }, destinationIdentities: ["bob"] }).toBinary();
}

/** What is read is written again, as a relay does it; the reader refuses the rest in its own words. */
function takeMessage(type: { fromBinary(bytes: Uint8Array): { toBinary(): Uint8Array } }, bytes: Uint8Array): void {
  let message;
  try {
    message = type.fromBinary(bytes);
  } catch (error) {
    throw new MalformedError(String(error), 0, "livekit_rtc.proto");
  }
  message.toBinary();
}
