/** Which rungs may run: those that run already, and more, the smaller ones first, as long as cores are free. Pure. */
import { type SourceRate, decodeCores, encodeCores } from "./cpu-headroom.ts";
import type { Rung } from "./ladder.ts";

/** `cores`: what all that may run is expected to use. */
export type Admission = Readonly<{ rungs: readonly Rung[]; cores: number }>;

export type AdmissionOptions = Readonly<{
  source: SourceRate;
  hardware: boolean;
  /** Names of the rungs that run; they are not given up for want of cores, only when they fall behind. */
  running: readonly string[];
  /** What nobody uses at the moment, this ladder included. */
  freeCores: number;
}>;

/** Left to everything else: packaging, viewers, pages. */
const RESERVE_CORES = 0.25;

/** @param rungs highest first */
export function admit(rungs: readonly Rung[], { source, hardware, running, freeCores }: AdmissionOptions): Admission {
  let budget = freeCores - RESERVE_CORES - (running.length > 0 ? 0 : decodeCores(source));
  const admitted: Rung[] = [];
  for (const rung of rungs.toReversed()) {
    if (!running.includes(rung.name)) {
      budget -= encodeCores(rung, source.fps, hardware);
      if (budget < 0) break;
    }
    admitted.unshift(rung);
  }
  const encoding = admitted.reduce((total, rung) => total + encodeCores(rung, source.fps, hardware), 0);
  return { rungs: admitted, cores: admitted.length === 0 ? 0 : decodeCores(source) + encoding };
}
