/** What a viewer does with the player in a live show: pause, keys, back in time, other latency, other quality, trouble on the way. */
import { expect, test } from "vitest";
import type { Page, WebSocketRoute } from "playwright-core";
import { openBrowser } from "../lib/browser.ts";
import { startClockEncoder, startEncoder } from "../lib/encoder.ts";
import { ladderChild } from "../lib/ladder-child.ts";
import { breaksOf } from "../lib/pixel-clock.ts";
import { choose, deliveredBy, statistics, watchElement } from "../lib/player.ts";
import { goLive, openShow } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";
import { openViewer, preferMode, withoutWebRtc } from "../lib/watch.ts";

const paused = (page: Page): Promise<boolean> => page.$eval("video", (video) => video.paused);
const position = (page: Page): Promise<number> => page.$eval("video", (video) => video.currentTime);

test("pause, keys, taps, and coming back to live", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const desk = await openContext(browser, { origin });
    const { page } = await openViewer(desk, `${origin}/watch/${broadcast.id}`);

    // Letters play and pause anywhere; keys that scroll belong to the page until the player has the focus.
    await page.keyboard.press("k");
    await until("a pause", () => paused(page));
    await page.keyboard.press("k");
    await until("playing again", async () => !(await paused(page)));
    await page.keyboard.press("Space");
    expect(await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(scrollY > 0), 800)))).toBe(true);
    expect(await paused(page)).toBe(false);
    await page.evaluate(() => scrollTo(0, 0));
    await page.click("video");
    await until("a pause by a click", () => paused(page));
    await page.keyboard.press("Space");
    await until("playing by the space bar", async () => !(await paused(page)));

    // A long pause falls out of live, says so, and the button leads back.
    await page.keyboard.press("k");
    await page.getByRole("button", { name: /^go live/i }).waitFor({ timeout: 15_000 });
    const left = await position(page);
    await page.getByRole("button", { name: /^go live/i }).click();
    await until("the live edge", async () => (await position(page)) > left + 4);
    await page.getByRole("button", { name: /^LIVE/ }).waitFor();

    // Who went back in time stays there when the source has to be opened anew.
    await page.keyboard.press("j");
    await page.getByRole("button", { name: /^go live/i }).waitFor({ timeout: 15_000 });
    const back = await position(page);
    await desk.route(/\/live\/.*\.m4s/, (route) => route.abort());
    await page.waitForTimeout(3000);
    await desk.unroute(/\/live\/.*\.m4s/);
    await until("playing on", async () => (await position(page)) > back + 4, 60_000);
    expect(await position(page)).toBeLessThan(back + 30);

    // Switched off, letters do nothing.
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("menuitemcheckbox", { name: /single-key/i }).click();
    await page.keyboard.press("Escape");
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("k");
    await page.waitForTimeout(500);
    expect(await paused(page)).toBe(false);

    const phone = await openContext(browser, { origin, screen: "phone" });
    const touched = await openViewer(phone, `${origin}/watch/${broadcast.id}`);
    await touched.page.tap("video");
    await touched.page.waitForTimeout(600);
    expect(await paused(touched.page)).toBe(false);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});

test("latency is changed both ways, and trouble with realtime is bridged, on one element and one time line", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  await show.owner.call("PATCH", `/broadcasts/${broadcast.id}`, { latencyMode: "lowest" });
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const context = await openContext(browser, { origin });
    await withoutWebRtc(context);
    const sockets: WebSocketRoute[] = [];
    await context.routeWebSocket(/\/realtime/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    const viewer = await openViewer(context, `${origin}/watch/${broadcast.id}`);
    const { page } = viewer;
    const element = await watchElement(page);
    await page.keyboard.press("s");
    await deliveredBy(page, "Realtime");
    const began = await position(page);
    const from = (await viewer.read()).frames.length;

    await choose(page, "Balanced");
    await deliveredBy(page, "HLS");
    await choose(page, "Lowest");
    await deliveredBy(page, "Realtime");

    // The server hands over, as it does with a viewer that is too slow.
    await sockets.at(-1)?.close({ code: 4001 });
    await deliveredBy(page, "HLS", 3000);
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByText("because of trouble").waitFor();
    await page.keyboard.press("Escape");
    const log = await element();
    const { lostMs, lostMediaMs, longestStillMs } = breaksOf((await viewer.read()).frames.slice(from));
    console.log(
      `latency changes: ${log.stalls} stalls, ${log.seeks} jumps, ${Math.round(lostMs)} ms lost, ` +
        `${Math.round(lostMediaMs)} ms by media time, ` +
        `${Math.round(longestStillMs)} ms longest still`,
    );
    if (log.stalls === 0) expect(lostMediaMs).toBeLessThanOrEqual(150);
    // Only a stall, which a busy machine may cause, is followed by a jump to where live is.
    expect(log.seeks).toBeLessThanOrEqual(log.stalls);

    // When it was calm for a while, the wish is granted again.
    await deliveredBy(page, "Realtime");

    // Back in time, and to live again.
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: /^go live/i }).waitFor({ timeout: 15_000 });
    await deliveredBy(page, "HLS");
    const back = await position(page);
    expect(back).toBeLessThan(began);
    await until("playing on", async () => (await position(page)) > back + 1);
    await page.getByRole("button", { name: /^go live/i }).click();
    await until("the live edge", async () => (await position(page)) > began + 5);
    await deliveredBy(page, "Realtime");
    expect((await element()).breaks).toBe(0);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});

test("realtime that breaks off when it has taken over only the sound gives that back", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  await show.owner.call("PATCH", `/broadcasts/${broadcast.id}`, { latencyMode: "lowest" });
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const context = await openContext(browser, { origin });
    await preferMode(context, "balanced");
    await withoutWebRtc(context);
    let refused = 0;
    await context.routeWebSocket(/\/realtime/, (socket) => {
      const server = socket.connectToServer();
      // Fragments of the picture do not come through.
      server.onMessage((message) => {
        if (typeof message === "string" || ((message[0] ?? 0) & 0x7f) !== 3) socket.send(message);
      });
      setTimeout(() => {
        refused += 1;
        void socket.close({ code: 4001 });
      }, 1500);
    });
    const { page } = await openViewer(context, `${origin}/watch/${broadcast.id}`);
    await page.keyboard.press("s");
    await deliveredBy(page, "HLS");
    await choose(page, "Lowest");
    await until("the end of realtime", () => refused > 0);
    const left = await position(page);
    await until("playing on", async () => (await position(page)) > left + 8, 14_000);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});

test("quality is changed by hand and by itself without another source for the element", async () => {
  await using show = await openShow({ env: { TRANSCODE_CORES: "4" } });
  const rung = { heightPx: 180, videoBitrateBps: 300_000 };
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, {
    settings: { ladder: "custom", ladderRungs: [rung] },
  });
  const { encoder, broadcast } = await goLive(show, (url) =>
    startEncoder(url, { widthPx: 640, heightPx: 360, fps: "20", gopFrames: 40, videoKbps: 800 }),
  );
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const context = await openContext(browser, { origin });
    const multivariant = `${origin}/live/${broadcast.id}/index.m3u8`;
    await until("the rung", async () => (await (await fetch(multivariant)).text()).includes("x180"), 60_000);
    const { page } = await openViewer(context, `${origin}/watch/${broadcast.id}`);
    const element = await watchElement(page);
    await page.keyboard.press("s");
    await until("the larger picture", async () => (await statistics(page)).size.endsWith("360"), 30_000);
    await choose(page, "180p");
    await until("the smaller picture", async () => (await statistics(page)).size.endsWith("180"), 15_000);
    await choose(page, "360p");
    await until("the larger picture again", async () => (await statistics(page)).size.endsWith("360"), 15_000);

    // One that is not wanted any more is not followed either: browsers have few connections.
    await choose(page, "180p");
    await choose(page, "360p");
    await page.waitForTimeout(4000);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForTimeout(4000);
    expect(asked.filter((url) => /\/live\/.*\/v1\//.test(url))).toEqual([]);
    expect(asked.some((url) => /\/live\/.*\/v0\//.test(url))).toBe(true);

    // The smaller one breaks off: the source goes on.
    await choose(page, "180p");
    await until("the smaller picture", async () => (await statistics(page)).size.endsWith("180"), 15_000);
    process.kill(await until("the transcoder", () => ladderChild(show.server.pid)), "SIGKILL");
    await until("the larger picture", async () => (await statistics(page)).size.endsWith("360"), 15_000);
    await until("the rung again", async () => (await statistics(page)).size.endsWith("180"), 60_000);

    // A line that carries the smaller one only.
    await choose(page, "Automatic");
    await context.route(/\/v0\/.*\.m4s/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.continue();
    });
    await until(
      "the smaller picture on a slow line",
      async () => (await statistics(page)).size.endsWith("180"),
      30_000,
    );
    expect((await element()).breaks).toBe(0);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});

test("a show that is over is watched again from its beginning, at the speed that the viewer chose", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const context = await openContext(browser, { origin });
    const { page } = await openViewer(context, `${origin}/watch/${broadcast.id}`);
    const element = await watchElement(page);
    const began = await position(page);
    // Longer than what the player keeps behind the viewer.
    await until("three quarters of a minute", async () => (await position(page)) > began + 45, 90_000);
    await show.owner.call("POST", `/broadcasts/${broadcast.id}/end`);
    await page.getByRole("button", { name: "Watch again" }).click({ timeout: 30_000 });
    await until("playing from the beginning", async () => {
      const at = await position(page);
      return at < began + 20 && at > began + 2 && !(await paused(page));
    });

    await choose(page, "2 ×");
    const before = await position(page);
    await page.keyboard.press("l");
    await until("ten seconds on", async () => (await position(page)) > before + 10);
    expect(await page.$eval("video", (video) => video.playbackRate)).toBe(2);
    // The end of the show, and nothing else.
    expect((await element()).breaks).toBe(1);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});
