/** Keeps the distance from live that is aimed at: by speed, by a skip just after joining, or by a jump. */
import type { Delivery } from "./delivery.ts";
import {
  JUMP_BEHIND_SEC,
  SETTLE_MS,
  bridgeRate,
  chooseRate,
  chooseRealtimeRate,
  isScare,
  settleStep,
  stretchRate,
} from "./rate-controller.ts";
import type { WatchLog } from "./watch-log.ts";

const HURRIED_RATE = 0.85;
/** Realtime delivery that fell so far behind is brought back by a jump, unless it has only just begun. */
const REALTIME_JUMP_SEC = 1;
const REALTIME_CATCH_UP_MS = 45_000;

export class LiveFollow {
  readonly #video: HTMLVideoElement;
  readonly #log: WatchLog;
  #settleUntilMs = 0;

  constructor(video: HTMLVideoElement, log: WatchLog) {
    this.#video = video;
    this.#log = log;
  }

  /** The viewer has just joined, or come out of a stall. */
  settle(nowMs: number): void {
    this.#settleUntilMs = nowMs + SETTLE_MS;
  }

  /** Call about every 100 ms while it plays. `jump`: it is too far behind for anything but a jump to the live edge. */
  follow(delivery: Delivery, latencySec: number, nowMs: number): "jump" | undefined {
    const aheadSec = delivery.aheadSec();
    if (delivery.isBridging) return this.#setRate(bridgeRate(aheadSec));
    if (delivery.isHurried) return this.#setRate(HURRIED_RATE);
    const targetSec = delivery.targetSec();
    const input = { aheadSec, latencySec, targetSec };
    const realtime = delivery.playsRealtime;
    const isLate = realtime && delivery.realtimeForMs > REALTIME_CATCH_UP_MS;
    if (latencySec - targetSec > (isLate ? REALTIME_JUMP_SEC : JUMP_BEHIND_SEC)) return "jump";
    const step = nowMs < this.#settleUntilMs && !delivery.hasJustChanged ? settleStep(input) : 0;
    if (step > 0) {
      this.#video.currentTime += step;
      return undefined;
    }
    if (!delivery.isRealtime && isScare(aheadSec, nowMs, this.#log.scaresAtMs.at(-1))) this.#log.scare();
    const stretched = !delivery.isRealtime && delivery.hasJustChanged ? stretchRate(latencySec) : undefined;
    return this.#setRate(stretched ?? (realtime ? chooseRealtimeRate(input) : chooseRate(input)));
  }

  #setRate(rate: number): undefined {
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate;
  }
}
