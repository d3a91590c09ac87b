/** What of a channel goes out. The public and the member's view are separate functions: nothing slips from one into the other. */
import {
  type Channel,
  type ChannelMember,
  DEFAULT_MEDIA_SETTINGS,
  type MaskedKey,
  type MediaSettings,
  type OwnChannel,
} from "@rostrum/contract/channels";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { posterUrl } from "../posters/service.ts";
import { maskStreamKey } from "./keys.ts";
import type { ChannelRow, MemberRow, StreamKeyRow } from "./queries.ts";

/** Everybody's view. */
export function publicChannel(row: ChannelRow, followers: number): Channel {
  return {
    id: row.id,
    handle: row.handle,
    title: row.title,
    description: row.description,
    category: row.category,
    tags: row.tags,
    language: row.language,
    posterUrl: posterUrl(row.poster_key),
    followers,
    createdAt: row.created_at.toISOString(),
  };
}

/** A member's view. */
export function ownChannel(row: ChannelRow, role: ChannelRole, followers: number): OwnChannel {
  return {
    ...publicChannel(row, followers),
    role,
    settings: {
      autoLive: row.auto_live,
      secondPublisher: row.second_publisher,
      reconnectWindowSec: row.reconnect_window_sec,
      dvrWindowSec: row.dvr_window_sec,
      ...mediaSettingsOf(row),
    },
  };
}

/** With the defaults of what was never set. */
export function mediaSettingsOf(row: Pick<ChannelRow, "media">): MediaSettings {
  return { ...DEFAULT_MEDIA_SETTINGS, ...row.media };
}

/** Never more of an account than other members may know. */
export function member(row: MemberRow): ChannelMember {
  return {
    accountId: row.account_id,
    handle: row.handle,
    displayName: row.display_name,
    role: row.role,
    since: row.created_at.toISOString(),
  };
}

/** The key itself is not in the row. */
export function maskedKey(row: StreamKeyRow, inUse: boolean): MaskedKey {
  return {
    slot: row.slot,
    masked: maskStreamKey(row.last4),
    createdAt: row.created_at.toISOString(),
    rotatedAt: row.rotated_at?.toISOString() ?? null,
    inUse,
  };
}
