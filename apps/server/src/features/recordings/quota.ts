/** How much a channel may keep, and what is said when that is used up. */
import type { ChannelStorage } from "@rostrum/contract/recordings";
import type { Context } from "../../context.ts";
import { type ChannelRow, mediaSettingsOf } from "../channels/service.ts";
import { usageOf } from "./queries.ts";

const GIB = 1024 ** 3;

/** What the channel's recordings take of what they may. */
export async function storageOf(
  db: Context["store"]["db"],
  channel: Pick<ChannelRow, "id" | "media">,
): Promise<ChannelStorage> {
  const { quotaGib, retentionDays } = mediaSettingsOf(channel);
  const { recordings, bytes: usedBytes } = await usageOf(db, channel.id);
  const quotaBytes = quotaGib === null ? null : quotaGib * GIB;
  const isFull = quotaBytes !== null && usedBytes >= quotaBytes;
  const full = isFull ? fullSentence(usedBytes, quotaBytes) : null;
  return { recordings, usedBytes, quotaBytes, retentionDays, full };
}

function fullSentence(usedBytes: number, quotaBytes: number): string {
  return `Nothing more is recorded: the channel's recordings take ${gib(usedBytes)} of ${gib(quotaBytes)} GiB. Delete some, or raise the quota.`;
}

/** With one digit behind the point at most. */
export function gib(bytes: number): string {
  return String(Math.round((bytes / GIB) * 10) / 10);
}
