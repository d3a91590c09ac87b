/**
 * A broadcast that never drops: encoders that are cut off, freeze and change in mid-show, and a server that is killed. Viewers see
 * the slate, then the picture again, in the same element; media time is as long as the show. Gaps are short unless LONG=1.
 */
import { describe, expect, onTestFailed, test } from "vitest";
import type { Page } from "playwright-core";
import { openBrowser } from "../lib/browser.ts";
import type { EncoderOptions } from "../lib/encoder.ts";
import { logIn, type Owner } from "../lib/owner.ts";
import { fetchPlaylist } from "../lib/playlist.ts";
import { PROTOCOLS, type Protocol, RTMP } from "../lib/protocols.ts";
import { startServer } from "../lib/server.ts";
import { broadcastIn, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { playerState, readSlate, watchSlate } from "../lib/slate-watch.ts";
import { until } from "../lib/wait.ts";
import { openViewer } from "../lib/watch.ts";

const GAP_MS = process.env["LONG"] === "1" ? 60_000 : 6000;
const BLUE = { css: "#2040c0", rgb: [0x20, 0x40, 0xc0] } as const;
const SLATE_WITHIN_MS = 3000;
const PICTURE_WITHIN_MS = 2000;

async function openBlueShow(protocol: Protocol): Promise<Show> {
  const show = await openShow({ env: protocol.env() });
  onTestFailed(() => console.log(show.server.lines.slice(-60).join("\n")));
  const settings = { slateBackground: BLUE.css, slateText: "Back in a moment" };
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, { settings });
  return show;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** When the first frame after `sinceMs` was shown that is the slate, or is not. */
async function firstShown(page: Page, isSlate: boolean, sinceMs: number, withinMs = 20_000): Promise<number> {
  const what = isSlate ? "the slate" : "the picture";
  const ask = async () => (await readSlate(page)).frames.find((one) => one.atMs > sinceMs && one.isSlate === isSlate);
  try {
    return (await until(what, ask, withinMs)).atMs;
  } catch (error) {
    throw new Error(`${(error as Error).message}; the player: ${await playerState(page)}`);
  }
}

/** When the server took the first key frame of the source that connected after `sinceMs`. */
async function connectedAt(show: Show, sinceMs: number): Promise<number> {
  return until("a source", () => {
    const lines = show.server.lines.filter((line) => line.includes('"source connected"'));
    const times = lines.map((line) => new Date((JSON.parse(line) as { time: string | number }).time).getTime());
    return times.find((atMs) => atMs > sinceMs);
  });
}

async function expectUnbroken(page: Page): Promise<void> {
  const { isSameElement, breaks, frames } = await readSlate(page);
  expect({ isSameElement, breaks }).toEqual({ isSameElement: true, breaks: [] });
  const back = frames.filter((one, n) => n > 0 && one.mediaSec < (frames[n - 1]?.mediaSec ?? 0) - 0.05);
  expect(back).toEqual([]);
}

/** Ends the show; seconds of each rendition of the source, as their playlists have it. */
async function endedLengths(show: Show, owner: Owner, id: string): Promise<number[]> {
  await owner.call("POST", `/broadcasts/${id}/end`);
  return Promise.all(
    ["v0", "a0"].map((name) =>
      until(`the end of ${name}`, async () => {
        const playlist = await fetchPlaylist(`${show.server.ready.url}/live/${id}/${name}/index.m3u8`);
        return playlist.ended && playlist.segments.reduce((sum, one) => sum + one.durationSec, 0);
      }),
    ),
  );
}

describe.each(PROTOCOLS.map((one) => [one.name, one] as const))("%s", (_, protocol) => {
  test.each([
    ["is killed", "SIGKILL"],
    ["freezes", "SIGSTOP"],
  ] as const)("an encoder that %s: the slate, then the picture again", { timeout: 300_000 }, async (_name, signal) => {
    await using show = await openBlueShow(protocol);
    const { owner, server } = show;
    const first = protocol.start(server, owner.key);
    const { id } = await broadcastIn(owner, "live");
    const browser = await openBrowser();
    let second = first;
    try {
      const context = await openContext(browser, { origin: server.ready.url });
      const { page } = await openViewer(context, `${server.ready.url}/watch/${id}`);
      await watchSlate(page, BLUE.rgb);
      await firstShown(page, false, Date.now());
      await wait(3000);

      const cutMs = Date.now();
      first.child.kill(signal);
      const slateMs = (await firstShown(page, true, cutMs)) - cutMs;
      await broadcastIn(owner, "interrupted", 5000);
      await wait(GAP_MS);
      const stillSlate = (await readSlate(page)).frames.at(-1);
      expect([stillSlate?.isSlate, Date.now() - (stillSlate?.atMs ?? 0) < 1000]).toEqual([true, true]);

      const backMs = Date.now();
      if (signal === "SIGSTOP") first.child.kill("SIGCONT");
      // Who was silent for too long was let go meanwhile (SRT: five seconds), and connects again as encoders do.
      void first.exited.then(() => (second = protocol.start(server, owner.key)));
      const keyframeMs = await connectedAt(show, backMs);
      const pictureMs = (await firstShown(page, false, backMs)) - keyframeMs;
      await broadcastIn(owner, "live", 5000);
      console.log(`${protocol.name} ${signal}: slate after ${slateMs} ms, picture ${pictureMs} ms after its key frame`);
      expect(slateMs).toBeLessThan(SLATE_WITHIN_MS);
      expect(pictureMs).toBeLessThan(PICTURE_WITHIN_MS);
      await wait(2000);
      await expectUnbroken(page);
    } finally {
      await browser.close();
      await first.stop();
      await second.stop();
    }
  });
});

const CHANGES: readonly EncoderOptions[] = [
  { widthPx: 640, heightPx: 360, fps: "25", gopFrames: 25 },
  { widthPx: 1280, heightPx: 720, fps: "30", gopFrames: 30, bFrames: 2 },
  { widthPx: 480, heightPx: 270, fps: "50", gopFrames: 50, extra: ["-ar", "44100", "-ac", "1"] },
  { widthPx: 640, heightPx: 360, fps: "30000/1001", gopFrames: 30 },
  { widthPx: 854, heightPx: 480, fps: "24", gopFrames: 24, extra: ["-ar", "44100"] },
  { widthPx: 320, heightPx: 180, fps: "60", gopFrames: 60 },
  { widthPx: 640, heightPx: 360, fps: "25", gopFrames: 25, bFrames: 3 },
  { widthPx: 1280, heightPx: 720, fps: "25", gopFrames: 25, extra: ["-output_ts_offset", "4294960"] },
  { widthPx: 480, heightPx: 270, fps: "30", gopFrames: 30, extra: ["-ac", "1"] },
  { widthPx: 640, heightPx: 360, fps: "12.5", gopFrames: 13 },
  { widthPx: 640, heightPx: 360, fps: "25", gopFrames: 25 },
];

test(
  "ten changes in a row between sizes, rates and sounds: one element, one time as long as the show",
  { timeout: 300_000 },
  async () => {
    await using show = await openBlueShow(RTMP);
    const { owner, server } = show;
    let encoder = RTMP.start(server, owner.key, CHANGES[0]);
    const { id } = await broadcastIn(owner, "live");
    const beganMs = await connectedAt(show, 0);
    const browser = await openBrowser();
    try {
      const context = await openContext(browser, { origin: server.ready.url });
      const { page } = await openViewer(context, `${server.ready.url}/watch/${id}`);
      await watchSlate(page, BLUE.rgb);
      await firstShown(page, false, Date.now());
      for (const options of CHANGES.slice(1)) {
        const cutMs = Date.now();
        await encoder.stop();
        encoder = RTMP.start(server, owner.key, options);
        await connectedAt(show, cutMs);
        const isShown = async () => (await readSlate(page)).frames.at(-1)?.widthPx === options.widthPx;
        await until(`a picture ${options.widthPx} wide`, isShown, 10_000);
        await wait(1500);
      }
      await expectUnbroken(page);
      const wallSec = (Date.now() - beganMs) / 1000;
      const [video = 0, audio = 0] = await endedLengths(show, owner, id);
      console.log(
        `ten changes: ${wallSec.toFixed(2)} s of show, ${video.toFixed(2)} s of video, ${audio.toFixed(2)} s of audio`,
      );
      expect(Math.abs(video - wallSec)).toBeLessThan(1);
      expect(Math.abs(video - audio)).toBeLessThan(0.1);
    } finally {
      await browser.close();
      await encoder.stop();
    }
  },
);

test(
  "a server that is killed in mid-show: viewers see the slate until the encoder is back",
  { timeout: 300_000 },
  async () => {
    const first = await openBlueShow(RTMP);
    const port = new URL(first.server.ready.url).port;
    const encoder = RTMP.start(first.server, first.owner.key);
    const { id } = await broadcastIn(first.owner, "live");
    const browser = await openBrowser();
    try {
      const context = await openContext(browser, { origin: first.server.ready.url });
      const { page } = await openViewer(context, `${first.server.ready.url}/watch/${id}`);
      await watchSlate(page, BLUE.rgb);
      await wait(6000);
      await first.server.stop("SIGKILL");
      const killedMs = Date.now();
      await encoder.stop();
      const second = await startServer({ dataDir: first.server.dataDir, env: { PORT: port } });
      try {
        await firstShown(page, true, killedMs, 40_000);
        const owner = await logIn(second.ready.url);
        await broadcastIn(owner, "interrupted", 5000);
        const backMs = Date.now();
        const again = RTMP.start(second, owner.key);
        try {
          await firstShown(page, false, backMs, 40_000);
          expect((await broadcastIn(owner, "live", 5000)).id).toBe(id);
        } finally {
          await again.stop();
        }
      } finally {
        await second.stop();
      }
    } finally {
      await browser.close();
      await encoder.stop();
      await first[Symbol.asyncDispose]();
    }
  },
);
