import { expect, test } from "vitest";
import { DelayTrend } from "./delay-trend.ts";

const PACKET_MS = 20;
const PATH_MS = 30;

test.each([-10_000, 10_000])("after the peer's clock jumped by %d ms a queue is still told from none", (jumpMs) => {
  const trend = new DelayTrend();
  let sentMs = 0;
  const packet = (waitMs: number, aheadMs: number): void => {
    sentMs += PACKET_MS;
    trend.packet(sentMs, 50_000 + sentMs + PATH_MS + waitMs + aheadMs);
  };
  for (let i = 0; i < 250; i++) packet(0, 0);
  for (let i = 0; i < 100; i++) packet(0, jumpMs);
  expect([trend.state, trend.queueMs]).toEqual(["normal", 0]);
  for (let i = 1; i <= 50; i++) packet(4 * i, jumpMs);
  expect(trend.state).toBe("overuse");
  expect(trend.queueMs).toBeGreaterThan(50);
});
