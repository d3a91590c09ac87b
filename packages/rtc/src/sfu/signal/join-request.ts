/** What a client asks for when it opens the signalling socket: `/rtc/v1?join_request=…`, or `/rtc?auto_subscribe=…` of v0. */
import { gunzipSync } from "node:zlib";
import {
  type AddTrackRequest,
  ClientInfo,
  JoinRequest,
  type SessionDescription,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression as Compression,
} from "@livekit/protocol";

export type JoinParams = Readonly<{
  /** v1: one peer connection, the client offers. v0: one in each direction, each offered by its sender. */
  version: "v1" | "v0";
  autoSubscribe: boolean;
  /** The client tells how large it shows each picture; until it does, nothing large is sent. */
  adaptiveStream: boolean;
  /** It was here before and wants to go on with the same peer connections. */
  reconnect: boolean;
  client: ClientInfo;
  /** What the client would like to be known by; counts only with the grant to update its own metadata. */
  metadata: string;
  attributes: Readonly<Record<string, string>>;
  addTracks: readonly AddTrackRequest[];
  publisherOffer: SessionDescription | undefined;
}>;

/** A publisher's first offer has some 20 KB; more than this is no join request. */
export const MAX_JOIN_BYTES = 256 * 1024;

/**
 * For whoever has a good token: unpacking costs time.
 * @param url with the path `/rtc` or `/rtc/v1`
 * @returns a sentence when the join request cannot be read
 */
export function readJoinParams(url: URL): JoinParams | string {
  const query = url.searchParams;
  const wrapped = query.get("join_request");
  if (wrapped !== null) {
    const request = unwrap(wrapped);
    return typeof request === "string" ? request : fromRequest(request);
  }
  if (url.pathname === "/rtc/v1") return "The `join_request` parameter is missing.";
  return fromQuery(query);
}

function unwrap(text: string): JoinRequest | string {
  if (text.length > MAX_JOIN_BYTES * 2) return `The join request has ${text.length} characters, which is too many.`;
  try {
    const { compression, joinRequest } = WrappedJoinRequest.fromBinary(Buffer.from(text, "base64url"));
    if (compression === Compression.NONE) return JoinRequest.fromBinary(joinRequest);
    if (compression !== Compression.GZIP) return "The join request is compressed in a way other than gzip.";
    return JoinRequest.fromBinary(gunzipSync(joinRequest, { maxOutputLength: MAX_JOIN_BYTES }));
  } catch {
    return "The join request is not a WrappedJoinRequest message in base64url.";
  }
}

function fromRequest(request: JoinRequest): JoinParams {
  const settings = request.connectionSettings;
  return {
    version: "v1",
    autoSubscribe: settings?.autoSubscribe ?? true,
    adaptiveStream: settings?.adaptiveStream ?? false,
    reconnect: request.reconnect,
    client: request.clientInfo ?? new ClientInfo(),
    metadata: request.metadata,
    attributes: request.participantAttributes,
    addTracks: request.addTrackRequests,
    publisherOffer: request.publisherOffer,
  };
}

function fromQuery(query: URLSearchParams): JoinParams {
  return {
    version: "v0",
    autoSubscribe: isOn(query.get("auto_subscribe"), true),
    adaptiveStream: isOn(query.get("adaptive_stream"), false),
    reconnect: isOn(query.get("reconnect"), false),
    client: new ClientInfo({
      version: query.get("version") ?? "",
      protocol: Number.parseInt(query.get("protocol") ?? "0", 10) || 0,
      os: query.get("os") ?? "",
      browser: query.get("browser") ?? "",
      browserVersion: query.get("browser_version") ?? "",
    }),
    metadata: "",
    attributes: {},
    addTracks: [],
    publisherOffer: undefined,
  };
}

function isOn(value: string | null, fallback: boolean): boolean {
  if (value === null || value === "") return fallback;
  return value === "1" || value.toLowerCase() === "true";
}
