import { expect, test } from "vitest";
import { FollowedTopic, type Kept } from "./bus-redis-topic.ts";

const event = (seq: number) => ({ seq, atMs: 0, data: seq });
const kept = (...seqs: number[]): Kept => ({ head: seqs.at(-1) ?? 0, events: seqs.map(event) });

/** A topic that is heard, and one who follows it from the beginning. */
function follow() {
  const topic = new FollowedTopic();
  const place = topic.enter();
  topic.isHeard = true;
  topic.open(0);
  const given = (): number[] => {
    const seqs: number[] = [];
    for (let next = topic.behind(place); next !== undefined; next = topic.behind(place)) {
      seqs.push(next.seq);
      place.seen = next.seq;
    }
    return seqs;
  };
  return { topic, given };
}

test("a connection that breaks off late does not keep the next one from reading what was missed", async () => {
  const { topic, given } = follow();
  const old = Promise.withResolvers<Kept>();
  const reading = topic.catchUp(() => old.promise);
  // The next connection is there before the old one has said that it is over.
  await topic.catchUp(async () => kept(1, 2));
  old.reject(new Error("Connection is closed."));
  await reading;
  expect(given()).toEqual([1, 2]);
});

test("what could not be read is told, and read when it is asked for again", async () => {
  const { topic, given } = follow();
  await expect(topic.catchUp(() => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(given()).toEqual([]);
  topic.hear(event(1));
  expect(topic.hear(event(3))).toBe(false);
  await topic.catchUp(async (after) => kept(...[2, 3].filter((seq) => seq > after)));
  expect(given()).toEqual([1, 2, 3]);
});
