import { expect, test } from "vitest";
import { FollowedTopic } from "./realtime-topic.ts";

function follow() {
  const topic = new FollowedTopic();
  const told: unknown[] = [];
  topic.followers.add({
    onReset: () => told.push("reset"),
    onEvent: (event) => told.push(event),
    onRefused: ({ code }) => told.push(code),
  });
  return { topic, told };
}
const name = "chat:x";
const reset = (cursor: string) => ({ type: "reset", topic: name, cursor, snapshot: null }) as const;
const events = (cursor: string, ...list: unknown[]) => ({ type: "events", topic: name, cursor, events: list }) as const;
const refused = (code: "forbidden" | "unavailable" | "unauthenticated") =>
  ({ type: "refused", topic: name, error: { code, message: "No." } }) as const;

test("events are told once, however often and by however many processes they are given", () => {
  const { topic, told } = follow();
  topic.take(reset("life.5"));
  topic.take(events("life.7", 6, 7));
  topic.take(events("life.7", 6, 7));
  topic.take(events("life.9", 6, 7, 8, 9));
  topic.take(events("life.8", 8));
  expect([told, topic.cursor]).toEqual([["reset", 6, 7, 8, 9], "life.9"]);
});

test("a hole asks for the whole state, and nothing is told until it is there", () => {
  const { topic, told } = follow();
  topic.take(reset("life.5"));
  expect(topic.take(events("life.8", 7, 8))).toBe("reset");
  expect(topic.cursor).toBeUndefined();
  topic.take(events("life.9", 9));
  topic.take(reset("life.9"));
  topic.take(events("life.10", 10));
  expect(told).toEqual(["reset", "reset", 10]);
});

test("events of another life wait for their state", () => {
  const { topic, told } = follow();
  topic.take(reset("one.5"));
  expect(topic.take(events("two.6", 6))).toBe("nothing");
  topic.take(reset("two.6"));
  topic.take(events("two.7", 7));
  expect(told).toEqual(["reset", "reset", 7]);
});

test("a refusal that passes is asked again, one for want of a session is renewed once, another one stands", () => {
  const { topic, told } = follow();
  topic.take(reset("life.5"));
  expect([topic.take(refused("unavailable")), topic.cursor]).toEqual(["later", "life.5"]);
  expect(topic.take(refused("unauthenticated"))).toBe("renew");
  // It was, and the topic was given; hours later the next session has run out.
  topic.take(reset("life.6"));
  expect(topic.take(refused("unauthenticated"))).toBe("renew");
  expect([topic.take(refused("unauthenticated")), topic.isRefused]).toEqual(["nothing", true]);
  topic.begin();
  expect([topic.take(refused("forbidden")), topic.isRefused]).toEqual(["nothing", true]);
  expect(told).toEqual(["reset", "reset", "unauthenticated", "forbidden"]);
});
