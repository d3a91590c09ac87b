/** Telling the audience of a show, its crew, and one person. */
import type { EngagementEvent, EngagementModerationEvent, EngagementUserEvent } from "@rostrum/contract/engagement";
import type { Context } from "../../context.ts";
import { publishToClients } from "../../ports/bus-events.ts";

/** Everybody who follows the show: nothing that is for its crew. */
export async function tellAudience(ctx: Context, broadcastId: string, event: EngagementEvent): Promise<void> {
  await publishToClients(ctx.bus, `broadcast:${broadcastId}`, event);
}

export async function tellStaff(ctx: Context, broadcastId: string, event: EngagementModerationEvent): Promise<void> {
  await publishToClients(ctx.bus, `moderation:${broadcastId}`, event);
}

export async function tellPerson(ctx: Context, accountId: string, event: EngagementUserEvent): Promise<void> {
  await publishToClients(ctx.bus, `user:${accountId}`, event);
}
