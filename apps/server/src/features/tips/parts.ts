/** What every part of tips is given, and how it tells clients. */
import type { TipEvent, TipModerationEvent } from "@rostrum/contract/tips";
import type { Context } from "../../context.ts";
import { publishToClients } from "../../ports/bus-events.ts";
import type { Payments } from "../../ports/payments.ts";

/** `now`: wall time in ms. */
export type TipParts = Readonly<{ ctx: Context; payments: Payments; now: () => number }>;

/** Everybody who watches. */
export async function tellViewers({ ctx }: TipParts, broadcastId: string, event: TipEvent): Promise<void> {
  await publishToClients(ctx.bus, `broadcast:${broadcastId}`, event);
}

/** Those who moderate. */
export async function tellModerators({ ctx }: TipParts, broadcastId: string, event: TipModerationEvent): Promise<void> {
  await publishToClients(ctx.bus, `moderation:${broadcastId}`, event);
}
