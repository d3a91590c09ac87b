/** Telling those who follow a chat, and its moderators. */
import type { ChatEvent, ChatStaffEvent } from "@rostrum/contract/chat";
import { isDeepStrictEqual } from "node:util";
import type { Bus } from "../../ports/bus.ts";
import { publishToClients } from "../../ports/bus-events.ts";

export async function tellChat(bus: Bus, broadcastId: string, event: ChatEvent): Promise<void> {
  await publishToClients(bus, `chat:${broadcastId}`, event);
}

const MOST_TIMES = 3;

/**
 * Tells what is so now, and once more if that has changed meanwhile: of two who change something at the same time the slower one must not
 * have the last word with what was.
 * @returns what was read last
 */
export async function tellNow<T>(read: () => Promise<T>, tell: (now: T) => Promise<void>): Promise<T> {
  let now = await read();
  for (let times = 0; times < MOST_TIMES; times += 1) {
    await tell(now);
    const next = await read();
    if (isDeepStrictEqual(next, now)) break;
    now = next;
  }
  return now;
}

export async function tellStaff(bus: Bus, broadcastId: string, event: ChatStaffEvent): Promise<void> {
  await publishToClients(bus, `moderation:${broadcastId}`, event);
}
