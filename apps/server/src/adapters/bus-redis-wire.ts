/** How the Redis bus reads its scripts' answers and what is said on its channels. */
import type { BusEvent } from "../ports/bus.ts";
import { key, READ } from "./bus-redis-scripts.ts";
import type { Session } from "./bus-redis-session.ts";
import type { Kept } from "./bus-redis-topic.ts";

/** What is kept of a topic. @param after the events behind this number; '' for the newest ones, '-' for none */
export async function read(session: Session, topic: string, after: number | "" | "-", count: number): Promise<Kept> {
  const [life] = session.signature;
  const keys = [session.keys[0], key.head(topic), key.log(topic)];
  const [head, ...rest] = (await session.run(READ, keys, life, after, count)) as [number, ...string[]];
  const events: BusEvent[] = [];
  for (let at = 0; at + 2 < rest.length; at += 3) {
    events.push(eventOf(rest[at], rest[at + 1], rest[at + 2] ?? "null"));
  }
  return { head, events };
}

/** A message is `<life> <number> <time> <JSON>`. Undefined: somebody else said it. */
export function parse(message: string): { life: string; event: BusEvent } | undefined {
  const [, life, seq, atMs, json] = /^(\S+) (\d+) (\d+) (.*)$/s.exec(message) ?? [];
  if (life === undefined || json === undefined) return undefined;
  try {
    return { life, event: eventOf(seq, atMs, json) };
  } catch {
    return undefined;
  }
}

const eventOf = (seq: unknown, atMs: unknown, json: string): BusEvent => ({
  seq: Number(seq),
  atMs: Number(atMs),
  data: JSON.parse(json) as unknown,
});
