/** Attacks parsers with damaged inputs and judges what they do. No I/O: clock and memory are given. */
import { MalformedError, ProtocolViolation, UnsupportedError } from "../errors.ts";
import { mutate, randomOf } from "./mutate.ts";
import type { FixtureReader, FuzzTarget } from "./target.ts";

const MAX_MS = 1_000;
/** Of everything allocated on the way, garbage included: a reader in two passes and one object for each small box comes to 85. */
const MAX_GROWTH_FACTOR = 128;
const MAX_GROWTH_BYTES = 1024 * 1024;

/** `usedBytes`: heap and array buffers in use; it may fall at any time. */
export type Probe = Readonly<{ nowMs: () => number; usedBytes: () => number }>;

/** An input that a parser did not survive as it should. `index` makes it again with the same seed. */
export type Finding = Readonly<{ target: string; index: number; problem: string; inputHex: string }>;

/** `accepted` inputs were parsed to the end, `refused` ones by one of the three errors. */
export type TargetReport = Readonly<{ runs: number; accepted: number; refused: number; worstMs: number }>;

export type FuzzReport = Readonly<{ targets: Readonly<Record<string, TargetReport>>; findings: readonly Finding[] }>;

export type FuzzOptions = Readonly<{
  /** Inputs for each target. */
  runs: number;
  seed: number;
  probe: Probe;
  /** Called before each input, so that a hang can be named from outside. */
  onInput?: (target: string, index: number) => void;
  /** Findings of one target after which it is left. */
  maxFindings?: number;
}>;

/** The damaged input that belongs to these three. */
export function createInput(seeds: readonly Uint8Array[], seed: number, target: string, index: number): Uint8Array {
  return mutate(seeds, randomOf(seed, target, index));
}

/** Runs every target `runs` times. */
export function fuzz(targets: readonly FuzzTarget[], fixture: FixtureReader, options: FuzzOptions): FuzzReport {
  const reports: Record<string, TargetReport> = {};
  const findings: Finding[] = [];
  for (const target of targets) reports[target.name] = attack(target, fixture, options, findings);
  return { targets: reports, findings };
}

function attack(target: FuzzTarget, fixture: FixtureReader, options: FuzzOptions, findings: Finding[]): TargetReport {
  const seeds = target.seeds(fixture);
  const { maxFindings = 5 } = options;
  const report = { runs: 0, accepted: 0, refused: 0, worstMs: 0 };
  let found = 0;
  for (let index = 0; index < options.runs && found < maxFindings; index++) {
    options.onInput?.(target.name, index);
    const input = createInput(seeds, options.seed, target.name, index);
    const verdict = judge(target, input, options.probe);
    report.runs += 1;
    report.worstMs = Math.max(report.worstMs, verdict.ms);
    if (verdict.outcome === "accepted") report.accepted += 1;
    else if (verdict.outcome === "refused") report.refused += 1;
    else {
      found += 1;
      findings.push({ target: target.name, index, problem: verdict.outcome.problem, inputHex: toHex(input) });
    }
  }
  return report;
}

type Outcome = "accepted" | "refused" | Readonly<{ problem: string }>;
type Verdict = Readonly<{ outcome: Outcome; ms: number }>;

function judge(target: FuzzTarget, input: Uint8Array, probe: Probe): Verdict {
  const first = measure(target, input, probe);
  // A busy machine or a collection in between may be to blame: only what happens three times counts.
  if (overrun(first, input) === undefined) return first;
  const calm = [measure(target, input, probe), measure(target, input, probe)].find(
    (each) => overrun(each, input) === undefined,
  );
  if (calm !== undefined) return calm;
  return { outcome: { problem: overrun(first, input) ?? "over its limits" }, ms: first.ms };
}

function overrun({ ms, growthBytes }: Verdict & { growthBytes: number }, input: Uint8Array): string | undefined {
  if (ms > MAX_MS) return `took ${Math.round(ms)} ms for ${input.length} bytes`;
  if (growthBytes > MAX_GROWTH_FACTOR * input.length + MAX_GROWTH_BYTES)
    return `allocated ${growthBytes} bytes for ${input.length}`;
  return undefined;
}

function measure(target: FuzzTarget, input: Uint8Array, probe: Probe): Verdict & { growthBytes: number } {
  const usedBefore = probe.usedBytes();
  const began = probe.nowMs();
  const outcome = call(target, input);
  const ms = probe.nowMs() - began;
  return { outcome, ms, growthBytes: probe.usedBytes() - usedBefore };
}

function call(target: FuzzTarget, input: Uint8Array): Outcome {
  try {
    target.run(input);
    return "accepted";
  } catch (error) {
    const allowed =
      error instanceof MalformedError || error instanceof ProtocolViolation || error instanceof UnsupportedError;
    if (allowed) return "refused";
    return { problem: error instanceof Error ? `${error.name}: ${error.message} ${place(error)}` : String(error) };
  }
}

function place(error: Error): string {
  return error.stack?.split("\n").slice(1, 4).join(" ").replaceAll(/\s+/g, " ") ?? "";
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
