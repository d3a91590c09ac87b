/** Following a topic of the bus for as long as a signal lasts. */
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { LagError } from "../../ports/bus.ts";

/**
 * Calls `onEvent` for what is published from now on, until `signal` aborts. Never rejects.
 * @param onGap events may have been missed: what is remembered must be read anew
 */
export async function follow<T>(
  ctx: Context,
  topic: string,
  signal: AbortSignal,
  onEvent: (data: T) => void,
  onGap: () => void = () => undefined,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of ctx.bus.subscribe<T>(topic, { signal })) onEvent(event.data);
      return;
    } catch (error) {
      onGap();
      if (signal.aborted) return;
      if (error instanceof LagError) continue;
      ctx.log.warn({ err: error, topic }, "a topic of the bus is not heard; subscribing again");
      await delay(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
