/** The main job: an encoder goes live, a browser watches under a second behind and does not stop. */
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startClockEncoder } from "../lib/encoder.ts";
import { percentile } from "../lib/pixel-clock.ts";
import { goLive, openShow } from "../lib/show.ts";
import { openViewer } from "../lib/watch.ts";

const WATCH_MS = 30_000;

test("a viewer sees the picture less than 1.5 s late (p95) and without a stall for 30 s", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  const browser = await openBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const viewer = await openViewer(context, `${show.server.ready.url}/watch/${broadcast.id}`);
    const before = await viewer.read();
    await viewer.page.waitForTimeout(WATCH_MS);
    const after = await viewer.read();
    const latencies = after.latencyMs.slice(before.latencyMs.length);
    const readable = latencies.filter((value) => value !== null);
    console.log(
      `glass to glass: p50 ${percentile(latencies, 0.5)} ms, p95 ${percentile(latencies, 0.95)} ms, ` +
        `${readable.length} frames, ${after.stalls} stalls, join ${Math.round(await viewer.joinMs())} ms`,
    );
    expect(readable.length).toBeGreaterThan((WATCH_MS / 1000) * 30 * 0.8);
    expect(readable.length / latencies.length).toBeGreaterThan(0.95);
    expect(percentile(latencies, 0.5)).toBeLessThan(1200);
    expect(percentile(latencies, 0.95)).toBeLessThan(1500);
    expect(after.stalls).toBe(0);
    expect(await viewer.page.getByText("LIVE").count()).toBeGreaterThan(0);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});
