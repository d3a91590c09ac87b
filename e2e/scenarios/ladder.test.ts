import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startEncoder } from "../lib/encoder.ts";
import { checkHls } from "../lib/hls-conformance.ts";
import { ladderChild } from "../lib/ladder-child.ts";
import { type Show, goLive, openShow } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

const LADDER = {
  ladder: "custom",
  ladderRungs: [
    { heightPx: 240, videoBitrateBps: 400_000 },
    { heightPx: 144, videoBitrateBps: 200_000 },
  ],
};

/** A show of 640x360 with two rungs below it, and its multivariant playlist when both are in it. */
async function openLadder(): Promise<Show & { url: string; encoder: ReturnType<typeof startEncoder> }> {
  const show = await openShow({ env: { TRANSCODE_CORES: "8" } });
  const { items } = await show.owner.call<{ items: { id: string }[] }>("GET", "/channels?mine=true");
  await show.owner.call("PATCH", `/channels/${items[0]?.id}`, { settings: LADDER });
  const { encoder, broadcast } = await goLive(show);
  const url = `${show.server.ready.url}/live/${broadcast.id}/index.m3u8`;
  const isComplete = async () => ((await (await fetch(url)).text()).match(/^v\d/gm) ?? []).length === 3;
  await until("both rungs", async () => (await isComplete()) || undefined, 60_000);
  return { ...show, url, encoder };
}

test("a ladder is low-latency HLS to the letter in every rendition", async () => {
  const show = await openLadder();
  await using _ = show;
  const { violations, seen } = await checkHls(show.url, { seconds: 30 });
  expect(violations.filter((one) => one.level === "must")).toEqual([]);
  expect([seen.playlists, seen.hints > 0, seen.parts > 50]).toEqual([4, true, true]);
  await show.encoder.stop();
});

type Seen = Readonly<{ levels: number; heightPx: number; timeSec: number; stalls: number; fatal: string[] }>;

async function openHls(page: Page, url: string): Promise<() => Promise<Seen>> {
  await page.setContent("<video muted autoplay></video>");
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("hls.js/dist/hls.js") });
  await page.evaluate((source) => {
    const state = { stalls: 0, fatal: [] as string[] };
    const video = document.querySelector("video")!;
    const { Hls } = window as unknown as { Hls: typeof import("hls.js").default };
    const hls = new Hls({ lowLatencyMode: true, liveSyncDuration: 2, startLevel: 0 });
    hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => void (fatal && state.fatal.push(details)));
    hls.attachMedia(video);
    hls.loadSource(source);
    video.addEventListener("playing", () => video.addEventListener("waiting", () => (state.stalls += 1)), {
      once: true,
    });
    Object.assign(window, { hls, state });
  }, url);
  return () =>
    page.evaluate(() => {
      const { hls, state } = window as unknown as {
        hls: import("hls.js").default;
        state: { stalls: number; fatal: string[] };
      };
      const video = document.querySelector("video")!;
      return { levels: hls.levels.length, heightPx: video.videoHeight, timeSec: video.currentTime, ...state };
    });
}

test("hls.js changes renditions both ways without a stall, and leaves a rendition whose encoder is killed", async () => {
  const show = await openLadder();
  await using _ = show;
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const read = await openHls(page, show.url);
    const shows = (heightPx: number) =>
      until(`${heightPx} lines`, async () => ((await read()).heightPx === heightPx ? true : undefined), 30_000);
    const choose = (heightPx: number) =>
      page.evaluate((wanted) => {
        const { hls } = window as unknown as { hls: import("hls.js").default };
        hls.nextLevel = hls.levels.findIndex((level) => level.height === wanted);
      }, heightPx);
    await until("the picture", async () => ((await read()).timeSec > 0 ? true : undefined), 30_000);
    expect((await read()).levels).toBe(3);
    for (const heightPx of [360, 144, 240, 360, 240]) {
      await choose(heightPx);
      await shows(heightPx);
    }
    expect(await read()).toMatchObject({ stalls: 0, fatal: [] });
    // Without a forced level the player may go where there is something.
    await page.evaluate(() => {
      const { hls } = window as unknown as { hls: import("hls.js").default };
      hls.loadLevel = hls.currentLevel;
      hls.loadLevel = -1;
    });
    const pid = await until("the encoder", () => ladderChild(show.server.pid));
    process.kill(pid, "SIGKILL");
    const { timeSec } = await read();
    await until("ten more seconds", async () => ((await read()).timeSec > timeSec + 10 ? true : undefined), 40_000);
    expect((await read()).fatal).toEqual([]);
  } finally {
    await browser.close();
    await show.encoder.stop();
  }
});
