/** A short run of what `npm run fuzz` does at length. */
import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { fuzz } from "../packages/media/src/fuzz/run.ts";
import { realtimeTargets } from "./fuzz-realtime.ts";

const fixture = (): Uint8Array => new Uint8Array();
const probe = {
  nowMs: () => performance.now(),
  usedBytes() {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory;
  },
};

test("no damaged message surprises the gateway, a page, or the reader of payments", () => {
  const report = fuzz(realtimeTargets, fixture, { runs: 1_500, seed: 20_261_122, probe });
  expect(report.findings).toEqual([]);
  for (const [name, { accepted, refused }] of Object.entries(report.targets)) {
    expect({ name, both: accepted > 0 && refused > 0 }).toEqual({ name, both: true });
  }
});

test("what is not damaged is taken", () => {
  for (const { name, seeds, run } of realtimeTargets.filter((target) => !target.name.endsWith("shape"))) {
    for (const seed of seeds(fixture)) expect(() => run(seed), name).not.toThrow();
  }
});
