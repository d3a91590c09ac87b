/** Whether and how a channel takes tips. */
import { CURRENCIES, amountProblem } from "@rostrum/contract/money";
import {
  DEFAULT_TIP_SETTINGS,
  type Tipping,
  type TipSettings,
  type UpdateTipSettingsBody,
} from "@rostrum/contract/tips";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import type { Schema } from "../../store/schema.ts";
import { actorOf, audit } from "../audit/service.ts";
import { whyNotWithKids } from "../broadcasts/service.ts";
import { requirePermission } from "../channels/service.ts";
import { tellViewers, type TipParts } from "./parts.ts";
import { noticeOf } from "./present.ts";
import { findSettings, hasTakenMoney, listOnAir, saveSettings } from "./queries.ts";

/** What a show must tell to know whether it takes tips. */
export type TippedShow = Readonly<{ id: string; channel_id: string; state: string; kid_mode: boolean }>;

const ON_AIR: ReadonlySet<string> = new Set(["live", "interrupted"]);

export async function settingsOf(db: Kysely<Schema>, channelId: string): Promise<TipSettings> {
  const row = await findSettings(db, channelId);
  if (row === undefined) return DEFAULT_TIP_SETTINGS;
  const { enabled, currency, audience, min_amount_minor: min } = row;
  return { enabled, currency, audience, minAmountMinor: min === null ? null : Number(min) };
}

/** Why nothing can be given to this show now, as a sentence; null when it can. */
export async function whyClosed(
  { ctx, payments }: Pick<TipParts, "ctx" | "payments">,
  { enabled, audience }: TipSettings,
  show: TippedShow,
): Promise<string | null> {
  const withKids = whyNotWithKids(show, "tips");
  if (withKids !== null) return withKids;
  if (!enabled) return "This channel takes no tips.";
  if (audience === "kids") return "This channel is made for children; it takes no tips.";
  if (audience === "adults") return "This channel is for adults only; it takes no tips.";
  if (!ON_AIR.has(show.state)) return "Tips can be given while the show is on the air.";
  // Keys that were lost with a restart must not turn a channel that lives of tips into a demo.
  const isPlayedInstead = payments.provider === "demo" && (await hasTakenMoney(ctx.store.db, show.channel_id));
  return isPlayedInstead ? "Tips cannot be paid at the moment: no payment provider is set up on this server." : null;
}

/** What a page needs to offer tips. */
export async function tippingOf(
  parts: Pick<TipParts, "ctx" | "payments">,
  settings: TipSettings,
  show: TippedShow,
): Promise<Tipping> {
  const { currency, minAmountMinor } = settings;
  const { min, max } = CURRENCIES[currency];
  const notice = noticeOf(parts.payments.provider);
  const least = Math.max(min, minAmountMinor ?? 0);
  const closed = await whyClosed(parts, settings, show);
  return { closed, currency, minAmountMinor: least, maxAmountMinor: max, notice };
}

/** @throws {AppError} not_found, forbidden; invalid_input: the minimum does not fit the currency */
export async function changeSettings(
  parts: TipParts,
  viewer: AccountViewer,
  channelId: string,
  body: z.output<typeof UpdateTipSettingsBody>,
): Promise<TipSettings> {
  const { ctx } = parts;
  await requirePermission(ctx, viewer, channelId, "tips.manage");
  const settings = await ctx.store.db.transaction().execute(async (tx) => {
    const before = await settingsOf(tx, channelId);
    // An amount means something else in another currency.
    const min = body.currency !== undefined && body.currency !== before.currency ? null : before.minAmountMinor;
    const after: TipSettings = { ...before, minAmountMinor: min, ...withoutUndefined(body) };
    requireMinimum(after);
    const { enabled, currency, audience, minAmountMinor } = after;
    await saveSettings(tx, { channel_id: channelId, enabled, currency, audience, min_amount_minor: minAmountMinor });
    await audit(ctx, actorOf(viewer), { action: "tips.settings", channelId, details: { before, after } }, tx);
    return after;
  });
  for (const show of await listOnAir(ctx.store.db, channelId)) {
    await tellViewers(parts, show.id, { type: "tip.settings", tipping: await tippingOf(parts, settings, show) });
  }
  return settings;
}

function requireMinimum({ minAmountMinor, currency }: TipSettings): void {
  const message = minAmountMinor === null ? null : amountProblem(minAmountMinor, currency);
  if (message === null) return;
  throw new AppError("invalid_input", message, { details: { issues: [{ path: "minAmountMinor", message }] } });
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]: Exclude<T[K], undefined> };
}
