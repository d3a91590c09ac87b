/** A short run of what `npm run fuzz` does at length with RTP and RTCP. */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { fuzz, type Probe } from "@rostrum/media/fuzz/run";
import { expect, test } from "vitest";
import { rtpTargets } from "./targets-rtp.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(name.replace(/^rtc\//, "../../fixtures/"), import.meta.url)));

const probe: Probe = {
  nowMs: () => performance.now(),
  usedBytes() {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory;
  },
};

test.each(rtpTargets.map((target) => [target.name, target] as const))("the seeds of %s are valid", (_, target) => {
  const seeds = target.seeds(fixture);
  expect(seeds.length).toBeGreaterThan(0);
  const accepted = seeds.filter((seed) => {
    try {
      target.run(seed);
      return true;
    } catch {
      return false;
    }
  });
  // Payloads of other codecs are no H.264, which is the last thing that rtp-video looks for.
  expect(accepted.length).toBeGreaterThanOrEqual(target.name === "rtp-video" ? 2 : seeds.length);
});

test("no damaged packet surprises a parser", () => {
  const report = fuzz(rtpTargets, fixture, { runs: 2_000, seed: 20_260_801, probe });
  expect(report.findings).toEqual([]);
  for (const [name, { runs, accepted, refused }] of Object.entries(report.targets)) {
    expect({ name, runs, both: accepted > 0 && refused > 0 }).toEqual({ name, runs: 2_000, both: true });
  }
});
