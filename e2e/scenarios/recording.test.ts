/** A show is recorded while it runs; after its end it is archived and can be played, downloaded and deleted; kill -9 loses nothing. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { OwnRecording } from "@rostrum/contract/recordings";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startEncoder } from "../lib/encoder.ts";
import { checkHls } from "../lib/hls-conformance.ts";
import { logIn, type Owner, setUp } from "../lib/owner.ts";
import { fetchPlaylist } from "../lib/playlist.ts";
import { decodeErrors, piecesByInit, probeMedia } from "../lib/probe-media.ts";
import { type RunningServer, startServer } from "../lib/server.ts";
import { broadcastIn, goLive, ingestUrl, openShow } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

async function recordingOf(owner: Owner, broadcastId: string): Promise<OwnRecording | undefined> {
  const { items } = await owner.call<{ items: OwnRecording[] }>("GET", `/recordings?broadcastId=${broadcastId}`);
  return items[0];
}

const readyRecording = (owner: Owner, broadcastId: string): Promise<OwnRecording> =>
  until(
    "a recording that can be played",
    async () => {
      const recording = await recordingOf(owner, broadcastId);
      return recording?.state === "ready" && recording;
    },
    30_000,
  );

const segments = async (server: RunningServer, broadcastId: string) =>
  (await fetchPlaylist(`${server.ready.url}/live/${broadcastId}/v0/index.m3u8`)).segments;

/** What players are promised of a playlist that still grows says nothing of one that has ended. */
const LIVE_ONLY = new Set(["4.4.3.8", "B.1", "6.2.5.2"]);

async function vodViolations(url: string): Promise<unknown[]> {
  const { violations } = await checkHls(url, { seconds: 1, maxProbed: 4 });
  return violations.filter(({ level, section }) => level === "must" && !LIVE_ONLY.has(section));
}

test("a show becomes a recording of the same media: played, downloaded, deleted", async () => {
  await using show = await openShow();
  const { server, owner } = show;
  const { encoder, broadcast } = await goLive(show);
  await until("five segments", async () => (await segments(server, broadcast.id)).length >= 5);
  const marker = await until("media time is known", async () =>
    owner
      .call<{ atMs: number }>("POST", `/broadcasts/${broadcast.id}/markers`, { title: "Now" })
      .catch(() => undefined),
  );
  expect((await recordingOf(owner, broadcast.id))?.state).toBe("recording");
  await owner.call("POST", `/broadcasts/${broadcast.id}/end`);
  await encoder.stop();
  const live = await segments(server, broadcast.id);
  const recording = await readyRecording(owner, broadcast.id);
  expect(await owner.call("GET", `/broadcasts/${broadcast.id}`)).toMatchObject({
    state: "archived",
    recordingId: recording.id,
  });
  expect(recording.chapters).toHaveLength(1);
  expect(recording.chapters[0]?.atMs).toBeLessThanOrEqual(recording.durationMs);
  expect(marker.atMs).toBeGreaterThan(0);

  const liveSec = live.reduce((total, one) => total + one.durationSec, 0);
  const playback = await owner.call<{ hlsUrl: string }>("GET", `/broadcasts/${broadcast.id}/playback`);
  expect(playback.hlsUrl).toBe(`/vod/${recording.id}/index.m3u8`);
  const url = `${server.ready.url}${playback.hlsUrl}`;
  const facts = await probeMedia(url);
  expect(Math.abs(facts.durationSec - liveSec)).toBeLessThan(0.1);
  expect(Math.abs(recording.durationMs / 1000 - liveSec)).toBeLessThan(0.1);
  expect(Math.abs((facts.videoSec[0] ?? 0) - (facts.audioSec[0] ?? 9))).toBeLessThan(0.045);
  expect(await decodeErrors(url)).toEqual([]);
  expect(await vodViolations(url)).toEqual([]);
  expect(await readdir(path.join(server.dataDir, "recording"))).toEqual([]);

  const pictured = await until(
    "pictures of the recording",
    async () => {
      const found = await recordingOf(owner, broadcast.id);
      return found?.storyboardUrl !== null && found;
    },
    90_000,
  );
  const storyboard = await fetch(`${server.ready.url}${pictured.storyboardUrl}`);
  expect(await storyboard.text()).toMatch(
    /^WEBVTT\n\n00:00:00\.000 --> 00:00:02\.000\nstoryboard-0\.jpg#xywh=0,0,160,90/,
  );
  for (const picture of [pictured.thumbnailUrl ?? "", new URL("storyboard-0.jpg", storyboard.url).pathname]) {
    const jpeg = await fetch(`${server.ready.url}${picture}`);
    expect([jpeg.status, jpeg.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  }

  await owner.call("POST", `/recordings/${recording.id}/mp4`);
  await until("the MP4 file", async () => (await recordingOf(owner, broadcast.id))?.mp4.state === "ready", 30_000);
  const file = `${server.ready.url}/api/v1/recordings/${recording.id}/download.mp4`;
  const answer = await fetch(file, { headers: { authorization: `Bearer ${owner.accessToken}` } });
  expect(answer.headers.get("content-disposition")).toContain("attachment");
  const saved = path.join(server.dataDir, "download.mp4");
  await writeFile(saved, Buffer.from(await answer.arrayBuffer()));
  expect(Math.abs((await probeMedia(saved)).durationSec - liveSec)).toBeLessThan(0.1);
  expect(await decodeErrors(saved)).toEqual([]);

  await owner.call("DELETE", `/recordings/${recording.id}`);
  await until("the playlist is gone", async () => (await fetch(url)).status === 404);
});

test("kill -9 in mid-show: one recording with everything that viewers saw before and after", async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "rostrum-record-"));
  let server = await startServer({ dataDir });
  try {
    let owner = await setUp(server);
    const encoder = startEncoder(ingestUrl(server, owner.key));
    const { id } = await broadcastIn(owner, "live");
    await until("four segments", async () => (await segments(server, id)).length >= 4);
    const before = await segments(server, id);
    await server.stop("SIGKILL");
    await encoder.stop();

    server = await startServer({ dataDir });
    owner = await logIn(server.ready.url);
    const again = startEncoder(ingestUrl(server, owner.key));
    await broadcastIn(owner, "live");
    await until("three more segments", async () => (await segments(server, id)).length >= before.length + 3);
    await owner.call("POST", `/broadcasts/${id}/end`);
    await again.stop();
    const all = await segments(server, id);
    const recording = await readyRecording(owner, id);
    const vod = await fetchPlaylist(`${server.ready.url}/vod/${recording.id}/v0/index.m3u8`);
    const file = (one: { uri: string }): string => new URL(one.uri, server.ready.url).pathname.split("/").at(-1) ?? "";
    expect(vod.segments.map(file)).toEqual(all.map(file));
    // The newest segment of the playlist may not have been on disk yet.
    for (const segment of before.slice(0, -1)) expect(vod.segments.map(file)).toContain(file(segment));
    expect(vod.segments.some((one) => one.discontinuity)).toBe(true);
    const url = `${server.ready.url}${recording.vodUrl}`;
    const lastsSec = vod.segments.reduce((total, one) => total + one.durationSec, 0);
    expect(Math.abs((await probeMedia(url)).durationSec - lastsSec)).toBeLessThan(0.5);
    const pieces = await piecesByInit(`${server.ready.url}/vod/${recording.id}/v0/index.m3u8`, dataDir);
    for (const piece of pieces) expect(await decodeErrors(piece)).toEqual([]);
    expect(await vodViolations(url)).toEqual([]);
    // The sound of the newest segment is written just after its picture: the kill may come between.
    const sound = await fetchPlaylist(`${server.ready.url}/vod/${recording.id}/a0/index.m3u8`);
    const soundSec = sound.segments.reduce((total, one) => total + (one.gap ? 0 : one.durationSec), 0);
    await playsThrough(`${server.ready.url}/watch/${id}`, Math.min(lastsSec, soundSec));
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

/** Plays the page's recording from begin to end in a browser, faster than it was. */
async function playsThrough(page: string, lastsSec: number): Promise<void> {
  const browser = await openBrowser();
  try {
    const tab = await browser.newPage();
    await tab.goto(page);
    const state = () =>
      tab.evaluate(() => {
        const video = document.querySelector("video");
        if (video === null) return { ended: false, playedSec: 0, ranges: [], error: null };
        video.muted = true;
        video.playbackRate = 3;
        if (video.paused && !video.ended) void video.play().catch(() => undefined);
        let playedSec = 0;
        const ranges: [number, number][] = [];
        for (let n = 0; n < video.played.length; n += 1) {
          const range: [number, number] = [video.played.start(n), video.played.end(n)];
          ranges.push(range);
          playedSec += range[1] - range[0];
        }
        return { ended: video.ended, playedSec, ranges, error: video.error?.message ?? null };
      });
    const last = await until(
      "the end of the recording",
      async () => {
        const now = await state();
        return now.ended && now;
      },
      60_000,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(await state())}`);
    });
    expect(last.error).toBeNull();
    expect(last.playedSec, JSON.stringify(last.ranges)).toBeGreaterThan(lastsSec - 1.5);
  } finally {
    await browser.close();
  }
}
