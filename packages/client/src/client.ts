/** The HTTP API as functions: one per route, typed by the contract. Works in browsers, Node and mobile; no UI. DESIGN §6. */
import type {
  ApiToken,
  ChangePasswordBody,
  CreatedInvite,
  CreatedToken,
  CreateInviteBody,
  CreateTokenBody,
  Instance,
  Invite,
  LoginBody,
  RegisterBody,
  SessionAnswer,
  SessionInfo,
  SetupBody,
  UpdateMeBody,
  User,
} from "@rostrum/contract/accounts";
import type { Analytics, LiveAnalytics } from "@rostrum/contract/analytics";
import type { AgeConsent, MinimumAge } from "@rostrum/contract/age-gate";
import type {
  BeaconAnswer,
  Broadcast,
  CreateBroadcastBody,
  ListBroadcastsQuery,
  OEmbed,
  OverlayToken,
  OwnBroadcast,
  Playback,
  UpdateBroadcastBody,
  ViewerBeacon,
} from "@rostrum/contract/broadcasts";
import type {
  AddMemberBody,
  Channel,
  ChannelMember,
  CreateChannelBody,
  DeleteChannelBody,
  IngestEndpoints,
  KeySlot,
  MaskedKey,
  OwnChannel,
  RevealedKey,
  RevealKeyBody,
  UpdateChannelBody,
  UpdateMemberBody,
} from "@rostrum/contract/channels";
import type {
  ChannelChatSearchQuery,
  ChatEmote,
  ChatHistoryQuery,
  ChatMessage,
  ChatSearchQuery,
  ModeratedChatMessage,
  OwnChatSettings,
  UpdateChatSettingsBody,
} from "@rostrum/contract/chat";
import type { Clip, CreateClipBody, UpdateClipBody } from "@rostrum/contract/clips";
import type { FileSourceAnswer, FileSourceBody, MediaFile, MediaFiles, UpdateFileBody } from "@rostrum/contract/files";
import type { HealthHistory, HealthMinutes } from "@rostrum/contract/health";
import type {
  ChannelStorage,
  CreateMarkerBody,
  Marker,
  OwnRecording,
  Recording,
  UpdateRecordingBody,
} from "@rostrum/contract/recordings";
import type { ConnectedSources, TakeSourceBody } from "@rostrum/contract/sources";
import { type CallOptions, type ClientOptions, createHttp, type Http } from "./http.ts";
import { engagement } from "./engagement.ts";
import { moderation } from "./moderation.ts";
import { follows, push, webhooks } from "./outgoing.ts";
import { registrations } from "./registrations.ts";
import { createRealtime, type Realtime, type RealtimeOptions } from "./realtime.ts";
import { tips } from "./tips.ts";

/** What a schema of the contract takes and gives. */
type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];
type Out<T extends { _zod: { output: unknown } }> = T["_zod"]["output"];

/** One page of a list; `nextCursor` is null on the last. */
export type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;
export type PageOptions = Readonly<{ cursor?: string | undefined; limit?: number | undefined }>;

type Filters<T> = { readonly [K in keyof T]?: T[K] | undefined };
/** Filters of a list of broadcasts; what is undefined or empty is left out. */
export type BroadcastFilters = PageOptions &
  Filters<Omit<Out<typeof ListBroadcastsQuery>, "cursor" | "limit" | "mine">>;

export type Client = ReturnType<typeof createClient>;

/** A broadcast as its crew sees it. */
export function isOwn(broadcast: Broadcast | OwnBroadcast): broadcast is OwnBroadcast {
  return "role" in broadcast;
}

/**
 * Every method rejects with `ApiError`. With cookies (no `accessToken`) a call refused as `unauthenticated` renews the session once
 * and is sent again; calls that are refused at the same time share the renewal.
 */
export function createClient(options: ClientOptions) {
  const http = createHttp(options);
  return {
    /** Renews the session in the cookies; false when it has ended. */
    renew: () => http.renew(),
    /** A file of the API, whole. `href` as in a link to it: from `/api/v1` on. */
    file: (href: string, call?: CallOptions) => http.file(href, call),
    /** What happens as it happens; shares the renewal of the session. The caller closes it. */
    realtime: (options: Omit<RealtimeOptions, "http">): Realtime => createRealtime({ ...options, http }),
    instance: (call?: CallOptions) => http.call<Instance>("/instance", call),
    setup: (body: In<typeof SetupBody>) => http.call<SessionAnswer>("/setup", { method: "POST", body }),
    /** The visitor is at least so old. Also kept as a cookie by browsers. */
    confirmAge: (minimumAge: MinimumAge) =>
      http.call<AgeConsent>("/age-consents", { method: "POST", body: { minimumAge, confirmed: true } }),
    oembed: (url: string, call?: CallOptions) => http.call<OEmbed>("/oembed", { ...call, query: { url } }),
    auth: auth(http),
    me: me(http),
    invites: {
      create: (body: In<typeof CreateInviteBody> = {}) =>
        http.call<CreatedInvite>("/invites", { method: "POST", body }),
      list: (query: PageOptions = {}, call?: CallOptions) => http.call<Page<Invite>>("/invites", { ...call, query }),
      /** One that was used keeps its account. */
      remove: (id: string) => http.call<void>(`/invites/${id}`, { method: "DELETE" }),
    },
    channels: channels(http),
    keys: keys(http),
    broadcasts: broadcasts(http),
    analytics: analytics(http),
    files: files(http),
    sources: sources(http),
    recordings: recordings(http),
    markers: markers(http),
    clips: clips(http),
    tips: tips(http),
    chat: chat(http),
    engagement: engagement(http),
    moderation: moderation(http),
    follows: follows(http),
    push: push(http),
    webhooks: webhooks(http),
    registrations: registrations(http),
  };
}

function chat(http: Http) {
  const at = (broadcastId: string) => `/broadcasts/${broadcastId}/chat`;
  const emotes = (channelId: string) => `/channels/${channelId}/emotes`;
  return {
    /** Newest first; with `fromMs` or `toMs` by media time, oldest first. */
    history: (broadcastId: string, query: Filters<Out<typeof ChatHistoryQuery>> = {}, call?: CallOptions) =>
      http.call<Page<ChatMessage>>(at(broadcastId), { ...call, query }),
    /** For moderators, also in what is held or deleted. */
    search: (broadcastId: string, query: Filters<Out<typeof ChatSearchQuery>> = {}, call?: CallOptions) =>
      http.call<Page<ModeratedChatMessage>>(`${at(broadcastId)}/search`, { ...call, query }),
    /** As `search`, in all chats of a channel. */
    searchChannel: (channelId: string, query: Filters<Out<typeof ChannelChatSearchQuery>> = {}, call?: CallOptions) =>
      http.call<Page<ModeratedChatMessage>>(`/channels/${channelId}/chat/search`, { ...call, query }),
    settings: (broadcastId: string, call?: CallOptions) =>
      http.call<OwnChatSettings>(`${at(broadcastId)}-settings`, call),
    updateSettings: (broadcastId: string, body: UpdateChatSettingsBody) =>
      http.call<OwnChatSettings>(`${at(broadcastId)}-settings`, { method: "PATCH", body }),
    emotes: (channelId: string, call?: CallOptions) => http.call<{ items: ChatEmote[] }>(emotes(channelId), call),
    addEmote: (channelId: string, name: string, picture: Blob) =>
      http.call<ChatEmote>(emotes(channelId), { method: "POST", query: { name }, body: formOf(picture) }),
    renameEmote: (channelId: string, id: string, name: string) =>
      http.call<ChatEmote>(`${emotes(channelId)}/${id}`, { method: "PATCH", body: { name } }),
    removeEmote: (channelId: string, id: string) => http.call<void>(`${emotes(channelId)}/${id}`, { method: "DELETE" }),
    channelSettings: (channelId: string, call?: CallOptions) =>
      http.call<OwnChatSettings>(`/channels/${channelId}/chat-settings`, call),
    updateChannelSettings: (channelId: string, body: UpdateChatSettingsBody) =>
      http.call<OwnChatSettings>(`/channels/${channelId}/chat-settings`, { method: "PATCH", body }),
  };
}

function auth(http: Http) {
  return {
    register: (body: In<typeof RegisterBody>) => http.call<SessionAnswer>("/auth/register", { method: "POST", body }),
    login: (body: In<typeof LoginBody>) => http.call<SessionAnswer>("/auth/login", { method: "POST", body }),
    refresh: () => http.call<SessionAnswer>("/auth/refresh", { method: "POST" }),
    logout: () => http.call<void>("/auth/logout", { method: "POST" }),
    /** Ends every session of the account, on all devices. */
    logoutAll: () => http.call<void>("/auth/logout-all", { method: "POST" }),
  };
}

function me(http: Http) {
  return {
    get: (call?: CallOptions) => http.call<User>("/me", call),
    update: (body: In<typeof UpdateMeBody>) => http.call<User>("/me", { method: "PATCH", body }),
    changePassword: (body: In<typeof ChangePasswordBody>) => http.call<void>("/me/password", { method: "POST", body }),
    sessions: (call?: CallOptions) => http.call<{ items: SessionInfo[] }>("/me/sessions", call),
    endSession: (id: string) => http.call<void>(`/me/sessions/${id}`, { method: "DELETE" }),
    tokens: (call?: CallOptions) => http.call<{ items: ApiToken[] }>("/me/tokens", call),
    createToken: (body: In<typeof CreateTokenBody>) =>
      http.call<Out<typeof CreatedToken>>("/me/tokens", { method: "POST", body }),
    removeToken: (id: string) => http.call<void>(`/me/tokens/${id}`, { method: "DELETE" }),
  };
}

function channels(http: Http) {
  const at = (id: string) => `/channels/${id}`;
  return {
    list: (query: PageOptions = {}, call?: CallOptions) => http.call<Page<Channel>>("/channels", { ...call, query }),
    /** Those on which the caller has a role. */
    mine: (query: PageOptions = {}, call?: CallOptions) =>
      http.call<Page<OwnChannel>>("/channels", { ...call, query: { ...query, mine: true } }),
    get: (id: string, call?: CallOptions) => http.call<Channel | OwnChannel>(at(id), call),
    byHandle: (handle: string, call?: CallOptions) =>
      http.call<Channel | OwnChannel>(`/channels/by-handle/${encodeURIComponent(handle)}`, call),
    create: (body: In<typeof CreateChannelBody>) => http.call<OwnChannel>("/channels", { method: "POST", body }),
    update: (id: string, body: In<typeof UpdateChannelBody>) =>
      http.call<OwnChannel>(at(id), { method: "PATCH", body }),
    remove: (id: string, body: In<typeof DeleteChannelBody>) => http.call<void>(at(id), { method: "DELETE", body }),
    putPoster: (id: string, picture: Blob) =>
      http.call<OwnChannel>(`${at(id)}/poster`, { method: "PUT", body: formOf(picture) }),
    removePoster: (id: string) => http.call<OwnChannel>(`${at(id)}/poster`, { method: "DELETE" }),
    members: (id: string, call?: CallOptions) => http.call<{ items: ChannelMember[] }>(`${at(id)}/members`, call),
    addMember: (id: string, body: In<typeof AddMemberBody>) =>
      http.call<ChannelMember>(`${at(id)}/members`, { method: "POST", body }),
    updateMember: (id: string, accountId: string, body: In<typeof UpdateMemberBody>) =>
      http.call<ChannelMember>(`${at(id)}/members/${accountId}`, { method: "PATCH", body }),
    removeMember: (id: string, accountId: string) =>
      http.call<void>(`${at(id)}/members/${accountId}`, { method: "DELETE" }),
    ingest: (id: string, call?: CallOptions) => http.call<IngestEndpoints>(`${at(id)}/ingest`, call),
  };
}

function keys(http: Http) {
  const at = (channelId: string) => `/channels/${channelId}/keys`;
  return {
    list: (channelId: string, call?: CallOptions) => http.call<{ items: MaskedKey[] }>(at(channelId), call),
    reveal: (channelId: string, slot: KeySlot, body: In<typeof RevealKeyBody>) =>
      http.call<Out<typeof RevealedKey>>(`${at(channelId)}/${slot}/reveal`, { method: "POST", body }),
    /** The old key stops working at once; an encoder that uses it is disconnected. */
    rotate: (channelId: string, slot: KeySlot) =>
      http.call<Out<typeof RevealedKey>>(`${at(channelId)}/${slot}/rotate`, { method: "POST" }),
  };
}

function broadcasts(http: Http) {
  const at = (id: string) => `/broadcasts/${id}`;
  const act = (id: string, action: "preview" | "live" | "end") =>
    http.call<OwnBroadcast>(`${at(id)}/${action}`, { method: "POST" });
  return {
    /** Public discovery. */
    list: (query: BroadcastFilters = {}, call?: CallOptions) =>
      http.call<Page<Broadcast>>("/broadcasts", { ...call, query }),
    /** Those of the channels on which the caller has a role, drafts and all visibilities included. */
    mine: (query: BroadcastFilters = {}, call?: CallOptions) =>
      http.call<Page<OwnBroadcast>>("/broadcasts", { ...call, query: { ...query, mine: true } }),
    get: (id: string, call?: CallOptions) => http.call<Broadcast | OwnBroadcast>(at(id), call),
    create: (body: In<typeof CreateBroadcastBody>) => http.call<OwnBroadcast>("/broadcasts", { method: "POST", body }),
    update: (id: string, body: In<typeof UpdateBroadcastBody>) =>
      http.call<OwnBroadcast>(at(id), { method: "PATCH", body }),
    remove: (id: string) => http.call<void>(at(id), { method: "DELETE" }),
    preview: (id: string) => act(id, "preview"),
    live: (id: string) => act(id, "live"),
    end: (id: string) => act(id, "end"),
    putPoster: (id: string, picture: Blob) =>
      http.call<OwnBroadcast>(`${at(id)}/poster`, { method: "PUT", body: formOf(picture) }),
    removePoster: (id: string) => http.call<OwnBroadcast>(`${at(id)}/poster`, { method: "DELETE" }),
    putWatermark: (id: string, picture: Blob) =>
      http.call<OwnBroadcast>(`${at(id)}/watermark`, { method: "PUT", body: formOf(picture) }),
    removeWatermark: (id: string) => http.call<OwnBroadcast>(`${at(id)}/watermark`, { method: "DELETE" }),
    testSignal: (id: string, on: boolean) => http.call<void>(`${at(id)}/test-signal`, { method: "POST", body: { on } }),
    playback: (id: string, call?: CallOptions) => http.call<Playback>(`${at(id)}/playback`, call),
    /** For links to overlays of a show that is not for everybody. */
    overlayToken: (id: string, call?: CallOptions) => http.call<OverlayToken>(`${at(id)}/overlay-token`, call),
    beacon: (id: string, body: ViewerBeacon, call?: CallOptions) =>
      http.call<BeaconAnswer>(`${at(id)}/beacon`, { ...call, method: "POST", body }),
    /** `after` is the newest sample's `at` that the caller has; null or left out: all there is. */
    health: (id: string, { after, ...call }: CallOptions & { after?: string | null } = {}) =>
      http.call<Out<typeof HealthHistory>>(`${at(id)}/health`, { ...call, query: { after: after ?? undefined } }),
    /** Of the whole show, oldest first. */
    healthMinutes: (id: string, call?: CallOptions) =>
      http.call<Out<typeof HealthMinutes>>(`${at(id)}/health/minutes`, call),
  };
}

function analytics(http: Http) {
  const at = (broadcastId: string) => `/broadcasts/${broadcastId}/analytics`;
  return {
    /** How a show is being watched. */
    live: (broadcastId: string, call?: CallOptions) => http.call<LiveAnalytics>(`${at(broadcastId)}/live`, call),
    /** How it was watched, as a whole. */
    get: (broadcastId: string, call?: CallOptions) => http.call<Analytics>(at(broadcastId), call),
  };
}

function recordings(http: Http) {
  const at = (id: string) => `/recordings/${id}`;
  return {
    /** Newest first; the crew gets all of them in its own view. */
    list: (query: PageOptions & { channelId?: string; broadcastId?: string }, call?: CallOptions) =>
      http.call<Page<Recording | OwnRecording>>("/recordings", { ...call, query }),
    get: (id: string, call?: CallOptions) => http.call<Recording | OwnRecording>(at(id), call),
    update: (id: string, body: In<typeof UpdateRecordingBody>) =>
      http.call<OwnRecording>(at(id), { method: "PATCH", body }),
    remove: (id: string) => http.call<void>(at(id), { method: "DELETE" }),
    /** Starts making the MP4 file; asking again while it is made, or when it is there, changes nothing. */
    makeMp4: (id: string) => http.call<OwnRecording>(`${at(id)}/mp4`, { method: "POST" }),
    storage: (channelId: string, call?: CallOptions) =>
      http.call<ChannelStorage>(`/channels/${channelId}/storage`, call),
  };
}

function markers(http: Http) {
  const at = (broadcastId: string) => `/broadcasts/${broadcastId}/markers`;
  return {
    list: (broadcastId: string, call?: CallOptions) => http.call<{ items: Marker[] }>(at(broadcastId), call),
    create: (broadcastId: string, body: In<typeof CreateMarkerBody>) =>
      http.call<Marker>(at(broadcastId), { method: "POST", body }),
    remove: (broadcastId: string, id: string) => http.call<void>(`${at(broadcastId)}/${id}`, { method: "DELETE" }),
  };
}

function clips(http: Http) {
  const at = (id: string) => `/clips/${id}`;
  return {
    /** Newest first. */
    list: (query: PageOptions & { channelId?: string; broadcastId?: string }, call?: CallOptions) =>
      http.call<Page<Clip>>("/clips", { ...call, query }),
    get: (id: string, call?: CallOptions) => http.call<Clip>(at(id), call),
    /** Answers when the media is safe; the file follows within seconds: ask again until `state` is no longer `making`. */
    create: (broadcastId: string, body: In<typeof CreateClipBody>) =>
      http.call<Clip>(`/broadcasts/${broadcastId}/clips`, { method: "POST", body }),
    update: (id: string, body: In<typeof UpdateClipBody>) => http.call<Clip>(at(id), { method: "PATCH", body }),
    remove: (id: string) => http.call<void>(at(id), { method: "DELETE" }),
    /** Counts one view: a player began. */
    viewed: (id: string) => http.call<void>(`${at(id)}/view`, { method: "POST" }),
  };
}

function sources(http: Http) {
  const at = (broadcastId: string) => `/broadcasts/${broadcastId}/sources`;
  return {
    get: (broadcastId: string, call?: CallOptions) => http.call<ConnectedSources>(at(broadcastId), call),
    take: (broadcastId: string, sourceId: In<typeof TakeSourceBody>["sourceId"]) =>
      http.call<ConnectedSources>(`${at(broadcastId)}/take`, { method: "POST", body: { sourceId } }),
  };
}

function files(http: Http) {
  const at = (id: string) => `/files/${id}`;
  const source = (broadcastId: string) => `/broadcasts/${broadcastId}/file-source`;
  return {
    list: (channelId: string, call?: CallOptions) => http.call<MediaFiles>(`/channels/${channelId}/files`, call),
    /** A page that shows the progress of the upload sends the form itself, as `file` of multipart/form-data. */
    upload: (channelId: string, video: Blob, call?: CallOptions) =>
      http.call<MediaFile>(`/channels/${channelId}/files`, { ...call, method: "POST", body: formOf(video) }),
    rename: (id: string, body: In<typeof UpdateFileBody>) => http.call<MediaFile>(at(id), { method: "PATCH", body }),
    remove: (id: string) => http.call<void>(at(id), { method: "DELETE" }),
    /** What a broadcast plays. */
    playing: (broadcastId: string, call?: CallOptions) => http.call<FileSourceAnswer>(source(broadcastId), call),
    play: (broadcastId: string, body: In<typeof FileSourceBody>) =>
      http.call<FileSourceAnswer>(source(broadcastId), { method: "POST", body }),
    next: (broadcastId: string) => http.call<void>(`${source(broadcastId)}/next`, { method: "POST" }),
    stop: (broadcastId: string) => http.call<void>(source(broadcastId), { method: "DELETE" }),
  };
}

function formOf(picture: Blob): FormData {
  const form = new FormData();
  form.append("file", picture);
  return form;
}
