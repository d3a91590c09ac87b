/** What one subscriber of the Redis bus is given. */
import type { BusEvent } from "../ports/bus.ts";
import type { FollowedTopic, Kept, Place } from "./bus-redis-topic.ts";

/**
 * What was kept at the beginning, then what the topic hears, until `stop` aborts.
 * @param leave called at the end
 * @throws {LagError}
 */
export async function* follow(
  topic: FollowedTopic,
  place: Place,
  first: Promise<Kept>,
  stop: AbortSignal,
  leave: () => void,
): AsyncGenerator<BusEvent> {
  try {
    const kept = await orAborted(first, stop);
    if (kept === undefined) return;
    for (const event of kept.events) {
      if (stop.aborted) return;
      yield event;
    }
    place.seen = kept.head;
    while (!stop.aborted) {
      const event = topic.behind(place);
      if (event === undefined) await topic.changed(stop);
      else {
        place.seen = event.seq;
        yield event;
      }
    }
  } finally {
    leave();
  }
}

/** Undefined when `stop` aborts first; leaves no listener behind. */
async function orAborted<T>(running: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  if (stop.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  stop.addEventListener("abort", onAbort);
  try {
    return await Promise.race([running, aborted]);
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}
