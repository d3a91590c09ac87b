/** A viewer marks a moment of a running show: seconds later there is a file that browsers play, and no crash loses it. */
import type { Clip } from "@rostrum/contract/clips";
import type { OwnRecording } from "@rostrum/contract/recordings";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startEncoder } from "../lib/encoder.ts";
import { logIn, type Owner } from "../lib/owner.ts";
import { fetchPlaylist } from "../lib/playlist.ts";
import { startServer } from "../lib/server.ts";
import { goLive, openShow } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

const CLIP_WITHIN_MS = 5_000;
const bFrames = (url: string) => startEncoder(url, { bFrames: 2 });

const settled = (owner: Owner, id: string): Promise<Clip> =>
  until("the clip", async () => {
    const clip = await owner.call<Clip>("GET", `/clips/${id}`);
    return clip.state !== "making" && clip;
  });

/** Media time of the end of the newest segment. */
async function edgeMs(url: string, broadcastId: string): Promise<number> {
  const { segments } = await fetchPlaylist(`${url}/live/${broadcastId}/v0/index.m3u8`);
  return segments.reduce((total, one) => total + one.durationSec, 0) * 1000;
}

test("a clip is ready within 5 s and plays in a browser; the recording gets its pictures", async () => {
  await using show = await openShow();
  const { server, owner } = show;
  const { encoder, broadcast } = await goLive(show, bFrames);
  await until("20 s of media", async () => (await edgeMs(server.ready.url, broadcast.id)) > 20_000, 60_000);
  const toMs = await edgeMs(server.ready.url, broadcast.id);
  const began = performance.now();
  const body = { title: "A moment", fromMs: toMs - 17_000, toMs: toMs - 1_000 };
  const { id } = await owner.call<Clip>("POST", `/broadcasts/${broadcast.id}/clips`, body);
  const clip = await settled(owner, id);
  const tookMs = performance.now() - began;
  console.log(`clip of 16 s ready after ${Math.round(tookMs)} ms, ${clip.sizeBytes} bytes`);
  expect(clip).toMatchObject({ state: "ready", widthPx: 640, heightPx: 360 });
  expect(tookMs).toBeLessThan(CLIP_WITHIN_MS);

  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.ready.url}/login`);
    const played = await page.evaluate(playThrough, `${server.ready.url}${clip.mp4Url}`);
    expect(Math.abs(played.durationSec - 16)).toBeLessThan(0.05);
    expect(played.firstSec).toBe(0);
    expect(Math.abs(played.lastSec - (played.durationSec - 1 / 30))).toBeLessThan(0.01);
  } finally {
    await browser.close();
  }

  await owner.call("POST", `/broadcasts/${broadcast.id}/end`);
  await encoder.stop();
  const recording = await until("the recording's pictures", async () => {
    const query = `/recordings?broadcastId=${broadcast.id}`;
    const [found] = (await owner.call<{ items: OwnRecording[] }>("GET", query)).items;
    return found?.thumbnailUrl && found.storyboardUrl ? found : undefined;
  });
  const get = (path: string | null) => fetch(new URL(path ?? "", server.ready.url));
  expect((await get(recording.thumbnailUrl)).headers.get("content-type")).toBe("image/jpeg");
  const vtt = await (await get(recording.storyboardUrl)).text();
  const cues = [...vtt.matchAll(/^(storyboard-\d+\.jpg)#xywh=/gm)];
  expect(cues.length).toBe(Math.ceil(recording.durationMs / 2000));
  const sprite = await get(`/api/v1/recordings/${recording.id}/${cues[0]?.[1]}`);
  expect([sprite.status, sprite.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
});

test("kill -9 right after a clip was asked for: it is made by the next start", async () => {
  await using show = await openShow();
  const { server, owner } = show;
  const { encoder, broadcast } = await goLive(show, bFrames);
  await until("8 s of media", async () => (await edgeMs(server.ready.url, broadcast.id)) > 8_000, 60_000);
  const toMs = await edgeMs(server.ready.url, broadcast.id);
  const body = { title: "Before the crash", fromMs: toMs - 7_000, toMs };
  const { id } = await owner.call<Clip>("POST", `/broadcasts/${broadcast.id}/clips`, body);
  await server.stop("SIGKILL");
  await encoder.stop();
  const again = await startServer({ dataDir: server.dataDir });
  try {
    const clip = await settled(await logIn(again.ready.url), id);
    expect(clip).toMatchObject({ state: "ready", title: "Before the crash" });
    expect(Math.abs(clip.durationMs - 7_000)).toBeLessThan(100);
  } finally {
    await again.stop();
  }
});

/** In the page: plays a file from beginning to end, and says the times of its first and last picture. */
async function playThrough(url: string): Promise<{ durationSec: number; firstSec: number; lastSec: number }> {
  const video = document.createElement("video");
  video.muted = true;
  video.src = url;
  const times: number[] = [];
  const note = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
    times.push(mediaTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  const ended = new Promise<void>((resolve, reject) => {
    video.addEventListener("ended", () => resolve());
    video.addEventListener("error", () => reject(new Error(video.error?.message)));
  });
  await video.play();
  await ended;
  return { durationSec: video.duration, firstSec: times[0] ?? -1, lastSec: times.at(-1) ?? -1 };
}
