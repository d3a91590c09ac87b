/** The bounded memories of the hot path: rates, packets received, packets sent. */
import { expect, test } from "vitest";
import { KeyframeRequests } from "./keyframe-requests.ts";
import { PacketStore } from "./packet-store.ts";
import { RateMeter } from "./rate-meter.ts";
import { SentHistory, type SentRecord } from "./sent-history.ts";

test("a steady stream is measured, a young one too, and one that stopped fades", () => {
  const meter = new RateMeter();
  for (let nowMs = 50_000; nowMs < 50_300; nowMs += 10) meter.add(1_000, nowMs);
  expect(meter.bps(50_300)).toBeCloseTo(800_000, -5);
  for (let nowMs = 50_300; nowMs < 55_000; nowMs += 10) meter.add(1_000, nowMs);
  expect(Math.abs(meter.bps(55_000) - 800_000)).toBeLessThan(90_000);
  expect(meter.bps(55_500)).toBeLessThan(500_000);
  expect(meter.bps(57_000)).toBe(0);
});

test("a meter that was silent begins anew", () => {
  const meter = new RateMeter();
  meter.add(1_000, 1_000);
  expect(meter.bps(9_000)).toBe(0);
  meter.add(1_000, 9_000);
  expect(meter.bps(9_000)).toBe(40_000);
});

test("a store keeps the last packets by number, over the wrap", () => {
  const store = new PacketStore(8);
  for (let i = 0; i < 12; i++) store.put((65_530 + i) & 0xffff, Uint8Array.of(i));
  expect(store.newest).toBe(5);
  expect(store.get(5)).toEqual(Uint8Array.of(11));
  expect(store.get(65_534)).toEqual(Uint8Array.of(4));
  expect(store.get(65_533)).toBeUndefined();
  expect(store.get(6)).toBeUndefined();
  store.put(65_535, Uint8Array.of(99));
  expect(store.newest).toBe(5);
  store.clear();
  expect([store.newest, store.get(5)]).toEqual([-1, undefined]);
});

test("a sent packet is remembered with what was rewritten in it", () => {
  const history = new SentHistory(4);
  const record: SentRecord = { layer: 0, sourceSequence: 0, timestamp: 0, sentAtMs: 0 };
  history.add(7, 2, 65_535, 0xffff_ffff, 100);
  history.keepHead(7, Uint8Array.of(0, 0, 1, 2, 3, 4, 5, 6, 7, 8), 2, 9);
  expect(history.read(7, record)).toBe(true);
  expect(record).toEqual({ layer: 2, sourceSequence: 65_535, timestamp: 0xffff_ffff, sentAtMs: 100 });
  const packet = new Uint8Array(10);
  history.restoreHead(7, packet, 1);
  expect(packet).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 0, 0, 0));
  history.add(8, -1, 0, 0, 100);
  history.read(8, record);
  expect(record.layer).toBe(-1);
  history.touch(8, 150);
  history.read(8, record);
  expect(record.sentAtMs).toBe(150);
  for (let i = 9; i < 12; i++) history.add(i, 0, 0, 0, 0);
  expect(history.read(7, record)).toBe(false);
  expect(history.newest).toBe(11);
});

test("key frames are asked for at once, then more seldom, and at once again after one came", () => {
  const requests = new KeyframeRequests();
  const asked: number[] = [];
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 50) if (requests.ask(nowMs)) asked.push(nowMs);
  expect(asked.slice(0, 4)).toEqual([0, 300, 750, 1_450]);
  expect(asked.at(-1)! - asked.at(-2)!).toBe(2_000);
  requests.came();
  expect(requests.ask(asked.at(-1)! + 299)).toBe(false);
  expect(requests.ask(asked.at(-1)! + 300)).toBe(true);
});
