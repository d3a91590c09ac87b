import { afterEach, expect, test } from "vitest";
import { createMemoryBus } from "../adapters/bus-memory.ts";
import { createLogger } from "../lib/log.ts";
import { type Bus, LagError } from "../ports/bus.ts";
import { turn } from "./testing.ts";
import { TopicFeed } from "./topic-feed.ts";

const open: TopicFeed[] = [];
afterEach(() => {
  for (const feed of open.splice(0)) feed.close();
});

function follow(bus: Bus) {
  const seen = { pending: 0, gaps: 0 };
  const feed = new TopicFeed({
    topic: "chat:x",
    busTopic: "t",
    bus,
    log: createLogger("silent", false),
    onPending: () => (seen.pending += 1),
    onGap: () => (seen.gaps += 1),
  });
  open.push(feed);
  return { feed, seen };
}

/** A client as the contract describes it: it knows its place, and leaves out what it knows. */
class Reader {
  known: number[];
  life: string;
  seq: number;

  constructor(cursor: string, known: readonly number[]) {
    [this.life, this.seq] = [cursor.split(".")[0] ?? "", Number(cursor.split(".")[1])];
    this.known = [...known];
  }

  get cursor(): string {
    return `${this.life}.${this.seq}`;
  }

  take(message: string | undefined): void {
    if (message === undefined || message === "") return;
    const { cursor, events } = JSON.parse(message) as { cursor: string; events: number[] };
    const seq = Number(cursor.split(".")[1]);
    const fresh = seq - this.seq;
    if (fresh <= 0) return;
    expect(fresh, "a hole").toBeLessThanOrEqual(events.length);
    this.known.push(...events.slice(events.length - fresh));
    this.seq = seq;
  }
}

/** Small and repeatable. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  "whenever readers leave and come back, to either of two processes, they know every event once, in order (%i)",
  async (seed) => {
    const next = random(seed);
    const bus = createMemoryBus();
    const feeds = [follow(bus).feed, follow(bus).feed];
    await Promise.all(feeds.map(({ ready }) => ready));
    let published = 0;
    const here = feeds.map((feed) => ({ feed, readers: [new Reader(feed.cursor, [])] }));
    const away: Reader[] = [];
    const upTo = (): number[] => Array.from({ length: published }, (_, at) => at + 1);
    for (let step = 0; step < 300; step += 1) {
      const place = here[Math.floor(next() * 2)]!;
      const what = next();
      if (what < 0.4) {
        // Now and then more than is kept.
        const count = next() < 0.01 ? 900 : Math.ceil(next() * 5);
        for (let n = 0; n < count; n += 1) await bus.publish("t", (published += 1));
        await turn();
      } else if (what < 0.7) {
        const message = place.feed.flush();
        for (const reader of place.readers) reader.take(message);
      } else if (what < 0.85) {
        away.push(...place.readers.splice(0, 1));
      } else {
        const reader =
          away.shift() ?? new Reader(place.feed.cursor, upTo().slice(0, Number(place.feed.cursor.split(".")[1])));
        const missed = place.feed.since(reader.cursor);
        // Too old: the state as a whole, which stands at the feed's place.
        const seq = Number(place.feed.cursor.split(".")[1]);
        if (missed === undefined) Object.assign(reader, { known: upTo().slice(0, seq), seq });
        else reader.take(missed);
        place.readers.push(reader);
      }
    }
    for (const { feed, readers } of here) {
      const message = feed.flush();
      for (const reader of readers) reader.take(message);
      for (const reader of readers) expect(reader.known).toEqual(upTo());
    }
    await bus.close();
  },
);

test("more in one tick than is kept is told to those who are here, and nothing of it twice", async () => {
  const bus = createMemoryBus();
  const { feed } = follow(bus);
  await feed.ready;
  const reader = new Reader(feed.cursor, []);
  for (let n = 1; n <= 1800; n += 1) {
    await bus.publish("t", n);
    if (n % 500 === 0) await turn();
  }
  await turn();
  reader.take(feed.flush());
  expect(reader.known).toEqual(Array.from({ length: 1800 }, (_, at) => at + 1));
  expect(feed.since(`${bus.life}.799`)).toBeUndefined();
  expect(feed.since(`${bus.life}.800`)).not.toBe("");
  expect(feed.since(`${bus.life}.1800`)).toBe("");
  expect(feed.since("nonsense")).toBeUndefined();
  await bus.close();
});

test("events that are large are kept as far as there is room", async () => {
  const bus = createMemoryBus();
  const { feed } = follow(bus);
  await feed.ready;
  for (let n = 0; n < 20; n += 1) await bus.publish("t", "x".repeat(100_000));
  await turn();
  expect(JSON.parse(feed.flush() ?? "")).toMatchObject({ cursor: `${bus.life}.20` });
  expect(feed.since(`${bus.life}.10`)).toBeUndefined();
  expect((feed.since(`${bus.life}.17`) ?? "").length).toBeGreaterThan(300_000);
  await bus.close();
});

test("a bus that begins another life is heard anew, also where nothing had been said before", async () => {
  const lives = [createMemoryBus(), createMemoryBus()] as const;
  let current: Bus = lives[0];
  let lose: (error: Error) => void = () => {};
  // As a bus whose server was replaced.
  const failing: Bus = {
    get life() {
      return current.life;
    },
    publish: (topic, data) => current.publish(topic, data),
    recent: (topic, count) => current.recent(topic, count),
    head: (topic) => current.head(topic),
    health: () => current.health(),
    close: () => current.close(),
    subscribe: (topic, options) => {
      const inner = current.subscribe(topic, options)[Symbol.asyncIterator]();
      const lost = new Promise<never>((_, reject) => (lose = reject));
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.race([inner.next(), lost]) }) } as never;
    },
  };
  const { feed, seen } = follow(failing);
  await feed.ready;
  await turn();
  current = lives[1];
  await lives[1].publish("t", "new");
  lose(new LagError("another life"));
  await turn();
  expect([seen.gaps, feed.cursor]).toEqual([1, `${lives[1].life}.1`]);
  expect(feed.since(`${lives[0].life}.0`)).toBeUndefined();
  await failing.publish("t", "next");
  await turn();
  expect(JSON.parse(feed.flush() ?? "")).toMatchObject({ cursor: `${lives[1].life}.2`, events: ["next"] });
});
