/** A new broadcast: what its maker does not say comes from the channel. */
import { DEFAULT_MINIMUM_AGE } from "@rostrum/contract/age-gate";
import type { CreateBroadcastBody } from "@rostrum/contract/broadcasts";
import type { Insertable } from "kysely";
import type { z } from "zod";
import type { BroadcastTable } from "../../store/schema.ts";
import { type ChannelRow, mediaSettingsOf } from "../channels/service.ts";

export type Wanted = Readonly<{ id: string; title: string; createdBy: string | null }> &
  Partial<Omit<z.output<typeof CreateBroadcastBody>, "channelId" | "title">>;

/** `startAt` makes it scheduled, else it is a draft. */
export function newBroadcastRow(channel: ChannelRow, wanted: Wanted): Insertable<BroadcastTable> {
  const media = mediaSettingsOf(channel);
  const startAt = wanted.startAt ?? null;
  return {
    id: wanted.id,
    channel_id: channel.id,
    title: wanted.title,
    description: wanted.description ?? "",
    category: wanted.category ?? channel.category,
    tags: JSON.stringify(wanted.tags ?? channel.tags),
    language: wanted.language ?? channel.language,
    poster_key: null,
    state: startAt === null ? "draft" : "scheduled",
    visibility: wanted.visibility ?? "public",
    latency_mode: wanted.latencyMode ?? media.latencyMode,
    auto_live: wanted.autoLive ?? channel.auto_live,
    dvr_window_sec: wanted.dvrWindowSec ?? channel.dvr_window_sec,
    reconnect_window_sec: wanted.reconnectWindowSec ?? channel.reconnect_window_sec,
    record: wanted.record ?? media.record,
    ...(wanted.watermarkCorner === undefined ? {} : { watermark_corner: wanted.watermarkCorner }),
    age_restricted: wanted.ageRestricted ?? false,
    minimum_age: wanted.minimumAge ?? DEFAULT_MINIMUM_AGE,
    kid_mode: wanted.kidMode ?? false,
    start_at: startAt === null ? null : new Date(startAt),
    created_by: wanted.createdBy,
    live_at: null,
    interrupted_at: null,
    ended_at: null,
  };
}
