/** How well a participant is connected: loss, delay and layers missed, as one of LiveKit's grades. */
import type { TrackKind } from "./types.ts";

/** LiveKit's ConnectionQuality without LOST, which signalling decides. */
export type ConnectionGrade = "excellent" | "good" | "poor";

/** One track in one direction over the last interval. */
export type TrackSample = Readonly<{
  kind: TrackKind;
  /** Share of packets that did not arrive, 0 to 1, after retransmission where it is known. */
  lossRatio: number;
  /** 0 when not known. */
  roundTripMs: number;
  /** How many layers below what was wanted; 0 for audio. */
  layersMissed: number;
  /** Not sent at all for want of bandwidth. */
  paused: boolean;
}>;

/** Opus with error correction hides a few percent; a video frame is lost with any of its packets. */
const LOSS_WEIGHT: Readonly<Record<TrackKind, number>> = { audio: 300, video: 400 };
const DELAY_FREE_MS = 250;
const MS_PER_POINT = 10;
const POINTS_PER_LAYER = 25;
const PAUSED_SCORE = 20;
const EXCELLENT_ABOVE = 80;
const GOOD_ABOVE = 45;

/** 100 for a track without fault, 0 for one that cannot be used. */
export function scoreOf({ kind, lossRatio, roundTripMs, layersMissed, paused }: TrackSample): number {
  if (paused) return PAUSED_SCORE;
  const delay = Math.max(0, roundTripMs - DELAY_FREE_MS) / MS_PER_POINT;
  const score = 100 - lossRatio * LOSS_WEIGHT[kind] - Math.min(50, delay) - layersMissed * POINTS_PER_LAYER;
  return Math.min(100, Math.max(0, score));
}

/** The grade of one participant. It falls at once with its worst track and recovers over some intervals. */
export class ConnectionQualityMeter {
  #score = 100;

  /** The smoothed score, 0 to 100. */
  get score(): number {
    return this.#score;
  }

  /** Takes an interval of some seconds into account. Without any track nothing is known against the connection. */
  update(samples: readonly TrackSample[]): ConnectionGrade {
    const worst = samples.reduce((score, sample) => Math.min(score, scoreOf(sample)), 100);
    this.#score = worst < this.#score ? (this.#score + 2 * worst) / 3 : this.#score * 0.6 + worst * 0.4;
    return gradeOf(this.#score);
  }
}

/** The grade of a score. */
export function gradeOf(score: number): ConnectionGrade {
  if (score > EXCELLENT_ABOVE) return "excellent";
  return score > GOOD_ABOVE ? "good" : "poor";
}
