/** A short run of what `npm run fuzz` does at length. */
import { getHeapStatistics } from "node:v8";
import { fuzz } from "@rostrum/media/fuzz/run";
import { expect, test } from "vitest";
import { mediaTargets } from "./targets-media.ts";

const noFixture = (): Uint8Array => new Uint8Array();
const probe = {
  nowMs: () => performance.now(),
  usedBytes() {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory;
  },
};

test("no damaged conversation surprises the forwarding core", () => {
  const report = fuzz(mediaTargets, noFixture, { runs: 1_000, seed: 20_261_122, probe });
  expect(report.findings).toEqual([]);
});

test("what is not damaged is forwarded", () => {
  for (const { name, seeds, run } of mediaTargets) {
    for (const seed of seeds(noFixture)) expect(() => run(seed), name).not.toThrow();
  }
});
