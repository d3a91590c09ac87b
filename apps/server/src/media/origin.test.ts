import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import { AUDIO_TRACK, VIDEO_TRACK, picture, show, startTestOrigin, tracks } from "./deliver/testing.ts";
import type { ProgramEvent } from "./hub/program-event.ts";

const onlyVideo = tracks({ video: VIDEO_TRACK });
/** Durations of the closed segments and of the parts of the open one. */
function shape(text: string): { segments: number[]; open: number[]; parts: number[][] } {
  const playlist = parseMediaPlaylist(text);
  return {
    segments: playlist.segments.map((segment) => segment.durationSec),
    open: (playlist.openSegment?.parts ?? []).map((part) => part.durationSec),
    parts: playlist.segments.map((segment) => (segment.parts ?? []).map((part) => part.durationSec)),
  };
}

/** No playlist may break what it promised. */
function expectPromisesKept(text: string): void {
  const playlist = parseMediaPlaylist(text);
  const partTargetSec = playlist.partTargetSec ?? 0;
  for (const segment of playlist.segments) {
    expect(Math.round(segment.durationSec)).toBeLessThanOrEqual(playlist.targetDurationSec);
    const parts = segment.parts ?? [];
    for (const part of parts) expect(part.durationSec).toBeLessThanOrEqual(partTargetSec);
    for (const part of parts.slice(0, -1)) expect(part.durationSec).toBeGreaterThanOrEqual(partTargetSec * 0.85);
    const sum = parts.reduce((total, part) => total + part.durationSec, 0);
    if (parts.length > 0) expect(sum).toBeCloseTo(segment.durationSec, 4);
  }
}

test("of a broadcast that is not packaged the answer is 404, and says when to ask again", async () => {
  await using origin = await startTestOrigin();
  const { status, text, headers } = await origin.get("show/index.m3u8");
  expect([status, headers.get("retry-after")]).toEqual([404, "1"]);
  expect(JSON.parse(text)).toEqual({
    error: { code: "not_found", message: "Nothing of this broadcast can be played yet." },
  });
});

test("the playlists of a program with video and audio", async () => {
  await using origin = await startTestOrigin({ partTargetMs: 1000 });
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...show({ gopFrames: 60, seconds: 3.2 }));
  expect((await origin.get("show/index.m3u8")).text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="main",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=14213,AVERAGE-BANDWIDTH=11939,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="aud"
v0/index.m3u8
`);
  expect((await origin.get("show/v0/index.m3u8")).text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24,HOLD-BACK=12,PART-HOLD-BACK=3.003
#EXT-X-PART-INF:PART-TARGET=1.001
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="mjwaid1k-i1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z
#EXT-X-PART:DURATION=1,URI="mjwaid1k-0-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI="mjwaid1k-0-1.m4s"
#EXTINF:2,
mjwaid1k-0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:07.000Z
#EXT-X-PART:DURATION=1,URI="mjwaid1k-1-0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="mjwaid1k-1-1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a0/index.m3u8",LAST-MSN=1,LAST-PART=0
`);
  expect((await origin.get("show/a0/index.m3u8")).text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24,HOLD-BACK=12,PART-HOLD-BACK=3.003
#EXT-X-PART-INF:PART-TARGET=1.001
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="mjwaid1k-i2.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z
#EXT-X-PART:DURATION=0.981333,URI="mjwaid1k-0-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.981333,URI="mjwaid1k-0-1.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.042667,URI="mjwaid1k-0-2.m4s",INDEPENDENT=YES
#EXTINF:2.005333,
mjwaid1k-0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:07.005Z
#EXT-X-PART:DURATION=0.981333,URI="mjwaid1k-1-0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="mjwaid1k-1-1.m4s"
#EXT-X-RENDITION-REPORT:URI="../v0/index.m3u8",LAST-MSN=1,LAST-PART=0
`);
});

test("parts are the segment in pieces, and hold the samples that came in", async () => {
  await using origin = await startTestOrigin();
  const samples = show({ gopFrames: 60, seconds: 3, audio: false });
  await origin.feed(origin.attach(), onlyVideo, ...samples);
  const parts = await Promise.all([0, 1, 2, 3, 4, 5].map((part) => origin.get(`show/v0/mjwaid1k-0-${part}.m4s`)));
  const segment = await origin.get("show/v0/mjwaid1k-0.m4s");
  expect(segment.bytes.equals(Buffer.concat(parts.map((part) => part.bytes)))).toBe(true);
  const found = parseFragments(segment.bytes).flatMap((fragment) => fragment.samples);
  const given = samples.slice(0, 60).flatMap((event) => (event.type === "sample" ? event.sample : []));
  expect(found.map(({ data, ...rest }) => ({ ...rest, data: [...data] }))).toEqual(
    given.map(({ data, ...rest }) => ({ ...rest, data: [...data] })),
  );
  expect(segment.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(segment.headers.get("access-control-allow-origin")).toBe("*");
});

test.each([
  ["key frames every quarter of a second", { fps: 32, gopFrames: 8, seconds: 9 }, [1.5, 2, 2, 2]],
  ["key frames every ten seconds", { gopFrames: 300, seconds: 21 }, [4.4, 4.4, 4.4, 4.4]],
  ["key frames every four seconds", { gopFrames: 120, seconds: 9 }, [4, 4]],
  ["three seconds", { gopFrames: 90, seconds: 7 }, [3, 3]],
  ["23.976 frames a second", { fps: 24_000 / 1001, gopFrames: 48, seconds: 5 }, [2.002, 2.002]],
  ["29.97 frames a second, 4.004 s", { fps: 30_000 / 1001, gopFrames: 120, seconds: 9 }, [4.004, 4.004]],
  ["5 frames a second", { fps: 5, gopFrames: 10, seconds: 5 }, [2, 2]],
] as const)("%s: promises are kept, and audio is cut where video is", async (_, options, expected) => {
  await using origin = await startTestOrigin();
  await origin.feed(origin.attach(), tracks(), ...show(options));
  const video = (await origin.get("show/v0/index.m3u8")).text;
  const audio = (await origin.get("show/a0/index.m3u8")).text;
  for (const text of [video, audio]) expectPromisesKept(text);
  const durations = shape(video).segments;
  expect(durations.slice(0, expected.length).map((one) => Number(one.toFixed(2)))).toEqual(
    expected.map((one) => Number(one.toFixed(2))),
  );
  let at = 0;
  let heardAt = 0;
  shape(audio).segments.forEach((lastsSec, index) => {
    at += durations[index] ?? 0;
    heardAt += lastsSec;
    expect(Math.abs(at - heardAt), `end of segment ${index}`).toBeLessThan(0.011);
  });
  expect(Math.abs(shape(audio).segments.length - durations.length)).toBeLessThanOrEqual(1);
});

test("frames of varying length never break a promise", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  await origin.feed(hub, onlyVideo);
  const lengths = [3000, 3000, 1500, 6000, 3000, 9000, 2000, 45_000, 3000, 3000];
  const frames: ProgramEvent[] = [];
  for (let n = 0, at = 0; n < 400; n += 1) {
    const duration = n < 12 ? 3000 : lengths[n % lengths.length]!;
    frames.push(picture(at, duration, n % 50 === 0));
    at += duration;
  }
  await origin.feed(hub, ...frames);
  const playlist = parseMediaPlaylist((await origin.get("show/v0/index.m3u8")).text);
  for (const segment of playlist.segments) {
    expect(Math.round(segment.durationSec)).toBeLessThanOrEqual(4);
    for (const part of segment.parts ?? []) expect(part.durationSec).toBeLessThanOrEqual(0.334);
  }
});

test("B-frames: dts and pts are kept, and audio is cut at the time the key frame is shown", async () => {
  await using origin = await startTestOrigin();
  const late = (event: ProgramEvent): ProgramEvent =>
    event.type === "sample" && event.sample.kind === "video"
      ? { ...event, sample: { ...event.sample, pts: event.sample.dts + 6000 } }
      : event;
  await origin.feed(origin.attach(), tracks(), ...show({ gopFrames: 60, seconds: 5 }).map(late));
  const segment = parseFragments((await origin.get("show/v0/mjwaid1k-1.m4s")).bytes);
  expect(segment[0]!.samples[0]).toMatchObject({ dts: 180_000, pts: 186_000, keyframe: true });
  const audio = parseFragments((await origin.get("show/a0/mjwaid1k-1.m4s")).bytes, "audio");
  expect(Math.abs(audio[0]!.baseDecodeTime / 48_000 - 186_000 / 90_000)).toBeLessThan(0.011);
  const text = (await origin.get("show/v0/index.m3u8")).text;
  expect(text).toContain("#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.067Z");
});

test("pictures that freeze for six seconds: sound goes on, promises are kept, and both meet again", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  const begin = show({ gopFrames: 60, seconds: 3 });
  await origin.feed(hub, tracks(), ...begin, ...show({ gopFrames: 1, fromSec: 3, seconds: 3.2, video: false }));
  expect(shape((await origin.get("show/a0/index.m3u8")).text).open.length).toBeGreaterThan(5);
  await origin.feed(hub, ...show({ gopFrames: 1, fromSec: 6.208, seconds: 2.79, video: false }));
  // The frozen picture is given its length when the next one comes.
  await origin.feed(hub, picture(3 * 90_000, 6 * 90_000, false));
  await origin.feed(hub, ...show({ gopFrames: 60, fromSec: 9, seconds: 5 }));
  const [video, audio] = await Promise.all(["v0", "a0"].map((name) => origin.get(`show/${name}/index.m3u8`)));
  for (const answer of [video, audio]) {
    const playlist = parseMediaPlaylist(answer?.text ?? "");
    expect(answer?.text).not.toContain("DISCONTINUITY");
    for (const segment of playlist.segments) {
      expect(Math.round(segment.durationSec)).toBeLessThanOrEqual(4);
      for (const part of segment.parts ?? []) expect(part.durationSec).toBeLessThanOrEqual(0.334);
    }
  }
  const times = (text = ""): string[] =>
    parseMediaPlaylist(text).segments.map((one) => `${one.programDateTime?.getTime()}`);
  const together = times(video?.text).at(-1);
  expect(Math.abs(Number(together) - Number(times(audio?.text).at(-1)))).toBeLessThan(15);
});

test("audio alone and video alone are programs too", async () => {
  await using origin = await startTestOrigin();
  await origin.feed(
    origin.attach("radio"),
    tracks({ audio: AUDIO_TRACK }),
    ...show({ gopFrames: 1, seconds: 6, video: false }),
  );
  await origin.feed(origin.attach("silent"), onlyVideo, ...show({ gopFrames: 60, seconds: 6, audio: false }));
  expect((await origin.get("radio/index.m3u8")).text).toBe(
    '#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-STREAM-INF:BANDWIDTH=8647,AVERAGE-BANDWIDTH=7209,CODECS="mp4a.40.2"\na0/index.m3u8\n',
  );
  expect((await origin.get("silent/index.m3u8")).text).toMatch(
    /CODECS="avc1.42c01e",RESOLUTION=640x360,FRAME-RATE=30.000\nv0/,
  );
  const radio = (await origin.get("radio/a0/index.m3u8")).text;
  expectPromisesKept(radio);
  expect(shape(radio).segments.map((one) => Math.round(one))).toEqual([2, 2, 2]);
  expect(radio).not.toContain("RENDITION-REPORT");
});

test("a new source is a discontinuity with a new init segment on both renditions; media time goes on", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...show({ gopFrames: 60, seconds: 3 }), { type: "gap", reason: "gone" });
  const paused = (await origin.get("show/v0/index.m3u8")).text;
  expect(paused).toContain('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="mjwaid1k-2-0.m4s"');
  expect(shape(paused).segments).toEqual([2, 1]);
  await origin.feed(hub, tracks(undefined, true), ...show({ gopFrames: 60, fromSec: 3.5, seconds: 3 }));
  expect(origin.origin.position("show")).toEqual({
    videoTicks90k: 6.5 * 90_000 - 15_000 - 15_000,
    audioSec: expect.any(Number),
  });
  for (const [name, init] of [
    ["v0", 3],
    ["a0", 4],
  ] as const) {
    const { text } = await origin.get(`show/${name}/index.m3u8`);
    expect(text).toContain(`mjwaid1k-1.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="mjwaid1k-i${init}.mp4"\n`);
    expect(text.split("DISCONTINUITY").length).toBe(2);
  }
  const next = parseFragments((await origin.get("show/v0/mjwaid1k-2.m4s")).bytes);
  expect(next[0]!.baseDecodeTime).toBe(3.5 * 90_000);
});

test("the first segment may end at a key frame a little before the target, later ones do not", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  // Key frames at 0, 1.6, 3.2, 4.8 and 6.4 s.
  await origin.feed(hub, onlyVideo, ...show({ gopFrames: 48, seconds: 7, audio: false }));
  const { segments } = parseMediaPlaylist((await origin.get("show/v0/index.m3u8")).text);
  expect(segments.map(({ durationSec }) => durationSec)).toEqual([1.6, 3.2]);
});
