/**
 * Glass to glass over LL-HLS: a drawn clock is encoded, pushed by RTMP, watched in Chromium and read from the shown frames.
 * Options: --seconds 60, --joins 10, --part-ms 333.
 */
import { openBrowser } from "../e2e/lib/browser.ts";
import { startClockEncoder } from "../e2e/lib/encoder.ts";
import { percentile } from "../e2e/lib/pixel-clock.ts";
import { goLive, openShow } from "../e2e/lib/show.ts";
import { openViewer } from "../e2e/lib/watch.ts";
import { median, option, report, round } from "./lib/report.ts";

const seconds = option("seconds", 60);
const joins = option("joins", 10);
const partMs = option("part-ms", 333);

await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn" } });
const { encoder, broadcast } = await goLive(show, startClockEncoder);
const browser = await openBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const url = `${show.server.ready.url}/watch/${broadcast.id}`;
  const joinMs: number[] = [];
  for (let join = 0; join < joins; join += 1) {
    const viewer = await openViewer(context, url);
    const measured = await viewer.joinMs();
    if (measured !== null) joinMs.push(measured);
    await viewer.page.close();
  }
  const viewer = await openViewer(context, url);
  const before = await viewer.read();
  await viewer.page.waitForTimeout(seconds * 1000);
  const after = await viewer.read();
  const latencies = after.latencyMs.slice(before.latencyMs.length);
  report("latency", {
    partTargetMs: partMs,
    watchedSec: seconds,
    glassToGlassMs: {
      p50: round(percentile(latencies, 0.5)),
      p95: round(percentile(latencies, 0.95)),
      max: round(percentile(latencies, 1)),
    },
    frames: latencies.length,
    unreadableFrames: latencies.filter((value) => value === null).length,
    droppedFrames: after.droppedFrames - before.droppedFrames,
    stalls: after.stalls,
    joinMs: { p50: round(median(joinMs)), max: round(Math.max(...joinMs)), runs: joinMs.length },
    target: { p50: 900, p95: 1200, stalls: 0, joinP50: 500 },
  });
} finally {
  await browser.close();
  await encoder.stop();
}
