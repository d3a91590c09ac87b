/** Lowest latency: frame by frame over a WebSocket, and to LL-HLS and back on one time line, whoever or whatever makes it move. */
import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startCutProxy } from "../lib/cut-proxy.ts";
import { startClockEncoder } from "../lib/encoder.ts";
import { breaksOf, percentile } from "../lib/pixel-clock.ts";
import { goLive, openShow, type Show } from "../lib/show.ts";
import { until } from "../lib/wait.ts";
import { openViewer, preferMode, realtimeViewers, type Viewer, withoutWebRtc } from "../lib/watch.ts";

const WATCH_MS = 30_000;
/** Longer than the player waits before it tries realtime again. */
const BACK_WITHIN_MS = 60_000;
const AFTER_SWITCH_MS = 3000;

type Stage = Readonly<{ show: Show; broadcastId: string; browser: Browser }>;

/** A live show that allows the lowest latency, and a browser. */
async function onStage(run: (stage: Stage) => Promise<void>): Promise<void> {
  await using show = await openShow();
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, { settings: { latencyMode: "lowest" } });
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  const browser = await openBrowser();
  try {
    await run({ show, broadcastId: broadcast.id, browser });
  } finally {
    await browser.close();
    await encoder.stop();
  }
}

async function watch({ browser, broadcastId }: Stage, origin: string): Promise<Viewer> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await preferMode(context, "lowest");
  await withoutWebRtc(context);
  return openViewer(context, `${origin}/watch/${broadcastId}`);
}

async function choose(page: Page, mode: RegExp): Promise<void> {
  // The controls hide while nothing moves.
  await page.locator("video").hover();
  await page.mouse.move(500, 300);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: mode }).click();
  await page.keyboard.press("Escape");
}

test("a viewer of the lowest latency is less than half a second behind (p95) and does not stall for 30 s", async () => {
  await onStage(async (stage) => {
    const viewer = await watch(stage, stage.show.server.ready.url);
    await until("realtime", async () => (await realtimeViewers(stage.show.server)) === 1);
    const before = await viewer.read();
    await viewer.page.waitForTimeout(WATCH_MS);
    const after = await viewer.read();
    const latencies = after.latencyMs.slice(before.latencyMs.length);
    const { lostMs, lostMediaMs, longestStillMs } = breaksOf(after.frames.slice(before.frames.length));
    console.log(
      `realtime: p50 ${percentile(latencies, 0.5)} ms, p95 ${percentile(latencies, 0.95)} ms, ` +
        `join ${Math.round(await viewer.joinMs())} ms, ${after.stalls} stalls, ` +
        // What is lost by the encoder's clock alone the encoder had no time for.
        `${Math.round(lostMs)} ms lost (${Math.round(lostMediaMs)} of media), still for ${Math.round(longestStillMs)} ms`,
    );
    expect(percentile(latencies, 0.95)).toBeLessThan(500);
    expect(after.stalls).toBe(0);
    expect(await realtimeViewers(stage.show.server)).toBe(1);
  });
});

test("between realtime and LL-HLS nothing is lost and nothing stalls, whoever wants the switch", async () => {
  await onStage(async (stage) => {
    const { show, broadcastId } = stage;
    await using proxy = await startCutProxy(show.server.ready.url);
    const viewer = await watch(stage, proxy.url);
    const { page } = viewer;
    const isRealtime = (wanted: boolean) => async () => (await realtimeViewers(show.server)) > 0 === wanted;
    const losses: Array<Readonly<{ what: string; lostMs: number }>> = [];
    /** What was lost from just before the switch until playback has settled. */
    const judge = async (what: string, force: () => Promise<unknown>, realtime: boolean): Promise<void> => {
      // Trouble of its own may have moved the player meanwhile.
      await until(`${what}: ${realtime ? "LL-HLS" : "realtime"} before`, isRealtime(!realtime), BACK_WITHIN_MS);
      const from = (await viewer.read()).frames.length;
      await force();
      await until(`${what}: ${realtime ? "realtime" : "LL-HLS"}`, isRealtime(realtime), BACK_WITHIN_MS);
      await page.waitForTimeout(AFTER_SWITCH_MS);
      const { lostMs } = breaksOf((await viewer.read()).frames.slice(Math.max(0, from - 10)));
      losses.push({ what, lostMs: Math.round(lostMs) });
      console.log(`${what}: ${Math.round(lostMs)} ms lost, ${(await viewer.read()).stalls} stalls so far`);
    };
    const nothing = (): Promise<void> => Promise.resolve();
    const limit = (latencyMode: string) => () =>
      show.owner.call("PATCH", `/broadcasts/${broadcastId}`, { latencyMode });

    await until("realtime", isRealtime(true));
    await page.waitForTimeout(AFTER_SWITCH_MS);
    await judge("the viewer wants it balanced", () => choose(page, /^balanced/i), false);
    await judge("the viewer wants the lowest latency", () => choose(page, /^lowest/i), true);
    await judge("the network breaks off", () => Promise.resolve(expect(proxy.cut()).toBe(1)), false);
    await judge("the network is good again", nothing, true);
    await judge("the crew wants stability", limit("stable"), false);

    const { stalls } = await viewer.read();
    for (const { what, lostMs } of losses) expect(lostMs, what).toBeLessThanOrEqual(100);
    expect(stalls).toBe(0);
  });
});

test("where WebSockets are blocked the show is watched by LL-HLS", async () => {
  await onStage(async (stage) => {
    await using proxy = await startCutProxy(stage.show.server.ready.url);
    proxy.refused = true;
    const viewer = await watch(stage, proxy.url);
    const { frames } = await viewer.read();
    await until("five seconds of picture", async () => (await viewer.read()).frames.length > frames.length + 150);
    expect(await realtimeViewers(stage.show.server)).toBe(0);
  });
});
