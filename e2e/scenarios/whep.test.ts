/** Lowest latency by WebRTC: any show, from its last key frame on, and to the other deliveries and back in the same player. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type Encoder, startClockEncoder, startEncoder } from "../lib/encoder.ts";
import { percentile } from "../lib/pixel-clock.ts";
import { goLive, openShow, type Show } from "../lib/show.ts";
import { until } from "../lib/wait.ts";
import { openViewer, preferMode, realtimeViewers, type Viewer, whepViewers } from "../lib/watch.ts";

const WATCH_MS = 15_000;
const BACK_WITHIN_MS = 60_000;

type Stage = Readonly<{ show: Show; broadcastId: string; browser: Browser; context: BrowserContext }>;

/** A live show that allows the lowest latency, and a browser whose viewer wants it. */
async function onStage(start: (url: string) => Encoder, run: (stage: Stage) => Promise<void>): Promise<void> {
  await using show = await openShow();
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, { settings: { latencyMode: "lowest" } });
  const { encoder, broadcast } = await goLive(show, start);
  const browser = await openBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await preferMode(context, "lowest");
    await run({ show, broadcastId: broadcast.id, browser, context });
  } finally {
    await browser.close();
    await encoder.stop();
  }
}

const watch = ({ show, broadcastId, context }: Stage): Promise<Viewer> =>
  openViewer(context, `${show.server.ready.url}/watch/${broadcastId}`);

const isWebRtc =
  ({ show }: Stage, wanted: boolean) =>
  async (): Promise<boolean> =>
    (await whepViewers(show.server)) > 0 === wanted;

async function choose(page: Page, mode: RegExp): Promise<void> {
  // The controls hide while nothing moves.
  await page.locator("video").hover();
  await page.mouse.move(500, 300);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: mode }).click();
  await page.keyboard.press("Escape");
}

/** The picture moves: so many more frames are shown. */
async function goesOn(viewer: Viewer, what: string): Promise<void> {
  const { frames } = await viewer.read();
  await until(what, async () => (await viewer.read()).frames.length > frames.length + 45, BACK_WITHIN_MS);
}

test("a show that comes by RTMP is watched by WebRTC, a fifth of a second behind", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const viewer = await watch(stage);
    await until("WebRTC", isWebRtc(stage, true));
    await viewer.page.waitForTimeout(3000);
    const before = await viewer.read();
    await viewer.page.waitForTimeout(WATCH_MS);
    const after = await viewer.read();
    const latencies = after.latencyMs.slice(before.latencyMs.length);
    console.log(
      `whep: p50 ${percentile(latencies, 0.5)} ms, p95 ${percentile(latencies, 0.95)} ms, ` +
        `join ${Math.round((await viewer.joinMs()) ?? -1)} ms, ${after.stalls} stalls`,
    );
    // Less than frame by frame over a WebSocket; docs/performance.md has what a calm machine gives.
    expect(percentile(latencies, 0.5)).toBeLessThan(350);
    expect(await whepViewers(stage.show.server)).toBe(1);
    expect(await realtimeViewers(stage.show.server)).toBe(0);
  });
});

test("to the other deliveries and back nothing is reloaded, and time goes on", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const viewer = await watch(stage);
    const { page } = viewer;
    await until("WebRTC", isWebRtc(stage, true));
    await goesOn(viewer, "the picture by WebRTC");
    await choose(page, /^balanced/i);
    await until("LL-HLS", isWebRtc(stage, false));
    await goesOn(viewer, "the picture by LL-HLS");
    await choose(page, /^lowest/i);
    await until("WebRTC again", isWebRtc(stage, true), BACK_WITHIN_MS);
    await goesOn(viewer, "the picture by WebRTC again");
    const { owner } = stage.show;
    await owner.call("PATCH", `/broadcasts/${stage.broadcastId}`, { latencyMode: "stable" });
    await until("LL-HLS, as the crew wants it", isWebRtc(stage, false));
    await goesOn(viewer, "the picture by LL-HLS again");
    expect(await page.evaluate(() => performance.getEntriesByType("navigation").length)).toBe(1);
  });
});

test("B-frames are encoded anew for WebRTC", async () => {
  await onStage(
    (url) => startEncoder(url, { bFrames: 2 }),
    async (stage) => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.show.server.ready.url}/watch/${stage.broadcastId}`);
      await until("WebRTC", isWebRtc(stage, true));
      await until("a picture", () =>
        page.$eval("video", ({ srcObject, videoWidth }) => srcObject !== null && videoWidth > 0),
      );
      const shown = (): Promise<number> =>
        page.$eval("video", (video) => video.getVideoPlaybackQuality().totalVideoFrames);
      const before = await shown();
      await until("pictures go on", async () => (await shown()) > before + 60, BACK_WITHIN_MS);
    },
  );
});

test("where WebRTC is blocked the show is watched another way", async () => {
  await onStage(startClockEncoder, async (stage) => {
    await stage.context.route("**/whep/**", (route) => route.abort());
    const viewer = await watch(stage);
    await goesOn(viewer, "the picture");
    expect(await whepViewers(stage.show.server)).toBe(0);
    expect(await realtimeViewers(stage.show.server)).toBe(1);
  });
});
