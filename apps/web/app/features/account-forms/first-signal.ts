/** What the second step of the set-up shows: a show that waits for a signal, and where the signal goes. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";

export type FirstSignal = Readonly<{ broadcast: OwnBroadcast; server: string; streamKey: string }>;

/**
 * Prepares a show on the first channel of the account that was just made.
 * @throws {Error} when the account has no channel; `ApiError` when a call is refused
 */
export async function prepareFirstSignal(api: Client, password: string, title: string): Promise<FirstSignal> {
  const { items } = await api.channels.mine();
  const [channel] = items;
  if (channel === undefined) throw new Error("a new account has one channel, found none");
  const [broadcast, endpoints, revealed] = await Promise.all([
    api.broadcasts.create({ channelId: channel.id, title }),
    api.channels.ingest(channel.id),
    api.keys.reveal(channel.id, "primary", { password }),
  ]);
  return { broadcast, server: endpoints.rtmp, streamKey: revealed.key };
}
