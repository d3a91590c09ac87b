/** How much a channel may keep, and what is said when that is used up. */
import type { ChannelStorage } from "@rostrum/contract/recordings";
import type { Context } from "../../context.ts";
import {
  type ChannelRow,
  describeUse,
  gib,
  mediaSettingsOf,
  type StorageUse,
  storageUse,
} from "../channels/service.ts";

const GIB = 1024 ** 3;

/** What the channel keeps of what it may. */
export async function storageOf(
  db: Context["store"]["db"],
  channel: Pick<ChannelRow, "id" | "media">,
): Promise<ChannelStorage> {
  const { quotaGib, retentionDays } = mediaSettingsOf(channel);
  const use = await storageUse(db, channel.id);
  const { recordings, files, clips, usedBytes } = use;
  const quotaBytes = quotaGib === null ? null : quotaGib * GIB;
  const isFull = quotaBytes !== null && usedBytes >= quotaBytes;
  const full = isFull ? fullSentence(use, quotaBytes) : null;
  return {
    ...{ recordings: recordings.count, recordingBytes: recordings.bytes },
    ...{ files: files.count, fileBytes: files.bytes, clips: clips.count, clipBytes: clips.bytes },
    ...{ usedBytes, quotaBytes, retentionDays, full },
  };
}

function fullSentence(use: StorageUse, quotaBytes: number): string {
  return `Nothing more is recorded: the channel's quota of ${gib(quotaBytes)} GiB is full (${describeUse(use)}). Delete some of it, or raise the quota.`;
}
