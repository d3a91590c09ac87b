/** Following a topic of the bus for as long as a signal lasts. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../lib/log.ts";
import { type Bus, LagError } from "./bus.ts";

/**
 * Calls `onEvent` for what is published from now on, until `signal` aborts. Never rejects.
 * @param onGap events may have been missed: what is remembered must be read anew
 */
export async function follow<T>(
  { bus, log }: Readonly<{ bus: Bus; log: Logger }>,
  topic: string,
  signal: AbortSignal,
  onEvent: (data: T) => void,
  onGap: () => void = () => undefined,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of bus.subscribe<T>(topic, { signal })) onEvent(event.data);
      return;
    } catch (error) {
      onGap();
      if (signal.aborted) return;
      if (error instanceof LagError) continue;
      log.warn({ err: error, topic }, "a topic of the bus is not heard; subscribing again");
      await delay(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * As `follow`, but an event is done before the next one is given out. What goes wrong with one is logged, and the next one comes.
 * @param lookBack so many events that were published before are given out first, whenever the topic is followed anew
 */
export async function followInTurn<T>(
  { bus, log }: Readonly<{ bus: Bus; log: Logger }>,
  topic: string,
  signal: AbortSignal,
  onEvent: (data: T) => Promise<void>,
  lookBack = 0,
): Promise<void> {
  const take = async (data: T): Promise<void> => {
    try {
      await onEvent(data);
    } catch (err) {
      log.warn({ err, topic }, "an event of the bus could not be dealt with");
    }
  };
  while (!signal.aborted) {
    try {
      const { head, events } = lookBack > 0 ? await bus.recent<T>(topic, lookBack) : { head: undefined, events: [] };
      const from = head === undefined ? {} : { after: head };
      const following = bus.subscribe<T>(topic, { ...from, signal });
      for (const event of events) if (!signal.aborted) await take(event.data);
      for await (const event of following) await take(event.data);
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, topic }, "events of the bus were missed; following it again");
      await delay(error instanceof LagError ? 0 : 1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
