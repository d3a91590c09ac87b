/** The part of the API that is for moderators: what was done, who is banned, what is let through. What they do goes through `realtime`. */
import type {
  Appeal,
  Ban,
  CreateFilterBody,
  FilterAction,
  ListAppealsQuery,
  ListBansQuery,
  ListLogQuery,
  LogEntry,
  ModerationSettings,
  OwnBan,
  PersonCard,
  TryTextAnswer,
  WordFilter,
} from "@rostrum/contract/moderation";
import type { CallOptions, Http } from "./http.ts";

type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];
type Out<T extends { _zod: { output: unknown } }> = T["_zod"]["output"];
type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;
type Query<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Lists are newest first. */
export function moderation(http: Http) {
  const at = (channelId: string) => `/channels/${channelId}/moderation`;
  return {
    bans: (channelId: string, query: Query<Out<typeof ListBansQuery>> = {}, call?: CallOptions) =>
      http.call<Page<Ban>>(`${at(channelId)}/bans`, { ...call, query }),
    log: (channelId: string, query: Query<Out<typeof ListLogQuery>> = {}, call?: CallOptions) =>
      http.call<Page<LogEntry>>(`${at(channelId)}/log`, { ...call, query }),
    appeals: (channelId: string, query: Query<Out<typeof ListAppealsQuery>> = {}, call?: CallOptions) =>
      http.call<Page<Appeal>>(`${at(channelId)}/appeals`, { ...call, query }),
    /** What is known of an account. */
    person: (channelId: string, accountId: string, call?: CallOptions) =>
      http.call<PersonCard>(`${at(channelId)}/accounts/${accountId}`, call),
    /** Those that count against the caller, everywhere. */
    ownBans: (call?: CallOptions) => http.call<{ items: OwnBan[] }>("/me/bans", call),
    settings: (channelId: string, call?: CallOptions) =>
      http.call<ModerationSettings>(`${at(channelId)}/settings`, call),
    /** As a whole: what is left out has its default again. */
    saveSettings: (channelId: string, body: In<typeof ModerationSettings>) =>
      http.call<ModerationSettings>(`${at(channelId)}/settings`, { method: "PUT", body }),
    /** What would become of a text. */
    tryText: (channelId: string, text: string) =>
      http.call<Out<typeof TryTextAnswer>>(`${at(channelId)}/try`, { method: "POST", body: { text } }),
    filters: (channelId: string, call?: CallOptions) =>
      http.call<{ items: WordFilter[] }>(`${at(channelId)}/filters`, call),
    addFilter: (channelId: string, body: In<typeof CreateFilterBody>) =>
      http.call<WordFilter>(`${at(channelId)}/filters`, { method: "POST", body }),
    changeFilter: (channelId: string, id: string, action: FilterAction) =>
      http.call<WordFilter>(`${at(channelId)}/filters/${id}`, { method: "PATCH", body: { action } }),
    removeFilter: (channelId: string, id: string) =>
      http.call<void>(`${at(channelId)}/filters/${id}`, { method: "DELETE" }),
  };
}
