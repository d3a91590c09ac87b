/** What an access token grants, and the permission that follows from it. Claims as LiveKit's AccessToken writes them. */
import {
  ParticipantInfo_Kind as Kind,
  ParticipantPermission,
  RoomConfiguration,
  TrackSource,
  type TrackInfo,
} from "@livekit/protocol";

/** The `video` claim. What a token leaves out is undefined, since some grants default to yes. */
export type VideoGrant = Readonly<{
  room: string;
  roomJoin: boolean;
  roomCreate: boolean;
  roomList: boolean;
  roomAdmin: boolean;
  canPublish: boolean | undefined;
  canSubscribe: boolean | undefined;
  canPublishData: boolean | undefined;
  canPublishSources: readonly TrackSource[];
  canUpdateOwnMetadata: boolean;
  canSubscribeMetrics: boolean;
  hidden: boolean;
  recorder: boolean;
  agent: boolean;
}>;

/** A verified token's content. `identity` is empty for tokens of servers, which join no room. */
export type Grants = Readonly<{
  identity: string;
  name: string;
  metadata: string;
  attributes: Readonly<Record<string, string>>;
  kind: Kind;
  video: VideoGrant;
  /** Settings for the room, should this join create it. */
  roomConfig: RoomConfiguration | undefined;
  /** Unix seconds before which the token did not count; 0 when it does not say. Revocation compares it. */
  notBeforeSec: number;
}>;

const SOURCE_NAMES: ReadonlyMap<string, TrackSource> = new Map([
  ["camera", TrackSource.CAMERA],
  ["microphone", TrackSource.MICROPHONE],
  ["screen_share", TrackSource.SCREEN_SHARE],
  ["screen_share_audio", TrackSource.SCREEN_SHARE_AUDIO],
]);

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["standard", Kind.STANDARD],
  ["ingress", Kind.INGRESS],
  ["egress", Kind.EGRESS],
  ["sip", Kind.SIP],
  ["agent", Kind.AGENT],
]);

/**
 * Reads the claims of a token whose signature is already verified.
 * @returns a sentence when a claim has the wrong shape
 */
export function readGrants(claims: Readonly<Record<string, unknown>>): Grants | string {
  const video = claims["video"] ?? {};
  if (!isRecord(video)) return "The token's `video` claim is not an object.";
  const sources = readSources(video["canPublishSources"]);
  if (typeof sources === "string") return sources;
  const attributes = claims["attributes"] ?? {};
  if (!isTextMap(attributes)) return "The token's `attributes` claim is not an object of texts.";
  const roomConfig = readRoomConfig(claims["roomConfig"]);
  if (typeof roomConfig === "string") return roomConfig;
  return {
    identity: text(claims["sub"]),
    name: text(claims["name"]),
    metadata: text(claims["metadata"]),
    attributes,
    kind: KINDS.get(text(claims["kind"]).toLowerCase()) ?? Kind.STANDARD,
    video: { ...readVideo(video), canPublishSources: sources },
    roomConfig,
    notBeforeSec: typeof claims["nbf"] === "number" ? claims["nbf"] : 0,
  };
}

/** The permission a join begins with. Left out: publish and subscribe yes, data as publish, own metadata no. */
export function permissionOf({ video, kind }: Pick<Grants, "video" | "kind">): ParticipantPermission {
  const canPublish = video.canPublish ?? true;
  return new ParticipantPermission({
    canPublish,
    canSubscribe: video.canSubscribe ?? true,
    canPublishData: video.canPublishData ?? canPublish,
    canPublishSources: [...video.canPublishSources],
    canUpdateMetadata: video.canUpdateOwnMetadata,
    canSubscribeMetrics: video.canSubscribeMetrics,
    hidden: video.hidden,
    recorder: video.recorder,
    agent: video.agent || kind === Kind.AGENT,
  });
}

/** Whether a track of this source may be published; a list of sources, when there is one, is the whole truth. */
export function mayPublish(permission: ParticipantPermission, source: TrackInfo["source"]): boolean {
  if (!permission.canPublish) return false;
  return permission.canPublishSources.length === 0 || permission.canPublishSources.includes(source);
}

/** The `video` claim of a token that gives again what the participant has now. */
export function videoClaim(room: string, permission: ParticipantPermission): Record<string, unknown> {
  const names = [...SOURCE_NAMES].filter(([, source]) => permission.canPublishSources.includes(source));
  return {
    room,
    roomJoin: true,
    canPublish: permission.canPublish,
    canSubscribe: permission.canSubscribe,
    canPublishData: permission.canPublishData,
    canUpdateOwnMetadata: permission.canUpdateMetadata,
    ...(names.length > 0 ? { canPublishSources: names.map(([name]) => name) } : {}),
    ...(permission.canSubscribeMetrics ? { canSubscribeMetrics: true } : {}),
    ...(permission.hidden ? { hidden: true } : {}),
    ...(permission.recorder ? { recorder: true } : {}),
    ...(permission.agent ? { agent: true } : {}),
  };
}

/** The name of a kind as tokens carry it. */
export function kindName(kind: Kind): string {
  for (const [name, value] of KINDS) if (value === kind) return name;
  return "standard";
}

function readVideo(video: Readonly<Record<string, unknown>>): Omit<VideoGrant, "canPublishSources"> {
  return {
    room: text(video["room"]),
    roomJoin: video["roomJoin"] === true,
    roomCreate: video["roomCreate"] === true,
    roomList: video["roomList"] === true,
    roomAdmin: video["roomAdmin"] === true,
    canPublish: flag(video["canPublish"]),
    canSubscribe: flag(video["canSubscribe"]),
    canPublishData: flag(video["canPublishData"]),
    canUpdateOwnMetadata: video["canUpdateOwnMetadata"] === true,
    canSubscribeMetrics: video["canSubscribeMetrics"] === true,
    hidden: video["hidden"] === true,
    recorder: video["recorder"] === true,
    agent: video["agent"] === true,
  };
}

function readSources(value: unknown): readonly TrackSource[] | string {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return "The token's `canPublishSources` is not a list.";
  const sources: TrackSource[] = [];
  for (const name of value) {
    const source = typeof name === "string" ? SOURCE_NAMES.get(name.toLowerCase()) : undefined;
    // An unknown source must not widen the grant to all sources by leaving the list empty.
    if (source === undefined) return `The token's \`canPublishSources\` names what is not one of ${sourceList()}.`;
    sources.push(source);
  }
  return sources;
}

function readRoomConfig(value: unknown): RoomConfiguration | string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) return "The token's `roomConfig` claim is not an object.";
  try {
    return RoomConfiguration.fromJsonString(JSON.stringify(value), { ignoreUnknownFields: true });
  } catch {
    return "The token's `roomConfig` claim is not a RoomConfiguration message.";
  }
}

const sourceList = (): string => [...SOURCE_NAMES.keys()].join(", ");

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const flag = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === "string");
}
