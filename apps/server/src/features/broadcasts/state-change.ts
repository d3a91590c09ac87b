/** The one way a broadcast changes its state: the contract's decision, in a transaction that holds the row, told to everybody after it. */
import { type BroadcastEvent, transition } from "@rostrum/contract/broadcast-state";
import type { Context } from "../../context.ts";
import { publishMediaCommand } from "../../ports/bus-events.ts";
import { isUniqueViolation } from "../../store/store-error.ts";
import { type Actor, audit } from "../audit/service.ts";
import { announceChange } from "./announce.ts";
import { type BroadcastRow, type BroadcastValues, lockBroadcast, updateBroadcastRow } from "./queries.ts";

/** `occupied`: another broadcast of the channel is on the air. `message` is for people. */
export type StateChange =
  | { readonly ok: true; readonly row: BroadcastRow; readonly from: BroadcastRow["state"] }
  | { readonly ok: false; readonly reason: "not_found" | "refused" | "occupied"; readonly message: string };

/** `actor` and `action` put the change into the audit log. `hasSource` is what is known of the source with this event. */
export type ChangeOptions = Readonly<{
  hasSource?: boolean;
  by?: Readonly<{ actor: Actor; action: string }>;
}>;

/** @param eventOf sees the locked row, so that the event may depend on it; null refuses the change */
export async function changeState(
  ctx: Context,
  id: string,
  eventOf: (row: BroadcastRow) => BroadcastEvent | null,
  options: ChangeOptions = {},
): Promise<StateChange> {
  const done = await inTransaction(ctx, id, eventOf, options);
  if (done.ok) await tell(ctx, done);
  return done;
}

type Changed = Extract<StateChange, { ok: true }> & {
  readonly hadSource: boolean;
  readonly event: BroadcastEvent["type"];
};

async function inTransaction(
  ctx: Context,
  id: string,
  eventOf: (row: BroadcastRow) => BroadcastEvent | null,
  { hasSource, by }: ChangeOptions,
): Promise<Changed | Exclude<StateChange, { ok: true }>> {
  try {
    return await ctx.store.db.transaction().execute(async (tx) => {
      const row = await lockBroadcast(tx, id);
      if (row === undefined) return { ok: false, reason: "not_found", message: "No such broadcast." };
      const facts = { state: row.state, hasSource: row.has_source, startAt: row.start_at };
      const event = eventOf(row);
      if (event === null) return { ok: false, reason: "refused", message: "That has changed meanwhile." };
      const next = transition(facts, event);
      if (!next.ok) return { ok: false, reason: "refused", message: next.reason };
      const values = valuesOf(row, next.state, hasSource);
      if (Object.keys(values).length > 0) await updateBroadcastRow(tx, id, values);
      if (by !== undefined && next.changed) {
        const details = { from: row.state, to: next.state };
        await audit(ctx, by.actor, { action: by.action, channelId: row.channel_id, target: id, details }, tx);
      }
      return {
        ok: true,
        row: { ...row, ...values } as BroadcastRow,
        from: row.state,
        hadSource: row.has_source,
        event: event.type,
      };
    });
  } catch (error) {
    if (!isUniqueViolation(error, "broadcast_one_open")) throw error;
    return {
      ok: false,
      reason: "occupied",
      message: "Another broadcast is on the air on this channel; end it first.",
    };
  }
}

/** Only what differs. A broadcast that is over has no source: an encoder that stays connected is drained. */
function valuesOf(row: BroadcastRow, state: BroadcastRow["state"], hasSource: boolean | undefined): BroadcastValues {
  const now = new Date();
  const values: BroadcastValues = {};
  const source = state === "ended" || state === "archived" ? false : (hasSource ?? row.has_source);
  if (source !== row.has_source) values.has_source = source;
  if (state === row.state) return values;
  values.state = state;
  if (state === "live" && row.live_at === null) values.live_at = now;
  if (state === "ended") values.ended_at = now;
  if (state === "interrupted") values.interrupted_at = now;
  else if (row.interrupted_at !== null) values.interrupted_at = null;
  return values;
}

async function tell(ctx: Context, { row, from, hadSource, event }: Changed): Promise<void> {
  const about = { broadcastId: row.id, channelId: row.channel_id, at: new Date().toISOString() };
  if (row.has_source !== hadSource) {
    await announceChange(ctx, { ...about, type: "source", hasSource: row.has_source });
  }
  if (row.state === from) return;
  // First: whoever hears that the show is on the air may ask for its media.
  if (row.state === "live" && from !== "interrupted") {
    const start = event === "source_connected" ? "source" : "next_keyframe";
    await publishMediaCommand(ctx.bus, { type: "begin_show", broadcastId: row.id, from: start });
  }
  ctx.log.info({ broadcastId: row.id, channelId: row.channel_id, from, to: row.state }, "broadcast changed its state");
  await announceChange(ctx, { ...about, type: "state", state: row.state, from });
  if (row.state === "ended") await publishMediaCommand(ctx.bus, { type: "end_broadcast", broadcastId: row.id });
}
