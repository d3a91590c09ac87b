import { describe, expect, test } from "vitest";
import { Backlog, PING_EVERY_MS } from "./backlog.ts";
import { Places } from "../../../lib/places.ts";
import { isLost, SlowPolicy } from "./slow-policy.ts";

describe("policy", () => {
  const at = (nowMs: number, behindMs: number, queuedBytes = 0) => ({ nowMs, behindMs, queuedBytes });

  test("up to a second behind everything is sent", () => {
    const policy = new SlowPolicy(0);
    expect(policy.decide(at(10_000, 1000), false)).toBe("send");
  });

  test("further behind, samples are left out until a key frame that comes when the rest is read", () => {
    const policy = new SlowPolicy(0);
    const decisions = [
      policy.decide(at(10_000, 1001), true),
      policy.decide(at(10_100, 0), false),
      policy.decide(at(10_200, 501), true),
      policy.decide(at(10_300, 500), true),
      policy.decide(at(10_400, 900), false),
    ];
    expect(decisions).toEqual(["skip", "skip", "skip", "resume", "send"]);
  });

  test("the first GOP may take three seconds to be read", () => {
    const policy = new SlowPolicy(0);
    expect(policy.decide(at(2999, 2999, 10_000_000), false)).toBe("send");
    expect(policy.decide(at(3000, 3000), false)).toBe("skip");
  });

  test("many bytes in memory count like much time", () => {
    expect(new SlowPolicy(0).decide(at(10_000, 0, 5_000_000), false)).toBe("skip");
    expect(new SlowPolicy(0).decide(at(100, 0, 30_000_000), false)).toBe("handover");
    expect([isLost({ behindMs: 4000, queuedBytes: 0 }), isLost({ behindMs: 4001, queuedBytes: 0 })]).toEqual([
      false,
      true,
    ]);
  });

  test("the third skip within 20 s hands over; one that is longer ago is forgotten", () => {
    const skipAt = (policy: SlowPolicy, nowMs: number) => {
      const decision = policy.decide(at(nowMs, 1500), false);
      policy.decide(at(nowMs + 100, 0), true);
      return decision;
    };
    const often = new SlowPolicy(0);
    expect([10_000, 15_000, 29_999].map((nowMs) => skipAt(often, nowMs))).toEqual(["skip", "skip", "handover"]);
    const seldom = new SlowPolicy(0);
    expect([10_000, 15_000, 30_000].map((nowMs) => skipAt(seldom, nowMs))).toEqual(["skip", "skip", "skip"]);
  });
});

describe("backlog", () => {
  test("is as old as the oldest write of which a part still waits", () => {
    const backlog = new Backlog();
    backlog.wrote(100, 0, 0);
    backlog.wrote(100, 50, 1000);
    backlog.wrote(100, 150, 1200);
    expect(backlog.behindMs(150, 1500)).toBe(500);
    expect(backlog.behindMs(100, 1500)).toBe(300);
    expect(backlog.behindMs(0, 1500)).toBe(0);
  });

  test("is known by pings when the network holds what was written", () => {
    const backlog = new Backlog();
    for (let sequence = 41; sequence <= 43; sequence += 1) backlog.pinged(sequence);
    expect(backlog.behindMs(0, 0)).toBe(2 * PING_EVERY_MS);
    backlog.ponged(42);
    expect(backlog.behindMs(0, 0)).toBe(0);
    backlog.pinged(44);
    expect(backlog.behindMs(0, 0)).toBe(PING_EVERY_MS);
    // Answers to what was never sent change nothing.
    backlog.ponged(1000);
    expect(backlog.behindMs(0, 0)).toBe(PING_EVERY_MS);
  });

  test("pings of before a viewer came are not waited for", () => {
    const backlog = new Backlog();
    expect(backlog.behindMs(0, 0)).toBe(0);
    backlog.pinged(5000);
    expect(backlog.behindMs(0, 0)).toBe(0);
  });
});

describe("places", () => {
  test("one network takes a quarter of them, this machine all", () => {
    const places = new Places(8);
    expect([1, 2, 3].map(() => places.take("192.0.2") !== undefined)).toEqual([true, true, false]);
    for (let n = 0; n < 6; n += 1) expect(places.take(undefined)).toBeDefined();
    expect([places.take(undefined), places.count]).toEqual([undefined, 8]);
  });

  test("a place is given back once", () => {
    const places = new Places(2);
    const leave = places.take("a");
    places.take("b");
    leave?.();
    leave?.();
    expect(places.count).toBe(1);
    expect(places.take("a")).toBeDefined();
  });
});
