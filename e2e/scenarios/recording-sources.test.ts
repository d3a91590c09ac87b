/** Sources break off and come back with another size and frame rate: one recording, as long as the show, sound and picture together. Cuts are short unless LONG=1. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { OwnRecording } from "@rostrum/contract/recordings";
import { expect, test } from "vitest";
import { findBeeps, findFlashes, offsetsMs, startFlashes } from "../lib/flash.ts";
import { decodeErrors, piecesByInit, probeMedia } from "../lib/probe-media.ts";
import { type BroadcastView, broadcastIn, openShow } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

const SOURCES = [
  { size: "640x360", fps: 30 },
  { size: "1280x720", fps: 25 },
  { size: "320x240", fps: 50, sampleRateHz: 44_100 },
] as const;
const PLAYS_MS = 7000;
const CUT_MS = process.env["LONG"] === "1" ? 60_000 : 5000;

const during = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test(
  "through every change of source there is one recording, as long as the show, with sound and picture together",
  { timeout: 300_000 },
  async () => {
    await using show = await openShow();
    const { owner, server } = show;
    let id = "";
    for (const [nth, look] of SOURCES.entries()) {
      const source = startFlashes(show.ingestUrl, look);
      const live = await broadcastIn(owner, "live");
      id = id === "" ? live.id : id;
      expect(live.id).toBe(id);
      await during(PLAYS_MS);
      await source.stop();
      if (nth < SOURCES.length - 1) await during(CUT_MS);
    }
    await owner.call("POST", `/broadcasts/${id}/end`);
    const recording = await until("the recording", async () => {
      const { items } = await owner.call<{ items: OwnRecording[] }>("GET", `/recordings?channelId=${owner.channelId}`);
      expect(items.length).toBeLessThanOrEqual(1);
      return items[0]?.state === "ready" && items[0];
    });
    const { liveAt, endedAt } = await owner.call<BroadcastView & { liveAt: string; endedAt: string }>(
      "GET",
      `/broadcasts/${id}`,
    );
    const wallSec = (Date.parse(endedAt) - Date.parse(liveAt)) / 1000;
    const url = `${server.ready.url}${recording.vodUrl}`;
    const { durationSec } = await probeMedia(url);
    console.log(`show ${wallSec.toFixed(2)} s, VOD ${durationSec.toFixed(2)} s`);
    expect(Math.abs(durationSec - wallSec)).toBeLessThan(1);
    const piecesOf = (rendition: string): Promise<string[]> =>
      piecesByInit(`${server.ready.url}/vod/${recording.id}/${rendition}/index.m3u8`, server.dataDir);
    const [video, audio] = [await piecesOf("v0"), await piecesOf("a0")];
    for (const piece of [...video, ...audio]) expect(await decodeErrors(piece)).toEqual([]);
    const flashes = (await Promise.all(video.map(findFlashes))).flat();
    const beeps = (await Promise.all(audio.map(findBeeps))).flat();
    expectTogether("VOD", offsetsMs(flashes, beeps));

    await owner.call("POST", `/recordings/${recording.id}/mp4`);
    const done = await until("the MP4 file", async () => {
      const found = await owner.call<OwnRecording>("GET", `/recordings/${recording.id}`);
      return found.mp4Url !== null && found;
    });
    const headers = { authorization: `Bearer ${owner.accessToken}` };
    const answer = await fetch(`${server.ready.url}${done.mp4Url}`, { headers });
    const file = path.join(server.dataDir, "show.mp4");
    await writeFile(file, Buffer.from(await answer.arrayBuffer()));
    expect(Math.abs((await probeMedia(file)).durationSec - wallSec)).toBeLessThan(1);
    expectTogether("MP4", offsetsMs(await findFlashes(file), await findBeeps(file)));
  },
);

function expectTogether(what: string, offsets: readonly number[]): void {
  console.log(`${what}: flash after beep, ms: ${offsets.join(" ")}`);
  expect(offsets.length).toBeGreaterThan(SOURCES.length * (PLAYS_MS / 1000 - 2));
  expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(45);
}
