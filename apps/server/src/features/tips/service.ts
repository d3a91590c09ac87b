/** What other parts may ask of tips: the snapshots of the topics they share. */
import { type ShownTip, TIP_LIMITS, type TipsSnapshot, type TipTotal } from "@rostrum/contract/tips";
import type { Context } from "../../context.ts";
import type { SnapshotPart } from "../../http/realtime-rules.ts";
import { findShown } from "../broadcasts/service.ts";
import type { TipParts } from "./parts.ts";
import { shownTip } from "./present.ts";
import { findTip, listShown } from "./queries.ts";
import { settingsOf, type TippedShow, tippingOf } from "./settings.ts";
import { heldOf } from "./staff.ts";
import { standingOf, totalsOf } from "./standing.ts";

export type { TipParts } from "./parts.ts";

/** Part of the snapshot of `broadcast:<id>`: `{ tips, goal, leaderboard, tipping }`. */
export function tipsSnapshot(parts: TipParts): SnapshotPart {
  return async (_caller, id) => {
    const row = await findShown(parts.ctx.store.db, id);
    return row === undefined ? {} : tipsOf(parts, row);
  };
}

/** Part of the snapshot of `moderation:<id>`, for who may moderate: `{ heldTips }`. */
export function heldTipsSnapshot(parts: Pick<TipParts, "ctx">): SnapshotPart {
  return async (_caller, id) => ({ heldTips: await heldOf(parts, id) });
}

/** Out of the ledger, what a show was tipped, one for each currency and provider. Without asking who wants to know. */
export async function tipTotalsOf(ctx: Context, channelId: string, broadcastId: string): Promise<TipTotal[]> {
  return totalsOf(ctx.store.db, channelId, { broadcastId });
}

/** As everybody may see it; null when there is none. Without asking who wants to know. */
export async function shownTipOf(ctx: Context, id: string): Promise<ShownTip | null> {
  const row = await findTip(ctx.store.db, id);
  return row === undefined ? null : shownTip(row);
}

/** Newest tips first; children are shown none. */
export async function tipsOf(parts: TipParts, show: TippedShow): Promise<TipsSnapshot> {
  const { db } = parts.ctx.store;
  if (show.kid_mode) {
    const tipping = await tippingOf(parts, await settingsOf(db, show.channel_id), show);
    return { tips: [], goal: null, leaderboard: [], tipping };
  }
  const [rows, standing, settings] = await Promise.all([
    listShown(db, show.id, parts.payments.provider, TIP_LIMITS.recent),
    standingOf(parts, show),
    settingsOf(db, show.channel_id),
  ]);
  return { tips: rows.map(shownTip), ...standing, tipping: await tippingOf(parts, settings, show) };
}
