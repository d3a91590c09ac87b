/** A short run of what `npm run fuzz` does at length. */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import { createInput, fuzz, type Probe } from "./run.ts";
import { formatTargets } from "./targets-formats.ts";
import { probeTargets } from "./targets-probe.ts";
import type { FuzzTarget } from "./target.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));

const probe: Probe = {
  nowMs: () => performance.now(),
  usedBytes() {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory;
  },
};

const target = (name: string, run: FuzzTarget["run"]): FuzzTarget => ({
  name,
  seeds: () => [Uint8Array.of(1, 2, 3)],
  run,
});

test("no damaged input surprises a parser", () => {
  const report = fuzz([...formatTargets, ...probeTargets], fixture, { runs: 1_000, seed: 20_260_801, probe });
  expect(report.findings).toEqual([]);
  for (const [name, { runs, accepted, refused }] of Object.entries(report.targets)) {
    expect({ name, runs, both: (accepted > 0 && refused > 0) || name === "annex-b" }).toEqual({
      name,
      runs: 1_000,
      both: true,
    });
  }
});

test("a whole seed is accepted by every target", () => {
  for (const { name, seeds, run } of [...formatTargets, ...probeTargets]) {
    for (const seed of seeds(fixture)) expect(() => run(seed), name).not.toThrow();
  }
});

test("the same seed makes the same input again", () => {
  const seeds = [Uint8Array.from({ length: 100 }, (_, i) => i)];
  const inputs = Array.from({ length: 50 }, (_, index) => createInput(seeds, 7, "x", index));
  expect(Array.from({ length: 50 }, (_, index) => createInput(seeds, 7, "x", index))).toEqual(inputs);
  expect(new Set(inputs.map(String)).size).toBeGreaterThan(40);
  expect(createInput(seeds, 8, "x", 3)).not.toEqual(inputs[3]);
});

test("another error, too much memory and too much time are found, the three errors are not", () => {
  const options = { runs: 3, seed: 1, probe, maxFindings: 1 };
  const kept: unknown[] = [];
  const problem = (run: FuzzTarget["run"], given = probe): string | undefined =>
    fuzz([target("t", run)], fixture, { ...options, probe: given }).findings[0]?.problem;
  expect(
    problem(() => {
      throw new TypeError("oops");
    }),
  ).toMatch(/^TypeError: oops/);
  expect(
    problem(() => {
      throw new MalformedError("no", 0, "spec");
    }),
  ).toBeUndefined();
  expect(problem(() => void kept.push(new Uint8Array(8 * 1024 * 1024)))).toMatch(/^allocated \d+ bytes/);
  let clockMs = 0;
  expect(problem(() => void (clockMs += 1_500), { ...probe, nowMs: () => clockMs })).toMatch(/^took 1500 ms/);
});
