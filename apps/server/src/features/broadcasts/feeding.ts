/** Whether a source that the crew starts here (test signal, files) may feed a broadcast. */
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { holdBroadcast } from "./ingest.ts";
import { findOpenOnChannel, type ShownRow } from "./queries.ts";

/**
 * Takes the broadcast to this node.
 * @throws {AppError} conflict: it is over, another one of the channel is on the air, or another server has it
 */
export async function takeToFeed(ctx: Context, row: ShownRow): Promise<void> {
  if (row.state === "ended" || row.state === "archived") {
    throw new AppError("conflict", `The broadcast is over (${row.state}); start a new one.`);
  }
  const open = await findOpenOnChannel(ctx.store.db, row.channel_id);
  if (open !== undefined && open.id !== row.id) {
    throw new AppError("conflict", "Another broadcast is on the air on this channel; end it first.");
  }
  const lease = await holdBroadcast(ctx, row.id);
  if (!lease.ok) throw new AppError("conflict", `This broadcast runs on another server (${lease.holder.address}).`);
}
