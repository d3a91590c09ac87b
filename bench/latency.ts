/**
 * Glass to glass and time to join: a drawn clock is encoded, pushed by RTMP, watched in Chromium through the product's page and
 * read from the shown frames. Rows: LL-HLS, realtime and WebRTC of one show, WebRTC of one that comes by WHIP, LL-HLS of a show with
 * a transcoding ladder. Options: --seconds 60, --joins 10, --part-ms 333, --rows ll-hls,realtime,webrtc,whip,ladder, --ladder-height 540 (360 costs less),
 * --transcode-cores 2 (else the server measures what is free).
 */
import type { Browser, BrowserContext } from "playwright-core";
import { openBrowser } from "../e2e/lib/browser.ts";
import { startClockEncoder } from "../e2e/lib/encoder.ts";
import { installClockStream, percentile } from "../e2e/lib/pixel-clock.ts";
import { broadcastIn, goLive, openShow, type Show } from "../e2e/lib/show.ts";
import { until } from "../e2e/lib/wait.ts";
import { openViewer, preferMode, realtimeViewers, whepViewers, withoutWebRtc } from "../e2e/lib/watch.ts";
import { publishByWhip } from "../e2e/lib/whip-publisher.ts";
import { median, option, report, round, words } from "./lib/report.ts";

const seconds = option("seconds", 60);
const joins = option("joins", 10);
const partMs = option("part-ms", 333);
const rows = words("rows", ["ll-hls", "realtime", "webrtc", "whip", "ladder"]);
const transcodeCores = option("transcode-cores", 0);
const ladderHeight = option("ladder-height", 540);
const SMALL = { widthPx: 640, heightPx: 360 };
/** A source with rungs below it. */
const LADDERS = {
  large: { source: { widthPx: 960, heightPx: 540, videoKbps: 2500 }, settings: { ladder: "auto" } },
  small: {
    source: SMALL,
    settings: { ladder: "custom", ladderRungs: [{ heightPx: 240, videoBitrateBps: 400_000 }] },
  },
} as const;

/** What a viewer has chosen, and whether the browser has WebRTC. */
type Mode = "webrtc" | "whip" | "lowest" | "balanced";
const TARGETS = {
  webrtc: { p50: 200, stalls: 0, firstFrameP50: 500 },
  whip: { p50: 100, stalls: 0, firstFrameP50: 500 },
  lowest: { p50: 300, stalls: 0, joinP50: 300 },
  balanced: { p50: 900, p95: 1200, stalls: 0, joinP50: 500 },
} as const;

const browser = await openBrowser();
try {
  if (["ll-hls", "realtime", "webrtc"].some((name) => rows.includes(name))) {
    await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn" } });
    await settings(show, { ladder: "passthrough", latencyMode: "lowest" });
    const { encoder, broadcast } = await goLive(show, (url) => startClockEncoder(url, SMALL));
    if (rows.includes("ll-hls")) await row("ll-hls", "balanced", show, broadcast.id);
    if (rows.includes("realtime")) await row("realtime", "lowest", show, broadcast.id);
    if (rows.includes("webrtc")) await row("webrtc", "webrtc", show, broadcast.id);
    await encoder.stop();
  }
  if (rows.includes("whip")) {
    await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn" } });
    await settings(show, { ladder: "passthrough", latencyMode: "lowest" });
    const publishers = await browser.newContext();
    await publishByWhip(publishers, show.server.ready.url, show.owner.key, {
      prepare: (page) => page.evaluate(installClockStream),
    });
    const broadcast = await broadcastIn(show.owner, "live");
    await row("whip to webrtc", "whip", show, broadcast.id);
    await publishers.close();
  }
  if (rows.includes("ladder")) {
    const cores = transcodeCores > 0 ? { TRANSCODE_CORES: String(transcodeCores) } : {};
    await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn", ...cores } });
    const { source, settings: rungsWanted } = LADDERS[ladderHeight >= 540 ? "large" : "small"];
    await settings(show, { ...rungsWanted, latencyMode: "lowest" });
    const { encoder, broadcast } = await goLive(show, (url) => startClockEncoder(url, source));
    const multivariant = `${show.server.ready.url}/live/${broadcast.id}/index.m3u8`;
    const ladder = async () => rungsIn(await (await fetch(multivariant)).text());
    const rungs = await until("the ladder", ladder).catch(() => 0);
    if (rungs > 0)
      await row("ll-hls with ladder", "balanced", show, broadcast.id, { sourceHeightPx: source.heightPx, rungs });
    else report("latency", { row: "ll-hls with ladder", notMeasured: await whyNoLadder(show, broadcast.id) });
    await encoder.stop();
  }
} finally {
  await browser.close();
}

async function settings(show: Show, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, { settings: wanted });
}

/** How many variants there are beside the source's; false while there are none. */
function rungsIn(text: string): number | false {
  const variants = text.split("#EXT-X-STREAM-INF").length - 1;
  return variants > 1 && variants - 1;
}

/** In the server's own words, e.g. that the machine is too busy. */
async function whyNoLadder(show: Show, id: string): Promise<string> {
  type Health = { samples: Array<{ ladder?: { rungs: Array<{ heightPx: number; reason: string | null }> } | null }> };
  const { samples } = await show.owner.call<Health>("GET", `/broadcasts/${id}/health`);
  const { rungs = [] } = samples.at(-1)?.ladder ?? {};
  return rungs.map(({ heightPx, reason }) => `${heightPx}p: ${reason ?? "no reason"}`).join(" ") || "no ladder";
}

async function row(name: string, mode: Mode, show: Show, id: string, more: Readonly<Record<string, unknown>> = {}) {
  const context = await contextOf(browser, mode);
  const url = `${show.server.ready.url}/watch/${id}`;
  const joinMs: number[] = [];
  for (let join = 0; join < joins; join += 1) {
    const viewer = await openViewer(context, url);
    joinMs.push(await viewer.joinMs());
    await viewer.page.close();
  }
  const viewer = await openViewer(context, url);
  const before = await viewer.read();
  await viewer.page.waitForTimeout(seconds * 1000);
  const after = await viewer.read();
  const by = await deliveredBy(show);
  await context.close();
  const latencies = after.latencyMs.slice(before.latencyMs.length);
  report("latency", {
    row: name,
    ...more,
    partTargetMs: partMs,
    watchedSec: seconds,
    // What was really watched at the end: a player may move between modes.
    deliveredBy: by,
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
    target: TARGETS[mode],
  });
}

async function deliveredBy({ server }: Show): Promise<"webrtc" | "realtime" | "ll-hls"> {
  if ((await whepViewers(server)) > 0) return "webrtc";
  return (await realtimeViewers(server)) > 0 ? "realtime" : "ll-hls";
}

async function contextOf(from: Browser, mode: Mode): Promise<BrowserContext> {
  const context = await from.newContext({ viewport: { width: 1280, height: 800 } });
  await preferMode(context, mode === "balanced" ? "balanced" : "lowest");
  if (mode !== "webrtc" && mode !== "whip") await withoutWebRtc(context);
  return context;
}
