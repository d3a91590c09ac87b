/** kill -9 in the middle of a show: the restart is quick, nothing acknowledged is lost, the show goes on where it stopped. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEncoder } from "../lib/encoder.ts";
import { logIn, type Owner, setUp } from "../lib/owner.ts";
import { fetchPlaylist, mediaPlaylistUrls } from "../lib/playlist.ts";
import { startServer } from "../lib/server.ts";
import { broadcastIn, ingestUrl } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-recovery-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("a killed server comes back with the show interrupted, and the same show goes on", async () => {
  const first = await startServer({ dataDir: dir });
  const owner = await setUp(first);
  const encoder = startEncoder(ingestUrl(first, owner.key));
  const live = await broadcastIn(owner, "live");
  const index = `/live/${live.id}/index.m3u8`;
  const [video] = await until("a playlist", () => mediaPlaylistUrls(`${first.ready.url}${index}`));
  if (video === undefined) throw new Error("no video playlist");
  const before = await until("four segments", async () => {
    const playlist = await fetchPlaylist(video);
    return playlist.segments.length >= 4 && playlist;
  });
  // Acknowledged, then killed in the same breath.
  await owner.call("PATCH", `/broadcasts/${live.id}`, { title: "Written just before the crash" });
  await first.stop("SIGKILL");
  await encoder.stop();

  const second = await startServer({ dataDir: dir });
  console.log(`restart after kill -9: ${Math.round(second.startMs)} ms`);
  try {
    const again = await logIn(second.ready.url);
    const back = await broadcastIn(again, "interrupted", 5000);
    expect(back.id).toBe(live.id);
    expect(back.title).toBe("Written just before the crash");
    const path = new URL(video).pathname;
    const kept = await fetchPlaylist(`${second.ready.url}${path}`);
    // Every closed segment that a viewer could know is still there, unchanged.
    for (const segment of before.segments.slice(0, -1)) {
      const same = kept.segments.find((candidate) => candidate.msn === segment.msn);
      expect(same?.uri).toBe(segment.uri);
      expect(same?.durationSec).toBeCloseTo(segment.durationSec, 3);
    }
    expect(kept.ended).toBe(false);

    const reconnected = startEncoder(ingestUrl(second, again.key));
    try {
      const onAir = await broadcastIn(again, "live");
      expect(onAir.id).toBe(live.id);
      const after = await until("two more segments", async () => {
        const playlist = await fetchPlaylist(`${second.ready.url}${path}`);
        return playlist.lastMsn >= kept.lastMsn + 2 && playlist;
      });
      expect(after.segments.map((segment) => segment.msn)).toEqual(
        after.segments.map((_, at) => (after.segments[0]?.msn ?? 0) + at),
      );
      // Since the restart viewers have had the slate, behind a discontinuity.
      const lastBefore = before.segments.at(-2)?.msn ?? 0;
      const joint = after.segments.find((segment) => segment.msn > lastBefore && segment.discontinuity);
      const start = async (uri: string): Promise<number> =>
        baseTimeTicks(await bytes(new URL(uri, video), second.ready.url));
      const old = after.segments.find((segment) => segment.msn === (joint?.msn ?? 0) - 1);
      if (old === undefined || joint === undefined) throw new Error("a segment is missing");
      const endOfOld = (await start(old.uri)) / 90_000 + old.durationSec;
      const beginOfNew = (await start(joint.uri)) / 90_000;
      // Media time goes on: parts of the segment that was open may have been watched, so its times are not given twice.
      expect(beginOfNew).toBeGreaterThan(endOfOld - 0.05);
      expect(beginOfNew).toBeLessThan(endOfOld + 5);
    } finally {
      await reconnected.stop();
    }
  } finally {
    await second.stop();
  }
});

test("a list of files plays on after kill -9 with the video that played, and the show is on the air again by itself", async () => {
  const film = path.join(dir, "film.mp4");
  const picture = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-t", "60", "-c:v", "libx264"];
  execFileSync("ffmpeg", ["-v", "error", ...picture, "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "60", film]);
  const dataDir = path.join(dir, "data");
  const first = await startServer({ dataDir });
  const owner = await setUp(first);
  const fileIds = [await upload(first.ready.url, owner, film), await upload(first.ready.url, owner, film)];
  const { id } = await owner.call<{ id: string }>("POST", "/broadcasts", {
    channelId: owner.channelId,
    title: "Films",
  });
  const source = `/broadcasts/${id}/file-source`;
  type Answer = { playing: { fileIds: string[]; loop: boolean; index: number; positionMs: number } | null };
  await owner.call("POST", source, { fileIds, loop: true });
  await until("a picture to go live with", () =>
    owner.call("POST", `/broadcasts/${id}/live`).then(
      () => true,
      () => false,
    ),
  );
  await owner.call("POST", `${source}/next`);
  const seen: number[] = [];
  // Its place is known before its first picture; what moves plays.
  await until("the second film to play", async () => {
    const { playing } = await owner.call<Answer>("GET", source);
    if (playing?.index === 1) seen.push(playing.positionMs);
    return new Set(seen).size >= 3;
  });
  await first.stop("SIGKILL");

  const second = await startServer({ dataDir });
  try {
    const again = await logIn(second.ready.url);
    expect((await broadcastIn(again, "live")).id).toBe(id);
    const { playing } = await again.call<Answer>("GET", source);
    expect(playing).toMatchObject({ fileIds, loop: true, index: 1 });
  } finally {
    await second.stop();
  }
});

test("acknowledged writes survive kill -9, again and again", async () => {
  let server = await startServer({ dataDir: dir });
  let owner = await setUp(server);
  const { id } = await owner.call<{ id: string }>("POST", "/broadcasts", { channelId: owner.channelId, title: "0" });
  for (let round = 1; round <= 5; round += 1) {
    await owner.call("PATCH", `/broadcasts/${id}`, { title: `round ${round}` });
    await server.stop("SIGKILL");
    server = await startServer({ dataDir: dir });
    owner = await logIn(server.ready.url);
    expect(await owner.call("GET", `/broadcasts/${id}`)).toMatchObject({ title: `round ${round}` });
  }
  await server.stop();
});

/** Resolves with the file's id when it is ready to be played. */
async function upload(url: string, { accessToken, channelId, call }: Owner, file: string): Promise<string> {
  const body = new FormData();
  body.append("file", new Blob([await readFile(file)]), "film.mp4");
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(`${url}/api/v1/channels/${channelId}/files`, { method: "POST", headers, body });
  const { id } = (await answer.json()) as { id: string };
  await until("the video to be prepared", async () => {
    const { items } = await call<{ items: { id: string; state: string }[] }>("GET", `/channels/${channelId}/files`);
    return items.some((one) => one.id === id && one.state === "ready");
  });
  return id;
}

async function bytes(url: URL, origin: string): Promise<Uint8Array> {
  const response = await fetch(`${origin}${url.pathname}${url.search}`);
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** baseMediaDecodeTime of the first fragment. ISO/IEC 14496-12 §8.8.12. */
function baseTimeTicks(segment: Uint8Array): number {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const at = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength).indexOf("tfdt");
  return view.getUint8(at + 4) === 1 ? Number(view.getBigUint64(at + 8)) : view.getUint32(at + 8);
}
