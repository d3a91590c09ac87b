/** A viewer: opens a page with a player and reads the burnt-in clock of what is shown. */
import type { BrowserContext, Page } from "playwright-core";
import { type ClockReadings, installClockReader } from "./pixel-clock.ts";
import type { RunningServer } from "./server.ts";
import { until } from "./wait.ts";

/** `joinMs` is what the player measured of itself: ms from the play call to the first frame. */
export type Viewer = Readonly<{ page: Page; read(): Promise<ClockReadings>; joinMs(): Promise<number> }>;

/** Opens `url` and waits until the first frame is shown. */
export async function openViewer(context: BrowserContext, url: string): Promise<Viewer> {
  const page = await context.newPage();
  await page.addInitScript(`(${installClockReader.toString()})()`);
  await page.goto(url);
  const viewer: Viewer = { page, read: () => readClock(page), joinMs: () => waitForJoin(page) };
  await until("the first frame", async () => (await viewer.read()).firstFrameAtMs !== null, 30_000);
  return viewer;
}

async function readClock(page: Page): Promise<ClockReadings> {
  return page.evaluate(() => {
    const probe = (globalThis as unknown as { __clock: Omit<ClockReadings, "droppedFrames" | "currentTimeSec"> })
      .__clock;
    const video = document.querySelector("video");
    return {
      ...probe,
      droppedFrames: video?.getVideoPlaybackQuality().droppedVideoFrames ?? 0,
      currentTimeSec: video?.currentTime ?? 0,
    };
  });
}

/** A frame is shown a moment before the player notes that it plays. */
async function waitForJoin(page: Page): Promise<number> {
  const join = await page.waitForFunction(() => {
    const at = (name: string): number | undefined => performance.getEntriesByName(name)[0]?.startTime;
    const play = at("rostrum:play");
    const first = at("rostrum:first-frame");
    return play === undefined || first === undefined ? null : { ms: first - play };
  });
  return (await join.jsonValue())?.ms ?? Number.NaN;
}

/** Pages of this context open as if their viewer had chosen this latency before. */
export async function preferMode(context: BrowserContext, mode: "lowest" | "balanced" | "stable"): Promise<void> {
  await context.addInitScript(
    (chosen) => localStorage.setItem("rostrum.player", JSON.stringify({ mode: chosen })),
    mode,
  );
}

/** Pages of this context have no WebRTC, as in browsers that forbid it. */
export async function withoutWebRtc(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, "RTCPeerConnection"));
}

/** How many viewers get the picture frame by frame at the moment, by the server's own count. */
export function realtimeViewers(server: RunningServer): Promise<number> {
  return gauge(server, "rostrum_realtime_viewers");
}

/** How many viewers watch by WebRTC at the moment, by the server's own count. */
export function whepViewers(server: RunningServer): Promise<number> {
  return gauge(server, "rostrum_whep_viewers");
}

async function gauge({ ready }: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${ready.url}/metrics`)).text();
  return Number(new RegExp(String.raw`^${name} (\d+)`, "m").exec(text)?.[1] ?? 0);
}
