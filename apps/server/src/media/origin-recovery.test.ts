import { appendFile, readFile, readdir, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { MediaPlaylist } from "@rostrum/media/hls/media-playlist";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import { type TestOrigin, show, startTestOrigin, tracks } from "./deliver/testing.ts";

/** Three closed segments on each rendition and a little more. */
const BEFORE = show({ gopFrames: 60, seconds: 7 });
const AFTER = show({ gopFrames: 60, fromSec: 20, seconds: 5 });

const playlist = async (origin: TestOrigin, name = "v0"): Promise<MediaPlaylist> =>
  parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text);
const names = (list: MediaPlaylist): string[] => list.segments.map((segment) => segment.uri);

test("after kill -9 the window goes on behind a discontinuity, under names of its own", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  const before = await playlist(origin);
  const bytes = (await origin.get("show/v0/mjwaid1k-1.m4s")).bytes;
  await origin.crash(6);
  const recovered = await playlist(origin);
  expect(names(recovered)).toEqual(names(before));
  expect((await origin.get("show/v0/mjwaid1k-1.m4s")).bytes.equals(bytes)).toBe(true);
  expect((await origin.get("show/index.m3u8")).text).toContain(
    'CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000',
  );
  // Parts of the fourth segment may have been seen, up to a longest segment after the third.
  expect(origin.origin.position("show")?.videoTicks90k).toBe((6 + 4.5) * 90_000);
  await origin.feed(origin.attach(), tracks(), ...AFTER);
  for (const name of ["v0", "a0"]) {
    const after = await playlist(origin, name);
    expect(names(after).slice(0, 3)).toEqual(["mjwaid1k-0.m4s", "mjwaid1k-1.m4s", "mjwaid1k-2.m4s"]);
    expect(after.mediaSequence).toBe(0);
    expect(after.segments[3]).toMatchObject({
      uri: expect.stringMatching(/^(?!mjwaid1k)[0-9a-z]+-3\.m4s$/),
      discontinuity: true,
    });
    expect(after.segments[3]?.map?.uri).not.toContain("mjwaid1k");
  }
});

test("after an orderly end nothing is lost and the position is exact", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  await origin.restart();
  expect((await playlist(origin)).segments.map((segment) => segment.durationSec)).toEqual([2, 2, 2, 1]);
  expect(origin.origin.position("show")?.videoTicks90k).toBe(7 * 90_000);
});

test("a journal that is cut at any byte of its last line loses that line and nothing else", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  const journal = (dir: string) => path.join(dir, "show", "journal.jsonl");
  let whole = Buffer.alloc(0);
  await origin.crash(6, async (dir) => {
    whole = await readFile(journal(dir));
  });
  const lastLine = whole.lastIndexOf("\n", whole.length - 2) + 1;
  const lines = whole.subarray(0, lastLine).toString();
  const expected = {
    v0: lines.split('"segment","rendition":"v0"').length - 1,
    a0: lines.split('"segment","rendition":"a0"').length - 1,
  };
  for (let length = lastLine; length < whole.length; length += 1) {
    await writeFile(journal(origin.dir), whole.subarray(0, length));
    await origin.crash(5);
    for (const name of ["v0", "a0"] as const)
      expect((await playlist(origin, name)).segments.length).toBe(expected[name]);
    expect((await stat(journal(origin.dir))).size).toBe(lastLine);
  }
}, 60_000);

test("what no line names is removed; a file that is not whole becomes a gap, or ends the window", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  await origin.crash(6, async (dir) => {
    await writeFile(path.join(dir, "show", "v0-mjwaid1k-3.m4s"), "torn");
    await truncate(path.join(dir, "show", "v0-mjwaid1k-1.m4s"), 100);
    await unlink(path.join(dir, "show", "a0-mjwaid1k-2.m4s"));
  });
  expect((await readdir(path.join(origin.dir, "show"))).includes("v0-mjwaid1k-3.m4s")).toBe(false);
  const video = await playlist(origin);
  expect(video.segments.map((segment) => segment.gap === true)).toEqual([false, true, false]);
  expect((await origin.get("show/v0/mjwaid1k-1.m4s")).status).toBe(404);
  expect((await playlist(origin, "a0")).segments.length).toBe(2);
});

test("a folder that is no window is removed with a warning; another one's is left alone", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  await origin.crash(6, (dir) => writeFile(path.join(dir, "show", "journal.jsonl"), "nonsense\n"));
  expect(origin.logged.join()).toContain("a window without any complete segment is removed");
  expect(await readdir(origin.dir)).toEqual([]);
  expect(origin.origin.position("show")).toBeNull();
});

test("an ended window is kept for a day", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...BEFORE, { type: "end" });
  await origin.origin.end("show");
  await origin.restart();
  expect((await playlist(origin)).endList).toBe(true);
  origin.clock.advance(23 * 3_600_000);
  await origin.restart();
  expect((await origin.get("show/v0/mjwaid1k-0.m4s")).status).toBe(200);
  origin.clock.advance(2 * 3_600_000);
  await origin.restart();
  expect(await readdir(origin.dir)).toEqual([]);
});

test("a window that no program feeds any more is let go of in memory, and after a day on disk", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...BEFORE);
  await origin.stored(6);
  origin.clock.advance(130_000);
  expect((await playlist(origin)).segments.at(-1)?.parts).toBeDefined();
  hub.close();
  await origin.stored(8);
  origin.clock.advance(130_000);
  const { segments } = await playlist(origin);
  expect(segments.flatMap(({ parts }) => parts ?? [])).toEqual([]);
  for (const { uri } of segments) expect((await origin.get(`show/v0/${uri}`)).status).toBe(200);
  origin.clock.advance(24 * 3_600_000);
  while ((await readdir(origin.dir)).length > 0) await new Promise((resolve) => setImmediate(resolve));
  expect((await origin.get("show/v0/index.m3u8")).status).toBe(404);
});

test("files that left the playlist before another program goes on are removed all the same", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 0);
  await origin.feed(hub, tracks(), ...show({ gopFrames: 60, seconds: 60 }));
  await origin.stored(58);
  const { mediaSequence } = await playlist(origin);
  expect(mediaSequence).toBeGreaterThan(10);
  hub.close();
  await origin.feed(origin.attach("show", 0), tracks(), ...show({ gopFrames: 60, fromSec: 70, seconds: 5 }));
  origin.clock.advance(180_000);
  const isOld = (name: string) => Number(/-(\d+)\.m4s$/.exec(name)?.[1] ?? Infinity) < mediaSequence;
  while ((await readdir(path.join(origin.dir, "show"))).some(isOld))
    await new Promise((resolve) => setImmediate(resolve));
});

test("remove deletes the files and answers 404", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  await origin.origin.remove("show");
  expect(await readdir(origin.dir)).toEqual([]);
  expect((await origin.get("show/index.m3u8")).status).toBe(404);
  expect(origin.origin.position("show")).toBeNull();
});

test("the DVR window rolls: the playlist begins later, files stay as long as a viewer may want them", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 60);
  await origin.feed(hub, tracks(), ...BEFORE);
  for (let fromSec = 7; fromSec < 187; fromSec += 2) {
    origin.clock.advance(2000);
    await origin.feed(hub, ...show({ gopFrames: 60, fromSec, seconds: 2 }));
    await origin.stored(Math.floor(fromSec / 2) * 2);
  }
  const { segments, mediaSequence, discontinuitySequence } = await playlist(origin);
  const lastsSec = segments.reduce((total, segment) => total + segment.durationSec, 0);
  expect(lastsSec).toBeGreaterThanOrEqual(60);
  expect(lastsSec).toBeLessThan(68);
  expect([mediaSequence > 50, discontinuitySequence]).toEqual([true, undefined]);
  expect(segments[0]?.map?.uri).toBe("mjwaid1k-i1.mp4");
  expect((await origin.get(`show/v0/mjwaid1k-${mediaSequence}.m4s`)).status).toBe(200);
  expect((await origin.get(`show/v0/mjwaid1k-${mediaSequence - 20}.m4s`)).status).toBe(200);
  expect((await origin.get("show/v0/mjwaid1k-0.m4s")).status).toBe(404);
  const head = mediaSequence;
  await origin.crash(100);
  expect((await playlist(origin)).mediaSequence).toBeGreaterThanOrEqual(head - 1);
});

test("a DVR window that is made shorter takes what is older out of the playlist", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 600);
  await origin.feed(hub, tracks(), ...show({ gopFrames: 60, seconds: 50 }));
  await origin.stored(48);
  expect((await playlist(origin)).mediaSequence).toBe(0);
  origin.origin.setDvrWindow("show", 30);
  await origin.feed(hub, ...show({ gopFrames: 60, fromSec: 50, seconds: 5 }));
  await origin.stored(52);
  const { segments } = await playlist(origin);
  expect(segments.reduce((sum, { durationSec }) => sum + durationSec, 0)).toBeLessThan(36);
});

test("a disk that cannot be written costs history only; when it can be again, writing goes on", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 600);
  await writeFile(path.join(origin.dir, "show"), "in the way");
  // As many segments as may wait for the disk: one that comes too early for it would be a hole.
  await origin.feed(hub, tracks(), ...show({ gopFrames: 120, seconds: 120 }));
  const lasts = ({ segments }: MediaPlaylist): number =>
    segments.reduce((sum, segment) => sum + segment.durationSec, 0);
  let during = await playlist(origin);
  // The window shrinks to what is in memory as the attempts to write fail.
  while (lasts(during) > 64) during = await playlist(origin);
  expect(lasts(during)).toBeGreaterThan(55);
  for (const segment of during.segments) expect((await origin.get(`show/v0/${segment.uri}`)).status).toBe(200);
  expect(origin.logged.filter((line) => line.includes("goes on from memory")).length).toBe(1);
  await rm(path.join(origin.dir, "show"));
  await origin.feed(hub, ...show({ gopFrames: 120, fromSec: 120, seconds: 20 }));
  await origin.crash(8);
  expect((await playlist(origin)).segments.length).toBeGreaterThan(3);
});

test("the last 256 MiB of the disk are left to others; the window goes on from memory, and on disk when there is room", async () => {
  let freeBytes = 256 * 1024 * 1024 - 1;
  await using origin = await startTestOrigin({ freeBytes: () => Promise.resolve(freeBytes) });
  const hub = origin.attach("show", 600);
  await origin.feed(hub, tracks(), ...BEFORE);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  while (!origin.logged.join().includes("goes on from memory")) await settle();
  const files = async () => (await readdir(path.join(origin.dir, "show"))).filter((name) => name.endsWith(".m4s"));
  expect(await files()).toEqual([]);
  expect((await origin.get("show/v0/mjwaid1k-1.m4s")).status).toBe(200);
  freeBytes += 1;
  await origin.feed(hub, ...show({ gopFrames: 60, fromSec: 7, seconds: 6 }));
  await origin.stored(4);
  expect((await files()).length).toBeGreaterThan(3);
});

test("a failed write in the middle of the journal does not spoil the lines after it", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...BEFORE);
  await origin.crash(6, (dir) => appendFile(path.join(dir, "show", "journal.jsonl"), '{"type":"segment","rend'));
  await origin.feed(origin.attach(), tracks(), ...AFTER);
  await origin.crash(9);
  expect((await playlist(origin)).segments.length).toBeGreaterThanOrEqual(4);
});
