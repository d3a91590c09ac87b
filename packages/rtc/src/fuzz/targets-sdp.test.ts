/** A short run of what `npm run fuzz` does at length. */
import { getHeapStatistics } from "node:v8";
import { fuzz } from "@rostrum/media/fuzz/run";
import { expect, test } from "vitest";
import { sdpTargets } from "./targets-sdp.ts";

const noFixture = (): Uint8Array => new Uint8Array();
const probe = {
  nowMs: () => performance.now(),
  usedBytes() {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory;
  },
};

test("no damaged description or candidate surprises its reader", () => {
  const report = fuzz(sdpTargets, noFixture, { runs: 1_000, seed: 20_261_122, probe });
  expect(report.findings).toEqual([]);
  for (const [name, { accepted, refused }] of Object.entries(report.targets)) {
    expect({ name, both: accepted > 0 && refused > 0 }).toEqual({ name, both: true });
  }
});

test("what is not damaged is taken", () => {
  for (const { name, seeds, run } of sdpTargets) {
    for (const seed of seeds(noFixture)) expect(() => run(seed), name).not.toThrow();
  }
});
