/** Whoever came in by a registration goes out with it: gateways and media nodes ask again who may stay. */
import type { Context } from "../../context.ts";
import { publishBroadcastChange } from "../../ports/bus-events.ts";

/** Call it when a registration is gone, or its links are, for good: after the commit. */
export async function tellRevoked(
  { bus }: Context,
  { id: broadcastId, channel_id: channelId }: Readonly<{ id: string; channel_id: string }>,
): Promise<void> {
  const at = new Date().toISOString();
  await publishBroadcastChange(bus, { type: "registration_revoked", broadcastId, channelId, at });
}
