/** For tests: an origin with real ladders, on a program that the test feeds. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Ffmpeg } from "../lib/ffmpeg.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { type TestOrigin, startTestOrigin } from "./deliver/testing.ts";
import type { ProgramHub } from "./hub/program-hub.ts";
import type { EncoderChoice } from "./transcode/encoders.ts";
import type { LadderWish } from "./transcode/ladder.ts";
import { Ladders } from "./transcode/ladders.ts";

export type Rig = AsyncDisposable &
  Readonly<{
    origin: TestOrigin;
    ladders: Ladders;
    /** What the channel wants; may be changed. */
    wish: { now: LadderWish };
    /** Process ids of the children so far. */
    pids: () => number[];
    /** Attaches a hub to the broadcast `show`; resolves when its ladder listens. */
    attach(): Promise<ProgramHub>;
  }>;

export type RigOptions = Readonly<{
  ffmpeg: Ffmpeg;
  choice: EncoderChoice;
  wish: LadderWish;
  maxCores?: number;
  clock?: Clock;
}>;

type Begins = Readonly<{ msg: string; pid: number }>;
const BEGINS = "transcoding begins";

/** Lets what is waiting happen. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `look` is true. Leaves the processor to the encoders in between. */
export async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export async function openRig({ ffmpeg, choice, wish, maxCores = 8, clock = systemClock }: RigOptions): Promise<Rig> {
  const lines: string[] = [];
  const wanted = { now: wish };
  const ladders = new Ladders({
    ffmpeg,
    clock,
    log: createLogger("info", false, { write: (line) => void lines.push(line) }),
    metrics: createMetrics(),
    choice: Promise.resolve(choice),
    wish: () => Promise.resolve(wanted.now),
    maxCores,
  });
  const origin = await startTestOrigin({
    startLadder: (id, hub, output, signal) => ladders.run(id, hub, output, signal),
  });
  return {
    origin,
    ladders,
    wish: wanted,
    pids: () =>
      lines.map((line) => JSON.parse(line) as Begins).flatMap(({ msg, pid }) => (msg === BEGINS ? [pid] : [])),
    async attach() {
      const hub = origin.attach();
      await until(() => ladders.health("show") !== null);
      return hub;
    },
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      ladders.close();
    },
  };
}
