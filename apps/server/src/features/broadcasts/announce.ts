/** A change is told once, where it happens: to the roles, to the crew, and to everybody what everybody may see. */
import type { BroadcastTopicEvent, CrewBroadcastEvent, ToldBroadcast } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Context } from "../../context.ts";
import { type BroadcastChange, publishBroadcastChange, publishToClients } from "../../ports/bus-events.ts";
import { publicBroadcast, publicState } from "./present.ts";
import { findShown, type ShownRow } from "./queries.ts";

/** Call it when the change is committed. What has gone needs no word: whoever follows it is refused. */
export async function announceChange(ctx: Context, change: BroadcastChange): Promise<void> {
  await publishBroadcastChange(ctx.bus, change);
  const row = change.type === "deleted" ? undefined : await findShown(ctx.store.db, change.broadcastId);
  if (row === undefined) return;
  const { state, has_source: hasSource } = row;
  const crew: CrewBroadcastEvent = { type: "broadcast.crew_changed", state, hasSource };
  await publishToClients(ctx.bus, `health:${row.id}`, crew);
  const broadcast = isPublicNews(row, change) ? toldBroadcast(row) : null;
  if (broadcast === null) return;
  const event: BroadcastTopicEvent = { type: "broadcast.changed", broadcast };
  await publishToClients(ctx.bus, `broadcast:${row.id}`, event);
}

/** What strangers see; null when they see nothing. @param state as the one who is told knows it */
export function toldBroadcast(row: ShownRow, state: BroadcastState | null = publicState(row)): ToldBroadcast | null {
  if (state === null || row.visibility === "private") return null;
  const { viewers: _, ...broadcast } = publicBroadcast(row, state, 0);
  return broadcast;
}

/** A test before the show, an encoder that comes or goes, are the crew's business: strangers do not even hear that something happened. */
function isPublicNews(row: ShownRow, change: BroadcastChange): boolean {
  if (change.type === "source") return false;
  return change.type !== "state" || publicState({ ...row, state: change.from }) !== publicState(row);
}
